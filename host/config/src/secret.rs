//! Secrets: named in the file, kept elsewhere, read when they are needed, shown nowhere.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A secret as the file names it: `${env:NAME}`, `${file:PATH}`, `${credential:NAME}` (systemd's), or the secret itself.
///
/// Neither `Debug` nor `Display` nor `Serialize` ever shows more than where it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Kept);

#[derive(Clone, PartialEq, Eq)]
enum Kept {
    Here(String),
    Env(String),
    File(PathBuf),
    Credential(String),
}

/// A secret that was read. Whoever calls [`Revealed::expose`] answers for where it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Revealed(String);

/// Where secrets are kept: the process's environment and files, or a test's.
pub trait SecretSource {
    /// The environment variable `name`.
    fn variable(&self, name: &str) -> Option<String>;
    /// The text of the file at `path`.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn file(&self, path: &Path) -> io::Result<String>;
}

/// This process's environment, and this machine's files.
#[derive(Clone, Copy, Debug)]
pub struct MachineSecrets;

impl SecretSource for MachineSecrets {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }
}

impl Secret {
    /// Reads how a secret is named.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the reference; it never holds the secret.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(inner) = text.trim().strip_prefix("${") else {
            return match text {
                "" => Err("it is empty".to_owned()),
                text if text.contains("${") => Err("a reference to a secret has to stand alone".to_owned()),
                text => Ok(Self(Kept::Here(text.to_owned()))),
            };
        };
        let inner = inner.strip_suffix('}').ok_or("the reference to a secret does not end with `}`")?;
        let (kind, name) = inner.split_once(':').ok_or("the reference does not say where the secret is kept")?;
        if name.is_empty() || name.contains(['{', '}', '\0']) {
            return Err("the reference does not name a secret".to_owned());
        }
        let kept = match kind {
            "env" if name.contains('=') => return Err("the name of a variable cannot have `=` in it".to_owned()),
            "env" => Kept::Env(name.to_owned()),
            "file" => Kept::File(PathBuf::from(name)),
            "credential" if name.contains('/') || name.starts_with('.') => {
                return Err("the name of a credential is a plain file name".to_owned());
            }
            "credential" => Kept::Credential(name.to_owned()),
            _ => return Err("secrets are not kept in such a place".to_owned()),
        };
        Ok(Self(kept))
    }

    /// Whether the secret itself stands in the file.
    pub fn is_literal(&self) -> bool {
        matches!(self.0, Kept::Here(_))
    }

    /// Reads it from where it is kept; a line end at its end is not part of it.
    ///
    /// # Errors
    /// A sentence that says where it was looked for and what to do; it never holds the secret.
    pub fn resolve(&self, source: &dyn SecretSource) -> Result<Revealed, String> {
        let text = match &self.0 {
            Kept::Here(text) => return Ok(Revealed(text.clone())),
            Kept::Env(name) => source.variable(name).ok_or_else(|| {
                format!("the environment variable {name} is not set (set it where the host is started)")
            })?,
            Kept::File(path) => read(source, path)?,
            Kept::Credential(name) => {
                let folder = source.variable("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    format!("there is no credential {name}: systemd passes none (add `LoadCredential={name}:PATH` to the unit)")
                })?;
                read(source, &Path::new(&folder).join(name))?
            }
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() { Err(format!("{self} is empty")) } else { Ok(Revealed(text.to_owned())) }
    }
}

fn read(source: &dyn SecretSource, path: &Path) -> Result<String, String> {
    source.file(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

impl Revealed {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kept::Here(_) => f.write_str("(hidden)"),
            Kept::Env(name) => write!(f, "${{env:{name}}}"),
            Kept::File(path) => write!(f, "${{file:{}}}", path.display()),
            Kept::Credential(name) => write!(f, "${{credential:{name}}}"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Kitchen;

    impl SecretSource for Kitchen {
        fn variable(&self, name: &str) -> Option<String> {
            [("REDIS", "from env"), ("CREDENTIALS_DIRECTORY", "/run/cred"), ("NOTHING", "")]
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        }

        fn file(&self, path: &Path) -> io::Result<String> {
            match path.to_str() {
                Some("/etc/key") => Ok("from file\n".to_owned()),
                Some("/run/cred/redis") => Ok("from systemd\r\n".to_owned()),
                _ => Err(io::Error::from(io::ErrorKind::NotFound)),
            }
        }
    }

    #[test]
    fn a_secret_is_read_from_where_it_is_kept_or_the_reason_says_where_it_was_looked_for() {
        for (text, expected) in [
            ("${env:REDIS}", Ok("from env")),
            ("${file:/etc/key}", Ok("from file")),
            ("${credential:redis}", Ok("from systemd")),
            ("hunter2", Ok("hunter2")),
            ("${env:MISSING}", Err("the environment variable MISSING is not set (set it where the host is started)")),
            ("${env:NOTHING}", Err("${env:NOTHING} is empty")),
            ("${file:/nowhere}", Err("/nowhere cannot be read: entity not found")),
            ("${vault:x}", Err("secrets are not kept in such a place")),
            ("${credential:../../etc/shadow}", Err("the name of a credential is a plain file name")),
            ("${env:X", Err("the reference to a secret does not end with `}`")),
            ("pre${env:X}", Err("a reference to a secret has to stand alone")),
            ("", Err("it is empty")),
        ] {
            let found = Secret::parse(text).and_then(|secret| secret.resolve(&Kitchen));
            assert_eq!(found.as_ref().map(Revealed::expose).map_err(String::as_str), expected, "{text}");
        }
    }

    #[test]
    fn a_secret_is_shown_nowhere() {
        let secret = Secret::parse("hunter2").expect("a secret in the file");
        let revealed = secret.resolve(&Kitchen).expect("it is there");
        let shown = format!("{secret} {secret:?} {revealed:?} {}", serde_json::to_string(&secret).expect("JSON"));
        assert_eq!(shown, "(hidden) Secret((hidden)) (hidden) \"(hidden)\"");
    }
}
