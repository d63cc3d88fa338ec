//! How cost grows with the number of series, as SVG: four small charts, both axes logarithmic.
//!
//! No background and colours of middle lightness, so that the picture reads on a light page and on a dark one.

use std::fmt::Write as _;

use crate::report::{BYTES, Figures, RESIDENT, Store, TICK};

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 220.0;
/// Room for the numbers beside a chart, its title, the last number, the numbers below.
const LEFT: f64 = 52.0;
const TOP: f64 = 38.0;
const RIGHT: f64 = 20.0;
const BOTTOM: f64 = 34.0;
const INK: &str = "#7d8590";
const LINES: [(Store, &str, &str); 3] = [
    (Store::Ours, "AutoBot host", "#3b82f6"),
    (Store::Prometheus, "Prometheus", "#e5732f"),
    (Store::Victoria, "VictoriaMetrics", "#8b5cf6"),
];

/// The sets named `growth N`.
pub(crate) fn growth(figures: &Figures) -> String {
    let width = 2.0 * WIDTH;
    let height = 2.0 * HEIGHT + 30.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\" fill=\"{INK}\" role=\"img\" aria-label=\"Cost of three stores by number of series\">\n"
    );
    for (at, (_, name, colour)) in LINES.iter().enumerate() {
        let x = LEFT + at as f64 * 150.0;
        let _ = writeln!(
            out,
            "<line x1=\"{x}\" y1=\"14\" x2=\"{}\" y2=\"14\" stroke=\"{colour}\" stroke-width=\"2.5\"/><text x=\"{}\" y=\"18\">{name}</text>",
            x + 20.0,
            x + 26.0
        );
    }
    let charts = [
        ("Bytes a sample on disk", BYTES),
        ("A tick until acknowledged, ms", TICK),
        ("Resident memory, MiB", RESIDENT),
        ("sum(rate) of one metric, ms", "Q2 sum(rate) of 46, ms"),
    ];
    for (at, (title, what)) in charts.into_iter().enumerate() {
        let (x, y) = ((at % 2) as f64 * WIDTH, 30.0 + (at / 2) as f64 * HEIGHT);
        let _ = writeln!(out, "<g transform=\"translate({x} {y})\">{}</g>", chart(figures, title, what));
    }
    out.push_str("</svg>\n");
    out
}

fn chart(figures: &Figures, title: &str, what: &str) -> String {
    let points = |store: Store| -> Vec<(f64, f64)> {
        let one = |figure: &crate::report::Figure| {
            let series = figure.set.strip_prefix("growth ")?.parse::<f64>().ok()?;
            (figure.store == store && figure.what == what).then_some((series, figure.value?.max(1e-3)))
        };
        figures.0.iter().filter_map(one).collect()
    };
    let all: Vec<(f64, f64)> = LINES.iter().flat_map(|(store, ..)| points(*store)).collect();
    let bounds = |of: fn(&(f64, f64)) -> f64| {
        let logs = all.iter().map(|point| of(point).log10());
        let (low, high) =
            logs.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), log| (low.min(log), high.max(log)));
        (low, high.max(low + 1e-9))
    };
    let mut out = format!("<text x=\"{LEFT}\" y=\"24\" font-weight=\"600\">{title}</text>");
    if all.is_empty() {
        return out;
    }
    let ((left, right), (low, high)) = (bounds(|point| point.0), bounds(|point| point.1));
    // Whole decades would leave most of a chart empty; half of one is kept around.
    let (low, high) = (low - 0.15, high + 0.15);
    let x = |value: f64| LEFT + (value.log10() - left) / (right - left) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| TOP + (high - value.log10()) / (high - low) * (HEIGHT - TOP - BOTTOM);
    for mark in marks(low, high) {
        let at = y(mark);
        let _ = write!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"{INK}\" stroke-opacity=\"0.25\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{mark}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0
        );
    }
    let mut widths: Vec<f64> = all.iter().map(|point| point.0).collect();
    widths.sort_by(f64::total_cmp);
    widths.dedup();
    for series in widths {
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{series}</text>",
            x(series),
            HEIGHT - BOTTOM + 18.0
        );
    }
    for (store, _, colour) in LINES {
        let points = points(store);
        let path: Vec<String> = points.iter().map(|(a, b)| format!("{:.1},{:.1}", x(*a), y(*b))).collect();
        let _ = write!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>",
            path.join(" ")
        );
        for (series, value) in points {
            let _ = write!(out, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"{colour}\"/>", x(series), y(value));
        }
    }
    out
}

/// 1, 2 and 5 of each decade between two logarithms; of a wide range 1 alone.
fn marks(low: f64, high: f64) -> Vec<f64> {
    let of_decade: &[f64] = if high - low > 2.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let decades = low.floor() as i32..=high.ceil() as i32;
    let all = decades.flat_map(|decade| of_decade.iter().map(move |mark| mark * 10_f64.powi(decade)));
    let rounded = |mark: f64| (mark * 1e6).round() / 1e6;
    all.map(rounded).filter(|mark| (low..=high).contains(&mark.log10())).collect()
}
