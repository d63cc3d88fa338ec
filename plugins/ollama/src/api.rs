//! The answers of Ollama's HTTP API that are read, as its documentation (`docs/api.md` in Ollama's repository) has them.

use autobot_plugin_sdk::http::{Request, Response, Version as HttpVersion};
use autobot_plugin_sdk::{Error, Header, json};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Bytes of an answer; lists of some hundred models have less.
const MOST_BYTES: u32 = 1 << 20;

/// `GET /api/version`
#[derive(Debug, Deserialize)]
pub(crate) struct Version {
    pub(crate) version: String,
}

/// `GET /api/tags`: what is installed; `GET /api/ps`: what is loaded.
#[derive(Debug, Deserialize)]
pub(crate) struct Models {
    #[serde(default)]
    pub(crate) models: Vec<Model>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Model {
    pub(crate) name: String,
    /// On the disk, in `/api/tags`; in memory, in `/api/ps`.
    #[serde(default)]
    pub(crate) size: f64,
    /// The part of it that lies on GPUs.
    #[serde(default)]
    pub(crate) size_vram: f64,
    #[serde(default)]
    pub(crate) expires_at: Option<String>,
    #[serde(default)]
    pub(crate) context_length: Option<f64>,
    #[serde(default)]
    pub(crate) details: Option<Details>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Details {
    pub(crate) family: Option<String>,
    pub(crate) parameter_size: Option<String>,
    pub(crate) quantization_level: Option<String>,
}

/// The last line of `POST /api/generate`; durations are nanoseconds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Generated {
    pub(crate) error: Option<String>,
    pub(crate) done: bool,
    pub(crate) total_duration: f64,
    pub(crate) load_duration: f64,
    pub(crate) prompt_eval_count: f64,
    pub(crate) prompt_eval_duration: f64,
    pub(crate) eval_count: f64,
    pub(crate) eval_duration: f64,
}

#[derive(Debug, Deserialize)]
struct Failure {
    error: String,
}

/// A question to one Ollama: `target` is a name of the operator's, or a URL.
pub(crate) fn request(target: &str, path: &str, body: Option<String>, timeout_micros: u64) -> Request {
    let url = target.contains("://");
    let headers = vec![Header { name: "content-type".to_owned(), value: "application/json".to_owned() }];
    Request {
        target: (!url).then(|| target.to_owned()),
        url: if url { format!("{}{path}", target.trim_end_matches('/')) } else { path.to_owned() },
        method: if body.is_some() { "POST" } else { "GET" }.to_owned(),
        headers: if body.is_some() { headers } else { Vec::new() },
        body: body.unwrap_or_default().into_bytes(),
        timeout_micros,
        redirects: 0,
        keep_body: MOST_BYTES,
        verify: true,
        version: HttpVersion::Http1,
    }
}

/// Reads an answer.
///
/// # Errors
/// One that is not 200, cut off, no JSON, or not what the documentation says.
pub(crate) fn read<T: DeserializeOwned>(path: &str, response: &Response) -> Result<T, Error> {
    let text = whole(path, response)?;
    json::from_str(text).map_err(|error| Error::Invalid(format!("{path} answers what is not Ollama's: {error}")))
}

/// The last line of a stream, which tells how long it took; one that breaks off has none.
pub(crate) fn read_generated(path: &str, response: &Response) -> Result<Generated, Error> {
    let text = whole(path, response)?;
    let last = text.trim_end().rsplit('\n').next().unwrap_or_default();
    let generated: Generated = json::from_str(last)
        .map_err(|error| Error::Invalid(format!("{path} answers what is not Ollama's: {error}")))?;
    match &generated.error {
        Some(error) => Err(Error::Failed(format!("{path}: {}", cut(error, 200)))),
        None if !generated.done => Err(Error::Failed(format!("{path} broke off before it was done"))),
        None => Ok(generated),
    }
}

fn whole<'r>(path: &str, response: &'r Response) -> Result<&'r str, Error> {
    if !response.complete || response.body_bytes > response.body.len() as u64 {
        return Err(Error::TooLarge(format!("{path} answers more than {MOST_BYTES} bytes")));
    }
    let text = std::str::from_utf8(&response.body)
        .map_err(|_| Error::Invalid(format!("{path} answers what is not Ollama's: a byte that is not UTF-8")))?;
    if response.status != 200 {
        let why = json::from_str::<Failure>(text).map(|failure| format!(": {}", cut(&failure.error, 200)));
        return Err(Error::Failed(format!("{path} answers {}{}", response.status, why.unwrap_or_default())));
    }
    Ok(text)
}

/// As much of a text as a label or a sentence takes.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// Seconds since the Unix epoch of a moment as RFC 3339 writes it: `2024-06-04T14:38:31.83753-07:00`. Go writes the year 1 where
/// there is none.
pub(crate) fn moment(text: &str) -> Option<f64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let rest = text.get(19..)?;
    let zone = rest.find(['Z', '+', '-'])?;
    let fraction = if zone == 0 { 0.0 } else { format!("0{}", rest.get(..zone)?).parse::<f64>().ok()? };
    let offset = match rest.get(zone..)? {
        "Z" => 0,
        sign => {
            let minutes = sign.get(1..3)?.parse::<i64>().ok()? * 60 + sign.get(4..6)?.parse::<i64>().ok()?;
            if sign.starts_with('-') { -minutes } else { minutes }
        }
    };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    // Days from civil, by Howard Hinnant's `chrono-Compatible Low-Level Date Algorithms`: years begin in March.
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (y.div_euclid(400), y.rem_euclid(400));
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some((days * 86_400 + hour * 3_600 + minute * 60 + second - offset * 60) as f64 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_their_zones() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0.0)),
            ("2024-06-04T14:38:31.5-07:00", Some(1_717_537_111.5)),
            ("2024-02-29T23:59:59+05:30", Some(1_709_231_399.0)),
            ("0001-01-01T00:00:00Z", None),
            ("2024-06-04", None),
            ("2024-13-04T14:38:31Z", None),
            ("", None),
            ("ääääääääääääääääääää", None),
        ] {
            assert_eq!(moment(text), seconds, "{text}");
        }
    }
}
