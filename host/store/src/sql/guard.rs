//! What a statement may do: read. SQLite asks for each thing that a statement would do, before it runs.

use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;

/// Pragmas that describe. Those of the second kind have no argument: with one they would write.
const DESCRIBING: [&str; 7] =
    ["table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list"];
const TELLING: [&str; 8] = [
    "function_list",
    "compile_options",
    "database_list",
    "user_version",
    "schema_version",
    "page_count",
    "page_size",
    "freelist_count",
];
/// The longest text or blob that a statement may make, and its own longest text.
const LONGEST: i32 = 64 << 20;
const LONGEST_STATEMENT: i32 = 1 << 20;

/// Lets statements of a connection only read; what was refused last is said in `refused`.
pub(super) fn guard(connection: &Connection, refused: Arc<Mutex<Option<String>>>) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA query_only=ON; PRAGMA trusted_schema=OFF")?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, LONGEST_STATEMENT)?;
    connection.authorizer(Some(move |context: AuthContext<'_>| match reason(&context.action) {
        None => Authorization::Allow,
        Some(what) => {
            // What it was about comes first; what SQLite would do to its own tables for that comes later.
            refused.lock().get_or_insert(what);
            Authorization::Deny
        }
    }))
}

/// Why an action is refused; `None` where it only reads.
fn reason(action: &AuthAction<'_>) -> Option<String> {
    let what = match action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => return None,
        AuthAction::Function { function_name } => match *function_name {
            "load_extension" => "code is not loaded".to_owned(),
            _ => return None,
        },
        AuthAction::Pragma { pragma_name, pragma_value } => {
            let telling = TELLING.contains(pragma_name) && pragma_value.is_none();
            if telling || DESCRIBING.contains(pragma_name) {
                return None;
            }
            format!("PRAGMA {pragma_name} is not among those that describe tables")
        }
        // A statement that writes to a table of SQLite's own says so first; that is not what anybody wrote.
        AuthAction::Insert { table_name } if is_schema(table_name) => "tables are neither made nor changed".to_owned(),
        AuthAction::Update { table_name, .. } | AuthAction::Delete { table_name } if is_schema(table_name) => {
            "tables are neither made nor changed".to_owned()
        }
        AuthAction::Insert { table_name } => format!("nothing is inserted into {table_name}"),
        AuthAction::Update { table_name, .. } => format!("nothing in {table_name} is changed"),
        AuthAction::Delete { table_name } => format!("nothing is deleted from {table_name}"),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => "no other file is opened or written".to_owned(),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => {
            "each statement is a transaction of its own".to_owned()
        }
        _ => "tables are neither made nor changed".to_owned(),
    };
    Some(what)
}

fn is_schema(table: &str) -> bool {
    table.starts_with("sqlite_")
}
