//! Series drawn with characters: a line of blocks for each, or one chart of dots for all.

use autobot_model::Timestamp;
use autobot_query::RangeSeries;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const SPARKS: usize = 30;
const ROWS: usize = 12;
/// Columns of the scale beside a chart.
const SCALE: usize = 10;
/// Where nobody says how wide the terminal is.
const WIDTH: u32 = 80;

/// Columns of a chart: what the terminal (`COLUMNS`, else its own size) leaves beside the scale.
pub(super) fn width() -> u32 {
    let said = std::env::var("COLUMNS").ok().and_then(|text| text.parse::<u32>().ok());
    let own = || console::Term::stdout().size_checked().map(|(_, columns)| u32::from(columns));
    let columns = said.or_else(own).filter(|columns| *columns > 0).unwrap_or(WIDTH);
    columns.saturating_sub(SCALE as u32 + 1).clamp(20, 400)
}

/// A number as short as it may be read: four digits, and a letter for thousands.
pub(super) fn short(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return autobot_query::json::number_text(value);
    }
    let (mut scaled, mut unit) = (value, "");
    for larger in ["k", "M", "G", "T", "P"] {
        if scaled.abs() < 10_000.0 {
            break;
        }
        (scaled, unit) = (scaled / 1_000.0, larger);
    }
    if scaled.abs() < 0.001 || scaled.abs() >= 10_000.0 {
        return format!("{value:.2e}");
    }
    let digits = match scaled.abs() {
        size if size >= 1_000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        _ => 3,
    };
    let text = format!("{scaled:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{unit}")
}

/// The means of a series in `cells` stretches of the time; `None` where it has no value.
fn means(series: &RangeSeries, start: Timestamp, end: Timestamp, cells: usize) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0_u32); cells];
    let whole = (end.0 - start.0).max(1) as f64;
    for (time, value) in series.times.iter().zip(&series.values).filter(|(_, value)| value.is_finite()) {
        let at = ((time.0 - start.0) as f64 / whole * cells as f64) as usize;
        if let Some((sum, count)) = sums.get_mut(at.min(cells - 1)) {
            *sum += value;
            *count += 1;
        }
    }
    sums.into_iter().map(|(sum, count)| (count > 0).then(|| sum / f64::from(count))).collect()
}

fn bounds(cells: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    cells.fold(None, |bounds, value| {
        let (least, most) = bounds.unwrap_or((value, value));
        Some((value.min(least), value.max(most)))
    })
}

/// A line of blocks, from the series' least value to its greatest; a space where it has none.
pub(super) fn sparkline(series: &RangeSeries, start: Timestamp, end: Timestamp) -> String {
    let cells = means(series, start, end, SPARKS.min(series.times.len().max(1)));
    let Some((least, most)) = bounds(cells.iter().flatten().copied()) else { return String::new() };
    let block = |value: f64| {
        let height = if most > least { (value - least) / (most - least) * 7.0 } else { 0.0 };
        BLOCKS[(height.round() as usize).min(7)]
    };
    cells.into_iter().map(|cell| cell.map_or(' ', block)).collect()
}

/// All series in one chart of dots (two columns and four rows of them in each character), with a scale and the names below.
pub(super) fn draw(series: &[RangeSeries], start: Timestamp, end: Timestamp) -> String {
    let columns = width() as usize;
    let drawn: Vec<Vec<Option<f64>>> = series.iter().map(|series| means(series, start, end, columns * 2)).collect();
    let Some((least, most)) = bounds(drawn.iter().flatten().flatten().copied()) else {
        return "no series has a finite value there".to_owned();
    };
    let (least, most) = if most > least { (least, most) } else { (least - 1.0, most + 1.0) };
    let mut dots = vec![vec![0_u8; columns]; ROWS];
    for cells in &drawn {
        for (x, value) in cells.iter().enumerate().filter_map(|(x, value)| Some((x, (*value)?))) {
            let height = ((value - least) / (most - least) * (ROWS * 4 - 1) as f64).round() as usize;
            let y = ROWS * 4 - 1 - height.min(ROWS * 4 - 1);
            // The order of Braille's dots: columns of three, then the fourth row.
            let bit = [[0_u8, 1, 2, 6], [3, 4, 5, 7]][x % 2][y % 4];
            dots[y / 4][x / 2] |= 1 << bit;
        }
    }
    let mut out = String::new();
    for (row, line) in dots.iter().enumerate() {
        let label = match row {
            0 => short(most),
            row if row == ROWS - 1 => short(least),
            row if row == ROWS / 2 => short(least + (most - least) * (ROWS - 1 - row) as f64 / (ROWS - 1) as f64),
            _ => String::new(),
        };
        let dots = line.iter().map(|dots| char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' '));
        let line: String = dots.map(|dot| if dot == '\u{2800}' { ' ' } else { dot }).collect();
        out.push_str(&format!("{label:>SCALE$} {}\n", line.trim_end()));
    }
    let times = [start, end].map(autobot_query::json::rfc3339_text);
    out.push_str(&format!(
        "{:SCALE$} {}{:>rest$}\n",
        "",
        times[0],
        times[1],
        rest = columns.saturating_sub(times[0].len())
    ));
    for series in series {
        let last = series.values.last().map_or_else(|| "-".to_owned(), |value| short(*value));
        let name = series.name.as_deref().unwrap_or_default();
        out.push_str(&format!("{last:>SCALE$} {name}{}\n", series.labels));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use autobot_model::Labels;
    use expect_test::expect;

    fn wave(periods: f64) -> RangeSeries {
        let times: Vec<Timestamp> = (0..=60).map(|minute| Timestamp(minute * 60_000)).collect();
        let values = (0..=60).map(|minute| (f64::from(minute) / 60.0 * periods * std::f64::consts::TAU).sin() * 5.0);
        RangeSeries { name: Some("wave".into()), labels: Labels::default(), times, values: values.collect() }
    }

    #[test]
    fn numbers_are_short() {
        let shown: Vec<_> =
            [0.0, 1.0, 0.12345, 12.5, 9_999.0, 12_345.0, -3.2e9, 1e-9, f64::INFINITY, f64::NAN].map(short).into();
        assert_eq!(shown, ["0", "1", "0.123", "12.5", "9999", "12.35k", "-3200M", "1.00e-9", "+Inf", "NaN"]);
    }

    #[test]
    fn a_sparkline_goes_from_the_least_to_the_greatest_value() {
        expect!["▅▅▆▇▇█████▇▇▆▆▅▄▄▃▂▂▁▁▁▁▁▂▂▃▃▄"].assert_eq(&sparkline(&wave(1.0), Timestamp(0), Timestamp(3_600_000)));
        let mut gap = wave(1.0);
        gap.times.drain(10..30);
        gap.values.drain(10..30);
        assert!(sparkline(&gap, Timestamp(0), Timestamp(3_600_000)).contains("   "));
        let empty = RangeSeries { times: vec![], values: vec![], ..wave(1.0) };
        assert_eq!(sparkline(&empty, Timestamp(0), Timestamp(1)), "");
    }
}
