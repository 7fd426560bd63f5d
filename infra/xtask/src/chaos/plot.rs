//! Lines in an SVG, as text: a page shows it, and a change of it can be read.

use std::fmt::Write as _;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 400.0;
/// Room for numbers and names at each edge.
const EDGE: f64 = 60.0;
/// Told apart also by those who see few colours.
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];
const STEPS: u32 = 5;

/// One line.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// A plot of lines over the same axes, which begin at zero.
pub(super) struct Plot {
    pub(super) title: String,
    pub(super) across: String,
    pub(super) up: String,
    pub(super) lines: Vec<Line>,
    /// A part of the horizontal axis.
    pub(super) shaded: Option<(f64, f64)>,
}

impl Plot {
    /// The whole document.
    pub(super) fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let last = points().map(|point| point.0).fold(1.0, f64::max);
        let most = points().map(|point| point.1).fold(1.0, f64::max);
        let x = |value: f64| EDGE + value / last * (WIDTH - 2.0 * EDGE);
        let y = |value: f64| HEIGHT - EDGE - value / most * (HEIGHT - 2.0 * EDGE);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
        );
        if let Some((from, to)) = self.shaded {
            let (left, width, height) = (x(from), x(to) - x(from), HEIGHT - 2.0 * EDGE);
            let _ = writeln!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{EDGE}\" width=\"{width:.1}\" height=\"{height}\" \
                 fill=\"#dddddd\"/>"
            );
        }
        for step in 0..=STEPS {
            let part = f64::from(step) / f64::from(STEPS);
            svg += &text(x(part * last), HEIGHT - EDGE + 18.0, "middle", &rounded(part * last));
            svg += &text(EDGE - 8.0, y(part * most) + 4.0, "end", &rounded(part * most));
        }
        svg += &text(WIDTH / 2.0, 24.0, "middle", &self.title);
        svg += &text(WIDTH / 2.0, HEIGHT - 16.0, "middle", &self.across);
        svg += &text(EDGE, EDGE - 12.0, "middle", &self.up);
        let (right, bottom) = (WIDTH - EDGE, HEIGHT - EDGE);
        let _ = writeln!(
            svg,
            "<path d=\"M{EDGE} {EDGE}V{bottom}H{right}\" fill=\"none\" stroke=\"black\"/>"
        );
        for (n, (line, colour)) in self.lines.iter().zip(COLOURS).enumerate() {
            let path =
                line.points.iter().map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1)));
            let path: Vec<String> = path.collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                path.join(" ")
            );
            let below = EDGE + 16.0 * f64::from(u32::try_from(n).unwrap_or_default());
            let name = text(WIDTH - EDGE - 8.0, below, "end", &line.name);
            svg += &name.replace("<text", &format!("<text fill=\"{colour}\""));
        }
        svg + "</svg>\n"
    }
}

fn rounded(value: f64) -> String {
    if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>\n")
}
