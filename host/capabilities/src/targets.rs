//! What the operator's configuration calls `targets`: addresses with their credentials, under names. Plugins know the
//! names only.

use std::collections::BTreeMap;
use std::fmt;

use crate::CapabilityError;

/// A text that is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the one who has to send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// What answers at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// A Redis or Valkey: `redis`, `rediss`, `unix`.
    Redis,
    /// An HTTP service: `http`, `https`.
    Http,
    /// A browser's DevTools: `ws`, `wss`, `http`, `https`.
    Cdp,
}

impl TargetKind {
    /// The key under which the configuration names its URL.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Http => "http",
            Self::Cdp => "cdp",
        }
    }
}

/// One target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What answers there.
    pub kind: TargetKind,
    /// Where. Without credentials.
    pub url: String,
    /// The user to log in as.
    pub user: Option<String>,
    /// The password to log in with.
    pub password: Option<Secret>,
    /// The bearer token to send.
    pub bearer: Option<Secret>,
}

/// All targets by name, or why one of them cannot be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets(BTreeMap<String, Result<Target, String>>);

impl Targets {
    /// The target `name`, which has to be of that kind.
    ///
    /// # Errors
    /// `Invalid` when there is none, or it is something else.
    pub fn find(&self, name: &str, kind: TargetKind) -> Result<&Target, CapabilityError> {
        match self.0.get(name) {
            Some(Ok(target)) if target.kind == kind => Ok(target),
            Some(Err(reason)) => Err(CapabilityError::Invalid(format!("the target `{name}` cannot be used: {reason}"))),
            Some(Ok(target)) => Err(CapabilityError::Invalid(format!(
                "the target `{name}` is a `{}`, not a `{}`",
                target.kind.key(),
                kind.key()
            ))),
            None => Err(CapabilityError::Invalid(format!(
                "the configuration has no target `{name}`; add it under `targets`, with its `{}` URL",
                kind.key()
            ))),
        }
    }
}

impl FromIterator<(String, Target)> for Targets {
    fn from_iter<T: IntoIterator<Item = (String, Target)>>(targets: T) -> Self {
        targets.into_iter().map(|(name, target)| (name, Ok(target))).collect()
    }
}

impl FromIterator<(String, Result<Target, String>)> for Targets {
    fn from_iter<T: IntoIterator<Item = (String, Result<Target, String>)>>(targets: T) -> Self {
        Self(targets.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_target_is_found_by_name_and_kind_and_shows_no_secret() {
        let target = Target {
            kind: TargetKind::Redis,
            url: "redis://127.0.0.1:6379".to_owned(),
            user: None,
            password: Some(Secret::new("hush".to_owned())),
            bearer: None,
        };
        let targets: Targets =
            [("main".to_owned(), Ok(target)), ("locked".to_owned(), Err("its password is not there".to_owned()))]
                .into_iter()
                .collect();
        assert!(targets.find("main", TargetKind::Redis).is_ok());
        assert!(!format!("{targets:?}").contains("hush"));
        let error = |name, kind| targets.find(name, kind).unwrap_err().to_string();
        expect!["invalid: the target `main` is a `redis`, not a `http`"].assert_eq(&error("main", TargetKind::Http));
        expect!["invalid: the configuration has no target `other`; add it under `targets`, with its `cdp` URL"]
            .assert_eq(&error("other", TargetKind::Cdp));
    }
}
