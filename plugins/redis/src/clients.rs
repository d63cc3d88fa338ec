//! Connections by the name of their client, by what they do, and by database.

use std::collections::{BTreeMap, BTreeSet};

use autobot_plugin_sdk::{Family, Metrics};

use crate::number::label;

pub(crate) static CLIENTS: Family = Family::gauge(
    "redis_clients",
    "1",
    "Connections by the name of their client and by what they do: active (a command within ten seconds), idle, blocked, transaction, subscribed, monitor, replica, master.",
)
.labels(&["target", "client", "state"]);
pub(crate) static HOSTS: Family =
    Family::gauge("redis_client_hosts", "1", "Addresses from which clients of this name are connected.")
        .labels(&["target", "client"]);
pub(crate) static MEMORY: Family = Family::gauge(
    "redis_client_memory_bytes",
    "By",
    "Memory of the connections of clients of this name, buffers included.",
)
.labels(&["target", "client"]);
pub(crate) static OUTPUT: Family =
    Family::gauge("redis_client_output_bytes", "By", "Answers that wait for clients of this name to take them.")
        .labels(&["target", "client"]);
pub(crate) static BY_DATABASE: Family =
    Family::gauge("redis_database_clients", "1", "Connections that have chosen this database.")
        .labels(&["target", "db"]);

/// After so long without a command a connection rests, as in a pool.
const IDLE_SECONDS: f64 = 10.0;
/// The name of those beyond the followed names.
const OTHERS: &str = "(others)";
/// The name of those that gave none.
const UNNAMED: &str = "(unnamed)";
/// States that every followed name has a series of.
const ALWAYS: [&str; 3] = ["active", "blocked", "idle"];

/// What the list of connections says, summed.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Clients {
    by_name: BTreeMap<String, Sum>,
    by_database: BTreeMap<u32, f64>,
}

#[derive(Debug, Default, PartialEq)]
struct Sum {
    connections: f64,
    states: BTreeMap<&'static str, f64>,
    hosts: BTreeSet<String>,
    /// Servers before 6.2 do not tell it.
    memory: Option<f64>,
    output: f64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.connections += other.connections;
        for (state, count) in other.states {
            *self.states.entry(state).or_default() += count;
        }
        self.hosts.extend(other.hosts);
        self.memory = self.memory.zip(other.memory).map(|(one, two)| one + two).or(self.memory).or(other.memory);
        self.output += other.output;
    }
}

impl Clients {
    /// Reads the reply to `CLIENT LIST`: a line for each connection, of fields as `name=worker`.
    pub(crate) fn parse(text: &str, most_names: usize) -> Self {
        let mut clients = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let field = |name: &str| {
                let fields = line.split(' ').filter_map(|field| field.split_once('='));
                fields.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
            };
            let number = |name: &str| field(name).and_then(|text| text.parse::<f64>().ok());
            let name = [field("name"), field("lib-name")].into_iter().flatten().find(|name| !name.is_empty());
            let host = field("addr").and_then(|addr| addr.rsplit_once(':')).map(|(host, _)| host.to_owned());
            let one = Sum {
                connections: 1.0,
                states: [(state(field("flags").unwrap_or_default(), &number), 1.0)].into(),
                hosts: host.into_iter().collect(),
                memory: number("tot-mem"),
                output: number("omem").unwrap_or(0.0),
            };
            clients.by_name.entry(label(name.unwrap_or(UNNAMED))).or_default().add(one);
            if let Some(database) = field("db").and_then(|text| text.parse().ok()) {
                *clients.by_database.entry(database).or_default() += 1.0;
            }
        }
        clients.keep(most_names);
        clients
    }

    /// Those with most connections; the others become one.
    fn keep(&mut self, most_names: usize) {
        if self.by_name.len() <= most_names {
            return;
        }
        let mut names: Vec<(String, Sum)> = std::mem::take(&mut self.by_name).into_iter().collect();
        names.sort_by(|(_, one), (_, other)| other.connections.total_cmp(&one.connections));
        let rest = names.split_off(most_names);
        self.by_name = names.into_iter().collect();
        let others = self.by_name.entry(OTHERS.to_owned()).or_default();
        rest.into_iter().for_each(|(_, sum)| others.add(sum));
    }

    /// How many connections each of `databases` has, too.
    pub(crate) fn collect(&self, target: &str, databases: &[u32], metrics: &mut Metrics) {
        for (client, sum) in &self.by_name {
            let mut states: BTreeMap<&str, f64> = ALWAYS.map(|state| (state, 0.0)).into();
            states.extend(&sum.states);
            for (state, count) in states {
                metrics.set(&CLIENTS, &[target, client, state], count);
            }
            metrics.set(&HOSTS, &[target, client], sum.hosts.len() as f64);
            if let Some(memory) = sum.memory {
                metrics.set(&MEMORY, &[target, client], memory);
            }
            metrics.set(&OUTPUT, &[target, client], sum.output);
        }
        for database in databases {
            let count = self.by_database.get(database).copied().unwrap_or(0.0);
            metrics.set(&BY_DATABASE, &[target, &database.to_string()], count);
        }
    }
}

fn state(flags: &str, number: &impl Fn(&str) -> Option<f64>) -> &'static str {
    let listens = ["sub", "psub", "ssub"].iter().any(|kind| number(kind).is_some_and(|count| count > 0.0));
    for (flag, state) in [('O', "monitor"), ('S', "replica"), ('M', "master"), ('b', "blocked"), ('x', "transaction")] {
        if flags.contains(flag) {
            return state;
        }
    }
    match (listens, number("idle")) {
        (true, _) => "subscribed",
        (_, Some(idle)) if idle >= IDLE_SECONDS => "idle",
        _ => "active",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_summed_by_name_state_and_database() {
        let text = "id=3 addr=10.0.0.1:5000 laddr=1:1 name=worker age=9 idle=0 flags=N db=0 sub=0 psub=0 omem=5 tot-mem=100 cmd=get\n\
            id=4 addr=10.0.0.1:5001 name=worker age=9 idle=60 flags=N db=3 sub=0 psub=0 omem=0 tot-mem=100\n\
            id=5 addr=[::1]:5002 name=worker age=9 idle=60 flags=b db=3 sub=0 psub=0 omem=0 tot-mem=50\n\
            id=6 addr=/run/redis.sock:0 name= age=9 idle=1 flags=x db=0 sub=0 psub=0 lib-name=redis-py lib-ver=5 omem=0\n\
            id=7 addr=10.0.0.9:1 name= idle=99 flags=P db=0 sub=2 psub=0 omem=7 lib-name=\n\
            id=8 addr=10.0.0.9:2 name= idle=1 flags=S db=0 sub=0 omem=0\n\
            nonsense\n";
        let clients = Clients::parse(text, 10);
        let worker = &clients.by_name["worker"];
        assert_eq!(worker.states, [("active", 1.0), ("blocked", 1.0), ("idle", 1.0)].into());
        assert_eq!((worker.hosts.len(), worker.memory, worker.output), (2, Some(250.0), 5.0));
        assert_eq!(clients.by_name["redis-py"].states, [("transaction", 1.0)].into());
        assert_eq!(clients.by_name[UNNAMED].states, [("active", 1.0), ("replica", 1.0), ("subscribed", 1.0)].into());
        assert_eq!(clients.by_database, [(0, 4.0), (3, 2.0)].into());
        let fewer = Clients::parse(text, 1);
        assert_eq!(fewer.by_name.keys().collect::<Vec<_>>(), [OTHERS, UNNAMED]);
        assert_eq!(fewer.by_name.values().map(|sum| sum.connections).sum::<f64>(), 7.0);
    }
}
