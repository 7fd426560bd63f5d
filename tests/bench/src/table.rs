//! The rows of the table: what was, what must be, what is.

use std::fmt::Write as _;

/// The side of a limit on which a figure must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    AtMost,
    AtLeast,
}

use Side::{AtLeast, AtMost};

/// A figure, or some that belong together.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) figure: &'static str,
    /// Of the code at cf14252, as issue and page have it.
    before: &'static str,
    side: Side,
    must: Vec<f64>,
    stretch: Vec<f64>,
    digits: usize,
    pub(crate) today: Vec<f64>,
}

impl Row {
    /// The limits, for each of the figures or for all of them.
    fn new(
        figure: &'static str,
        before: &'static str,
        side: Side,
        (must, stretch): (&[f64], &[f64]),
        digits: usize,
    ) -> Self {
        let (must, stretch) = (must.to_vec(), stretch.to_vec());
        Self { figure, before, side, must, stretch, digits, today: Vec::new() }
    }

    fn keeps(&self, limits: &[f64]) -> bool {
        let limit = |n: usize| limits.get(n).or(limits.last()).copied().unwrap_or(f64::NAN);
        let keeps = |(n, today): (usize, &f64)| match self.side {
            AtMost => *today <= limit(n),
            AtLeast => *today >= limit(n),
        };
        self.today.iter().enumerate().all(keeps)
    }

    fn verdict(&self) -> &'static str {
        match () {
            () if self.today.is_empty() => "not measured",
            () if self.keeps(&self.stretch) => "**stretch**",
            () if self.keeps(&self.must) => "pass",
            () => "**miss**",
        }
    }

    fn line(&self) -> String {
        let sign = if self.side == AtMost { "≤" } else { "≥" };
        let limits = |limits: &[f64]| {
            let limits: Vec<_> = limits.iter().map(|limit| format!("{sign} {limit}")).collect();
            limits.join("; ")
        };
        let today: Vec<_> =
            self.today.iter().map(|value| format!("{value:.*}", self.digits)).collect();
        let today = if today.is_empty() { "–".to_owned() } else { today.join("; ") };
        format!(
            "| {} | {} | {} | {} | {today} | {} |",
            self.figure,
            self.before,
            limits(&self.must),
            limits(&self.stretch),
            self.verdict(),
        )
    }
}

/// The names of the rows.
pub(crate) mod figure {
    pub(crate) const CREATE_UNITS: &str = "write units, ECC create with number: POST; whole order";
    pub(crate) const CHANGE_UNITS: &str = "write units, ECC change: POST; whole order";
    pub(crate) const UNREAD_FEED: &str = "of these, publishing to a feed that nobody reads";
    pub(crate) const MORE_UNITS: &str =
        "write units more for one webhook endpoint; for a feed that is read";
    pub(crate) const CALLS: &str =
        "calls to the table, ECC change with its worker: nobody told; one endpoint";
    pub(crate) const READ_UNITS: &str = "read units of the same";
    pub(crate) const REFUSED: &str =
        "refused conditional writes of an order on an idle system: nobody told; one endpoint";
    pub(crate) const DOLLARS: &str =
        "$ a million ECC orders (1 POST, 2 GET, worker): nobody told; one webhook endpoint";
    pub(crate) const THROUGHPUT: &str =
        "orders a second, POST to COMPLETED, local cloud optimised, 16 callers";
    pub(crate) const STORED: &str = "the same with 100,000 orders stored, slower by %";
    pub(crate) const DELIVERY: &str =
        "a healthy endpoint, 100 orders at once: ms until a message is delivered, p50; max";
    pub(crate) const COLD: &str =
        "cold CPU over TLS / empty handler: ECC read; ECC change; carrier create";
    pub(crate) const COLD_NODE: &str = "cold CPU, Node / ours: the same";
    pub(crate) const COLD_PYTHON: &str = "cold CPU, Python / ours: the same";
    pub(crate) const WARM_NODE: &str = "warm CPU, Node / ours: the same";
    pub(crate) const WARM_PYTHON: &str = "warm CPU, Python / ours: the same";
    pub(crate) const WARM_FLOOR: &str = "warm CPU / (empty handler + the bare SDK calls): the same";
    pub(crate) const P99_NODE: &str = "p99, Node / ours: the same";
    pub(crate) const P99_PYTHON: &str = "p99, Python / ours: the same";
    pub(crate) const MEMORY: &str = "peak memory, MB; largest function, MB";
    pub(crate) const LOG: &str = "log bytes a call: the same three";
}

/// Every row, without today's figures.
pub(crate) fn rows() -> Vec<Row> {
    use figure as f;
    let mut rows = vec![
        Row::new(f::CREATE_UNITS, "10; 30", AtMost, (&[8.0, 15.0], &[8.0, 12.0]), 0),
        Row::new(f::CHANGE_UNITS, "5; 25", AtMost, (&[5.0, 12.0], &[5.0, 9.0]), 0),
        Row::new(f::UNREAD_FEED, "13", AtMost, (&[0.0], &[0.0]), 0),
        Row::new(f::MORE_UNITS, "14; 13", AtMost, (&[8.0, 6.0], &[5.0, 4.0]), 0),
        Row::new(f::CALLS, "16; 34", AtMost, (&[8.0, 16.0], &[7.0, 12.0]), 0),
        Row::new(f::READ_UNITS, "10; 18", AtMost, (&[5.0, 9.0], &[4.0, 6.0]), 0),
        Row::new(f::REFUSED, "1; 3", AtMost, (&[0.0], &[0.0]), 0),
        Row::new(f::DOLLARS, "not counted", AtMost, (&[12.0, 15.0], &[10.0, 13.0]), 2),
        Row::new(f::THROUGHPUT, "95 to 129", AtLeast, (&[250.0], &[400.0]), 0),
        Row::new(f::STORED, "not measured", AtMost, (&[5.0], &[2.0]), 1),
        Row::new(f::DELIVERY, "1060; 4070", AtMost, (&[300.0, 1500.0], &[100.0, 800.0]), 0),
    ];
    rows.extend(of_functions());
    rows
}

fn of_functions() -> Vec<Row> {
    use figure as f;
    vec![
        Row::new(f::COLD, "3.5; –; 3.3", AtMost, (&[3.5], &[2.5]), 1),
        Row::new(f::COLD_NODE, "26 to 28", AtLeast, (&[30.0], &[40.0]), 1),
        Row::new(f::COLD_PYTHON, "38 to 46", AtLeast, (&[45.0], &[60.0]), 1),
        Row::new(f::WARM_NODE, "7.0; –; 4.0", AtLeast, (&[7.0], &[9.0]), 1),
        Row::new(f::WARM_PYTHON, "5.7; –; 4.0", AtLeast, (&[6.0], &[8.0]), 1),
        Row::new(f::WARM_FLOOR, "about 1.8 to 2.4", AtMost, (&[1.6], &[1.3]), 2),
        Row::new(f::P99_NODE, "not measured", AtLeast, (&[4.0], &[8.0]), 1),
        Row::new(f::P99_PYTHON, "not measured", AtLeast, (&[2.5], &[5.0]), 1),
        Row::new(f::MEMORY, "10.6; 10.6", AtMost, (&[11.0, 10.0], &[9.0, 8.0]), 1),
        Row::new(f::LOG, "not measured", AtMost, (&[700.0], &[500.0]), 0),
    ]
}

/// The table as Markdown.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text =
        "| Figure | before | must | stretch | today | |\n|---|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let _ = writeln!(text, "{}", row.line());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_passes_on_the_right_side_of_all_its_limits() {
        let mut row = Row::new("", "", AtMost, (&[8.0, 15.0], &[8.0, 12.0]), 0);
        assert_eq!(row.verdict(), "not measured");
        for (today, verdict) in
            [([8.0, 12.0], "**stretch**"), ([8.0, 15.0], "pass"), ([9.0, 12.0], "**miss**")]
        {
            row.today = today.to_vec();
            assert_eq!(row.verdict(), verdict);
        }
        let mut row = Row::new("", "", AtLeast, (&[7.0], &[9.0]), 1);
        row.today = vec![7.0, 9.5];
        assert_eq!(row.verdict(), "pass");
        row.today = vec![9.0, 6.9];
        assert_eq!(row.line(), "|  |  | ≥ 7 | ≥ 9 | 9.0; 6.9 | **miss** |");
    }
}
