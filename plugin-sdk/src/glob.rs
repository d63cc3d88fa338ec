//! Patterns of names, as operators write them: `*` stands for any characters, `?` for one. Everything else stands for itself, a
//! backslash too, since names of systemd's units have them.

/// Whether the whole of `name` is what `pattern` says.
///
/// ```
/// use autobot_plugin_sdk::glob;
///
/// assert!(glob::matches("redis*.service", "redis-server.service"));
/// assert!(!glob::matches("redis*.service", "redis.socket"));
/// ```
pub fn matches(pattern: &str, name: &str) -> bool {
    let (mut pattern, mut name) = (pattern.chars(), name.chars());
    // Behind the last `*`, and from where on it may take one character more: it never has to be undone further than that.
    let mut star = None;
    loop {
        let here = name.clone();
        match (pattern.next(), name.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                star = Some((pattern.clone(), here.clone()));
                name = here;
            }
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => {
                let Some((behind, mut from)) = star.take() else { return false };
                if from.next().is_none() {
                    return false;
                }
                (pattern, name) = (behind.clone(), from.clone());
                star = Some((behind, from));
            }
        }
    }
}

/// Whether one of `patterns` says `name`.
pub fn any_matches(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
}

/// Whether `pattern` stands for more names than the one that it is.
pub fn is_pattern(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything_and_question_marks_for_one_character() {
        for (pattern, name, matched) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a\nb", true),
            ("a*", "a", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*.service", "a.service.d", false),
            ("*b*b", "abab", true),
            ("?", "", false),
            ("?", "ü", true),
            ("a?c*", "abc", true),
            ("dev-*\\x2d1.device", "dev-disk\\x2d1.device", true),
            ("a", "A", false),
            ("[a]", "a", false),
            ("**", "x", true),
        ] {
            assert_eq!(matches(pattern, name), matched, "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn a_pattern_full_of_stars_ends_soon() {
        // By backtracking over every star this takes longer than the universe has been there.
        assert!(!matches(&"*a".repeat(60), &"a".repeat(59)));
        assert!(!matches(&format!("{}b", "*a".repeat(60)), &"a".repeat(2000)));
    }
}
