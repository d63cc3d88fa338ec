//! Sums over all processes whose names match patterns. They are kept here and not made of the groups by whoever asks, since a
//! group that ends would take its past with it, and a sum that falls reads as one that began anew.

use super::groups::{Used, add_io};
use super::{Group, Sum};

/// Lists of patterns that are followed at most: as many as a mark has bits.
pub(super) const MOST: usize = 64;
/// Patterns of one list.
pub(super) const MOST_PATTERNS: usize = 64;

#[derive(Default)]
pub(super) struct Watches {
    all: Vec<Watch>,
    /// Counts the times that somebody asked.
    asked: u64,
}

struct Watch {
    patterns: Vec<String>,
    sum: Sum,
    /// When somebody last asked for it.
    asked: u64,
}

impl Watches {
    /// The place of each list, and whether it was taken just now. Of more than fit, those go that nobody asked for longest.
    pub(super) fn places(&mut self, lists: &[Vec<String>]) -> Vec<(usize, bool)> {
        self.asked = self.asked.wrapping_add(1);
        let asked = self.asked;
        let mut places = Vec::with_capacity(lists.len());
        for patterns in lists.iter().take(MOST) {
            if let Some(place) = self.all.iter().position(|watch| watch.patterns == *patterns) {
                self.all[place].asked = asked;
                places.push((place, false));
                continue;
            }
            let watch = Watch { patterns: patterns.clone(), sum: Sum::default(), asked };
            let place = if self.all.len() < MOST {
                self.all.push(watch);
                self.all.len() - 1
            } else {
                let oldest = self.all.iter().enumerate().min_by_key(|(_, watch)| watch.asked).map_or(0, |(at, _)| at);
                self.all[oldest] = watch;
                oldest
            };
            places.push((place, true));
        }
        places
    }

    /// The bits of all that a name belongs to.
    pub(super) fn marks(&self, name: &str) -> u64 {
        (0..self.all.len()).filter(|place| self.is_of(*place, name)).fold(0, |marks, place| marks | 1 << place)
    }

    pub(super) fn is_of(&self, place: usize, name: &str) -> bool {
        self.all.get(place).is_some_and(|watch| watch.patterns.iter().any(|pattern| matches(pattern, name)))
    }

    /// Before the groups of a look are added.
    pub(super) fn begin(&mut self) {
        for Watch { sum, .. } in &mut self.all {
            sum.processes = 0;
            sum.threads = 0;
            sum.resident_bytes = 0;
            sum.open_files = None;
        }
    }

    /// Adds a group to the sums that `marks` names.
    pub(super) fn add(&mut self, marks: u64, group: &Group, recent: &Used) {
        let mut left = marks;
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            left &= left - 1;
            let Some(Watch { sum, .. }) = self.all.get_mut(place) else { continue };
            sum.processes = sum.processes.saturating_add(group.processes);
            sum.threads = sum.threads.saturating_add(group.threads);
            sum.resident_bytes = sum.resident_bytes.saturating_add(group.resident_bytes);
            sum.cpu_micros = sum.cpu_micros.saturating_add(recent.cpu_micros);
            add_io(&mut sum.io, recent.io);
            if let Some(files) = group.open_files {
                sum.open_files = Some(sum.open_files.unwrap_or_default().saturating_add(files));
            }
        }
    }

    pub(super) fn sum(&self, place: usize) -> Sum {
        self.all.get(place).map(|watch| watch.sum).unwrap_or_default()
    }
}

/// Whether `name` is `pattern` with anything for each `*`. Takes at most as many steps as both lengths multiplied.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut next) = (0, 0);
    // The last `*`, and how much of the name it stands for so far.
    let mut star = None;
    while at < name.len() {
        match pattern.get(next) {
            Some(b'*') => {
                star = Some((next, at));
                next += 1;
            }
            Some(byte) if *byte == name[at] => {
                at += 1;
                next += 1;
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (next, at) = (place + 1, taken + 1);
            }
        }
    }
    pattern[next..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, expected) in [
            ("nginx", "nginx", true),
            ("nginx", "nginx2", false),
            ("nginx*", "nginx: worker", true),
            ("*fpm*", "php-fpm8.2", true),
            ("php*8", "php-fpm8.2", false),
            ("php*8*2", "php-fpm8.2", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("**a", "bba", true),
            ("a*b*c", "aXbYbZc", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn of_more_lists_than_fit_the_ones_nobody_asked_for_go() {
        let mut watches = Watches::default();
        let list = |n: usize| vec![vec![format!("p{n}")]];
        for n in 0..MOST {
            assert_eq!(watches.places(&list(n)), [(n, true)]);
        }
        assert_eq!(watches.places(&list(0)), [(0, false)]);
        assert_eq!(watches.places(&list(999)), [(1, true)], "the second was not asked for longest");
        assert_eq!(watches.marks("p999"), 2);
        assert_eq!(watches.marks("p1"), 0);
    }

    proptest! {
        #[test]
        fn the_pattern_agrees_with_its_regular_expression(pattern in "[ab*]{0,6}", name in "[ab]{0,8}") {
            // Every way of giving each `*` a part of the name.
            fn slow(pattern: &str, name: &str) -> bool {
                match pattern.chars().next() {
                    None => name.is_empty(),
                    Some('*') => (0..=name.len()).any(|at| slow(&pattern[1..], &name[at..])),
                    Some(c) => name.starts_with(c) && slow(&pattern[1..], &name[1..]),
                }
            }
            prop_assert_eq!(matches(&pattern, &name), slow(&pattern, &name));
        }
    }
}
