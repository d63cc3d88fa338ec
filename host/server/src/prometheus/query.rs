//! Evaluating expressions.

use std::time::{Duration, Instant};

use autobot_model::Timestamp;
use autobot_query::{Answer, Engine, QueryError, Value, json, parse};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::end_point;
use super::reply::{Asked, LONGEST_ANSWER, Reply, evaluated, posted, truncate};
use crate::Shared;

end_point!(query, query_form, "/api/v1/query", "Evaluates an expression at one moment.", |asked| {
    let parameters = &asked.parameters;
    let expr = parse(parameters.required("query")?)?;
    let at = parameters.time("time")?.unwrap_or_else(|| asked.shared.now());
    let limit = parameters.limit()?;
    let engine = engine(asked)?;
    let began = Instant::now();
    let answer = engine.instant_answer(&*asked.shared.parts().reader, &expr, at)?;
    finished(asked, answer, at, limit, began)
});

end_point!(
    query_range,
    query_range_form,
    "/api/v1/query_range",
    "Evaluates an expression over a range of time.",
    |asked| {
        let parameters = &asked.parameters;
        let expr = parse(parameters.required("query")?)?;
        let start = json::time("start", parameters.required("start")?)?;
        let end = json::time("end", parameters.required("end")?)?;
        let step = json::duration("step", parameters.required("step")?)?;
        let limit = parameters.limit()?;
        let engine = engine(asked)?;
        let began = Instant::now();
        let Answer { value, warnings, infos } =
            engine.range_answer(&*asked.shared.parts().reader, &expr, start, end, step)?;
        finished(asked, Answer { value: Value::Matrix(value), warnings, infos }, end, limit, began)
    }
);

end_point!(exemplars, exemplars_form, "/api/v1/query_exemplars", "Exemplars: this host keeps none.", |asked| {
    parse(asked.parameters.required("query")?)?;
    asked.parameters.range()?;
    Reply::of(&[(); 0])
});

/// The engine within what this request allows it; never more than the host does.
fn engine(asked: &Asked<'_>) -> Result<Engine, QueryError> {
    let mut engine = Engine::clone(&asked.shared.parts().engine);
    if let Some(timeout) = asked.parameters.duration("timeout")? {
        engine.limits.time = engine.limits.time.min(timeout);
    }
    if let Some(lookback) = asked.parameters.duration("lookback_delta")? {
        engine.limits.lookback = lookback;
    }
    Ok(engine)
}

fn finished(
    asked: &Asked<'_>,
    answer: Answer<Value>,
    at: Timestamp,
    limit: Option<usize>,
    began: Instant,
) -> Result<Reply, QueryError> {
    let evaluated = began.elapsed();
    let Answer { mut value, warnings, infos } = answer;
    let warning = match &mut value {
        Value::Vector(samples) => truncate(samples, limit),
        Value::Matrix(series) => truncate(series, limit),
        Value::Scalar(_) | Value::Text(_) => None,
    };
    let reply = Reply::writing(|out| {
        out.push(b'{');
        json::result_into(out, &value, at, LONGEST_ANSWER)?;
        if asked.parameters.get("stats").is_some() {
            stats_into(out, asked.queued, evaluated);
        }
        out.push(b'}');
        Ok(())
    })?;
    Ok(reply.noted(warnings, infos).warning(warning))
}

/// What Prometheus tells under `timings`, as far as it has a meaning here; seconds.
fn stats_into(out: &mut Vec<u8>, queued: Duration, evaluated: Duration) {
    let [queued, evaluated] = [queued, evaluated].map(|duration| duration.as_secs_f64());
    let text = format!(
        ",\"stats\":{{\"timings\":{{\"evalTotalTime\":{evaluated},\"execQueueTime\":{queued},\"execTotalTime\":{}}}}}",
        evaluated + queued
    );
    out.extend_from_slice(text.as_bytes());
}
