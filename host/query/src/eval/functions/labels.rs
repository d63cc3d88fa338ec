//! Labels made of other labels.

use regex::Regex;

use crate::error::{QueryError, regex_reason};
use crate::eval::context::{Context, Steps};
use crate::eval::rows::merged;
use crate::functions::Call;

/// `label_replace(vector, label, template, source, pattern)`: the pattern is anchored at both ends.
pub(crate) fn replace(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    let (label, template, source, pattern) = (call.text(1)?, call.text(2)?, call.text(3)?, call.text(4)?);
    named(call, label)?;
    // Alone first: `a)(b` must not become valid by the group around it.
    let pattern = Regex::new(pattern).and_then(|_| Regex::new(&format!("^(?s:{pattern})$"))).map_err(|error| {
        QueryError::bad(format!(
            "`label_replace`: `{pattern}` is not a regular expression: {}",
            regex_reason(&error.to_string())
        ))
    })?;
    let mut rows = context.vector(&call.arguments[0])?;
    let mut made = String::new();
    for row in &mut rows {
        let Some(found) = pattern.captures(row.label(source)) else { continue };
        made.clear();
        found.expand(template, &mut made);
        row.set(label, &made);
    }
    Ok(Steps::Vector(merged(rows)?))
}

/// `label_join(vector, label, separator, source, ...)`
pub(crate) fn join(context: &Context<'_>, call: &Call<'_>) -> Result<Steps, QueryError> {
    let (label, separator) = (call.text(1)?, call.text(2)?);
    named(call, label)?;
    let sources = (3..call.arguments.len()).map(|at| call.text(at)).collect::<Result<Vec<_>, _>>()?;
    sources.iter().try_for_each(|source| named(call, source))?;
    let mut rows = context.vector(&call.arguments[0])?;
    for row in &mut rows {
        let values: Vec<&str> = sources.iter().map(|source| row.label(source)).collect();
        let joined = values.join(separator);
        row.set(label, &joined);
    }
    Ok(Steps::Vector(merged(rows)?))
}

fn named(call: &Call<'_>, label: &str) -> Result<(), QueryError> {
    if label.is_empty() {
        return Err(QueryError::bad(format!("`{}`: the name of a label is empty", call.name)));
    }
    Ok(())
}
