//! `http websocket redis probe browser services containers`: what other programs and machines say, asked by clients of `host/capabilities`.

use autobot_capabilities::{
    Capability, CapabilityError, Certificate, Tls, browser as browsing, containers as engine, http as web,
    probe as probing, redis as redises, services as units, websocket as sockets,
};

use super::mirror::{Told, mirror, mirror_enum};
use crate::abi::types::{self, Error};
use crate::abi::{browser, containers, http, probe, redis, services, websocket};
use crate::facts::fact;
use crate::guest::Guest;
use crate::reach::Reach;

mirror! {
    types::Header => web::Header { name, value }
    web::Header => types::Header { name, value }
    http::Request => web::Request {
        target, url, method, headers, body, timeout_micros, redirects, keep_body, verify, version,
    }
    web::Timing => http::Timing { resolve, connect, tls, first_byte, body, total }
    Tls => types::Tls { version, chain, untrusted }
    web::Response => http::Response {
        status, headers, body, body_bytes, complete, timing, version, remote_address, url, redirected, tls,
    }
    websocket::Check => sockets::Check {
        target, url, headers, subprotocols, message, keep, timeout_micros, verify,
    }
    sockets::Outcome => websocket::Outcome {
        resolve, connect, tls_handshake, handshake, ping, echo, reply, subprotocol, remote_address, tls,
    }
    engine::Snapshot => containers::Snapshot { engine, version, containers }
    redis::Batch => redises::Batch { target, database, commands, timeout_micros }
    redises::Reply => redis::Reply { nodes }
    redises::Answer => redis::Answer { replies, elapsed, connect }
    probe::Target => probing::ProbeTarget { host, port, method, count, interval_micros, timeout_micros, size }
    probe::Transfer => probing::Transfer { host, port, bytes, duration_micros, timeout_micros }
    probing::Outcome => probe::Outcome {
        sent, received, round_trips, reordered, duplicates, resolve, address, method, ttl,
    }
    probing::Throughput => probe::Throughput { bytes, elapsed, address }
    browser::Command => browsing::Command { page, method, params }
    browser::Visit => browsing::Visit { url, settle_micros, timeout_micros, width, height, picture }
    browsing::Version => browser::Version { product, protocol, user_agent }
    browsing::Page => browser::Page { id, kind, title, url, context, attached }
    browsing::Process => browser::Process { kind, id, cpu_micros }
    browsing::Load => browser::Load {
        status, failure, url, first_byte, dom_content_loaded, loaded, first_paint, first_contentful_paint,
        largest_contentful_paint, layout_shift, blocked, requests, failed_requests, transferred_bytes, heap_bytes, dom_nodes,
        console_errors, exceptions, messages, crashed, picture,
    }
    units::Counts => services::Counts { total, active, failed, activating, inactive }
    units::Snapshot => services::Snapshot { system_state, counts, units, failed }
}

mirror_enum! {
    http::Version => web::Version { Any, Http1, Http2 }
    probe::Method => probing::Method { Icmp, Tcp, Udp }
    probing::Method => probe::Method { Icmp, Tcp, Udp }
}

impl Told<redis::Node> for redises::Node {
    fn told(self) -> redis::Node {
        match self {
            Self::Nil => redis::Node::Nil,
            Self::Boolean(value) => redis::Node::Boolean(value),
            Self::Integer(value) => redis::Node::Integer(value),
            Self::Double(value) => redis::Node::Double(value),
            Self::Status(text) => redis::Node::Status(text),
            Self::Bulk(bytes) => redis::Node::Bulk(bytes),
            Self::Failure(text) => redis::Node::Failure(text),
            Self::Items(count) => redis::Node::Items(count),
            Self::Pairs(count) => redis::Node::Pairs(count),
        }
    }
}

impl Told<types::Certificate> for Certificate {
    fn told(self) -> types::Certificate {
        types::Certificate {
            subject: self.subject,
            names: self.names,
            issuer: self.issuer,
            not_before: self.not_before_ms,
            not_after: self.not_after_ms,
            fingerprint: self.fingerprint,
        }
    }
}

impl Told<containers::Container> for engine::Container {
    fn told(self) -> containers::Container {
        containers::Container {
            id: self.id,
            name: self.name,
            image: self.image,
            state: self.state,
            health: self.health,
            created: self.created_ms,
            started: self.started_ms,
            exit_code: self.exit_code,
            restarts: self.restarts,
            cpu_micros: self.cpu_micros,
            memory: self.memory,
            memory_limit: self.memory_limit,
            rx_bytes: self.rx_bytes,
            tx_bytes: self.tx_bytes,
            read_bytes: self.read_bytes,
            written_bytes: self.written_bytes,
            processes: self.processes,
        }
    }
}

impl Told<services::Unit> for units::Unit {
    fn told(self) -> services::Unit {
        services::Unit {
            name: self.name,
            description: self.description,
            active_state: self.active_state,
            sub_state: self.sub_state,
            load_state: self.load_state,
            since: self.since_ms,
            restarts: self.restarts,
            result_code: self.result_code,
            exit_status: self.exit_status,
            main_pid: self.main_pid,
            memory: self.memory,
            cpu_micros: self.cpu_micros,
            tasks: self.tasks,
        }
    }
}

impl Guest {
    /// An answer as the guest gets it; what its grant does not cover is counted.
    fn settled<T: Told<U>, U>(
        &mut self,
        capability: Capability,
        answer: Result<T, CapabilityError>,
    ) -> Result<U, Error> {
        match answer {
            Err(CapabilityError::Denied(what)) => Err(Error::Denied(match capability {
                // These say it in a sentence of their own.
                Capability::Redis | Capability::Probe => self.denied(what),
                _ => self.deny(capability, &what),
            })),
            answer => answer.told(),
        }
    }

    fn all_settled<T: Told<U>, U>(
        &mut self,
        capability: Capability,
        answers: Vec<Result<T, CapabilityError>>,
    ) -> Vec<Result<U, Error>> {
        answers.into_iter().map(|answer| self.settled(capability, answer)).collect()
    }
}

impl http::Host for Guest {
    async fn fetch_all(&mut self, requests: Vec<http::Request>) -> Vec<Result<http::Response, Error>> {
        fact!(self, Http, "http.fetch-all", &requests, {
            let answers = match self.client(Reach::http) {
                Ok(http) => http.fetch_all(requests.told()).await,
                Err(error) => requests.iter().map(|_| Err(error.clone())).collect(),
            };
            self.all_settled(Capability::Http, answers)
        })
    }
}

impl websocket::Host for Guest {
    async fn check_all(&mut self, checks: Vec<websocket::Check>) -> Vec<Result<websocket::Outcome, Error>> {
        fact!(self, Websocket, "websocket.check-all", &checks, {
            let answers = match self.client(Reach::websocket) {
                Ok(websocket) => websocket.check_all(checks.told()).await,
                Err(error) => checks.iter().map(|_| Err(error.clone())).collect(),
            };
            self.all_settled(Capability::Websocket, answers)
        })
    }
}

impl containers::Host for Guest {
    async fn read(&mut self) -> Result<containers::Snapshot, Error> {
        fact!(self, Containers, "containers.read", (), self.world.containers.read().await.told())
    }
}

impl redis::Host for Guest {
    async fn pipeline_all(&mut self, batches: Vec<redis::Batch>) -> Vec<Result<redis::Answer, Error>> {
        fact!(self, Redis, "redis.pipeline-all", &batches, {
            let answers = self.client(Reach::redis).pipeline_all(batches.told()).await;
            self.all_settled(Capability::Redis, answers)
        })
    }
}

impl probe::Host for Guest {
    async fn ping_all(&mut self, targets: Vec<probe::Target>) -> Vec<Result<probe::Outcome, Error>> {
        fact!(self, Probe, "probe.ping-all", &targets, {
            let answers = self.client(Reach::probe).ping_all(targets.told()).await;
            self.all_settled(Capability::Probe, answers)
        })
    }

    async fn transfer_all(&mut self, transfers: Vec<probe::Transfer>) -> Vec<Result<probe::Throughput, Error>> {
        fact!(self, Probe, "probe.transfer-all", &transfers, {
            let answers = self.client(Reach::probe).transfer_all(transfers.told()).await;
            self.all_settled(Capability::Probe, answers)
        })
    }
}

impl browser::Host for Guest {
    async fn version_of(&mut self, target: String) -> Result<browser::Version, Error> {
        fact!(self, Browser, "browser.version-of", &target, {
            let answer = self.client(Reach::browser).version_of(&target).await;
            self.settled(Capability::Browser, answer)
        })
    }

    async fn pages(&mut self, target: String) -> Result<Vec<browser::Page>, Error> {
        fact!(self, Browser, "browser.pages", &target, {
            let answer = self.client(Reach::browser).pages(&target).await;
            self.settled(Capability::Browser, answer)
        })
    }

    async fn contexts(&mut self, target: String) -> Result<u32, Error> {
        fact!(self, Browser, "browser.contexts", &target, {
            let answer = self.client(Reach::browser).contexts(&target).await;
            self.settled(Capability::Browser, answer)
        })
    }

    async fn processes(&mut self, target: String) -> Result<Vec<browser::Process>, Error> {
        fact!(self, Browser, "browser.processes", &target, {
            let answer = self.client(Reach::browser).processes(&target).await;
            self.settled(Capability::Browser, answer)
        })
    }

    async fn run_all(
        &mut self,
        target: String,
        commands: Vec<browser::Command>,
    ) -> Result<Vec<Result<String, Error>>, Error> {
        fact!(self, Browser, "browser.run-all", (&target, &commands), {
            let commands: Vec<browsing::Command> = commands.told();
            match self.client(Reach::browser).run_all(&target, &commands).await {
                Ok(answers) => Ok(self.all_settled(Capability::Browser, answers)),
                Err(error) => self.settled::<String, _>(Capability::Browser, Err(error)).map(|_: String| Vec::new()),
            }
        })
    }

    async fn visit_all(
        &mut self,
        target: String,
        visits: Vec<browser::Visit>,
    ) -> Result<Vec<Result<browser::Load, Error>>, Error> {
        fact!(self, Browser, "browser.visit-all", (&target, &visits), {
            let visits: Vec<browsing::Visit> = visits.told();
            match self.client(Reach::browser).visit_all(&target, &visits).await {
                Ok(answers) => Ok(self.all_settled(Capability::Browser, answers)),
                Err(error) => self.settled::<String, _>(Capability::Browser, Err(error)).map(|_: String| Vec::new()),
            }
        })
    }
}

impl services::Host for Guest {
    async fn read(&mut self, patterns: Vec<String>) -> Result<services::Snapshot, Error> {
        fact!(self, Services, "services.read", &patterns, self.world.services.read(&patterns).await.told())
    }
}
