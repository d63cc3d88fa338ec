//! No text makes the reader panic, hang or lie about places.

use std::path::Path;

use autobot_config::{from_original, parse};
use proptest::prelude::*;

const PIECES: [&str; 40] = [
    "monitoring_interval",
    "plugins",
    "store",
    "grant",
    "settings",
    "targets",
    "password",
    "site",
    "rules",
    ":",
    ": ",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "\"",
    "'",
    "|\n",
    ">\n",
    "&a ",
    "*a ",
    "!t ",
    "# c\n",
    "---\n",
    "...\n",
    "30",
    "-1",
    "1e999",
    ".nan",
    "~",
    "true",
    "ü€😀",
    "\t",
    "\r\n",
    "redis://u:p@h ",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    let found = match parse(text, Path::new("any.yaml")) {
        Ok(loaded) => loaded.warnings,
        Err(mistakes) => {
            prop_assert!(mistakes.has_errors());
            mistakes
        }
    };
    for one in &found {
        prop_assert!(one.line <= text.split('\n').count(), "{}", one.rendered);
        prop_assert!(one.column <= one.end_column);
        prop_assert!(!one.rendered.is_empty());
    }
    if let Ok(new) = from_original(text, Path::new("any.yaml")) {
        prop_assert!(parse(&new, Path::new("any.yaml")).is_ok(), "{new}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_characters_are_read_or_refused(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn any_pieces_of_a_configuration_are_read_or_refused(pieces in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        check(&text)?;
    }

    #[test]
    fn a_damaged_site_is_read_or_refused(at in 0usize..4000, cut in 0usize..40, piece in 0..PIECES.len()) {
        let site = include_str!("../../../config/examples/site.yaml");
        let (start, end) = (site.floor_char_boundary(at), site.floor_char_boundary(at + cut));
        let text = format!("{}{}{}", &site[..start], PIECES[piece], &site[end..]);
        check(&text)?;
    }
}
