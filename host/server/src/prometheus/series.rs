//! Which series, labels and metrics there are.

use std::collections::{BTreeMap, BTreeSet};

use autobot_model::SeriesKey;
use autobot_query::{QueryError, json};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json as document;

use super::end_point;
use super::parameters::{bad, label_name};
use super::reply::{Asked, Reply, at_once, evaluated, posted, truncate};
use crate::Shared;

end_point!(series, series_form, "/api/v1/series", "Series that selectors select.", |asked| {
    let selections = asked.parameters.selections()?;
    if selections.is_empty() {
        return Err(bad("the parameter `match[]` is missing".to_owned()));
    }
    let range = asked.parameters.range()?;
    let limit = asked.parameters.limit()?;
    let mut found = BTreeSet::new();
    for matchers in selections {
        found.extend(asked.shared.parts().reader.series(&matchers, range)?);
    }
    let mut found: Vec<_> = found.into_iter().collect();
    let warning = truncate(&mut found, limit);
    let reply = Reply::writing(|out| {
        out.push(b'[');
        for (at, key) in found.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            json::metric_into(out, Some(&key.name), &key.labels);
        }
        out.push(b']');
        Ok(())
    })?;
    Ok(reply.warning(warning))
});

end_point!(labels, labels_form, "/api/v1/labels", "Names of labels.", |asked| {
    let mut names = BTreeSet::new();
    each_series(asked, |key| {
        for name in ["__name__"].into_iter().chain(key.labels.iter().map(|(name, _)| name)) {
            if !names.contains(name) {
                names.insert(name.to_owned());
            }
        }
    })?;
    texts(asked, names)
});

/// The values of one label.
#[utoipa::path(get, path = "/api/v1/label/{name}/values", tag = "prometheus", responses((status = 200)),
    params(("name" = String, Path, description = "The label; `U__` escapes are understood.")))]
pub(crate) async fn label_values(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    // The name travels as one parameter more, in front of all others, so that the work is a plain function.
    let name = serde_urlencoded::to_string([("label", label_name(&name))]).unwrap_or_default();
    evaluated(shared, &headers, format!("{name}&{}", query.unwrap_or_default()), |asked| {
        let label = asked.parameters.get("label").ok_or_else(|| bad("a label has a name".to_owned()))?;
        let mut values = BTreeSet::new();
        each_series(asked, |key| {
            let value = key.label(label);
            if !value.is_empty() && !values.contains(value) {
                values.insert(value.to_owned());
            }
        })?;
        texts(asked, values)
    })
    .await
}

fn texts(asked: &Asked<'_>, found: BTreeSet<String>) -> Result<Reply, QueryError> {
    let mut found: Vec<String> = found.into_iter().collect();
    let warning = truncate(&mut found, asked.parameters.limit()?);
    Ok(Reply::of(&found)?.warning(warning))
}

fn each_series(asked: &Asked<'_>, mut with: impl FnMut(&SeriesKey)) -> Result<(), QueryError> {
    let mut selections = asked.parameters.selections()?;
    if selections.is_empty() {
        selections.push(Vec::new());
    }
    let range = asked.parameters.range()?;
    for matchers in selections {
        asked.shared.parts().reader.series(&matchers, range)?.iter().for_each(|key| with(key));
    }
    Ok(())
}

/// Families of metrics by name: kind, help and unit.
#[utoipa::path(get, path = "/api/v1/metadata", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn metadata(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    at_once(&shared, query, |asked| {
        let wanted = asked.parameters.get("metric");
        let limit = asked.parameters.limit()?.unwrap_or(usize::MAX);
        // A metric has one family here, so that any limit per metric holds.
        asked.parameters.number("limit_per_metric")?;
        let families = asked.shared.parts().reader.families();
        let found: BTreeMap<&str, serde_json::Value> = families
            .iter()
            .filter(|family| wanted.is_none_or(|wanted| wanted == family.name))
            .take(limit)
            .map(|family| {
                let entry = document!({ "type": family.kind.as_str(), "help": family.help, "unit": family.unit });
                (&*family.name, document!([entry]))
            })
            .collect();
        Reply::of(&found)
    })
}
