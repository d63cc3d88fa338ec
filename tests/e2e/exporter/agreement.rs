//! Whether a series of ours says what theirs does, moment by moment.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use super::lists::{Compared, Labels, Line, Ours, Rule};
use super::theirs::{Scrape, Theirs};
use crate::harness::Host;

/// What we ask of seldom may be this old, in milliseconds: the plugin says an answer again for fifteen seconds.
const SELDOM: i64 = 16_000;
/// Both compute with 64-bit floats: what they get to by different ways differs in the last digits.
const DIGITS: f64 = 1e-9;

/// A collection of ours, and the scrapes of theirs that it lies between: one was answered before it began, the other was
/// asked for when its samples were there.
pub(crate) struct Moment {
    /// Milliseconds since 1970: the time of its samples.
    pub(crate) at: i64,
    pub(crate) before: usize,
    pub(crate) after: usize,
}

/// How the series of one line agreed.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Series of theirs.
    pub(crate) series: BTreeMap<String, Seen>,
    /// Series of theirs that ours need not have, and has not.
    pub(crate) untold: usize,
}

/// Of one series, or of several that are one of ours.
#[derive(Default)]
pub(crate) struct Seen {
    /// How many series of theirs it is.
    pub(crate) count: usize,
    /// At how many moments both were there.
    pub(crate) moments: usize,
    pub(crate) agreed: usize,
    /// Theirs changed.
    pub(crate) moved: bool,
    /// The first moment at which they did not agree.
    pub(crate) difference: Option<String>,
}

/// Theirs that belong together: the series of one line that are the same one of ours.
struct Group {
    name: String,
    labels: Labels,
    count: usize,
    value: f64,
}

/// Finds for each line the series that are its own: the first line that fits has it. Those that no line fits come last.
pub(crate) fn sorted<'a>(lines: &[Line], series: &'a [Theirs]) -> (Vec<Vec<&'a Theirs>>, Vec<&'a Theirs>) {
    let mut found = vec![Vec::new(); lines.len()];
    let mut rest = Vec::new();
    for one in series {
        match lines.iter().position(|line| line.is_of(&one.name, &one.labels)) {
            Some(at) => found[at].push(one),
            None => rest.push(one),
        }
    }
    (found, rest)
}

/// Compares all series of all lines at all moments.
pub(crate) async fn compare(
    host: &Host,
    lines: &[Line],
    scrapes: &[Scrape],
    moments: &[Moment],
) -> Result<Vec<Outcome>> {
    let theirs: Vec<_> = scrapes.iter().map(|scrape| sorted(lines, &scrape.series).0).collect();
    let mut outcomes: Vec<Outcome> = lines.iter().map(|_| Outcome::default()).collect();
    for (at, line) in lines.iter().enumerate() {
        let Ours::Compared(compared) = &line.ours else { continue };
        for moment in moments {
            let first = if compared.seldom {
                let old = |scrape: &Scrape| scrape.ended <= moment.at - SELDOM;
                scrapes.iter().rposition(old).unwrap_or(0)
            } else {
                moment.before
            };
            let window: Vec<Vec<Group>> =
                theirs[first..=moment.after].iter().map(|found| groups(compared, &found[at])).collect();
            let time = moment.at as f64 / 1000.0;
            let ours = host.query_at(compared.query, time).await?;
            look(compared, &window, &ours, &mut outcomes[at]);
        }
    }
    Ok(outcomes)
}

fn groups(compared: &Compared, series: &[&Theirs]) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for one in series {
        let joined = || compared.joins.iter().filter_map(|join| one.labels.get_key_value(join.theirs));
        let labels: Labels = joined().map(|(label, value)| (label.clone(), value.clone())).collect();
        let name =
            if compared.summed { format!("{}{labels:?}", one.name) } else { format!("{}{:?}", one.name, one.labels) };
        let group = groups.entry(name.clone()).or_insert(Group { name, labels, count: 0, value: 0.0 });
        group.count += 1;
        group.value += one.value;
    }
    groups.into_values().collect()
}

fn look(compared: &Compared, window: &[Vec<Group>], ours: &[(Value, f64)], outcome: &mut Outcome) {
    let [first, .., last] = window else { return };
    for group in last {
        let of = |groups: &'_ [Group]| groups.iter().find(|other| other.name == group.name).map(|other| other.value);
        let values: Vec<f64> = window.iter().filter_map(|groups| of(groups)).collect();
        // One that came in between may not have been there for us.
        if of(first).is_none() || values.len() < window.len() {
            continue;
        }
        let is = |(labels, _): &&(Value, f64)| {
            compared.joins.iter().all(|join| {
                let theirs = group.labels.get(join.theirs).map_or("", String::as_str);
                let ours = labels[join.ours].as_str().unwrap_or_default();
                if join.word { ours.split(' ').any(|word| word == theirs) } else { ours == theirs }
            })
        };
        let found: Vec<f64> = ours.iter().filter(is).map(|(_, value)| *value).collect();
        let our = match found[..] {
            [] if compared.untold => {
                outcome.untold = outcome.untold.max(last.iter().map(|group| group.count).sum());
                continue;
            }
            [] if compared.zero => Ok(0.0),
            [one] => Ok(one),
            [] => Err("ours has none".to_owned()),
            _ => Err(format!("ours has {}", found.len())),
        };
        let seen = outcome.series.entry(group.name.clone()).or_default();
        seen.count = group.count;
        seen.moments += 1;
        seen.moved |= values.iter().any(|value| *value != values[0]);
        match our.and_then(|our| agrees(compared.rule, &values, our)) {
            Ok(()) => seen.agreed += 1,
            Err(why) => _ = seen.difference.get_or_insert(why),
        }
    }
}

fn agrees(rule: Rule, theirs: &[f64], ours: f64) -> Result<(), String> {
    let (least, most) =
        theirs.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), one| (least.min(*one), most.max(*one)));
    let digits = DIGITS * most.abs().max(least.abs());
    let within = |by: f64| ours >= least - by - digits && ours <= most + by + digits;
    let agrees = match rule {
        Rule::Grows { slack } => within(slack),
        Rule::Moves { by } => within(by),
        Rule::Still => theirs.iter().any(|one| (one - ours).abs() <= digits),
        Rule::Text => ours == 1.0 && most == 1.0,
    };
    if agrees { Ok(()) } else { Err(format!("ours is {ours}, theirs {least} to {most}")) }
}

#[test]
fn what_is_told_twice_has_to_agree() {
    for (rule, theirs, ours, expected) in [
        (Rule::Grows { slack: 0.0 }, [10.0, 12.0], 11.0, true),
        (Rule::Grows { slack: 0.0 }, [10.0, 12.0], 9.0, false),
        (Rule::Grows { slack: 0.0 }, [10.0, 12.0], 13.0, false),
        (Rule::Grows { slack: 2.0 }, [10.0, 12.0], 9.0, true),
        (Rule::Grows { slack: 0.0 }, [0.1 + 0.2, 0.1 + 0.2], 0.3, true),
        (Rule::Still, [10.0, 12.0], 11.0, false),
        (Rule::Still, [10.0, 12.0], 12.0, true),
        (Rule::Moves { by: 3.0 }, [10.0, 8.0], 5.0, true),
        (Rule::Moves { by: 3.0 }, [10.0, 8.0], 4.0, false),
        (Rule::Text, [1.0, 1.0], 0.0, false),
    ] {
        assert_eq!(agrees(rule, &theirs, ours).is_ok(), expected, "{rule:?} {theirs:?} {ours}");
    }
}
