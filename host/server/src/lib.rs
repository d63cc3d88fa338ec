//! HTTP: Prometheus' API, our own documents, the live stream, `/metrics` and the embedded dashboard.
//!
//! It reads series through [`SeriesReader`] and everything else through [`HostView`], and acts through [`Control`]; it decides
//! nothing.

mod assets;
mod control;
mod error;
mod guard;
mod latest;
mod live;
mod metrics;
mod openapi;
mod ours;
mod prometheus;
pub mod schema;
mod view;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use autobot_model::{Clock, SeriesReader, SeriesRegistry, Timestamp};
use autobot_query::Engine;
use axum::Router;
use axum::body::Bytes;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub use control::{Attempt, Control, ControlError, PluginAction};
pub use latest::Latest;
pub use live::{Hub, Topic};
pub use view::HostView;

/// What the server works on.
pub struct Parts {
    /// All that was measured.
    pub reader: Arc<dyn SeriesReader>,
    /// Names of series by number, for `/metrics`.
    pub registry: Arc<dyn SeriesRegistry>,
    /// The newest batches, for `/metrics`.
    pub latest: Arc<Latest>,
    /// The live stream's source.
    pub hub: Arc<Hub>,
    /// Evaluates queries.
    pub engine: Arc<Engine>,
    /// Everything that is not a series.
    pub view: Arc<dyn HostView>,
    /// Acts on plugins.
    pub control: Arc<dyn Control>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Queries evaluated at once; more wait their turn, so that a wall of panels cannot take every thread.
const QUERIES_AT_ONCE: usize = 4;

/// State of every handler.
#[derive(Clone)]
pub(crate) struct Shared(Arc<State>);

struct State {
    parts: Parts,
    bind_host: String,
    started: Timestamp,
    queries: Semaphore,
    description: Bytes,
}

impl Shared {
    fn view(&self) -> &dyn HostView {
        &*self.0.parts.view
    }

    fn hub(&self) -> &Arc<Hub> {
        &self.0.parts.hub
    }

    fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    fn started(&self) -> Timestamp {
        self.0.started
    }

    fn bind_host(&self) -> &str {
        &self.0.bind_host
    }

    fn parts(&self) -> &Parts {
        &self.0.parts
    }

    fn queries(&self) -> &Semaphore {
        &self.0.queries
    }

    fn description(&self) -> &Bytes {
        &self.0.description
    }
}

/// Everything that is served, for a server bound to `address`.
pub fn router(parts: Parts, address: SocketAddr) -> Router {
    let started = parts.clock.now();
    let queries = Semaphore::new(QUERIES_AT_ONCE);
    let (routes, description) = openapi::routes();
    let description = description.to_json().unwrap_or_default().into();
    let shared = Shared(Arc::new(State { parts, bind_host: address.ip().to_string(), started, queries, description }));
    routes
        .fallback(assets::serve)
        .method_not_allowed_fallback(assets::wrong_method)
        .layer(from_fn_with_state(shared.clone(), guard::guard))
        .with_state(shared)
}

/// Serves until `stop` ends; requests in flight are answered, live streams are closed with a reason.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}
