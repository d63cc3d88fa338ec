//! Which of the two formats a client wants: the `Accept` header of RFC 9110, section 12.5.1.

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/openmetrics-text; version=1.0.0`
    OpenMetrics,
    /// `text/plain; version=0.0.4`
    Prometheus,
}

/// One media range of the header.
struct Range<'a> {
    main: &'a str,
    sub: &'a str,
    version: Option<&'a str>,
    /// Whether its other parameters let our text through.
    fits: bool,
    /// Thousandths, 0 to 1000.
    quality: u16,
    place: usize,
}

impl Format {
    /// What an `Accept` header asks for, by quality, then by how exactly it names the format, then by order. Prometheus' own format
    /// when there is no header, or when it names nothing that is spoken here. Several headers are one, joined by commas.
    pub fn negotiate(accept: Option<&str>) -> Self {
        let ranges: Vec<Range<'_>> = split(accept.unwrap_or_default(), ',')
            .take(64)
            .enumerate()
            .filter_map(|(at, text)| range(text, at))
            .collect();
        let open = wish(&ranges, Self::OpenMetrics);
        let text = wish(&ranges, Self::Prometheus);
        if open > text { Self::OpenMetrics } else { Self::Prometheus }
    }

    /// For `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// What a `Content-Type` header says that a body is; Prometheus' own format when it does not say, as Prometheus takes it.
    pub fn of_content_type(header: Option<&str>) -> Self {
        let media = header.and_then(|header| split(header, ';').next()).unwrap_or_default();
        if media.eq_ignore_ascii_case("application/openmetrics-text") { Self::OpenMetrics } else { Self::Prometheus }
    }

    const fn media(self) -> (&'static str, &'static str, &'static [&'static str]) {
        match self {
            // 0.0.1 is the draft of 1.0.0; the text is the same.
            Self::OpenMetrics => ("application", "openmetrics-text", &["1.0.0", "0.0.1"]),
            Self::Prometheus => ("text", "plain", &["0.0.4"]),
        }
    }
}

/// How much a format is wanted: quality and exactness of the range that speaks of it most exactly, and how early it stands.
fn wish(ranges: &[Range<'_>], format: Format) -> Option<(u16, u8, std::cmp::Reverse<usize>)> {
    let (main, sub, versions) = format.media();
    let exactness = |range: &Range<'_>| {
        let named = range.main.eq_ignore_ascii_case(main);
        match range.version {
            _ if !range.fits => None,
            Some(version) => (named && range.sub.eq_ignore_ascii_case(sub) && versions.contains(&version)).then_some(3),
            None if named && range.sub.eq_ignore_ascii_case(sub) => Some(2),
            None if named && range.sub == "*" => Some(1),
            None => (range.main == "*" && range.sub == "*").then_some(0),
        }
    };
    let (exact, range) = ranges
        .iter()
        .filter_map(|range| Some((exactness(range)?, range)))
        .max_by_key(|(exact, range)| (*exact, range.quality, std::cmp::Reverse(range.place)))?;
    // What matches by a wildcard is no choice between the two: then the plain text stands.
    let named = if exact >= 2 { exact } else { 0 };
    let place = if named == 0 { usize::MAX } else { range.place };
    (range.quality > 0).then_some((range.quality, named, std::cmp::Reverse(place)))
}

fn range(text: &str, place: usize) -> Option<Range<'_>> {
    let mut parts = split(text, ';');
    let (main, sub) = parts.next()?.split_once('/')?;
    let mut range = Range { main, sub, version: None, fits: true, quality: 1000, place };
    for parameter in parts {
        let (name, value) = parameter.split_once('=')?;
        let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        match name {
            name if name.eq_ignore_ascii_case("q") => range.quality = quality(value)?,
            name if name.eq_ignore_ascii_case("version") => range.version = Some(value),
            name if name.eq_ignore_ascii_case("charset") => range.fits &= value.eq_ignore_ascii_case("utf-8"),
            // `escaping` says how foreign names may be written; ours need none of it. Others are of no media type of ours.
            _ => {}
        }
    }
    Some(range)
}

/// `0`, `0.5`, `1.000`: at most three decimals. What is no weight makes its range void.
fn quality(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{decimals:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// The parts between separators that stand outside quotes, without the white space around them.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c: char| {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            '"' if !was_escaped => quoted = !quoted,
            '\\' if quoted && !was_escaped => escaped = true,
            _ => {}
        }
        c == separator && !quoted
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Format::{OpenMetrics, Prometheus};

    #[test]
    fn the_header_is_weighed_as_rfc_9110_says() {
        let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
            application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
            text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        for (accept, wanted) in [
            ("", Prometheus),
            ("*/*", Prometheus),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Prometheus),
            ("application/json", Prometheus),
            ("application/openmetrics-text", OpenMetrics),
            ("Application/OpenMetrics-Text; Version=1.0.0", OpenMetrics),
            ("application/openmetrics-text; version=\"1.0.0\"", OpenMetrics),
            ("application/openmetrics-text; version=0.0.1", OpenMetrics),
            ("application/openmetrics-text; version=2.0.0", Prometheus),
            ("application/openmetrics-text; charset=latin1", Prometheus),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", OpenMetrics),
            ("application/openmetrics-text;q=0", Prometheus),
            ("application/openmetrics-text;q=0, */*", Prometheus),
            ("application/openmetrics-text;q=0.5, text/plain;version=0.0.4;q=0.4", OpenMetrics),
            ("application/openmetrics-text;q=0.3, text/plain;version=0.0.4;q=0.4", Prometheus),
            ("application/openmetrics-text;q=0.3, */*;q=0.4", Prometheus),
            ("application/openmetrics-text, text/plain", OpenMetrics),
            ("text/plain, application/openmetrics-text", Prometheus),
            ("text/plain, application/openmetrics-text;version=1.0.0", OpenMetrics),
            ("application/*", OpenMetrics),
            ("text/*", Prometheus),
            ("text/plain;version=0.0.4;q=0, */*", OpenMetrics),
            ("application/openmetrics-text;q=2", Prometheus),
            ("application/openmetrics-text;q=0.0001", Prometheus),
            ("application/openmetrics-text;q=nonsense, text/plain;q=0.1", Prometheus),
            ("x/y;a=\"application/openmetrics-text,\\\",\"", Prometheus),
            (",,;;,application/openmetrics-text ;q=0.5,", OpenMetrics),
            (prometheus_3, OpenMetrics),
        ] {
            assert_eq!(Format::negotiate(Some(accept)), wanted, "{accept}");
        }
        assert_eq!(Format::negotiate(None), Prometheus);
    }

    #[test]
    fn a_body_is_what_its_header_says() {
        for (header, format) in [
            (None, Prometheus),
            (Some("text/plain; version=0.0.4"), Prometheus),
            (Some("application/openmetrics-text; version=1.0.0; charset=utf-8"), OpenMetrics),
            (Some("APPLICATION/OPENMETRICS-TEXT"), OpenMetrics),
        ] {
            assert_eq!(Format::of_content_type(header), format, "{header:?}");
        }
        for format in [Prometheus, OpenMetrics] {
            assert_eq!(Format::of_content_type(Some(format.content_type())), format);
            assert_eq!(Format::negotiate(Some(format.content_type())), format);
        }
    }
}
