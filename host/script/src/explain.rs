//! The engine's errors in our words.

use rhai::{EvalAltResult, LexError, ParseError, ParseErrorType, Position};

use crate::diagnostic::Said;
use crate::engine::FORBIDDEN;
use crate::stage::Stop;

/// A failure at run time.
pub(crate) struct Told {
    pub(crate) position: Position,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// Why the script was stopped from outside, if it was.
pub(crate) fn stop(error: &EvalAltResult) -> Option<Stop> {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => stop(inner),
        EvalAltResult::ErrorTerminated(token, _) => token.clone().try_cast::<Stop>(),
        _ => None,
    }
}

/// A type of the engine as rules call it.
pub(crate) fn kind(name: &str) -> &str {
    match name {
        "i64" | "f64" | "int" | "float" => "a number",
        "string" | "&str" | "String" | "ImmutableString" | "char" => "text",
        "bool" => "true or false",
        "array" => "an array",
        "map" => "a map",
        "()" => "nothing",
        "Fn" | "FnPtr" => "a function",
        name if name.ends_with("Series") => "a series",
        name => name,
    }
}

/// A syntax error: where, and what to say there.
pub(crate) fn syntax(error: &ParseError) -> (Position, Said) {
    let position = error.position();
    let said = match error.err_type() {
        ParseErrorType::Reserved(name) => match forbidden(name) {
            Some(why) => Said::new(format!("`{name}` is not for rules")).help(why),
            None => Said::new(format!("`{name}` is a reserved word")).help("choose another name"),
        },
        ParseErrorType::BadInput(LexError::ImproperSymbol(symbol, _)) if forbidden(symbol).is_some() => {
            Said::new(format!("`{symbol}` is not for rules")).maybe_help(forbidden(symbol).map(str::to_owned))
        }
        ParseErrorType::MissingToken(token, why) if why.is_empty() => Said::new(format!("expected `{token}`")),
        ParseErrorType::MissingToken(token, why) => Said::new(format!("expected `{token}` {why}")),
        ParseErrorType::UnexpectedEOF => Said::new("the file ends in the middle of a statement")
            .help("look for a brace, bracket or quote that is not closed"),
        ParseErrorType::DuplicatedProperty(name) => {
            Said::new(format!("`{name}` stands twice in this map")).help("keep one of them")
        }
        ParseErrorType::ExprTooDeep => {
            Said::new("this expression is nested too deeply").help("give parts of it names with `let`")
        }
        other => {
            let text = other.to_string();
            let mut chars = text.chars();
            let first: String = chars.next().into_iter().flat_map(char::to_lowercase).collect();
            Said::new(format!("{first}{}", chars.as_str().replace('\'', "`")))
        }
    };
    (position, said)
}

fn forbidden(name: &str) -> Option<&'static str> {
    FORBIDDEN.iter().find(|(known, _)| *known == name).map(|(_, why)| *why)
}

/// A failure while a script ran.
pub(crate) fn runtime(error: &EvalAltResult) -> Told {
    use EvalAltResult as E;
    let (message, help) = match error {
        E::ErrorInFunctionCall(_, _, inner, outer) => {
            let told = runtime(inner);
            let position = if told.position.is_none() { *outer } else { told.position };
            return Told { position, ..told };
        }
        E::ErrorTooManyOperations(_) => {
            ("it takes too many steps and was stopped".to_owned(), Some("look for a loop that does not end"))
        }
        E::ErrorTerminated(..) if stop(error) == Some(Stop::Time) => {
            ("it takes too long and was stopped".to_owned(), Some("look at fewer series or a shorter window"))
        }
        E::ErrorTerminated(..) => ("there are too few samples for an answer".to_owned(), None),
        E::ErrorStackOverflow(_) => {
            ("functions call each other too deeply".to_owned(), Some("look for a function that calls itself"))
        }
        E::ErrorDataTooLarge(what, _) => (format!("it makes something too large: {}", what.to_lowercase()), None),
        E::ErrorFunctionNotFound(signature, _) => (wrong_call(signature), None),
        E::ErrorVariableNotFound(name, _) => (format!("there is no variable `{name}`"), None),
        E::ErrorMismatchDataType(wanted, given, _) | E::ErrorMismatchOutputType(wanted, given, _) => {
            (format!("expected {}, found {}", kind(wanted), kind(given)), None)
        }
        E::ErrorRuntime(value, _) => (value.to_string(), None),
        other => {
            let mut plain = other.to_string();
            // The place is said by the diagnostic.
            if let Some(at) = plain.rfind(" (line ") {
                plain.truncate(at);
            }
            (plain, None)
        }
    };
    Told { position: error.position(), message, help: help.map(str::to_owned) }
}

/// `avg (Series, i64)`: the name is known (the checker saw to it), so the arguments do not fit.
fn wrong_call(signature: &str) -> String {
    let Some((name, rest)) = signature.split_once(" (") else { return format!("`{signature}` cannot be called so") };
    let given: Vec<&str> = rest.trim_end_matches(')').split(", ").map(|part| kind(part.trim())).collect();
    format!("`{name}` does not take {}", given.join(" and "))
}
