//! When each check is made, and which of them at once.
//!
//! Each has a moment of its own within its interval, taken from a hash of its name: hundreds of checks are spread over the
//! interval, always in the same way, and two hosts that check the same do so at the same moments only when they are called so.

use autobot_plugin_sdk::clock;

use crate::check::Place;

/// Bytes of bodies that one call may bring back; the host's own limit of a whole answer is 8 MiB when nothing is said.
const CALL_BYTES: u64 = 6 << 20;

/// When one check is made.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: u64,
    phase: u64,
    /// The interval, counted from the epoch, in which it was last made.
    done: Option<u64>,
    /// When that was; 0: never.
    last: u64,
}

impl Pace {
    pub(crate) fn new(place: &Place) -> Self {
        let interval = place.interval.0.max(1);
        // FNV-1a: the same on every machine and in every version.
        let words = [place.target.as_bytes(), b" ", place.name.as_bytes()];
        let bytes = words.into_iter().flatten();
        let hash = bytes
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        // Its low bits alone are poor for names that end alike.
        Self { interval, phase: (hash ^ (hash >> 32)) % interval, done: None, last: 0 }
    }

    /// Waits for its moment, instead of being due at once.
    pub(crate) fn wait(&mut self, at: u64) {
        self.done = Some(self.turn(at));
    }

    fn turn(&self, at: u64) -> u64 {
        at.saturating_add(self.interval).saturating_sub(self.phase) / self.interval
    }

    /// Not only "later": after the clock was set back, too.
    fn is_due(&self, at: u64) -> bool {
        self.done != Some(self.turn(at))
    }

    fn make(&mut self, at: u64) {
        self.done = Some(self.turn(at));
        self.last = at;
    }
}

/// What is checked.
pub(crate) trait Checked {
    fn place(&self) -> &Place;
    fn pace(&self) -> &Pace;
    fn pace_mut(&mut self) -> &mut Pace;
    /// Bytes that it wants back.
    fn kept(&self) -> u32;
    /// Whether it used up its time when it was last checked.
    fn was_late(&self) -> bool;
}

/// How much at once, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    pub(crate) per_host: usize,
    pub(crate) deadline_micros: u64,
}

/// The checks of one kind, from collect to collect.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    /// How many did not get their turn the last time.
    pub(crate) overdue: usize,
}

impl Rounds {
    /// Makes all checks that are due at `at`, in rounds of as many as the limits let be made at once, while a round cannot outlast
    /// the collect that began at `began`. What is left over comes first the next time. `ask` makes those at the given places.
    pub(crate) fn run<C: Checked>(
        &mut self,
        all: &mut [C],
        at: u64,
        began: u64,
        limits: Limits,
        mut ask: impl FnMut(&mut [C], &[usize]),
    ) {
        let mut due: Vec<usize> = (0..all.len()).filter(|&one| all[one].pace().is_due(at)).collect();
        // Those that hang would each hold up a round of others; so they share rounds, behind the others, unless that has cost
        // somebody the turn.
        let fair = self.overdue > 0;
        due.sort_by_key(|&one| (!fair && all[one].was_late(), all[one].pace().last));
        let mut is_first = true;
        while !due.is_empty() {
            let round = take(&mut due, all, limits);
            let longest = round.iter().map(|&one| all[one].place().timeout.micros()).max().unwrap_or(0);
            let gone = clock::monotonic_micros().saturating_sub(began);
            if !is_first && gone.saturating_add(longest) > limits.deadline_micros {
                self.overdue = round.len().saturating_add(due.len());
                return;
            }
            is_first = false;
            ask(all, &round);
            for one in round {
                all[one].pace_mut().make(at);
            }
        }
        self.overdue = 0;
    }
}

/// Takes from the front what may be asked at once.
fn take<C: Checked>(due: &mut Vec<usize>, all: &[C], limits: Limits) -> Vec<usize> {
    let mut round: Vec<usize> = Vec::new();
    let mut bytes = 0_u64;
    due.retain(|&one| {
        let (host, kept) = (all[one].place().host(), u64::from(all[one].kept()));
        let same = round.iter().filter(|&&other| all[other].place().host() == host).count();
        let fits =
            round.len() < limits.connections && same < limits.per_host && bytes.saturating_add(kept) <= CALL_BYTES;
        if fits {
            bytes = bytes.saturating_add(kept);
            round.push(one);
        }
        !fits
    });
    round
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;

    struct One {
        place: Place,
        pace: Pace,
        kept: u32,
        late: bool,
    }

    impl Checked for One {
        fn place(&self) -> &Place {
            &self.place
        }
        fn pace(&self) -> &Pace {
            &self.pace
        }
        fn pace_mut(&mut self) -> &mut Pace {
            &mut self.pace
        }
        fn kept(&self) -> u32 {
            self.kept
        }
        fn was_late(&self) -> bool {
            self.late
        }
    }

    fn one(target: &str, name: &str) -> One {
        let place = Place {
            target: target.to_owned(),
            name: name.to_owned(),
            url: name.to_owned(),
            headers: vec![],
            timeout: Span(5_000),
            interval: Span(60_000),
            verify: true,
        };
        One { pace: Pace::new(&place), place, kept: 0, late: false }
    }

    fn limits(connections: usize, per_host: usize) -> Limits {
        Limits { connections, per_host, deadline_micros: 9_000_000 }
    }

    fn rounds(all: &mut [One], at: u64, limits: Limits) -> Vec<usize> {
        let mut sizes = Vec::new();
        Rounds::default().run(all, at, 0, limits, |_, round| sizes.push(round.len()));
        sizes
    }

    #[test]
    fn hundreds_of_checks_are_spread_over_the_interval_each_once() {
        let mut all: Vec<One> = (0..518).map(|at| one("backend", &format!("/api/v1/items/{at}"))).collect();
        let start = 1_700_000_000_000;
        all.iter_mut().for_each(|one| one.pace.wait(start));
        let mut made = vec![0; all.len()];
        let (mut most, mut total) = (0, 0);
        for second in 1..=60 {
            let mut now = 0;
            Rounds::default().run(&mut all, start + second * 1_000, 0, limits(16, 16), |_, round| {
                now += round.len();
                round.iter().for_each(|&one| made[one] += 1);
            });
            most = most.max(now);
            total += now;
        }
        assert!(made.iter().all(|&times| times == 1), "{made:?}");
        assert_eq!(total, 518);
        // 8.6 in the mean; of 60 seconds the fullest has 19.
        assert!(most <= 25, "{most} at once");
    }

    #[test]
    fn the_moment_of_a_check_is_the_same_on_every_machine() {
        let phases = ["/health", "/api/a", "/api/b"].map(|name| one("backend", name).pace.phase);
        assert_eq!(phases, [26_103, 45_687, 59_258]);
    }

    #[test]
    fn a_clock_that_jumps_either_way_makes_each_due_once() {
        let mut all = [one("a", "/")];
        let now = 1_700_000_000_000;
        for (at, made) in [(now, 1), (now, 0), (now - 7_200_000, 1), (now - 7_200_000, 0), (now + 86_400_000, 1)] {
            assert_eq!(rounds(&mut all, at, limits(1, 1)).len(), made, "{at}");
        }
    }

    #[test]
    fn no_host_gets_more_at_once_than_it_may() {
        let of = |host: &str, count: usize| (0..count).map(|at| one(host, &format!("/{at}"))).collect::<Vec<_>>();
        let both = || of("a", 10).into_iter().chain(of("b", 3)).collect::<Vec<_>>();
        assert_eq!(rounds(&mut both(), 1, limits(16, 4)), [7, 4, 2]);
        assert_eq!(rounds(&mut both(), 1, limits(5, 4)), [5, 5, 3]);
        let mut urls = [one("", "http://h:1/x"), one("", "http://h:1?y"), one("", "http://h:2/x")];
        assert_eq!(rounds(&mut urls, 1, limits(16, 1)), [2, 1]);
        let mut bodies = of("a", 8);
        bodies.iter_mut().for_each(|one| one.kept = 1 << 20);
        assert_eq!(rounds(&mut bodies, 1, limits(16, 16)), [6, 2]);
    }

    #[test]
    fn those_that_hang_share_a_round_behind_the_others() {
        let mut all: Vec<One> = (0..6).map(|at| one("a", &format!("/{at}"))).collect();
        all[0].late = true;
        all[3].late = true;
        let mut order = Vec::new();
        Rounds::default().run(&mut all, 1, 0, limits(2, 2), |_, round| order.push(round.to_vec()));
        assert_eq!(order, [[1, 2], [4, 5], [0, 3]]);
        let mut order = Vec::new();
        Rounds { overdue: 1 }.run(&mut all, 60_001, 0, limits(2, 2), |_, round| order.push(round.to_vec()));
        assert_eq!(order, [[0, 1], [2, 3], [4, 5]]);
    }
}
