//! Blacks out secrets in text that is going to be shown: the source lines of diagnostics.
//!
//! Besides the spans that the tree tells, it works on lines, because a file with a syntax error has no tree and its
//! lines are shown too. It errs on the side of hiding. Every byte stays where it was, so that positions stay true.

use std::cmp::Reverse;
use std::ops::Range;

/// Words that make a key's value a secret, wherever the key stands.
const WORDS: [&str; 10] =
    ["password", "passwd", "passphrase", "pass", "secret", "bearer", "token", "credential", "credentials", "apikey"];

/// Pairs of words that do so together.
const PAIRS: [[&str; 2]; 5] =
    [["api", "key"], ["private", "key"], ["access", "key"], ["secret", "key"], ["encryption", "key"]];

/// Whether a key of this name holds a secret: `password`, `redis_password`, `apiKey`, `auth-token`; not `max_tokens`.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let mut words: Vec<String> = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && c.is_alphanumeric()
        {
            word.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    let last = words.last().map_or("", String::as_str);
    WORDS.contains(&last) || words.windows(2).any(|pair| PAIRS.iter().any(|known| pair == known))
}

/// Whether `text` is a URL that carries a password, `redis://user:password@host`.
pub(crate) fn has_password(text: &str) -> bool {
    password_in_url(text, 0).is_some()
}

/// The bytes of the first password in a URL within `text`, from the byte `from` on.
fn password_in_url(text: &str, mut from: usize) -> Option<Range<usize>> {
    while let Some(found) = text.get(from..)?.find("://") {
        let start = from + found + 3;
        let rest = text.get(start..)?;
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'".contains(c)).unwrap_or(rest.len());
        let authority = rest.get(..end)?;
        if let Some(at) = authority.rfind('@')
            && let Some(colon) = authority.find(':')
            && colon < at
            && !authority.get(colon + 1..at)?.starts_with("${")
            && colon + 1 < at
        {
            return Some(start + colon + 1..start + at);
        }
        from = start;
    }
    None
}

/// Whether the value of a key of this name is kept out of messages: secrets, and what often holds one.
pub(crate) fn is_hidden_name(name: &str) -> bool {
    is_secret_name(name) || ["key", "slack", "webhook"].contains(&name)
}

/// `text` with the bytes of `spans` blacked out.
pub(crate) fn spans(text: &str, mut spans: Vec<Range<usize>>) -> String {
    // The longest first: what lies within it is hidden with it.
    spans.sort_by_key(|span| (span.start, Reverse(span.end)));
    let mut masked = String::with_capacity(text.len());
    for span in spans {
        let (Some(before), Some(hidden)) = (text.get(masked.len()..span.start), text.get(span.clone())) else {
            continue;
        };
        masked.push_str(before);
        push_stars(&mut masked, hidden, 0);
    }
    masked.push_str(text.get(masked.len()..).unwrap_or_default());
    masked
}

/// `text` with every secret replaced by asterisks, byte for byte.
pub(crate) fn secrets(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut block: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        if let Some(outer) = block {
            if line.trim().is_empty() || indent > outer {
                push_stars(&mut masked, line, indent);
                continue;
            }
            block = None;
        }
        let line = mask_urls(line);
        let (line, open) = mask_values(&line);
        masked.push_str(&line);
        if open {
            block = Some(indent);
        }
    }
    masked
}

/// Appends `text`, from the byte `from` on blacked out; line ends and white space stay. Each character is replaced by
/// one of the same length, so that neither bytes nor columns move.
fn push_stars(into: &mut String, text: &str, from: usize) {
    into.extend(text.char_indices().map(|(at, c)| match c.len_utf8() {
        _ if at < from || c.is_whitespace() => c,
        1 => '*',
        2 => '\u{b7}',
        3 => '\u{2022}',
        _ => '\u{1f784}',
    }));
}

fn mask_urls(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut from = 0;
    while let Some(password) = password_in_url(line, from) {
        masked.push_str(line.get(from..password.start).unwrap_or_default());
        push_stars(&mut masked, line.get(password.clone()).unwrap_or_default(), 0);
        from = password.end;
    }
    masked.push_str(line.get(from..).unwrap_or_default());
    masked
}

/// Masks what stands behind each secret key of one line; true when the value goes on in the lines below.
fn mask_values(line: &str) -> (String, bool) {
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(colon) = rest.find(':') {
        let (before, after) = rest.split_at(colon);
        let name = before.trim_end().trim_end_matches(['"', '\'']);
        let name = name.rsplit(|c: char| c.is_whitespace() || "{[,\"'".contains(c)).next().unwrap_or_default();
        masked.push_str(before);
        masked.push(':');
        let after = after.get(1..).unwrap_or_default();
        if !is_hidden_name(name) {
            rest = after;
            continue;
        }
        let value = after.trim();
        if value.is_empty() || value.starts_with(['|', '>', '#']) {
            masked.push_str(after);
            return (masked, true);
        }
        if value.trim_start_matches(['"', '\'']).starts_with("${") {
            // A reference says where the secret is, not what it is.
            let end = after.find('}').map_or(after.len(), |end| end + 1);
            let (reference, next) = after.split_at(end);
            masked.push_str(reference);
            rest = next;
            continue;
        }
        // To the end of the line, not to the next comma: passwords have commas.
        push_stars(&mut masked, after, 0);
        return (masked, !value.ends_with('}'));
    }
    masked.push_str(rest);
    (masked, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn only_names_of_secrets_are_secret() {
        for name in
            ["password", "redis_password", "apiKey", "api_key", "auth-token", "TOKEN", "client-secret", "bearer"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["max_tokens", "token_count", "key", "keys", "path", "passes", "bypass_cache", "secretary", ""] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn secrets_are_blacked_out_and_nothing_moves() {
        let text = "\
targets:
  redis: { url: \"redis://me:hunter2@10.0.0.1:6379/0\", user: me, password: \"pä,ss\" }
  other: { user: me, password: \"${credential:redis}\", http: \"http://a/b@c:d\" }
keys:
  private_key: |
    -----BEGIN
    abc
  api-key: abc def
  port: 1
";
        let masked = secrets(text);
        assert_eq!(masked.len(), text.len());
        expect![[r#"
            targets:
              redis: { url: "redis://me:*******@10.0.0.1:6379/0", user: me, password: **·**** *
              other: { user: me, password: "${credential:redis}", http: "http://a/b@c:d" }
            keys:
              private_key: |
                **********
                ***
              api-key: *** ***
              port: 1
        "#]]
        .assert_eq(&masked);
    }
}
