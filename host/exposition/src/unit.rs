//! Units: UCUM in the model, English words at the ends of names in the text formats.

/// UCUM and the word that OpenMetrics puts at the end of a name (the base units of its specification).
const WORDS: &[(&str, &str)] = &[
    ("s", "seconds"),
    ("By", "bytes"),
    ("Cel", "celsius"),
    ("W", "watts"),
    ("J", "joules"),
    ("Hz", "hertz"),
    ("V", "volts"),
    ("A", "amperes"),
    ("m", "meters"),
    ("g", "grams"),
    ("1", "ratio"),
];

/// The word for a unit of UCUM; empty where there is none.
pub fn word(ucum: &str) -> &'static str {
    WORDS.iter().find(|(known, _)| *known == ucum).map_or("", |(_, word)| word)
}

/// The unit of UCUM that a word stands for; empty where it is not known.
pub fn ucum(word: &str) -> &'static str {
    WORDS.iter().find(|(_, known)| *known == word).map_or("", |(ucum, _)| ucum)
}

/// The unit that a name ends with, `_total` and its kin aside; empty where it ends with none.
pub fn of_name(name: &str) -> &'static str {
    let base = ["_total", "_bucket", "_sum", "_created"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    base.rsplit_once('_').map_or("", |(_, last)| ucum(last))
}

/// Whether OpenMetrics lets a family of this name have that unit: the name ends with it, after an underscore.
pub fn fits(family: &str, unit: &str) -> bool {
    family.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_the_last_word_of_a_name() {
        for (name, unit) in [
            ("node_cpu_seconds_total", "s"),
            ("wait_seconds_bucket", "s"),
            ("memory_bytes", "By"),
            ("hits_total", ""),
            ("seconds", ""),
        ] {
            assert_eq!(of_name(name), unit, "{name}");
        }
        assert!(fits("cpu_seconds", "seconds") && !fits("cpuseconds", "seconds") && !fits("seconds", "seconds"));
        assert_eq!((word("By"), ucum("bytes"), word("furlong")), ("bytes", "By", ""));
    }
}
