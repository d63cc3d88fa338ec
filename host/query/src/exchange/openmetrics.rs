//! OpenMetrics with times, in: the strict reader of the exposition, where each sample must have its time.

use std::io::BufRead;
use std::sync::Arc;

use autobot_model::{Family, SeriesKey, Timestamp};

use super::gather::{Gather, next_line};
use super::{ImportError, Imported};
use crate::exposition::{self, Catalogue, Format, Limits, LineReader, Record, TextError};

pub(super) fn read<E>(
    mut from: impl BufRead,
    each: &mut dyn FnMut(Imported<'_>) -> Result<(), E>,
) -> Result<u64, ImportError<E>> {
    let limits = Limits::default();
    let mut lines = LineReader::new(Format::OpenMetrics, limits);
    // Families come one after the other, so only the last one's metadata is kept.
    let mut catalogue = Catalogue::new(1);
    let mut last: Option<(Arc<str>, Arc<Family>)> = None;
    let mut gather = Gather::new(each);
    let (mut line, mut number) = (Vec::new(), 0_u64);
    while next_line(&mut from, &mut line, limits.line)? {
        number = number.saturating_add(1);
        let Some(record) = lines.line(&line)? else { continue };
        let sample = match record {
            Record::Sample(sample) => sample,
            Record::Type { family: name, .. }
            | Record::Help { family: name, .. }
            | Record::Unit { family: name, .. } => {
                if !catalogue.knows(name) {
                    catalogue.clear();
                }
                catalogue.take(&record);
                last = None;
                continue;
            }
        };
        let Some(time) = sample.time else {
            let error = TextError {
                line: number,
                column: line.len().saturating_add(1),
                message: format!("a sample of `{}` without a time", sample.name),
                help: "an import needs the moment of each sample: seconds since 1970 behind the value".to_owned(),
            };
            return Err(error.into());
        };
        let same = gather.key().is_some_and(|key| {
            // Labels mostly stand in the order of their names, in which a key has them.
            &*key.name == sample.name && key.labels.iter().eq(sample.labels.iter())
        });
        if !same {
            let (name, family) = match last.take() {
                Some((name, family)) if *name == *sample.name => (name, family),
                _ => (sample.name.into(), Arc::new(catalogue.family(sample.name))),
            };
            last = Some((name.clone(), family.clone()));
            gather.begin(SeriesKey { name, labels: exposition::labels(&sample.labels) }, family)?;
        }
        gather.push(Timestamp(time), sample.value)?;
    }
    lines.finish()?;
    gather.finish()
}
