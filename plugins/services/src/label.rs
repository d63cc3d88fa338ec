//! Values of labels out of other people's names.

/// Bytes of one value. The host refuses a whole collection for one label that is longer than it takes (1,024 by default), and
/// systemd's names end at 255.
const LONGEST: usize = 255;

/// `name`, or its beginning when it is too long for a label.
pub(crate) fn cut(name: &str) -> &str {
    let mut end = name.len().min(LONGEST);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(cut("a.service"), "a.service");
        assert_eq!(cut(&"ü".repeat(200)), "ü".repeat(127));
        assert_eq!(cut(&"a".repeat(255)).len(), 255);
    }
}
