//! Bars and lines as SVG: two kinds of plot need no library.

use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const LEFT: f64 = 190.0;
const ROW: f64 = 26.0;

/// Horizontal bars on a logarithmic axis: contenders differ by tens.
pub(crate) fn bars(title: &str, unit: &str, values: &[(String, f64)]) -> String {
    let most = values.iter().map(|(_, value)| *value).fold(1.0, f64::max);
    let least = values.iter().map(|(_, value)| *value).fold(most, f64::min).max(1e-3) / 2.0;
    let mut rows = String::new();
    for (n, (name, value)) in values.iter().enumerate() {
        let y = row(n);
        let width = (value / least).ln() / (most / least).ln() * (WIDTH - LEFT - 110.0);
        let _ = write!(
            rows,
            r##"<text x="{:.0}" y="{:.0}" text-anchor="end">{name}</text><rect x="{LEFT}" y="{y:.0}" width="{width:.1}" height="16" fill="#4472a8"/><text x="{:.1}" y="{:.0}">{value:.1} {unit}</text>"##,
            LEFT - 8.0,
            y + 13.0,
            LEFT + width + 6.0,
            y + 13.0,
        );
    }
    document(&format!("{title} (logarithmic)"), row(values.len()) + 10.0, &rows)
}

/// A line for each name over common points, from zero.
pub(crate) fn lines(title: &str, points: &[String], series: &[(String, Vec<f64>)]) -> String {
    const HEIGHT: f64 = 220.0;
    let most = series.iter().flat_map(|(_, values)| values).fold(1.0_f64, |a, b| a.max(*b));
    #[expect(clippy::cast_precision_loss, reason = "there are few points")]
    let x = |n: usize| 60.0 + n as f64 * 440.0 / (points.len().max(2) - 1) as f64;
    let y = |value: f64| 40.0 + HEIGHT - value / most * HEIGHT;
    let mut body = String::new();
    for (n, point) in points.iter().enumerate() {
        let _ = write!(
            body,
            r#"<text x="{:.0}" y="{:.0}" text-anchor="middle">{point}</text>"#,
            x(n),
            HEIGHT + 58.0
        );
    }
    for (n, (name, values)) in series.iter().enumerate() {
        let colour = ["#4472a8", "#b0562a", "#4f8a4b", "#7a5ba8"][n % 4];
        let path: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(n, value)| format!("{:.1},{:.1}", x(n), y(*value)))
            .collect();
        let _ = write!(
            body,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#,
            path.join(" ")
        );
        if let Some(last) = values.last() {
            let _ = write!(
                body,
                r#"<text x="{:.0}" y="{:.0}" fill="{colour}">{name}: {last:.0}</text>"#,
                x(values.len() - 1) + 6.0,
                y(*last) + 4.0,
            );
        }
    }
    document(title, HEIGHT + 75.0, &body)
}

#[expect(clippy::cast_precision_loss, reason = "there are few rows")]
fn row(n: usize) -> f64 {
    40.0 + n as f64 * ROW
}

fn document(title: &str, height: f64, body: &str) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:.0}" height="{height:.0}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/><text x="10" y="22" font-size="14">{title}</text>{body}</svg>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_has_the_longest_bar() {
        let svg = bars("t", "ms", &[("a".to_owned(), 1.0), ("b".to_owned(), 100.0)]);
        let widths: Vec<f64> = svg
            .split(r#"height="16""#)
            .filter_map(|part| part.rsplit_once("width=\"")?.1.trim_end_matches("\" ").parse().ok())
            .collect();
        assert_eq!(widths.len(), 2, "{svg}");
        assert!(widths[1] > widths[0]);
    }
}
