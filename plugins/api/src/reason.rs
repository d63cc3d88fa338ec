//! Why a check failed, as one of a few words: a label that never has more values than these.

use autobot_plugin_sdk::Error;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Timeout,
    Refused,
    Reset,
    Unreachable,
    Dns,
    Tls,
    Protocol,
    Redirect,
    Status,
    Header,
    Body,
    TooLarge,
    /// The grant does not cover it, so nothing was sent.
    Denied,
    /// It cannot be asked for as it is configured.
    Invalid,
}

impl Reason {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Unreachable => "unreachable",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Protocol => "protocol",
            Self::Redirect => "redirect",
            Self::Status => "status",
            Self::Header => "header",
            Self::Body => "body",
            Self::TooLarge => "too_large",
            Self::Denied => "denied",
            Self::Invalid => "invalid",
        }
    }
}

/// A check that failed: the word, and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn new(reason: Reason, text: impl Into<String>) -> Self {
        Self { reason, text: text.into() }
    }

    /// What the host could not do. The cases of its errors are wider than the words, so its sentences decide; no URL can hold
    /// what is looked for, as URLs have no blanks.
    pub(crate) fn of(error: Error) -> Self {
        let has = |text: &str, phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
        let (reason, text) = match error {
            Error::Timeout(text) => (Reason::Timeout, text),
            Error::Denied(text) if has(&text, &[" redirects to"]) => {
                (Reason::Redirect, format!("the grant does not cover {text}"))
            }
            Error::Denied(text) => (Reason::Denied, format!("the grant does not cover {text}")),
            Error::TooLarge(text) => (Reason::TooLarge, text),
            Error::Invalid(text) | Error::NotPresent(text) => (Reason::Invalid, text),
            Error::Unreachable(text) => {
                let reason = if has(&text, &[" does not resolve: ", " has no address"]) {
                    Reason::Dns
                } else if has(&text, &[" TLS handshake"]) {
                    Reason::Tls
                } else if has(&text, &[" refused the connection"]) {
                    Reason::Refused
                } else if has(&text, &[" reset the ", " closed the ", " broke off the "]) {
                    Reason::Reset
                } else {
                    Reason::Unreachable
                };
                (reason, text)
            }
            Error::Failed(text) => {
                let reason = if has(&text, &["certificate is not trusted", "TLS handshake", "TLS is not ", "speak TLS"])
                {
                    Reason::Tls
                } else if has(&text, &[" redirects to what is no URL"]) {
                    Reason::Redirect
                } else if has(&text, &[", not with a WebSocket"]) {
                    Reason::Status
                } else {
                    Reason::Protocol
                };
                (reason, text)
            }
        };
        Self { reason, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_says_becomes_one_word() {
        for (error, word) in [
            (Error::Timeout("http://a/ did not answer within 5 s".to_owned()), "timeout"),
            (Error::Unreachable("http://a/ refused the connection".to_owned()), "refused"),
            (Error::Unreachable("http://a/ reset the connection before it answered".to_owned()), "reset"),
            (Error::Unreachable("http://a/ closed the connection before its answer was complete".to_owned()), "reset"),
            (Error::Unreachable("http://a/: there is no way to it (os error 113)".to_owned()), "unreachable"),
            (Error::Unreachable("http://a/: the name `a` does not resolve: no".to_owned()), "dns"),
            (Error::Unreachable("https://a/ closed the connection during the TLS handshake".to_owned()), "tls"),
            (Error::Failed("https://a/: its certificate is not trusted: it expired".to_owned()), "tls"),
            (Error::Failed("https://a/ does not speak TLS there: x".to_owned()), "tls"),
            (Error::Failed("http://a/ answers in what is not HTTP: x".to_owned()), "protocol"),
            (Error::Failed("http://a/ redirects to what is no URL".to_owned()), "redirect"),
            (Error::Failed("ws://a/ answered 403 Forbidden, not with a WebSocket".to_owned()), "status"),
            (Error::Denied("http://b/, where http://a/ redirects to".to_owned()), "redirect"),
            (Error::Denied("http://b/".to_owned()), "denied"),
            (Error::TooLarge("http://a/ sent more than 100 headers".to_owned()), "too_large"),
            (Error::Invalid("the configuration has no target `x`".to_owned()), "invalid"),
        ] {
            assert_eq!(Failure::of(error.clone()).reason.word(), word, "{error:?}");
        }
    }
}
