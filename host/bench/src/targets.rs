//! Targets: what values are held against.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::targets_file::{self, TargetsError};
use crate::{Better, Suite, list};

/// The file that the program brings along.
const SHIPPED: &str = include_str!("../../../config/benchmarks/targets.yaml");

/// What the tests and the services of a site are to reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    benchmarks: BTreeMap<String, Target>,
    services: BTreeMap<String, Target>,
}

/// One value to reach.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Target {
    /// Which way is better: `at_least` or `at_most` in the file.
    pub better: Better,
    /// The value.
    pub value: f64,
    /// Its unit, as in the file.
    pub unit: String,
    /// Whether it counts for each processor of the machine.
    pub per_processor: bool,
    /// A goal or a known machine.
    pub kind: TargetKind,
    /// Where it comes from.
    pub note: Option<String>,
}

/// Where a target comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// What the site asks for.
    Target,
    /// What a known machine does, so that a score of 100 says 'as good as that one'.
    Reference,
}

impl Targets {
    /// The shipped targets, the same as `config/benchmarks/targets.yaml`.
    pub fn shipped() -> Result<Self, TargetsError> {
        Self::parse(SHIPPED, "targets.yaml")
    }

    /// Reads a file's text; `name` is used in messages. All mistakes are reported at once.
    pub fn parse(text: &str, name: &str) -> Result<Self, TargetsError> {
        let mut read = targets_file::read(text, name)?;
        let mut problems = Vec::new();
        for found in &read.benchmarks {
            let Some(test) = list(Suite::Comprehensive).into_iter().find(|test| test.id == found.id) else {
                problems.push(found.problem(unknown(&found.id)));
                continue;
            };
            if test.better != found.target.better {
                let word = if test.better == Better::Higher { "at_least" } else { "at_most" };
                problems.push(found.problem(format!("`{}` is better the other way: write `{word}`", found.id)));
            }
            if test.unit.as_str() != found.target.unit {
                problems.push(
                    found.problem(format!("`{}` is measured in {}, not in {}", found.id, test.unit, found.target.unit)),
                );
            }
        }
        if !problems.is_empty() {
            return Err(TargetsError::new(name, problems));
        }
        let collect = |list: &mut Vec<targets_file::Found>| list.drain(..).map(|one| (one.id, one.target)).collect();
        Ok(Self { benchmarks: collect(&mut read.benchmarks), services: collect(&mut read.services) })
    }

    /// The target of a test.
    pub fn benchmark(&self, id: &str) -> Option<&Target> {
        self.benchmarks.get(id)
    }

    /// The targets of services, by name: what the dashboard and the rules hold live values against.
    pub fn services(&self) -> impl Iterator<Item = (&str, &Target)> {
        self.services.iter().map(|(id, target)| (id.as_str(), target))
    }
}

impl Target {
    /// The value on a machine of so many processors.
    pub fn on(&self, processors: usize) -> f64 {
        if self.per_processor { self.value * processors.max(1) as f64 } else { self.value }
    }
}

fn unknown(id: &str) -> String {
    let near = list(Suite::Comprehensive)
        .into_iter()
        .map(|test| (strsim::damerau_levenshtein(id, test.id), test.id))
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .min();
    match near {
        Some((_, known)) => format!("there is no test `{id}`; did you mean `{known}`?"),
        None => format!("there is no test `{id}`; `run-benchmark --list` shows them all"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn the_shipped_file_has_a_target_for_every_test_and_every_promise() {
        let targets = Targets::shipped().unwrap();
        for test in list(Suite::Comprehensive) {
            assert!(targets.benchmark(test.id).is_some(), "{} has no target", test.id);
        }
        for (id, better, value, unit) in
            [("disk.sequential_read", Better::Higher, 500.0, "MB/s"), ("memory.triad", Better::Higher, 40.0, "GB/s")]
        {
            let target = targets.benchmark(id).unwrap();
            assert_eq!((target.better, target.value, target.unit.as_str()), (better, value, unit));
            assert_eq!(target.kind, TargetKind::Target);
        }
        let services: Vec<String> = targets
            .services()
            .map(|(id, target)| {
                let sign = if target.better == Better::Higher { '>' } else { '<' };
                format!("{id} {sign} {} {}", target.value, target.unit)
            })
            .collect();
        expect![[r#"
            api_response < 500 ms
            availability > 99.9 %
            cpu_idle < 20 %
            cpu_loaded < 80 %
            cpu_temperature < 80 Cel
            gpu_temperature < 75 Cel
            machine_latency < 5 ms
            memory < 70 %
            redis_response < 10 ms
            websocket_response < 100 ms"#]]
        .assert_eq(&services.join("\n"));
    }

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&Targets::parse(text, "targets.yaml").unwrap_err().to_string());
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        check(
            "benchmarks:\n  cpu.singel: { at_least: 5, unit: events/s }\n  cpu.all: { at_most: 5, unit: GB/s }\n",
            expect![[r#"
                targets.yaml:2:3: there is no test `cpu.singel`; did you mean `cpu.single`?
                targets.yaml:3:3: `cpu.all` is better the other way: write `at_least`
                targets.yaml:3:3: `cpu.all` is measured in events/s, not in GB/s"#]],
        );
    }

    #[test]
    fn a_target_per_processor_grows_with_the_machine() {
        let text = "benchmarks:\n  cpu.all: { at_least: 5, unit: events/s, per_processor: true, kind: reference }\n";
        let targets = Targets::parse(text, "x").unwrap();
        let target = targets.benchmark("cpu.all").unwrap();
        assert_eq!((target.on(4), target.on(0), target.kind), (20.0, 5.0, TargetKind::Reference));
        assert_eq!(targets.benchmark("cpu.single"), None);
    }
}
