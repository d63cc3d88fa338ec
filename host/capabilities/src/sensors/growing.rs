//! Counters of energy that start over: made to only grow.

use std::collections::HashMap;

/// Counters by their place, from look to look. Those that a look does not meet are remembered while there is room: a counter
/// that cannot be read for once goes on where it stood.
pub(super) struct Growing {
    known: HashMap<String, Counter>,
    most: usize,
}

struct Counter {
    last: u64,
    sum: u64,
    is_there: bool,
}

impl Growing {
    /// Remembers `most` counters; more than these are handed through as they are.
    pub(super) fn new(most: usize) -> Self {
        Self { known: HashMap::new(), most }
    }

    /// Before the counters of a look.
    pub(super) fn begin(&mut self) {
        for counter in self.known.values_mut() {
            counter.is_there = false;
        }
    }

    /// The sum at `place`, whose counter stands at `raw` and starts over at `range`, where that is known.
    pub(super) fn sum(&mut self, place: &str, raw: u64, range: Option<u64>) -> u64 {
        let Some(counter) = self.known.get_mut(place) else {
            if self.known.len() >= self.most {
                self.known.retain(|_, counter| counter.is_there);
            }
            if self.known.len() < self.most {
                self.known.insert(place.to_owned(), Counter { last: raw, sum: raw, is_there: true });
            }
            return raw;
        };
        let step = match raw.checked_sub(counter.last) {
            Some(step) => step,
            // More than half of the range at one step is a counter that was set back (a sleep, a driver loaded anew).
            None => range
                .and_then(|range| range.checked_sub(counter.last)?.checked_add(raw).filter(|step| *step <= range / 2))
                .unwrap_or(raw),
        };
        counter.sum = counter.sum.saturating_add(step);
        counter.last = raw;
        counter.is_there = true;
        counter.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_counter_that_starts_over_goes_on() {
        let mut energies = Growing::new(2);
        let mut at = |raw| energies.sum("a", raw, Some(1000));
        assert_eq!([at(900), at(950), at(20), at(30)], [900, 950, 1020, 1030]);
    }

    #[test]
    fn a_counter_that_was_set_back_adds_only_what_it_shows() {
        let mut energies = Growing::new(2);
        let mut at = |raw, range| energies.sum("a", raw, range);
        assert_eq!(at(300, Some(1000)), 300);
        assert_eq!(at(10, Some(1000)), 310, "700 + 10 would be most of the range");
        assert_eq!(at(4, None), 314);
    }

    #[test]
    fn one_that_a_look_does_not_meet_goes_on_where_it_stood() {
        let mut energies = Growing::new(1);
        energies.begin();
        assert_eq!([energies.sum("a", 900, Some(1000)), energies.sum("a", 50, Some(1000))], [900, 1050]);
        energies.begin();
        energies.begin();
        assert_eq!(energies.sum("a", 60, Some(1000)), 1060);
    }

    #[test]
    fn no_more_than_the_most_is_kept_and_what_is_gone_makes_room() {
        let mut energies = Growing::new(1);
        energies.begin();
        energies.sum("a", 500, None);
        assert_eq!(energies.sum("b", 7, None), 7);
        assert_eq!(energies.sum("b", 1, None), 1, "there is no room for it");
        energies.begin();
        assert_eq!(energies.sum("b", 5, None), 5);
        assert_eq!(energies.sum("b", 1, None), 6);
        assert_eq!(energies.known.len(), 1);
    }

    proptest! {
        #[test]
        fn it_never_goes_down(raws: Vec<u64>, range: Option<u64>) {
            let mut energies = Growing::new(1);
            let mut before = 0;
            for raw in raws {
                let sum = energies.sum("a", raw, range);
                prop_assert!(sum >= before);
                before = sum;
            }
        }
    }
}
