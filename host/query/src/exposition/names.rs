//! Names on their way out: which family a series belongs to, what OpenMetrics calls it, and names that the formats do not have.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use autobot_model::{Family, Kind, Labels, SeriesKey, is_label_name, is_metric_name};

use super::{Format, Type, type_of};

/// The families that are known, by the model's names.
pub(crate) type Known<'a> = HashMap<&'a str, &'a Family>;

/// The family that a series belongs to: that of its name, or of the metric that it is a part of.
pub(crate) fn family_of<'a>(name: &'a str, known: &Known<'a>, format: Format) -> &'a str {
    let kind = |name: &str| known.get(name).map(|family| family.kind);
    // OpenMetrics has moments of creation within the family; Prometheus' own format knows nothing of them.
    if format == Format::OpenMetrics
        && let Some(base) = name.strip_suffix("_created")
    {
        if matches!(kind(base), Some(Kind::Histogram | Kind::Summary)) {
            return base;
        }
        let total = format!("{base}_total");
        if let Some((counter, family)) = known.get_key_value(total.as_str())
            && family.kind == Kind::Counter
        {
            return counter;
        }
    }
    if known.contains_key(name) {
        return name;
    }
    let part = ["_bucket", "_sum", "_count"].iter().find_map(|part| Some((*part, name.strip_suffix(part)?)));
    match part.map(|(part, base)| (part, base, kind(base))) {
        Some((_, base, Some(Kind::Histogram))) | Some(("_sum" | "_count", base, Some(Kind::Summary))) => base,
        _ => name,
    }
}

/// What a format calls the family: OpenMetrics leaves off what a counter's and an info's series have at the end. `None` where the
/// name does not have it, so that the type cannot be claimed.
pub(crate) fn in_format(name: &str, kind: Kind, format: Format) -> Option<&str> {
    match (format, kind) {
        (Format::OpenMetrics, Kind::Counter) => name.strip_suffix("_total"),
        (Format::OpenMetrics, Kind::Info) => name.strip_suffix("_info"),
        _ => Some(name),
    }
    .filter(|name| !name.is_empty())
}

/// The names that a family of OpenMetrics takes: its own, and those that its samples may have.
pub(crate) fn names_of(name: &str, kind: Type) -> impl Iterator<Item = String> {
    let suffixes = kind.suffixes().iter().filter(|suffix| !suffix.is_empty());
    std::iter::once(name.to_owned()).chain(suffixes.map(move |suffix| format!("{name}{suffix}")))
}

/// Those of the model's families that cannot be of their type in OpenMetrics beside the others, which refuses a counter `a` beside a
/// gauge `a_total`: names that samples may have belong to one family alone. Families of one name go before those of several, and
/// those before others that come later in the alphabet.
pub(crate) fn clashing<'a>(families: impl Iterator<Item = (&'a str, Kind)>) -> HashSet<&'a str> {
    let (mut taken, mut several) = (HashSet::new(), BTreeMap::new());
    for (name, kind) in families {
        match in_format(name, kind, Format::OpenMetrics).map(|shown| (shown, type_of(kind))) {
            Some((shown, kind)) if kind.suffixes() != [""] => drop(several.insert((shown, name), kind)),
            _ => drop(taken.insert(name.to_owned())),
        }
    }
    let mut clashing = HashSet::new();
    loop {
        let mut names = taken.clone();
        let (mut found, mut rest) = (Vec::new(), BTreeMap::new());
        for ((shown, name), kind) in several {
            let own: Vec<String> = names_of(shown, kind).collect();
            if own.iter().any(|name| names.contains(name)) {
                found.push(name);
                // Its series keep their names, as families of one name each.
                taken.extend(own.into_iter().filter(|own| own != shown || kind == Type::Summary));
            } else {
                names.extend(own);
                rest.insert((shown, name), kind);
            }
        }
        several = rest;
        if found.is_empty() {
            return clashing;
        }
        clashing.extend(found);
    }
}

/// The series with only such names as both formats have, `_` in place of every other character: what Prometheus calls the escaping
/// `underscores`, and takes when a client asks for nothing else. `None` when it is so already.
pub(crate) fn plain(key: &SeriesKey) -> Option<SeriesKey> {
    if is_metric_name(&key.name) && key.labels.iter().all(|(name, _)| is_label_name(name)) {
        return None;
    }
    let labels = Labels::new(key.labels.iter().map(|(name, value)| (plain_name(name, is_label_name), value)));
    Some(SeriesKey { name: plain_name(&key.name, is_metric_name).into(), labels })
}

/// A name of which `valid` is true.
pub(crate) fn plain_name(name: &str, valid: impl Fn(&str) -> bool) -> Cow<'_, str> {
    if valid(name) {
        return Cow::Borrowed(name);
    }
    let mut buffer = [0; 4];
    let mut plain = String::with_capacity(name.len());
    for (at, c) in name.chars().enumerate() {
        let stays = valid(c.encode_utf8(&mut buffer)) || at > 0 && c.is_ascii_digit();
        plain.push(if stays { c } else { '_' });
    }
    if plain.is_empty() { Cow::Borrowed("_") } else { Cow::Owned(plain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_names_get_underscores() {
        for (name, metric, label) in [
            ("up", "up", "up"),
            ("a.b-c", "a_b_c", "a_b_c"),
            ("1x", "_x", "_x"),
            ("a:b", "a:b", "a_b"),
            ("é2", "_2", "_2"),
            ("", "_", "_"),
        ] {
            assert_eq!(
                (&*plain_name(name, is_metric_name), &*plain_name(name, is_label_name)),
                (metric, label),
                "{name}"
            );
        }
    }
}
