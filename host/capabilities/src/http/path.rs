//! Paths that mean one thing to who checks them and another to who serves them.

/// Rounds of decoding: a path that is escaped more deeply is up to no good.
const MOST_ROUNDS: usize = 8;

/// `path` without its percent signs, decoded until nothing changes; none when it never ends.
pub(super) fn decoded(path: &str) -> Option<String> {
    let mut path = path.as_bytes().to_vec();
    for _ in 0..MOST_ROUNDS {
        let next = decode_once(&path);
        if next == path {
            return Some(String::from_utf8_lossy(&path).into_owned());
        }
        path = next;
    }
    None
}

fn decode_once(path: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then_some(after).and_then(|after| {
            let digits = after.get(..2)?;
            let digit = |at: usize| digits.get(at).and_then(|byte| char::from(*byte).to_digit(16));
            u8::try_from(digit(0)? * 16 + digit(1)?).ok()
        });
        plain.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    plain
}

/// Whether a server that decodes more than the standard asks for could be led up from where `path` seems to be.
pub(super) fn climbs(path: &str) -> bool {
    let Some(plain) = decoded(path) else { return true };
    // `..;x` is a `..` with a parameter to some servers of Java.
    plain.split(['/', '\\']).any(|part| part.split(';').next().is_some_and(|name| name == ".."))
}

/// Whether `path` holds slashes that are no slashes to everybody, or could climb.
pub(super) fn is_ambiguous(path: &str) -> bool {
    let slashes = |path: &str| path.matches(['/', '\\']).count();
    climbs(path) || decoded(path).is_none_or(|plain| plain.contains('\0') || slashes(&plain) != slashes(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_could_climb_is_seen_through_its_disguises() {
        for path in
            ["/a/..%2fb", "/a/%2e%2e%5cb", "/a/%252e%252e%252fb", "/a/..;x=1/b", "/a/..", "/a/%25252525252525252e"]
        {
            assert!(climbs(path), "{path}");
        }
        for path in ["/", "/a/...", "/a..b/c", "/a%2fb", "/100%", "/a/%zz", "/a%20b"] {
            assert!(!climbs(path), "{path}");
        }
        assert!(is_ambiguous("/a%2fb") && is_ambiguous("/a%5Cb") && is_ambiguous("/a%00"));
        assert!(!is_ambiguous("/a%20b/%C3%A4"));
    }

    proptest! {
        #[test]
        fn decoding_ends_in_what_decodes_no_further(path in "[a-f0-9%/.]{0,40}") {
            if let Some(plain) = decoded(&path) {
                prop_assert_eq!(decoded(&plain), Some(plain));
            }
        }
    }
}
