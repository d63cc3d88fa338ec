//! What holds of the state machine whatever happens.

use std::time::Duration;

use autobot_alerts::{Phase, Signal, State, Timing, step};
use autobot_model::Timestamp;
use proptest::prelude::*;

fn signals() -> impl Strategy<Value = Vec<(Signal, u64)>> {
    let signal = prop_oneof![
        5 => Just(Signal::Holds),
        3 => Just(Signal::Clear),
        2 => Just(Signal::NoData),
    ];
    prop::collection::vec((signal, 1u64..120), 1..200)
}

fn timing() -> impl Strategy<Value = Timing> {
    (0u64..300, 0u64..300).prop_map(|(pending, keep)| Timing {
        pending: Duration::from_secs(pending),
        keep_firing: Duration::from_secs(keep),
    })
}

/// Runs a life and gives every step to `look`: time, signal, what was before, what is after.
fn live(
    signals: &[(Signal, u64)],
    timing: impl Fn(usize) -> Timing,
    mut look: impl FnMut(Timestamp, Signal, Option<State>, Phase),
) {
    let mut at = Timestamp(0);
    let mut state = None;
    for (turn, (signal, pause)) in signals.iter().enumerate() {
        at = at + Duration::from_secs(*pause);
        let phase = step(state, *signal, at, timing(turn));
        look(at, *signal, state, phase);
        state = if let Phase::Active(state) = phase { Some(state) } else { None };
    }
}

proptest! {
    #[test]
    fn nothing_fires_before_its_condition_held_for_pending(signals in signals(), timing in timing()) {
        let mut held_since = None;
        live(&signals, |_| timing, |at, signal, before, after| {
            held_since = if signal == Signal::Holds { held_since.or(Some(at)) } else { None };
            let fired = matches!(after, Phase::Active(State::Firing { .. }));
            if fired && !matches!(before, Some(State::Firing { .. } | State::NoData { .. })) {
                assert!(at.since(held_since.unwrap()) >= timing.pending);
            }
        });
    }

    #[test]
    fn nothing_that_fired_disappears_without_being_resolved(signals in signals(), timing in timing()) {
        live(&signals, |_| timing, |_, _, before, after| {
            if matches!(before, Some(State::Firing { .. } | State::NoData { .. })) {
                assert!(!matches!(after, Phase::Inactive | Phase::Active(State::Pending { .. })));
            }
        });
    }

    #[test]
    fn missing_data_never_resolves_within_a_day(signals in signals(), timing in timing()) {
        live(&signals, |_| timing, |_, signal, _, after| {
            if signal == Signal::NoData {
                assert!(!matches!(after, Phase::Resolved(_)));
            }
        });
    }

    #[test]
    fn a_condition_that_holds_never_resolves(signals in signals(), timing in timing()) {
        live(&signals, |_| timing, |_, signal, _, after| {
            if signal == Signal::Holds {
                assert!(matches!(after, Phase::Active(_)));
            }
        });
    }

    #[test]
    fn an_edit_of_the_times_never_loses_an_alert(signals in signals(), times in prop::collection::vec(timing(), 1..5)) {
        live(&signals, |turn| times[turn % times.len()], |_, signal, before, after| {
            if before.is_some() && signal == Signal::Holds {
                assert!(matches!(after, Phase::Active(_)));
            }
        });
    }

    #[test]
    fn a_firing_alert_keeps_the_moment_it_began(signals in signals(), timing in timing()) {
        live(&signals, |_| timing, |_, _, before, after| {
            if let (Some(State::Firing { since: a, .. } | State::NoData { since: a, .. }),
                Phase::Active(State::Firing { since: b, .. } | State::NoData { since: b, .. })) = (before, after) {
                assert_eq!(a, b);
            }
        });
    }
}

#[test]
fn a_removed_rule_resolves_what_fired_and_forgets_what_pended() {
    let at = Timestamp(10);
    let firing = State::Firing { since: Timestamp(1), clear: None };
    assert!(matches!(step(Some(firing), Signal::RuleRemoved, at, Timing::default()), Phase::Resolved(_)));
    let pending = State::Pending { since: Timestamp(1) };
    assert_eq!(step(Some(pending), Signal::RuleRemoved, at, Timing::default()), Phase::Inactive);
}
