//! The nearest valid key: what somebody probably meant.

use crate::schema::{Key, ROOT, Shape, list_words};

/// The candidate that `text` was probably meant to be: the same but for case and dashes, else a few letters away.
pub(super) fn nearest<'a>(candidates: impl Iterator<Item = &'a str> + Clone, text: &str) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' ', '.'], "_");
    // The cost grows with the product of the lengths, and no name is long.
    let wanted = plain(&text.chars().take(64).collect::<String>());
    let most = (wanted.chars().count().max(3) / 3).min(4);
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&plain(candidate), &wanted), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The help for the key `name`, unknown in a section of `keys` at `path`.
pub(super) fn for_key(keys: &'static [Key], path: &[String], name: &str) -> String {
    if let Some(near) = nearest(keys.iter().map(|key| key.name), name) {
        return did_you_mean(near);
    }
    let mut places = Vec::new();
    elsewhere(ROOT, "", path, name, &mut places);
    match places.first() {
        Some(place) => format!("write `{place}`"),
        None => all_keys(keys),
    }
}

/// The help that names a near miss.
pub(super) fn did_you_mean(near: &str) -> String {
    format!("did you mean `{near}`?")
}

fn all_keys(keys: &[Key]) -> String {
    let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    format!("the keys here are {}", list_words(&names).replace(" or ", " and "))
}

/// Collects the dotted names of keys that are called `name` in other sections, or whose own name spells the path to
/// this one (`dashboard: port` for `dashboard_port`).
fn elsewhere(keys: &'static [Key], prefix: &str, path: &[String], name: &str, found: &mut Vec<String>) {
    let spelled = path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join("_");
    for key in keys {
        let dotted = if prefix.is_empty() { key.name.to_owned() } else { format!("{prefix}.{}", key.name) };
        if dotted == spelled {
            found.insert(0, format!("{dotted}` at the top level, `{dotted}: {}", key.example));
        } else if key.name == name {
            found.push(dotted.clone());
        }
        if let Shape::Section(inner) = &key.shape {
            elsewhere(inner, &dotted, path, name, found);
        }
    }
}
