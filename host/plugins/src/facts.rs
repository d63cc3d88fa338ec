//! Where a guest's questions are answered: by the machine, by the machine and kept for a fixture, or from a fixture.

use std::collections::VecDeque;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::abi::types::Error;

/// One question to the host and its answer, as text that people can read and change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What was called: `cpu.read`.
    pub function: String,
    /// With what; null for nothing.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub asked: Value,
    /// What came back: `{"Ok": ...}` or `{"Err": {"NotPresent": "..."}}`.
    pub answer: Value,
}

/// The questions of some collections in a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The plugin that asked.
    pub plugin: String,
    /// For each collection, what was asked in it, in order. The last one stands for all that follow.
    pub collections: Vec<Vec<Fact>>,
}

/// Where answers come from.
#[derive(Debug, Default)]
pub(crate) enum Facts {
    /// The machine.
    #[default]
    Live,
    /// The machine; what it said is kept, a list for each collection.
    Kept(Vec<Vec<Fact>>),
    /// A recording; the next collection's facts, and those that are left of the running one.
    Given { next: VecDeque<Vec<Fact>>, now: Vec<Fact> },
}

/// An answer that can be an error: of lists of answers, one for all.
pub(crate) trait Fallible {
    fn error(error: Error) -> Self;
}

impl<T> Fallible for Result<T, Error> {
    fn error(error: Error) -> Self {
        Err(error)
    }
}

impl<T: Fallible> Fallible for Vec<T> {
    fn error(error: Error) -> Self {
        vec![T::error(error)]
    }
}

impl Facts {
    /// Answers from `recording`.
    pub(crate) fn given(recording: Recording) -> Self {
        Self::Given { next: recording.collections.into(), now: Vec::new() }
    }

    /// Whether nobody wants to know what is asked.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// A collection begins.
    pub(crate) fn begin(&mut self) {
        match self {
            Self::Live => {}
            Self::Kept(kept) => kept.push(Vec::new()),
            Self::Given { next, now } => {
                if next.len() > 1 {
                    *now = next.pop_front().unwrap_or_default();
                } else {
                    *now = next.front().cloned().unwrap_or_default();
                }
            }
        }
    }

    /// The recorded answer; `None` when the machine is to be asked. The first that was asked the same is taken, else the first
    /// of the same function; each once.
    pub(crate) fn answer<T: DeserializeOwned + Fallible>(
        &mut self,
        function: &str,
        asked: &impl Serialize,
    ) -> Option<T> {
        let Self::Given { now, .. } = self else { return None };
        let asked = serde_json::to_value(asked).unwrap_or_default();
        let same = |fact: &Fact| fact.function == function;
        let found = now.iter().position(|fact| same(fact) && fact.asked == asked).or_else(|| now.iter().position(same));
        let Some(at) = found else {
            return Some(T::error(Error::NotPresent(format!("`{function}` is not recorded"))));
        };
        let answer = now.remove(at).answer;
        Some(serde_json::from_value(answer).unwrap_or_else(|error| {
            T::error(Error::Failed(format!("what is recorded of `{function}` is no answer of it: {error}")))
        }))
    }

    /// Keeps an answer.
    pub(crate) fn keep(&mut self, function: &str, asked: Value, answer: &impl Serialize) {
        if let Self::Kept(kept) = self
            && let Some(collection) = kept.last_mut()
        {
            let answer = serde_json::to_value(answer).unwrap_or_default();
            collection.push(Fact { function: function.to_owned(), asked, answer });
        }
    }

    /// What was kept.
    pub(crate) fn kept(&mut self) -> Vec<Vec<Fact>> {
        match self {
            Self::Kept(kept) => std::mem::take(kept),
            _ => Vec::new(),
        }
    }
}

/// `fact!(guest, Capability, "name", asked, answer)`: evaluates `answer`, unless it may not, or a recording has it; keeps it, if
/// that is wanted. Every answer of every capability comes through here.
macro_rules! fact {
    ($guest:expr, $capability:ident, $function:literal, $asked:expr, $live:expr) => {{
        if !$guest.may(autobot_capabilities::Capability::$capability) {
            let denied = $guest.deny(autobot_capabilities::Capability::$capability, $function);
            $crate::facts::Fallible::error($crate::abi::types::Error::Denied(denied))
        } else if $guest.facts.is_live() {
            $live
        } else {
            match $guest.facts.answer($function, &$asked) {
                Some(answer) => answer,
                None => {
                    let asked = serde_json::to_value(&$asked).unwrap_or_default();
                    let answer = $live;
                    $guest.facts.keep($function, asked, &answer);
                    answer
                }
            }
        }
    }};
}

pub(crate) use fact;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fact(function: &str, asked: Value, answer: Value) -> Fact {
        Fact { function: function.to_owned(), asked, answer }
    }

    type Answer = Result<u32, Error>;

    #[test]
    fn a_recording_answers_by_what_was_asked_and_the_last_collection_goes_on() {
        let recording = Recording {
            plugin: "x".to_owned(),
            collections: vec![
                vec![fact("a", json!(1), json!({ "Ok": 10 })), fact("a", json!(2), json!({ "Ok": 20 }))],
                vec![fact("a", json!(3), json!({ "Ok": 30 })), fact("b", Value::Null, json!("nonsense"))],
            ],
        };
        let text = serde_json::to_string(&recording).unwrap();
        let mut facts = Facts::given(serde_json::from_str(&text).unwrap());
        facts.begin();
        assert_eq!(facts.answer::<Answer>("a", &2).unwrap().unwrap(), 20, "asked the same");
        assert_eq!(facts.answer::<Answer>("a", &9).unwrap().unwrap(), 10, "else the next of the function");
        assert!(facts.answer::<Answer>("a", &9).unwrap().unwrap_err().to_string().contains("not recorded"));
        for _ in 0..3 {
            facts.begin();
            assert_eq!(facts.answer::<Answer>("a", &9).unwrap().unwrap(), 30);
        }
        let absent = facts.answer::<Vec<Answer>>("b", &()).unwrap();
        assert!(format!("{absent:?}").contains("no answer of it"), "{absent:?}");
    }
}
