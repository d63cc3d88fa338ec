//! What every plugin has, in tests: series are kept by name, the log by line.

/// The interface `emit`.
pub(crate) mod emit {
    use super::super::HOST;
    use crate::Error;
    use crate::emit::{Declaration, Series};

    pub(crate) fn declare(families: &[Declaration]) -> Result<(), Error> {
        HOST.with_borrow_mut(|host| {
            for family in families {
                match host.declared.get(&family.name) {
                    Some(known) if known != family => {
                        return Err(Error::Invalid(format!("`{}` is declared already, otherwise", family.name)));
                    }
                    _ => drop(host.declared.insert(family.name.clone(), family.clone())),
                }
            }
            Ok(())
        })
    }

    pub(crate) fn register(series: &[Series]) -> Result<Vec<u32>, Error> {
        HOST.with_borrow_mut(|host| {
            if let Some(error) = &host.refuse_series {
                return Err(Error::TooLarge(error.clone()));
            }
            for one in series {
                // Written-down families are checked when they are set.
                let Some(family) = host.declared.get(&one.family) else { continue };
                if let Some((label, _)) = one.labels.iter().find(|(label, _)| !family.labels.contains(label)) {
                    return Err(Error::Invalid(format!("`{}` does not declare the label `{label}`", one.family)));
                }
            }
            let handles = series.iter().map(|one| {
                let labels: Vec<String> = one.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
                let text = if labels.is_empty() {
                    one.family.clone()
                } else {
                    format!("{}{{{}}}", one.family, labels.join(","))
                };
                let known = host.series.iter().position(|series| series.as_ref() == Some(&text));
                known.unwrap_or_else(|| {
                    host.series.push(Some(text));
                    host.series.len() - 1
                }) as u32
            });
            Ok(handles.collect())
        })
    }

    pub(crate) fn retire(handles: &[u32]) -> Result<(), Error> {
        HOST.with_borrow_mut(|host| {
            for &handle in handles {
                let series = host.series.get_mut(handle as usize).and_then(Option::take);
                host.retired.push(series.ok_or_else(|| unknown(handle))?);
            }
            Ok(())
        })
    }

    pub(crate) fn emit_columns(handles: &[u32], values: &[f64]) -> Result<(), Error> {
        if handles.len() != values.len() {
            return Err(Error::Invalid(format!("{} handles, {} values", handles.len(), values.len())));
        }
        HOST.with_borrow_mut(|host| {
            for (&handle, &value) in handles.iter().zip(values) {
                let series = host.series.get(handle as usize).cloned().flatten().ok_or_else(|| unknown(handle))?;
                host.samples.push((series, value));
            }
            Ok(())
        })
    }

    fn unknown(handle: u32) -> Error {
        Error::Invalid(format!("no series has the handle {handle}"))
    }
}

/// The interface `log`.
pub(crate) mod log {
    use super::super::HOST;
    use crate::bindings::autobot::plugin::log::Level;

    pub(crate) fn log(level: Level, message: &str) {
        let level = match level {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        HOST.with_borrow_mut(|host| host.log.push(format!("{level}: {message}")));
    }
}

/// The interface `state`.
pub(crate) mod state {
    use super::super::HOST;
    use crate::Error;

    pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(HOST.with_borrow(|host| host.state.get(key).cloned()))
    }

    pub(crate) fn set(key: &str, value: &[u8]) -> Result<(), Error> {
        HOST.with_borrow_mut(|host| host.state.insert(key.to_owned(), value.to_vec()));
        Ok(())
    }

    pub(crate) fn delete(key: &str) -> Result<(), Error> {
        HOST.with_borrow_mut(|host| host.state.remove(key));
        Ok(())
    }

    pub(crate) fn keys() -> Result<Vec<String>, Error> {
        Ok(HOST.with_borrow(|host| host.state.keys().cloned().collect()))
    }
}
