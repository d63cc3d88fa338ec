//! The samples that one pass over the table finds, some columns of a chunk at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use autobot_model::{Timestamp, is_stale};

use super::source::{Group, Series, Source, Span};
use crate::chunk::{Chunk, Damaged};
use crate::read::{Column, in_order};

/// Samples that are decoded at once, about: 16 MiB of times and values.
const AT_ONCE: usize = 1 << 20;

/// Which samples are wanted. More may come; SQLite looks at each itself.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: Option<String>,
    pub(super) series: Option<i64>,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// No sample can be what is asked for.
    pub(super) nothing: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { name: None, series: None, first: Timestamp::MIN, last: Timestamp::MAX, nothing: false }
    }
}

/// One pass. It stands at a sample, or at the end.
#[derive(Debug)]
pub(super) struct Scan {
    source: Arc<Source>,
    wanted: Wanted,
    groups: std::vec::IntoIter<Group>,
    pieces: VecDeque<Piece>,
    columns: VecDeque<(Arc<Series>, Column)>,
    at: usize,
}

/// What is decoded at once: some series of a group, in chunks that overlap.
#[derive(Debug)]
struct Piece {
    series: Vec<Arc<Series>>,
    spans: Arc<[Span]>,
}

/// A sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<'a> {
    pub(super) series: &'a Series,
    pub(super) time: Timestamp,
    pub(super) value: f64,
}

impl Scan {
    pub(super) fn new(source: Arc<Source>, wanted: Wanted) -> rusqlite::Result<Self> {
        let groups = if wanted.nothing || wanted.last < wanted.first {
            Vec::new()
        } else {
            source.groups(wanted.name.as_deref(), wanted.series)?
        };
        let groups = groups.into_iter();
        let mut scan = Self { source, wanted, groups, pieces: VecDeque::new(), columns: VecDeque::new(), at: 0 };
        scan.settle()?;
        Ok(scan)
    }

    /// The sample that it stands at; `None` at the end.
    pub(super) fn sample(&self) -> Option<Sample<'_>> {
        let (series, (times, values)) = self.columns.front()?;
        Some(Sample { series, time: *times.get(self.at)?, value: *values.get(self.at)? })
    }

    /// Goes on to the next sample.
    pub(super) fn advance(&mut self) -> rusqlite::Result<()> {
        self.at += 1;
        self.settle()
    }

    /// Moves on to a sample that is no mark of a series' end, if it does not stand at one.
    fn settle(&mut self) -> rusqlite::Result<()> {
        loop {
            while let Some((_, (_, values))) = self.columns.front() {
                match values.iter().skip(self.at).position(|value| !is_stale(*value)) {
                    Some(ahead) => {
                        self.at += ahead;
                        return Ok(());
                    }
                    None => {
                        self.columns.pop_front();
                        self.at = 0;
                    }
                }
            }
            self.source.go_on()?;
            if let Some(piece) = self.pieces.pop_front() {
                self.decode(&piece)?;
            } else if let Some(group) = self.groups.next() {
                self.take_apart(group)?;
            } else {
                return Ok(());
            }
        }
    }

    /// A group to pieces: what overlaps in time is decoded together, because of a moment that two chunks have the first one counts.
    fn take_apart(&mut self, group: Group) -> rusqlite::Result<()> {
        let Wanted { first, last, .. } = self.wanted;
        let mut spans = match group.number {
            Some(number) => self.source.spans(number, first, last)?,
            None => Vec::new(),
        };
        let tail = self.source.tail()?;
        let own = group.series.iter().filter_map(|series| tail.get(&series.id));
        let ends = |(times, _): &Column| Some((*times.first()?, *times.last()?, times.len()));
        let ends = own.filter_map(ends).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1), a.2.max(b.2)));
        if let Some((from, to, rows)) = ends
            && from <= last
            && to >= first
        {
            spans.push(Span { key: None, first: from, last: to, rows });
        }
        for spans in overlapping(spans) {
            let rows = spans.iter().map(|span| span.rows).fold(0_usize, usize::saturating_add);
            let spans: Arc<[Span]> = spans.into();
            for series in group.series.chunks((AT_ONCE / rows.max(1)).max(1)) {
                self.pieces.push_back(Piece { series: series.to_vec(), spans: spans.clone() });
            }
        }
        Ok(())
    }

    fn decode(&mut self, piece: &Piece) -> rusqlite::Result<()> {
        let Wanted { first, last, .. } = self.wanted;
        let mut columns: Vec<Column> = vec![Column::default(); piece.series.len()];
        for span in piece.spans.iter() {
            self.source.go_on()?;
            match span.key {
                Some(key) => {
                    let read = |data: &[u8]| -> Result<(), Damaged> {
                        let chunk = Chunk::parse(data)?;
                        let rows = chunk.rows_within(first, last);
                        for (series, (times, values)) in piece.series.iter().zip(&mut columns) {
                            chunk.append(u64::try_from(series.id).map_err(|_| Damaged)?, &rows, times, values)?;
                        }
                        Ok(())
                    };
                    if self.source.chunk(key, read)?.is_err() {
                        self.source.note_damage(key);
                    }
                }
                None => {
                    let tail = self.source.tail()?;
                    for (series, (times, values)) in piece.series.iter().zip(&mut columns) {
                        let Some((own, samples)) = tail.get(&series.id) else { continue };
                        let from = own.partition_point(|time| *time < first);
                        let to = own.partition_point(|time| *time <= last).max(from);
                        times.extend_from_slice(&own[from..to]);
                        values.extend_from_slice(&samples[from..to]);
                    }
                }
            }
        }
        columns.iter_mut().for_each(in_order);
        self.columns.extend(piece.series.iter().cloned().zip(columns));
        Ok(())
    }
}

/// Spans that overlap, each lot in the order in which they came.
fn overlapping(spans: Vec<Span>) -> Vec<Vec<Span>> {
    let mut ordered: Vec<(usize, Span)> = spans.into_iter().enumerate().collect();
    ordered.sort_by_key(|(_, span)| span.first);
    let mut lots: Vec<(Timestamp, Vec<(usize, Span)>)> = Vec::new();
    for (at, span) in ordered {
        match lots.last_mut().filter(|(last, _)| span.first <= *last) {
            Some((last, lot)) => {
                *last = span.last.max(*last);
                lot.push((at, span));
            }
            None => lots.push((span.last, vec![(at, span)])),
        }
    }
    let in_order = |(_, mut lot): (Timestamp, Vec<(usize, Span)>)| {
        lot.sort_by_key(|(at, _)| *at);
        lot.into_iter().map(|(_, span)| span).collect()
    };
    lots.into_iter().map(in_order).collect()
}
