//! Which URLs a grant covers.
//!
//! A URL is parsed first, by the same rules as browsers, and everything later works on what was parsed: what is compared is
//! what is connected to. Scheme, host and port are compared literally, a `*` standing for one whole label of the host. The
//! path is compared by a glob.

use std::net::{Ipv4Addr, Ipv6Addr};

use globset::{GlobBuilder, GlobMatcher};
use url::{Host, Url};

use super::path::is_ambiguous;
use crate::CapabilityError;

/// Entries of one grant.
const MOST_ENTRIES: usize = 1_000;

/// The scope of a grant: names of targets, and URL globs.
#[derive(Clone, Debug)]
pub(crate) struct UrlScope {
    targets: Vec<String>,
    globs: Vec<UrlGlob>,
}

impl UrlScope {
    /// Reads the entries; one with `://` is a glob, whose scheme has to be one of `schemes`.
    pub(crate) fn new(entries: &[String], schemes: &[&str]) -> Result<Self, CapabilityError> {
        if entries.len() > MOST_ENTRIES {
            return Err(CapabilityError::TooLarge(format!("a grant with more than {MOST_ENTRIES} entries")));
        }
        let (globs, targets): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|entry| entry.contains("://"));
        let globs = globs
            .iter()
            .map(|glob| UrlGlob::new(glob, schemes).map_err(|why| CapabilityError::Invalid(format!("`{glob}` {why}"))));
        Ok(Self { targets, globs: globs.collect::<Result<_, _>>()? })
    }

    /// Whether the target `name` may be used.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.targets.iter().any(|one| one == name)
    }

    /// Whether `url` may be asked for.
    pub(crate) fn covers(&self, url: &Url) -> bool {
        self.globs.iter().any(|glob| glob.covers(url))
    }
}

/// `https://*.example.org/status/**`.
#[derive(Clone, Debug)]
struct UrlGlob {
    scheme: String,
    host: HostGlob,
    port: u16,
    path: GlobMatcher,
}

/// A host of a glob. Addresses are kinds of their own, so that a `*` in one never stands for a part of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum HostGlob {
    Ipv4([Option<u8>; 4]),
    Ipv6(Ipv6Addr),
    Name(Vec<Option<String>>),
}

impl UrlGlob {
    /// The error is the end of a sentence about the glob.
    fn new(glob: &str, schemes: &[&str]) -> Result<Self, String> {
        let (scheme, rest) = glob.split_once("://").unwrap_or_default();
        if !schemes.contains(&scheme) {
            return Err(format!("does not begin with one of {}", schemes.join("://, ") + "://"));
        }
        if rest.contains(['?', '#', '\\']) || rest.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("has characters that a URL glob cannot have (`?`, `#`, `\\`, blanks)".to_owned());
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("holds a user name; credentials belong to a target".to_owned());
        }
        // The last colon outside the brackets of an address.
        let colon = authority.rfind(':').filter(|at| authority.rfind(['[', ']']).is_none_or(|bracket| bracket < *at));
        let (host, port) = match colon.and_then(|at| authority.split_at_checked(at)) {
            Some((host, port)) if !host.starts_with('[') || host.ends_with(']') => (host, port.get(1..)),
            _ => (authority, None),
        };
        let digits = |port: &&str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = match port {
            None if matches!(scheme, "http" | "ws") => 80,
            None => 443,
            Some(port) => Some(port)
                .filter(digits)
                .and_then(|port| port.parse().ok())
                .ok_or_else(|| format!("has the port `{port}`; a port is a number up to 65535"))?,
        };
        Ok(Self { scheme: scheme.to_owned(), host: HostGlob::new(host)?, port, path: path_glob(path)? })
    }

    fn covers(&self, url: &Url) -> bool {
        let path = url.path();
        url.scheme() == self.scheme
            && url.port_or_known_default() == Some(self.port)
            && url.username().is_empty()
            && url.password().is_none()
            && url.host().is_some_and(|host| self.host.covers(&host))
            // An escaped slash is a part of a name to some servers and a slash to others, so neither reading is trusted.
            && !is_ambiguous(path)
            && self.path.is_match(path)
    }
}

impl HostGlob {
    fn new(host: &str) -> Result<Self, String> {
        if host.is_empty() {
            return Err("names no host".to_owned());
        }
        if host.starts_with('[') {
            return match Host::parse(host) {
                Ok(Host::Ipv6(address)) => Ok(Self::Ipv6(address)),
                _ => Err(format!("has the host `{host}`, which is no address")),
            };
        }
        let labels: Vec<&str> = host.split('.').collect();
        let number = |label: &&str| *label == "*" || label.parse::<u8>().is_ok_and(|byte| byte.to_string() == *label);
        if labels.len() == 4 && labels.iter().all(number) && labels.iter().any(|label| *label != "*") {
            let mut parts = [None; 4];
            for (part, label) in parts.iter_mut().zip(&labels) {
                *part = label.parse().ok();
            }
            return Ok(Self::Ipv4(parts));
        }
        if labels.last() == Some(&"*") {
            return Err("leaves the end of the host open; a `*` stands for one label before it".to_owned());
        }
        if labels.iter().any(|label| label.len() > 1 && label.contains('*')) {
            return Err("has a `*` within a label of the host; it stands for a whole label".to_owned());
        }
        let normal = Host::parse(&host.replace('*', "any"));
        match normal {
            Ok(Host::Domain(name)) if name.split('.').count() == labels.len() => {
                let labels = name.split('.').zip(labels).map(|(name, label)| (label != "*").then(|| name.to_owned()));
                Ok(Self::Name(labels.collect()))
            }
            _ => Err(format!("has the host `{host}`, which is none")),
        }
    }

    fn covers(&self, host: &Host<&str>) -> bool {
        match (self, host) {
            (Self::Ipv4(parts), Host::Ipv4(address)) => covers_v4(parts, *address),
            (Self::Ipv6(granted), Host::Ipv6(address)) => granted == address,
            (Self::Name(labels), Host::Domain(name)) => {
                let names: Vec<&str> = name.split('.').collect();
                let covers = |(label, name): (&Option<String>, &&str)| {
                    label.as_deref().map_or(!name.is_empty(), |label| label == *name)
                };
                names.len() == labels.len() && labels.iter().zip(&names).all(covers)
            }
            _ => false,
        }
    }
}

fn covers_v4(parts: &[Option<u8>; 4], address: Ipv4Addr) -> bool {
    parts.iter().zip(address.octets()).all(|(part, octet)| part.is_none_or(|part| part == octet))
}

/// `*` within a part of the path, `**` through parts; everything else stands for itself.
fn path_glob(path: &str) -> Result<GlobMatcher, String> {
    // Written as a parsed URL has it, so that a letter beyond ASCII or a `..` means the same on both sides.
    let normal = Url::parse(&format!("http://host{path}")).map_err(|error| format!("has no proper path: {error}"))?;
    let escaped: Vec<String> = normal.path().split('*').map(globset::escape).collect();
    let glob = GlobBuilder::new(&escaped.join("*")).literal_separator(true).backslash_escape(false).build();
    Ok(glob.map_err(|error| format!("has no proper path: {}", error.kind()))?.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Web;
    use expect_test::expect;
    use proptest::prelude::*;

    fn scope(globs: &[&str]) -> UrlScope {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        UrlScope::new(&globs, &Web::Http.schemes()).unwrap()
    }

    fn covers(glob: &str, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| scope(&[glob]).covers(&url))
    }

    #[test]
    fn a_glob_covers_what_it_says() {
        for (glob, url) in [
            ("http://127.0.0.1:8080/*", "http://127.0.0.1:8080/"),
            ("http://127.0.0.1:8080/*", "http://127.0.0.1:8080/health?any=query"),
            ("http://127.0.0.1:8080/*", "HTTP://0x7f.1:8080/a"),
            ("http://127.0.0.1:8080/**", "http://127.0.0.1:8080/a/b/c"),
            ("http://127.0.0.1:8080/a/**", "http://127.0.0.1:8080/a/"),
            ("http://127.0.0.1/", "http://127.0.0.1:80"),
            ("http://127.0.0.1", "http://127.0.0.1/"),
            ("https://example.org:443/*.html", "https://EXAMPLE.org/index.html"),
            ("https://*.example.org/**", "https://a.example.org/x/y"),
            ("https://b\u{fc}cher.example/*", "https://xn--bcher-kva.example/"),
            ("http://10.0.*.7/*", "http://10.0.200.7/x"),
            ("http://[::1]:9000/*", "http://[0:0::1]:9000/x"),
            ("http://h/\u{e4}/*", "http://h/%C3%A4/x"),
            ("http://h/[x]{y}/*", "http://h/[x]{y}/z"),
            ("http://h/a/../b/*", "http://h/b/x"),
            ("http://h/b/*", "http://h/a/../b/x"),
        ] {
            assert!(covers(glob, url), "{glob} should cover {url}");
        }
    }

    #[test]
    fn a_glob_covers_nothing_else() {
        for (glob, url) in [
            ("http://127.0.0.1:8080/*", "http://127.0.0.1:8080@evil/"),
            ("http://127.0.0.1:8080/*", "http://user@127.0.0.1:8080/"),
            ("http://127.0.0.1:8080/*", "http://:pass@127.0.0.1:8080/"),
            ("http://127.0.0.1:8080/*", "http://127.0.0.1:80800/"),
            ("http://127.0.0.1:8080/*", "http://127.0.0.1/"),
            ("http://127.0.0.1:8080/*", "https://127.0.0.1:8080/"),
            ("http://127.0.0.1:8080/*", "http://127.0.0.1.evil:8080/"),
            ("http://127.0.0.1:8080/*", "http://evil\\@127.0.0.1:8080/"),
            ("http://127.0.0.1:8080/*", "http://127.0.0.2:8080/"),
            ("http://127.0.0.1:8080/*", "http://127.0.0.1:8080/a/b"),
            ("http://127.0.0.1:8080/*", "http://[::ffff:127.0.0.1]:8080/"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/a"),
            ("https://*.example.org/*", "https://example.org/"),
            ("https://*.example.org/*", "https://a.b.example.org/"),
            ("https://*.example.org/*", "https://.example.org/"),
            ("https://*.example.org/*", "https://evil-example.org/"),
            ("https://example.org/*", "https://example.org./"),
            ("http://10.0.0.*/*", "http://10.0.0.evil/"),
            ("http://h/a/*", "http://h/a/../b"),
            ("http://h/a/**", "http://h/a/%2e%2E/b"),
            ("http://h/a/**", "http://h/a/..%2fb"),
            ("http://h/a/**", "http://h/a/..%5cb"),
            ("http://h/a/**", "http://h/a/%252e%252e%252fb"),
            ("http://h/a/**", "http://h/a/..;/b"),
            ("http://h/a/*", "http://h/a/b%2fc"),
            ("http://h/[x]/*", "http://h/x/z"),
            ("http://h/a?c", "http://h/abc"),
        ] {
            let glob_is_none = UrlScope::new(&[glob.to_owned()], &Web::Http.schemes()).is_err();
            assert!(glob_is_none || !covers(glob, url), "{glob} should not cover {url}");
        }
        assert!(!scope(&[]).covers(&Url::parse("http://h/").unwrap()));
        assert!(!scope(&["main"]).covers(&Url::parse("http://main/").unwrap()));
        assert!(scope(&["main"]).names("main") && !scope(&["main"]).names("other"));
        assert!(!scope(&["http://main/*"]).names("main"));
    }

    #[test]
    fn what_is_no_glob_is_told() {
        let mut told = String::new();
        for glob in [
            "://h/",
            "ftp://h/",
            "http://user@h/",
            "http://h:0x50/",
            "http://h:/",
            "http://h:65536/",
            "http:///x",
            "http://*/",
            "http://example.*/",
            "http://a*.example.org/",
            "http://[::1/",
            "http://h|i/",
            "http://h/?x=*",
            "http://h\\i/",
            "http://h/a b",
        ] {
            let error = UrlScope::new(&[glob.to_owned()], &Web::Http.schemes()).unwrap_err();
            told += &format!("{error}\n");
        }
        expect![[r#"
            invalid: `://h/` does not begin with one of http://, https://
            invalid: `ftp://h/` does not begin with one of http://, https://
            invalid: `http://user@h/` holds a user name; credentials belong to a target
            invalid: `http://h:0x50/` has the port `0x50`; a port is a number up to 65535
            invalid: `http://h:/` has the port ``; a port is a number up to 65535
            invalid: `http://h:65536/` has the port `65536`; a port is a number up to 65535
            invalid: `http:///x` names no host
            invalid: `http://*/` leaves the end of the host open; a `*` stands for one label before it
            invalid: `http://example.*/` leaves the end of the host open; a `*` stands for one label before it
            invalid: `http://a*.example.org/` has a `*` within a label of the host; it stands for a whole label
            invalid: `http://[::1/` has the host `[::1`, which is no address
            invalid: `http://h|i/` has the host `h|i`, which is none
            invalid: `http://h/?x=*` has characters that a URL glob cannot have (`?`, `#`, `\`, blanks)
            invalid: `http://h\i/` has characters that a URL glob cannot have (`?`, `#`, `\`, blanks)
            invalid: `http://h/a b` has characters that a URL glob cannot have (`?`, `#`, `\`, blanks)
        "#]]
        .assert_eq(&told);
    }

    /// Texts that look like URLs of what is granted, and are not always.
    fn tricky() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "http://",
            "https://",
            "http:",
            "//",
            "/",
            "\\",
            "@",
            ":",
            ":8080",
            ":80",
            "127.0.0.1",
            "127.1",
            "evil",
            ".",
            "..",
            "%2e",
            "%2f",
            "%40",
            "#",
            "?",
            "[::1]",
            "a",
            "\t",
            "\n",
            " ",
            "\u{3002}",
            "\u{ff0f}",
            "0x7f000001",
            ";",
        ]);
        prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn whatever_is_covered_leads_to_the_granted_place(text in tricky(), prefixed: bool) {
            let text = if prefixed { format!("http://127.0.0.1:8080{text}") } else { text };
            let Ok(url) = Url::parse(&text) else { return Ok(()) };
            if scope(&["http://127.0.0.1:8080/a/**"]).covers(&url) {
                prop_assert_eq!(url.host(), Some(Host::Ipv4(Ipv4Addr::LOCALHOST)));
                prop_assert_eq!((url.scheme(), url.port()), ("http", Some(8080)));
                prop_assert!(url.username().is_empty() && url.password().is_none());
                prop_assert!(url.path().starts_with("/a/"));
                // A second reader that knows nothing of the first finds the same place.
                let normal: hyper::Uri = url.as_str().parse().unwrap();
                prop_assert_eq!(normal.authority().unwrap().as_str(), "127.0.0.1:8080");
            }
        }

        #[test]
        fn any_text_is_a_glob_or_refused(text: String, scheme in "(http|https)://", path in "[ -~]{0,20}") {
            let _ = UrlScope::new(&[text.clone(), format!("{scheme}{text}")], &Web::Http.schemes());
            let _ = UrlScope::new(&[format!("{scheme}h/{path}")], &Web::Http.schemes());
        }

        #[test]
        fn a_url_without_wildcards_covers_itself(host in "[a-z]{1,8}(\\.[a-z]{1,8}){0,2}", path in "(/[a-z0-9._~-]{1,5}){0,3}") {
            let text = format!("http://{host}{path}");
            prop_assume!(Url::parse(&text).is_ok());
            prop_assert!(covers(&text, &text));
        }
    }
}
