//! Whether an answer is what it should be.

use autobot_plugin_sdk::Tls;
use autobot_plugin_sdk::http::Response;
use serde_json::Value;

use crate::check::{HttpCheck, KEPT_BYTES, Place};
use crate::cut;
use crate::reason::{Failure, Reason};

/// Characters of a value that a sentence shows.
const MOST_SHOWN: usize = 60;

/// What is wrong with the answer, the most telling first: whom it comes from, where it came from, what it says of itself, and what is in it.
pub(crate) fn judge(check: &HttpCheck, response: &Response) -> Result<(), Failure> {
    trust(&check.place, response.tls.as_ref())?;
    let place = place(&check.place);
    let status = response.status;
    let is_redirect = matches!(status, 301 | 302 | 303 | 307 | 308);
    if is_redirect && check.redirects > 0 && response.redirected >= check.redirects && !check.statuses.has(status) {
        let text = format!("{place} redirects once more after {} redirects", response.redirected);
        return Err(Failure::new(Reason::Redirect, text));
    }
    if !check.statuses.has(status) {
        let text = format!("{place} answered {status}, expected was {}", check.statuses);
        return Err(Failure::new(Reason::Status, text));
    }
    headers(check, response, place)?;
    let bytes = response.body_bytes;
    if !response.complete || bytes > check.max_bytes {
        let most = check.max_bytes;
        let text = if bytes > most {
            format!("the body of {place} has more than the {most} bytes that it may have")
        } else {
            format!("the body of {place} is longer than the host reads; {bytes} bytes came")
        };
        return Err(Failure::new(Reason::TooLarge, text));
    }
    if bytes < check.min_bytes {
        let text = format!("the body of {place} has {bytes} bytes, at least {} were expected", check.min_bytes);
        return Err(Failure::new(Reason::Body, text));
    }
    body(check, response, place)
}

/// What sentences call it.
pub(crate) fn place(place: &Place) -> &str {
    place.shown_url()
}

/// With a target the host has refused it already.
pub(crate) fn trust(place: &Place, tls: Option<&Tls>) -> Result<(), Failure> {
    match tls.and_then(|tls| tls.untrusted.as_deref()) {
        Some(why) if place.verify => {
            Err(Failure::new(Reason::Tls, format!("{}: its certificate is not trusted: {why}", place.shown_url())))
        }
        _ => Ok(()),
    }
}

fn headers(check: &HttpCheck, response: &Response, place: &str) -> Result<(), Failure> {
    for (name, wanted) in &check.answer_headers {
        let mut found = response.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).peekable();
        let text = match found.peek() {
            None => format!("{place} sent no header `{}`", cut(name)),
            Some(first) => {
                let first = shown(&first.value);
                if found.any(|header| header.value.contains(wanted.as_str())) {
                    continue;
                }
                format!("the header `{}` of {place} is `{first}`, expected was `{}` in it", cut(name), shown(wanted))
            }
        };
        return Err(Failure::new(Reason::Header, text));
    }
    Ok(())
}

fn body(check: &HttpCheck, response: &Response, place: &str) -> Result<(), Failure> {
    let fail = |text: String| Err(Failure::new(Reason::Body, text));
    let seen = match u64::try_from(response.body.len()) {
        Ok(kept) if kept < response.body_bytes => format!("the first {KEPT_BYTES} bytes of the body"),
        _ => "the body".to_owned(),
    };
    if !check.text.is_empty() && !holds(&response.body, &check.text) {
        return fail(format!("{seen} of {place} does not hold `{}`", shown(&check.text)));
    }
    if !check.not_text.is_empty() && holds(&response.body, &check.not_text) {
        return fail(format!("{seen} of {place} holds `{}`", shown(&check.not_text)));
    }
    if check.json.is_empty() {
        return Ok(());
    }
    let document: Value = match serde_json::from_slice(&response.body) {
        Ok(document) => document,
        Err(error) => return fail(format!("{seen} of {place} is no JSON: {error}")),
    };
    for (written, path, wanted) in &check.json {
        match path.find(&document) {
            Some(found) if same(found, wanted) => {}
            Some(found) => {
                let (found, wanted) = (shown(&found.to_string()), shown(&wanted.to_string()));
                return fail(format!("`{written}` of {place} is {found}, expected was {wanted}"));
            }
            None => return fail(format!("the body of {place} has no `{written}`")),
        }
    }
    Ok(())
}

/// 1 and 1.0 are one number, as RFC 8259 leaves it to the reader.
fn same(found: &Value, wanted: &Value) -> bool {
    match (found.as_f64(), wanted.as_f64()) {
        (Some(found_number), Some(wanted_number)) => found == wanted || found_number == wanted_number,
        _ => found == wanted,
    }
}

/// Whether `text` stands in `body`, byte for byte.
pub(crate) fn holds(body: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    let Some((first, rest)) = text.split_first() else { return true };
    let mut left = body;
    while let Some(at) = left.iter().position(|byte| byte == first) {
        left = left.get(at.saturating_add(1)..).unwrap_or_default();
        if left.starts_with(rest) {
            return true;
        }
    }
    false
}

fn shown(text: &str) -> String {
    let mut shown: String = text.escape_debug().take(MOST_SHOWN).collect();
    if text.escape_debug().nth(MOST_SHOWN).is_some() {
        shown.push_str("...");
    }
    shown
}
