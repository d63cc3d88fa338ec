//! The table `samples`, as SQLite sees it.
#![expect(unsafe_code, reason = "SQLite calls tables over C structures, whose layout two traits have us promise")]

use std::borrow::Cow;
use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::sync::Arc;

use autobot_model::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::vtab::{
    Context, Filters, IndexConstraintOp, IndexInfo, Module, VTab, VTabConnection, VTabCursor, sqlite3_vtab,
    sqlite3_vtab_cursor,
};
use rusqlite::{Connection, Result};

use super::scan::{Scan, Wanted};
use super::source::Source;

const COLUMNS: &CStr = c"CREATE TABLE samples(name TEXT, labels TEXT, time INTEGER, value REAL, series INTEGER)";
const NAME: c_int = 0;
const LABELS: c_int = 1;
const TIME: c_int = 2;
const VALUE: c_int = 3;
const SERIES: c_int = 4;

/// What the planner is told: a large store, in which a series is a small part and a metric a larger one. Passing over all samples to
/// look up their series must never look better than looking up the samples of some series.
const ALL_ROWS: f64 = 1e8;
const OF_A_NAME: f64 = 1e2;
const OF_A_SERIES: f64 = 1e6;
const OF_A_MOMENT: f64 = 1e5;
const OF_A_HALF: f64 = 4.0;

/// Makes the table known to a connection.
pub(super) fn register(connection: &Connection, source: Arc<Source>) -> Result<()> {
    const MODULE: Module<'static, Samples> = Module::eponymous_only_module();
    connection.create_module(c"samples", &MODULE, Some(source))
}

#[repr(C)]
struct Samples {
    /// SQLite's own part, which it finds at the address of the whole.
    base: sqlite3_vtab,
    source: Arc<Source>,
}

// SAFETY: the structure has C's layout, and SQLite's part is its first field.
unsafe impl<'table> VTab<'table> for Samples {
    type Aux = Arc<Source>;
    type Cursor = Cursor<'table>;

    fn connect(
        _connection: &mut VTabConnection,
        source: Option<&Arc<Source>>,
        _module: &[u8],
        _database: &[u8],
        _table: &[u8],
        _arguments: &[&[u8]],
    ) -> Result<(Cow<'static, CStr>, Self)> {
        let source = source.ok_or_else(|| rusqlite::Error::ModuleError("there is no store".to_owned()))?;
        Ok((Cow::Borrowed(COLUMNS), Self { base: sqlite3_vtab::default(), source: source.clone() }))
    }

    /// Takes what narrows down which chunks are read. Which ones, and in which order their values come, the plan's text says.
    fn best_index(&self, info: &mut IndexInfo) -> Result<bool> {
        let mut plan = String::new();
        let mut taken = Vec::new();
        let mut rows = ALL_ROWS;
        for (at, constraint) in info.constraints().enumerate() {
            use IndexConstraintOp as Op;
            if !constraint.is_usable() {
                continue;
            }
            let (letter, fewer) = match (constraint.column(), constraint.operator()) {
                (NAME, Op::SQLITE_INDEX_CONSTRAINT_EQ) => ('n', OF_A_NAME),
                (SERIES, Op::SQLITE_INDEX_CONSTRAINT_EQ) => ('s', OF_A_SERIES),
                (TIME, Op::SQLITE_INDEX_CONSTRAINT_EQ) => ('=', OF_A_MOMENT),
                (TIME, Op::SQLITE_INDEX_CONSTRAINT_GT | Op::SQLITE_INDEX_CONSTRAINT_GE) => ('>', OF_A_HALF),
                (TIME, Op::SQLITE_INDEX_CONSTRAINT_LT | Op::SQLITE_INDEX_CONSTRAINT_LE) => ('<', OF_A_HALF),
                _ => continue,
            };
            plan.push(letter);
            rows /= fewer;
            taken.push((at, letter));
        }
        let mut argument = 0;
        let mut kept = String::new();
        for (at, letter) in taken {
            // Names that are the same but for their case are not the same name.
            if letter == 'n' && info.collation(at)? != "BINARY" {
                rows *= OF_A_NAME;
                continue;
            }
            argument += 1;
            info.constraint_usage(at).set_argv_index(argument);
            kept.push(letter);
        }
        info.set_idx_str(&kept);
        info.set_estimated_rows(rows.max(1.0) as i64);
        // A pass costs something even where it finds nothing.
        info.set_estimated_cost(rows.max(1.0) + 50.0);
        Ok(true)
    }

    fn open(&'table mut self) -> Result<Cursor<'table>> {
        Ok(Cursor {
            base: sqlite3_vtab_cursor::default(),
            source: self.source.clone(),
            scan: None,
            row: 0,
            table: PhantomData,
        })
    }
}

#[repr(C)]
struct Cursor<'table> {
    /// SQLite's own part, which it finds at the address of the whole.
    base: sqlite3_vtab_cursor,
    source: Arc<Source>,
    scan: Option<Scan>,
    row: i64,
    table: PhantomData<&'table Samples>,
}

// SAFETY: the structure has C's layout, and SQLite's part is its first field.
unsafe impl VTabCursor for Cursor<'_> {
    fn filter(&mut self, _number: c_int, plan: Option<&str>, arguments: &Filters<'_>) -> Result<()> {
        let mut wanted = Wanted::default();
        for (letter, value) in plan.unwrap_or_default().chars().zip(arguments.iter()) {
            narrow(&mut wanted, letter, value);
        }
        self.row = 0;
        // What the pass before held goes first.
        self.scan = None;
        self.scan = Some(Scan::new(self.source.clone(), wanted)?);
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        self.row += 1;
        self.scan.as_mut().map_or(Ok(()), Scan::advance)
    }

    fn eof(&self) -> bool {
        self.scan.as_ref().and_then(Scan::sample).is_none()
    }

    fn column(&self, context: &mut Context, column: c_int) -> Result<()> {
        let Some(sample) = self.scan.as_ref().and_then(Scan::sample) else { return Ok(()) };
        match column {
            NAME => context.set_result(&sample.series.name.as_str()),
            LABELS => context.set_result(&sample.series.labels.as_str()),
            TIME => context.set_result(&sample.time.0),
            VALUE => context.set_result(&sample.value),
            SERIES => context.set_result(&sample.series.id),
            _ => Ok(()),
        }
    }

    fn rowid(&self) -> Result<i64> {
        Ok(self.row)
    }
}

/// Narrows down what is wanted. Never by more than the condition says: SQLite looks at what comes, but cannot miss what does not.
fn narrow(wanted: &mut Wanted, letter: char, value: ValueRef<'_>) {
    let whole = |number: f64| number.fract() == 0.0 && number.abs() < 9e15;
    match (letter, value) {
        // Nothing is equal to NULL, before it, or after it.
        (_, ValueRef::Null) => wanted.nothing = true,
        ('n', ValueRef::Text(text)) => match std::str::from_utf8(text) {
            Ok(name) => {
                wanted.nothing |= wanted.name.as_deref().is_some_and(|other| other != name);
                wanted.name = Some(name.to_owned());
            }
            Err(_) => wanted.nothing = true,
        },
        ('s', ValueRef::Integer(number)) => {
            wanted.nothing |= wanted.series.is_some_and(|other| other != number);
            wanted.series = Some(number);
        }
        ('s', ValueRef::Real(number)) if whole(number) => {
            narrow(wanted, letter, ValueRef::Integer(number as i64));
        }
        ('=', ValueRef::Integer(moment)) => {
            wanted.first = wanted.first.max(Timestamp(moment));
            wanted.last = wanted.last.min(Timestamp(moment));
        }
        ('>', ValueRef::Integer(moment)) => wanted.first = wanted.first.max(Timestamp(moment)),
        ('<', ValueRef::Integer(moment)) => wanted.last = wanted.last.min(Timestamp(moment)),
        // A cast of a float takes the nearest that there is.
        ('>', ValueRef::Real(moment)) => wanted.first = wanted.first.max(Timestamp(moment.floor() as i64)),
        ('<', ValueRef::Real(moment)) => wanted.last = wanted.last.min(Timestamp(moment.ceil() as i64)),
        // Text is compared by SQLite's rules of affinity, which are its own affair.
        _ => {}
    }
}
