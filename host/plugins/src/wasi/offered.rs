//! Every function of WASI that there is for plugins: one line each. What is not here does not exist for them.

use std::time::Duration;

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentNamedList, ComponentType, Lift, LinkerInstance, Lower, Resource};

use super::denied;
use super::held::{Error, Input, Network, Output, Pollable, STDERR, STDOUT, Terminal};
use crate::guest::Guest;

/// What an output takes in one write; its caller asks first.
const MOST_WRITTEN: u64 = 64 << 10;
/// Random bytes in one call.
const MOST_RANDOM: u64 = 64 << 10;

#[derive(ComponentType, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[expect(dead_code, reason = "a case of the type, which no stream of ours ends in")]
    LastOperationFailed(Resource<Error>),
    #[component(name = "closed")]
    Closed,
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

/// Defines `name` of `interface` (without `wasi:` and version); `false` when there is no such function for plugins.
pub(super) fn function(place: &mut LinkerInstance<'_, Guest>, interface: &str, name: &str) -> wasmtime::Result<bool> {
    let full = format!("{interface}.{}", name.strip_prefix("[method]").unwrap_or(name));
    match &*full {
        "cli/stdin.get-stdin" => answer(place, name, |guest, ()| guest.wasi.hold::<Input>(0)),
        "cli/stdout.get-stdout" => answer(place, name, |guest, ()| guest.wasi.hold::<Output>(STDOUT)),
        "cli/stderr.get-stderr" => answer(place, name, |guest, ()| guest.wasi.hold::<Output>(STDERR)),
        "cli/terminal-stdout.get-terminal-stdout" | "cli/terminal-stderr.get-terminal-stderr" => {
            answer(place, name, |guest, ()| guest.wasi.hold::<Terminal>(0).map(Some))
        }
        "cli/exit.exit" | "cli/exit.exit-with-code" => place
            .func_new(name, |_, _, _, _| Err(wasmtime::Error::msg("it ended itself (`exit`), and a plugin must not"))),

        "io/error.error.to-debug-string" => answer(place, name, |_, _: (Resource<Error>,)| Ok(String::new())),
        "io/streams.input-stream.read" | "io/streams.input-stream.blocking-read" => {
            answer(place, name, |_, _: (Resource<Input>, u64)| Ok(Err::<Vec<u8>, _>(StreamError::Closed)))
        }
        "io/streams.input-stream.skip" | "io/streams.input-stream.blocking-skip" => {
            answer(place, name, |_, _: (Resource<Input>, u64)| Ok(Err::<u64, _>(StreamError::Closed)))
        }
        "io/streams.input-stream.subscribe" => answer(place, name, |guest, _: (Resource<Input>,)| guest.wasi.ready()),
        "io/streams.output-stream.check-write" => {
            answer(place, name, |_, _: (Resource<Output>,)| Ok(Ok::<_, StreamError>(MOST_WRITTEN)))
        }
        "io/streams.output-stream.write" | "io/streams.output-stream.blocking-write-and-flush" => {
            answer(place, name, |guest, (output, bytes): (Resource<Output>, Vec<u8>)| {
                guest.print(output.rep(), &bytes);
                Ok(Ok::<_, StreamError>(()))
            })
        }
        "io/streams.output-stream.flush" | "io/streams.output-stream.blocking-flush" => {
            answer(place, name, |_, _: (Resource<Output>,)| Ok(Ok::<_, StreamError>(())))
        }
        "io/streams.output-stream.write-zeroes" | "io/streams.output-stream.blocking-write-zeroes-and-flush" => {
            answer(place, name, |_, _: (Resource<Output>, u64)| Ok(Ok::<_, StreamError>(())))
        }
        "io/streams.output-stream.splice" | "io/streams.output-stream.blocking-splice" => {
            answer(place, name, |_, _: (Resource<Output>, Resource<Input>, u64)| Ok(Err::<u64, _>(StreamError::Closed)))
        }
        "io/streams.output-stream.subscribe" => answer(place, name, |guest, _: (Resource<Output>,)| guest.wasi.ready()),

        "io/poll.pollable.ready" => answer(place, name, |guest, (one,): (Resource<Pollable>,)| {
            Ok(guest.wasi.ready_at(one.rep()) <= guest.world.clock.monotonic())
        }),
        "io/poll.pollable.block" => place.func_wrap_async(name, |store, (one,): (Resource<Pollable>,)| {
            Box::new(async move { wait(store, vec![one]).await.map(drop) })
        }),
        "io/poll.poll" => place.func_wrap_async(name, |store, (all,): (Vec<Resource<Pollable>>,)| {
            Box::new(async move { wait(store, all).await.map(|ready| (ready,)) })
        }),

        "clocks/monotonic-clock.now" => answer(place, name, |guest, ()| Ok(nanos(guest.world.clock.monotonic()))),
        "clocks/monotonic-clock.resolution" => answer(place, name, |_, ()| Ok(1_u64)),
        "clocks/monotonic-clock.subscribe-instant" => {
            answer(place, name, |guest, (at,): (u64,)| guest.wasi.timer(Duration::from_nanos(at)))
        }
        "clocks/monotonic-clock.subscribe-duration" => answer(place, name, |guest, (pause,): (u64,)| {
            guest.wasi.timer(guest.world.clock.monotonic().saturating_add(Duration::from_nanos(pause)))
        }),
        "clocks/wall-clock.now" => answer(place, name, |guest, ()| {
            let millis = u64::try_from(guest.world.clock.now().0).unwrap_or(0);
            Ok(datetime(Duration::from_millis(millis)))
        }),
        "clocks/wall-clock.resolution" => answer(place, name, |_, ()| Ok(datetime(Duration::from_millis(1)))),

        "random/random.get-random-bytes" | "random/insecure.get-insecure-random-bytes" => {
            answer(place, name, |_, (length,): (u64,)| random_bytes(length))
        }
        "random/random.get-random-u64" | "random/insecure.get-insecure-random-u64" => {
            answer(place, name, |_, ()| random_u64())
        }
        "random/insecure-seed.insecure-seed" => answer(place, name, |_, ()| Ok((random_u64()?, random_u64()?))),

        // Having it is no harm: nothing can be done in it, and a name that is looked up is then denied in order.
        "sockets/instance-network.instance-network" => answer(place, name, |guest, ()| guest.wasi.hold::<Network>(0)),
        "cli/terminal-stdin.get-terminal-stdin" => denied::function(place, name),
        _ if interface == "cli/environment"
            || interface.starts_with("filesystem/")
            || interface.starts_with("sockets/") =>
        {
            denied::function(place, name)
        }
        _ => return Ok(false),
    }?;
    Ok(true)
}

/// Defines a function with one result. It counts as a call to the host, as all do.
fn answer<P, R>(
    place: &mut LinkerInstance<'_, Guest>,
    name: &str,
    body: impl Fn(&mut Guest, P) -> wasmtime::Result<R> + Send + Sync + 'static,
) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lift + 'static,
    R: Lower + 'static,
    (R,): ComponentNamedList + Lower,
{
    place.func_wrap(name, move |mut store, arguments: P| Ok((body(store.data_mut().called(), arguments)?,)))
}

/// Waits until one of them is ready; gives the places of those that are. The guest's deadline ends a wait that is too long.
async fn wait(mut store: StoreContextMut<'_, Guest>, all: Vec<Resource<Pollable>>) -> wasmtime::Result<Vec<u32>> {
    let guest = store.data_mut().called();
    let times: Vec<Duration> = all.iter().map(|one| guest.wasi.ready_at(one.rep())).collect();
    let Some(first) = times.iter().min().copied() else {
        return Err(wasmtime::Error::msg("it waited for nothing, which has no end"));
    };
    loop {
        let now = guest.world.clock.monotonic();
        if first <= now {
            return Ok((0..).zip(times).filter(|(_, time)| *time <= now).map(|(place, _)| place).collect());
        }
        tokio::time::sleep(first.saturating_sub(now)).await;
    }
}

fn random_bytes(length: u64) -> wasmtime::Result<Vec<u8>> {
    if length > MOST_RANDOM {
        let sentence = format!("it asked for {length} random bytes at once and may have {MOST_RANDOM}");
        return Err(wasmtime::Error::msg(sentence));
    }
    let mut bytes = vec![0; usize::try_from(length)?];
    getrandom::fill(&mut bytes).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
    Ok(bytes)
}

fn random_u64() -> wasmtime::Result<u64> {
    getrandom::u64().map_err(|error| wasmtime::Error::msg(error.to_string()))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn datetime(time: Duration) -> Datetime {
    Datetime { seconds: time.as_secs(), nanoseconds: time.subsec_nanos() }
}
