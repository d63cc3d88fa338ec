//! The description of our own API, made from the routes and types that serve it: a route is served because it is described.
//! `docs/reference/openapi.json` is this description, and the dashboard's types are made from that file.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{any, get};
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa::openapi::RefOr;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::{Shared, control, live, metrics, ours, prometheus, schema};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "AutoBot host",
        version = "1",
        description = "JSON documents; names that end in `_ms` are milliseconds, moments since the Unix epoch. `/api/v1` is \
            Prometheus' API, described at https://prometheus.io/docs/prometheus/latest/querying/api/.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "host", description = "The host itself."),
        (name = "plugins", description = "Plugin instances, and what may be done to them."),
        (name = "rules", description = "Rules and alerts."),
        (name = "live", description = "What changes, as it changes."),
        (name = "prometheus", description = "Prometheus' API."),
    ),
    components(schemas(schema::Error, schema::Frame, schema::WireValue))
)]
struct Description;

/// Every route that is described, and its description.
pub(crate) fn routes() -> (Router<Shared>, utoipa::openapi::OpenApi) {
    let file = || DefaultBodyLimit::max(control::LARGEST_PLUGIN);
    let form = || DefaultBodyLimit::max(prometheus::reply::LONGEST_FORM);
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(ours::healthz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(ours::status))
        .routes(routes!(ours::rules))
        .routes(routes!(ours::alerts))
        .routes(routes!(ours::plugins))
        .routes(routes!(control::install, control::remove).layer(file()))
        .routes(routes!(control::inspect).layer(file()))
        .routes(routes!(control::attempt).layer(file()))
        .routes(routes!(control::enable))
        .routes(routes!(control::disable))
        .routes(routes!(control::restart))
        .routes(routes!(control::rollback))
        .routes(routes!(control::grant))
        .routes(routes!(control::revoke))
        .routes(routes!(ours::description))
        .routes(routes!(prometheus::query::query, prometheus::query::query_form).layer(form()))
        .routes(routes!(prometheus::query::query_range, prometheus::query::query_range_form).layer(form()))
        .routes(routes!(prometheus::query::exemplars, prometheus::query::exemplars_form).layer(form()))
        .routes(routes!(prometheus::series::series, prometheus::series::series_form).layer(form()))
        .routes(routes!(prometheus::series::labels, prometheus::series::labels_form).layer(form()))
        .routes(routes!(prometheus::series::label_values))
        .routes(routes!(prometheus::series::metadata))
        .routes(routes!(prometheus::rules::rules))
        .routes(routes!(prometheus::rules::alerts))
        .routes(routes!(prometheus::targets::targets))
        .routes(routes!(prometheus::targets::scrape_pools))
        .routes(routes!(prometheus::targets::alertmanagers))
        .routes(routes!(prometheus::status::buildinfo))
        .routes(routes!(prometheus::status::runtimeinfo))
        .routes(routes!(prometheus::status::config))
        .routes(routes!(prometheus::status::flags))
        .routes(routes!(prometheus::status::tsdb))
        // What is not described: other names of what is, and answers to mistakes.
        .route("/-/healthy", get(ours::healthz))
        .route("/-/ready", get(ours::healthz))
        .route("/api/autobot/v1/plugins/{name}/{action}", any(control::unknown))
        .route("/api/v1/{*rest}", any(prometheus::not_found))
        .layer(CompressionLayer::new())
        // Outside of the compression: a WebSocket is no body.
        .routes(routes!(live::client::upgrade))
        .split_for_parts();
    complete(&mut description);
    (router, description)
}

/// Adds what is the same for all: a word to each status, and names of operations that no two share.
fn complete(description: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let is_prometheus = path.starts_with("/api/v1/");
        let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in methods.into_iter().flatten() {
            if is_prometheus {
                operation.operation_id = operation.operation_id.as_ref().map(|id| format!("prometheus_{id}"));
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    let status = status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
                    response.description =
                        status.and_then(|status| status.canonical_reason()).unwrap_or("An answer").to_owned();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use expect_test::expect_file;

    use super::*;

    #[test]
    fn the_description_in_the_reference_is_that_of_the_program() {
        let (_, description) = routes();
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/openapi.json");
        expect_file![page].assert_eq(&format!("{}\n", description.to_pretty_json().unwrap()));
    }

    #[test]
    fn operations_have_names_of_their_own_and_types_are_named_by_what_they_hold() {
        let (_, description) = routes();
        let operations = description.paths.paths.values().flat_map(|item| {
            [&item.get, &item.put, &item.post, &item.delete].map(|operation| operation.as_ref()?.operation_id.clone())
        });
        let mut seen = std::collections::HashSet::new();
        for id in operations.flatten() {
            assert!(seen.insert(id.clone()), "two operations are called {id}");
        }
        assert!(seen.len() > 30, "{seen:?}");
        // An alias without a type of its own would come out as this.
        assert!(!description.components.unwrap().schemas.contains_key("BTreeMap"));
    }
}
