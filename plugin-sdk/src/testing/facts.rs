//! What the machine answers in a test: given in code, or recorded on a real machine.

use std::collections::{BTreeMap, VecDeque};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Error, Pressure, cpu, disk, files, kernel, memory, net, process};

/// What the machine answers. What a test does not give is "not present", as on a machine that does not have it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each is the answer of the function whose name it has")]
pub struct Facts {
    pub cpu: Result<cpu::Snapshot, Error>,
    pub frequencies: Result<Vec<cpu::Frequency>, Error>,
    pub cpu_stalls: Result<Pressure, Error>,
    pub memory: Result<memory::Snapshot, Error>,
    pub memory_stalls: Result<Pressure, Error>,
    pub mounts: Result<Vec<disk::Mount>, Error>,
    pub devices: Result<Vec<disk::Device>, Error>,
    pub io_stalls: Result<Pressure, Error>,
    pub links: Result<Vec<net::Link>, Error>,
    pub sockets: Result<net::SocketCounts, Error>,
    /// Of its groups, `look` gives the first `limit` and those asked for; of its sums as many as there are lists of patterns.
    pub processes: Result<process::Snapshot, Error>,
    pub kernel: Result<kernel::Snapshot, Error>,
    /// Of these, `read_all` and `list_all` give those that match a pattern, in which `*` stands for anything.
    pub files: Result<Vec<files::Content>, Error>,
    /// Answers of all other functions: see [`Facts::set`] and [`Facts::recorded`].
    pub others: Others,
}

/// Answers by the names of functions, and those of a recording, which come first.
#[derive(Clone, Debug, Default)]
pub struct Others {
    given: BTreeMap<String, Value>,
    recorded: Option<Recorded>,
}

impl Default for Facts {
    fn default() -> Self {
        fn absent<T>() -> Result<T, Error> {
            Err(Error::NotPresent("not recorded".to_owned()))
        }
        Self {
            cpu: absent(),
            frequencies: absent(),
            cpu_stalls: absent(),
            memory: absent(),
            memory_stalls: absent(),
            mounts: absent(),
            devices: absent(),
            io_stalls: absent(),
            links: absent(),
            sockets: absent(),
            processes: absent(),
            kernel: absent(),
            files: absent(),
            others: Others::default(),
        }
    }
}

/// One question and its answer.
#[derive(Clone, Debug, Deserialize)]
struct Fact {
    function: String,
    #[serde(default)]
    asked: Value,
    answer: Value,
}

/// A file of `autobot-host plugins record`.
#[derive(Clone, Debug, Deserialize)]
struct Recorded {
    collections: VecDeque<Vec<Fact>>,
    #[serde(skip)]
    now: Vec<Fact>,
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
    /// What `autobot-host plugins record` wrote: the text of its file. Each collection of the test gets the facts of one of the
    /// recording, the last one over and over.
    pub fn recorded(text: &str) -> Result<Self, String> {
        let recorded = serde_json::from_str(text).map_err(|error| format!("this is no recording: {error}"))?;
        Ok(Self { others: Others { recorded: Some(recorded), ..Others::default() }, ..Self::default() })
    }

    /// With this answer of `function` (`http.fetch-all`).
    #[must_use]
    pub fn with(mut self, function: &str, answer: &impl Serialize) -> Self {
        self.set(function, answer);
        self
    }

    /// From now on `function` answers this.
    pub fn set(&mut self, function: &str, answer: &impl Serialize) {
        self.others.given.insert(function.to_owned(), json!(answer));
    }

    pub(crate) fn begin(&mut self) {
        let Some(recorded) = &mut self.others.recorded else { return };
        recorded.now = match recorded.collections.len() {
            0 | 1 => recorded.collections.front().cloned(),
            _ => recorded.collections.pop_front(),
        }
        .unwrap_or_default();
    }

    pub(crate) fn answer<T: DeserializeOwned + Fallible>(&mut self, function: &str, asked: &impl Serialize) -> T {
        let asked = json!(asked);
        let answer = match self.recorded_answer(function, &asked) {
            Some(answer) => answer,
            None => self.given_answer(function, asked),
        };
        serde_json::from_value(answer)
            .unwrap_or_else(|error| T::error(Error::Failed(format!("that is no answer of `{function}`: {error}"))))
    }

    fn recorded_answer(&mut self, function: &str, asked: &Value) -> Option<Value> {
        let now = &mut self.others.recorded.as_mut()?.now;
        let same = |fact: &Fact| fact.function == function;
        let at =
            now.iter().position(|fact| same(fact) && fact.asked == *asked).or_else(|| now.iter().position(same))?;
        Some(now.remove(at).answer)
    }

    fn given_answer(&self, function: &str, asked: Value) -> Value {
        match function {
            "cpu.read" => json!(self.cpu),
            "cpu.frequencies" => json!(self.frequencies),
            "cpu.stalls" => json!(self.cpu_stalls),
            "memory.read" => json!(self.memory),
            "memory.stalls" => json!(self.memory_stalls),
            "disk.mounts" => json!(self.mounts),
            "disk.devices" => json!(self.devices),
            "disk.stalls" => json!(self.io_stalls),
            "net.links" => json!(self.links),
            "net.sockets" => json!(self.sockets),
            "kernel.read" => json!(self.kernel),
            "process.look" => json!(self.look(asked)),
            "files.read-all" => {
                let (patterns, limit) = serde_json::from_value::<(Vec<String>, u32)>(asked).unwrap_or_default();
                json!(self.matching(&patterns, limit))
            }
            "files.list-all" => {
                let patterns: Vec<String> = serde_json::from_value(asked).unwrap_or_default();
                json!(
                    self.matching(&patterns, 0)
                        .map(|found| { found.into_iter().map(|file| file.path).collect::<Vec<_>>() })
                )
            }
            _ => match self.others.given.get(function) {
                Some(answer) => answer.clone(),
                None => json!(Err::<(), _>(Error::NotPresent(format!("`{function}` is not recorded")))),
            },
        }
    }

    fn look(&self, asked: Value) -> Result<process::Snapshot, Error> {
        type Asked = (u32, Vec<process::Owner>, Vec<Vec<String>>);
        let (limit, also, patterns) = serde_json::from_value::<Asked>(asked).unwrap_or_default();
        let mut snapshot = self.processes.clone()?;
        let mut place = 0;
        snapshot.groups.retain(|group| {
            place += 1;
            place <= limit || also.contains(&group.owner)
        });
        snapshot.sums.truncate(patterns.len());
        Ok(snapshot)
    }

    fn matching(&self, patterns: &[String], limit_bytes: u32) -> Result<Vec<files::Content>, Error> {
        let mut found = self.files.clone()?;
        found.retain(|file| patterns.iter().any(|pattern| matches(pattern, &file.path)));
        for file in &mut found {
            file.truncated |= file.bytes.len() > limit_bytes as usize;
            file.bytes.truncate(limit_bytes as usize);
        }
        Ok(found)
    }
}

/// Whether `text` is `pattern` with anything for each `*`.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(first) else { return false };
    let rest = rest.trim_start_matches('*');
    (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..]))
}
