//! What there is not: each function answers with the 'no' that its type has. An empty list of arguments, no directory that
//! is open already, `access-denied` for a new socket.

use wasmtime::component::{LinkerInstance, Type, Val};

use super::held::Network;
use crate::guest::Guest;

/// How the error codes of files and sockets say it, the best first.
const CODES: [&str; 2] = ["access-denied", "not-permitted"];

/// Defines `name` as a function that says no.
pub(super) fn function(place: &mut LinkerInstance<'_, Guest>, name: &str) -> wasmtime::Result<()> {
    let sentence = format!("it called `{name}` of WASI on something that no plugin is given");
    place.func_new(name, move |mut store, function, arguments, results| {
        store.data_mut().called();
        for argument in arguments {
            // A borrowed handle is given back; only one kind that exists gets here.
            if let Val::Resource(handle) = argument {
                handle.try_into_resource::<Network>(&mut store)?;
            }
        }
        for (result, wanted) in results.iter_mut().zip(function.results()) {
            *result = no(&wanted).ok_or_else(|| wasmtime::Error::msg(sentence.clone()))?;
        }
        Ok(())
    })
}

/// The value of a type that says no, if it has one. Methods of what nobody gets may lack one: they cannot be called.
fn no(wanted: &Type) -> Option<Val> {
    match wanted {
        Type::List(_) => Some(Val::List(Vec::new())),
        Type::Option(_) => Some(Val::Option(None)),
        Type::Result(result) => match result.err()? {
            Type::Enum(codes) => {
                let code = CODES.into_iter().find(|code| codes.names().any(|name| name == *code))?;
                Some(Val::Result(Err(Some(Box::new(Val::Enum(code.to_owned()))))))
            }
            _ => None,
        },
        _ => None,
    }
}
