//! Prometheus' HTTP API, so that Grafana and `promtool` work against this host as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use autobot_model::{Matcher, TimeRange, Timestamp};
use autobot_query::{ErrorKind, ExprKind, QueryError, json, parse};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json as document};

use crate::Shared;

/// Parameters of a request in their order; some may stand more than once (`match[]`).
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(text: &str) -> Result<Self, QueryError> {
        let pairs =
            serde_urlencoded::from_str(text).map_err(|error| bad(format!("the parameters cannot be read: {error}")))?;
        Ok(Self(pairs))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &str) -> Result<&str, QueryError> {
        self.get(name).ok_or_else(|| bad(format!("the parameter `{name}` is missing")))
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>, QueryError> {
        self.get(name).map(|text| json::time(name, text)).transpose()
    }

    /// `start` and `end`; all of time when they are left out.
    fn range(&self) -> Result<TimeRange, QueryError> {
        Ok(TimeRange {
            start: self.time("start")?.unwrap_or(Timestamp::MIN),
            end: self.time("end")?.unwrap_or(Timestamp::MAX),
        })
    }

    /// The selections of `match[]`.
    fn selections(&self) -> Result<Vec<Vec<Matcher>>, QueryError> {
        let texts = self.0.iter().filter(|(name, _)| name == "match[]").map(|(_, text)| text);
        texts
            .map(|text| match parse(text)?.kind {
                ExprKind::Selector(selector) if selector.range.is_none() => Ok(selector.matchers),
                _ => Err(bad(format!("`match[]={text}` is no selector of series"))),
            })
            .collect()
    }
}

fn bad(message: String) -> QueryError {
    QueryError { kind: ErrorKind::BadData, message }
}

/// Evaluates on a blocking thread, a few at a time.
async fn answer(shared: Shared, text: String, work: fn(&Shared, &Parameters) -> Result<Value, QueryError>) -> Response {
    // The semaphore is never closed; a permit that cannot be had would only mean less restraint.
    let permit = shared.queries().acquire().await.ok();
    let worker = shared.clone();
    let result = tokio::task::spawn_blocking(move || work(&worker, &Parameters::parse(&text)?)).await;
    drop(permit);
    let result = result.unwrap_or_else(|error| {
        tracing::error!(%error, "a query panicked");
        Err(QueryError {
            kind: ErrorKind::Internal,
            message: "the query failed within the host; its log says why".to_owned(),
        })
    });
    match result {
        Ok(document) => Json(document).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(json::failure(&error))).into_response()
        }
    }
}

/// One end point, by GET (`$get`) and by POST with a form (`$post`).
macro_rules! end_point {
    ($get:ident, $post:ident, $work:expr) => {
        pub(crate) async fn $get(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
            answer(shared, query.unwrap_or_default(), $work).await
        }

        pub(crate) async fn $post(State(shared): State<Shared>, RawQuery(query): RawQuery, body: Bytes) -> Response {
            let form = String::from_utf8_lossy(&body);
            answer(shared, format!("{form}&{}", query.unwrap_or_default()), $work).await
        }
    };
}

end_point!(query, query_form, |shared, parameters| {
    let expr = parse(parameters.required("query")?)?;
    let at = parameters.time("time")?.unwrap_or_else(|| shared.now());
    let answer = shared.parts().engine.instant_answer(&*shared.parts().reader, &expr, at)?;
    Ok(json::answer(&answer, at))
});

end_point!(query_range, query_range_form, |shared, parameters| {
    let expr = parse(parameters.required("query")?)?;
    let start = json::time("start", parameters.required("start")?)?;
    let end = json::time("end", parameters.required("end")?)?;
    let step: Duration = json::duration("step", parameters.required("step")?)?;
    let answer = shared.parts().engine.range_answer(&*shared.parts().reader, &expr, start, end, step)?;
    Ok(json::range_answer(&answer))
});

end_point!(series, series_form, |shared, parameters| {
    let selections = parameters.selections()?;
    if selections.is_empty() {
        return Err(bad("the parameter `match[]` is missing".to_owned()));
    }
    let range = parameters.range()?;
    let mut found = BTreeMap::new();
    for matchers in selections {
        for key in shared.parts().reader.series(&matchers, range)? {
            let shown = json::metric(Some(&key.name), &key.labels);
            found.insert(key, shown);
        }
    }
    Ok(json::success(found.into_values().collect()))
});

end_point!(labels, labels_form, |shared, parameters| {
    let mut names = BTreeSet::new();
    each_series(shared, parameters, |key| {
        names.insert("__name__".to_owned());
        names.extend(key.labels.iter().map(|(name, _)| name.to_owned()));
    })?;
    Ok(json::success(names.into_iter().collect()))
});

/// The values of one label.
pub(crate) async fn label_values(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    // The name travels as one parameter more, so that the work is a plain function.
    let name = serde_urlencoded::to_string([("label", name)]).unwrap_or_default();
    answer(shared, format!("{name}&{}", query.unwrap_or_default()), |shared, parameters| {
        let label = parameters.required("label")?.to_owned();
        let mut values = BTreeSet::new();
        each_series(shared, parameters, |key| {
            let value = key.label(&label);
            if !value.is_empty() {
                values.insert(value.to_owned());
            }
        })?;
        Ok(json::success(values.into_iter().collect()))
    })
    .await
}

fn each_series(
    shared: &Shared,
    parameters: &Parameters,
    mut with: impl FnMut(&autobot_model::SeriesKey),
) -> Result<(), QueryError> {
    let mut selections = parameters.selections()?;
    if selections.is_empty() {
        selections.push(Vec::new());
    }
    let range = parameters.range()?;
    for matchers in selections {
        shared.parts().reader.series(&matchers, range)?.iter().for_each(|key| with(key));
    }
    Ok(())
}

/// Families by name: kind, help and unit.
pub(crate) async fn metadata(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    answer(shared, query.unwrap_or_default(), |shared, parameters| {
        let wanted = parameters.get("metric");
        let families = shared.parts().reader.families();
        let found: serde_json::Map<String, Value> = families
            .iter()
            .filter(|family| wanted.is_none_or(|wanted| wanted == family.name))
            .map(|family| {
                (
                    family.name.clone(),
                    document!([{ "type": family.kind.as_str(), "help": family.help, "unit": family.unit }]),
                )
            })
            .collect();
        Ok(json::success(Value::Object(found)))
    })
    .await
}
