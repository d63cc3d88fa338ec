//! What a native plugin asks by name, answered by the same functions as a component's imports.

use autobot_capabilities::Capability;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::abi::browser::{Command, Visit};
use crate::abi::http::Request;
use crate::abi::probe::{Target, Transfer};
use crate::abi::redis::Batch;
use crate::abi::websocket::Check;
use crate::abi::{self, emit::Series, log::Level, process::Owner, types::Family};
use crate::guest::Guest;

/// The answer to one question; the error ends the plugin, in words that follow 'it'.
pub(super) async fn answer(guest: &mut Guest, function: &str, asked: &[u8]) -> Result<Vec<u8>, String> {
    macro_rules! table {
        (always { $($name:literal => $interface:ident::$method:ident($($argument:ident: $kind:ty),*);)* }
            $(of $capability:ident in $module:ident { $($named:literal => $function:ident($($given:ident: $type:ty),*) $(.$await:ident)?;)* })*) => {
            match function {
                $($name => {
                    let ($($argument,)*): ($($kind,)*) = decoded(function, asked)?;
                    encoded(&abi::$interface::Host::$method(guest.called(), $($argument),*))
                })*
                $($($named => {
                    let ($($given,)*): ($($type,)*) = decoded(function, asked)?;
                    encoded(&abi::$module::Host::$function(guest.of(Capability::$capability), $($given),*)$(.$await)?)
                })*)*
                _ => Err(format!("asked for `{function}`, which this host does not have")),
            }
        };
    }
    table! {
        always {
            "emit.declare" => emit::declare(families: Vec<Family>);
            "emit.register" => emit::register(series: Vec<Series>);
            "emit.retire" => emit::retire(handles: Vec<u32>);
            "emit.emit-columns" => emit::emit_columns(handles: Vec<u32>, values: Vec<f64>);
            "emit.emit-columns-at" => emit::emit_columns_at(at: u64, handles: Vec<u32>, values: Vec<f64>);
            "log.log" => log::log(level: Level, message: String);
            "clock.now" => clock::now();
            "clock.monotonic-micros" => clock::monotonic_micros();
            "state.get" => state::get(key: String);
            "state.set" => state::set(key: String, value: Vec<u8>);
            "state.delete" => state::delete(key: String);
            "state.keys" => state::keys();
        }
        of Cpu in cpu {
            "cpu.read" => read();
            "cpu.frequencies" => frequencies();
            "cpu.scalings" => scalings();
            "cpu.schedule" => schedule();
            "cpu.stalls" => stalls();
        }
        of Memory in memory {
            "memory.read" => read();
            "memory.stalls" => stalls();
            "memory.nodes" => nodes();
            "memory.controllers" => controllers();
        }
        of Disk in disk {
            "disk.mounts" => mounts().await;
            "disk.devices" => devices().await;
            "disk.describe" => describe().await;
            "disk.arrays" => arrays().await;
            "disk.faults" => faults().await;
            "disk.zfs" => zfs().await;
            "disk.stalls" => stalls().await;
        }
        of Net in net {
            "net.links" => links().await;
            "net.describe" => describe().await;
            "net.bonds" => bonds().await;
            "net.sockets" => sockets().await;
            "net.protocols" => protocols().await;
            "net.softnets" => softnets().await;
            "net.queues" => queues().await;
            "net.neighbours" => neighbours().await;
            "net.tracking" => tracking().await;
        }
        of Process in process {
            "process.look" => look(limit: u32, also: Vec<Owner>, patterns: Vec<Vec<String>>).await;
        }
        of Kernel in kernel {
            "kernel.read" => read();
            "kernel.clock" => clock();
            "kernel.caches" => caches();
            "kernel.machine" => machine();
            "kernel.limits" => limits();
            "kernel.activity" => activity(limit: u32);
        }
        of Sensors in sensors {
            "sensors.read" => read().await;
            "sensors.throttled" => throttled().await;
        }
        of PowerSupply in power_supply {
            "power-supply.read" => read().await;
        }
        of Cgroups in cgroups {
            "cgroups.read" => read(depth: u32, limit: u32).await;
        }
        of Gpu in gpu {
            "gpu.read" => read().await;
        }
        of Npu in npu {
            "npu.read" => read().await;
        }
        of Services in services {
            "services.read" => read(patterns: Vec<String>).await;
        }
        of Containers in containers {
            "containers.read" => read().await;
        }
        of Http in http {
            "http.fetch-all" => fetch_all(requests: Vec<Request>).await;
        }
        of Websocket in websocket {
            "websocket.check-all" => check_all(checks: Vec<Check>).await;
        }
        of Redis in redis {
            "redis.pipeline-all" => pipeline_all(batches: Vec<Batch>).await;
        }
        of Probe in probe {
            "probe.ping-all" => ping_all(targets: Vec<Target>).await;
            "probe.transfer-all" => transfer_all(transfers: Vec<Transfer>).await;
        }
        of Browser in browser {
            "browser.version-of" => version_of(target: String).await;
            "browser.pages" => pages(target: String).await;
            "browser.contexts" => contexts(target: String).await;
            "browser.processes" => processes(target: String).await;
            "browser.run-all" => run_all(target: String, commands: Vec<Command>).await;
            "browser.visit-all" => visit_all(target: String, visits: Vec<Visit>).await;
        }
        of Files in files {
            "files.read-all" => read_all(patterns: Vec<String>, limit_bytes: u32).await;
            "files.list-all" => list_all(patterns: Vec<String>).await;
        }
    }
}

fn decoded<T: DeserializeOwned>(function: &str, asked: &[u8]) -> Result<T, String> {
    postcard::from_bytes(asked).map_err(|error| format!("asked for `{function}` in a way that makes no sense: {error}"))
}

fn encoded(answer: &impl Serialize) -> Result<Vec<u8>, String> {
    postcard::to_allocvec(answer).map_err(|error| format!("asked for more than can be answered: {error}"))
}
