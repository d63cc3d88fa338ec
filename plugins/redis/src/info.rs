//! The reply to `INFO`: lines of `name:value` below headings.

/// Lines that are read at most; a server of today has some three hundred, and one for each command and error.
const MOST_LINES: usize = 5_000;

/// What a server says of itself, by name.
#[derive(Debug, Default)]
pub(crate) struct Info<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Info<'a> {
    pub(crate) fn parse(text: &'a str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut fields: Vec<_> = lines.filter_map(|line| line.split_once(':')).take(MOST_LINES).collect();
        // Stable, so of a name that comes twice the first one counts.
        fields.sort_by_key(|(name, _)| *name);
        Self(fields)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        let at = self.0.partition_point(|(other, _)| *other < name);
        self.0.get(at).filter(|(found, _)| *found == name).map(|(_, value)| value.trim())
    }

    /// A number, without the sign of a percentage.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        number(self.text(name)?)
    }

    /// All whose names begin with `prefix`, without it, sorted.
    pub(crate) fn beginning<'b>(&'b self, prefix: &'b str) -> impl Iterator<Item = (&'a str, &'a str)> + 'b {
        let from = self.0.partition_point(|(name, _)| *name < prefix);
        self.0[from..].iter().map_while(move |(name, value)| Some((name.strip_prefix(prefix)?, value.trim())))
    }
}

pub(crate) fn number(text: &str) -> Option<f64> {
    text.trim_end_matches('%').parse().ok().filter(|number: &f64| number.is_finite())
}

/// A value of the form `keys=1,expires=0`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a str);

impl<'a> Fields<'a> {
    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.0
            .split(',')
            .filter_map(|field| field.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn number(self, name: &str) -> Option<f64> {
        number(self.text(name)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_what_is_no_number_is_none() {
        let text = "# Server\r\nredis_version:7.0.15\r\nused_memory_peak_perc:99.5%\r\ndb0:keys=1,expires=0\r\n\
            db10:keys=3\r\nexecutable:/usr/bin/a:b\r\nnan:nan\r\nno line\r\ndbx:1\r\nredis_version:second\r\n";
        let info = Info::parse(text);
        assert_eq!(info.text("redis_version"), Some("7.0.15"));
        assert_eq!(info.text("executable"), Some("/usr/bin/a:b"));
        assert_eq!(info.number("used_memory_peak_perc"), Some(99.5));
        assert_eq!((info.number("redis_version"), info.number("nan"), info.number("absent")), (None, None, None));
        let databases: Vec<_> = info.beginning("db").collect();
        assert_eq!(databases, [("0", "keys=1,expires=0"), ("10", "keys=3"), ("x", "1")]);
        assert_eq!(Fields("keys=1,expires=0").number("expires"), Some(0.0));
        assert_eq!(Fields("keys=1,expires").number("expires"), None);
    }
}
