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
        QueryError::execution(format!(
            "`label_replace`: `{pattern}` is not a regular expression: {}",
            regex_reason(&error.to_string())
        ))
    })?;
    let template = literal_where_malformed(template);
    let mut rows = context.vector(&call.arguments[0])?;
    let mut made = String::new();
    for row in &mut rows {
        let Some(found) = pattern.captures(row.label(source)) else { continue };
        made.clear();
        found.expand(&template, &mut made);
        row.set(label, &made);
    }
    Ok(Steps::Vector(merged(rows)?))
}

/// `${...}` around anything but a name stands for itself in Prometheus (`Expand` of Go's `regexp`); the `$` is doubled to mean one.
fn literal_where_malformed(template: &str) -> String {
    let mut made = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        made += before;
        let mark = if from.starts_with("$$") { "$$" } else { "$" };
        rest = &from[mark.len()..];
        let malformed = mark == "$"
            && rest
                .strip_prefix('{')
                .and_then(|braced| braced.split_once('}'))
                .is_some_and(|(name, _)| name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_'));
        made += if malformed { "$$" } else { mark };
    }
    made + rest
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
        return Err(QueryError::execution(format!("`{}`: the name of a label is empty", call.name)));
    }
    Ok(())
}
