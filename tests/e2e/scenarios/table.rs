//! The published table, as a reader of the page has it.

use std::time::Duration;

/// A scenario by one of its values.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The two digits.
    pub(super) number: String,
    /// `ecc`, `esim` or `carrier`.
    pub(super) api: &'static str,
    /// What the value begins with; an address ends with it.
    pub(super) value: String,
    /// Statuses, or notifications before what the client does.
    pub(super) seen: Vec<String>,
    /// A reason, a kind, a code; empty for none.
    pub(super) said: String,
    /// The events for webhooks; of a carrier order they are not in the table.
    pub(super) events: Vec<String>,
    /// What the client does, and the notifications after it.
    pub(super) then: Option<(String, Vec<String>)>,
    pub(super) least: Duration,
    /// Zero: it stays as it is.
    pub(super) most: Duration,
}

/// All rows; one for each value of a scenario.
pub(super) fn read(page: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let sections = [
        ("ecc", "## Orders on subscriptions"),
        ("esim", "## eSIM orders"),
        ("carrier", "## Carrier orders"),
    ];
    for (api, heading) in sections {
        let (_, section) = page.split_once(heading).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let mut lines = section.lines().filter(|line| line.starts_with('|'));
        let names = cells(lines.next().unwrap());
        for line in lines.skip(1) {
            let cells = cells(line);
            let cell = |name: &str| {
                let at = names.iter().position(|found| found == name);
                at.map_or("", |at| cells[at].trim_matches('`')).to_owned()
            };
            let values =
                names.iter().filter(|name| name.contains("begins") || name.contains("ends"));
            rows.extend(values.map(|name| row(api, &cell(name), &cell)));
        }
    }
    rows
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

fn list(text: &str) -> Vec<String> {
    text.split(", ").filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

fn row(api: &'static str, value: &str, cell: &dyn Fn(&str) -> String) -> Row {
    let seen = match api {
        "carrier" => cell("Notifications"),
        _ => cell("Statuses"),
    };
    let (before, after) = seen.split_once(" + ").unwrap_or((&seen, ""));
    let seconds = cell("Seconds");
    let (least, most) = seconds.split_once(" to ").unwrap_or(("0", "0"));
    let seconds = |text: &str| Duration::from_secs(text.parse().unwrap());
    let then = Some(cell("Then")).filter(|act| !act.is_empty());
    Row {
        number: cell("Scenario"),
        api,
        value: value.to_owned(),
        seen: list(before),
        said: ["Reason", "Said", "Code"].map(cell).concat(),
        events: list(&cell("Events")),
        then: then.map(|act| (act, list(after))),
        least: seconds(least),
        most: seconds(most),
    }
}

/// A row that is not in the table.
pub(super) fn unknown(api: &str, value: &str) -> Row {
    let api = ["ecc", "esim", "carrier"].into_iter().find(|known| *known == api).unwrap();
    row(api, value, &|_| String::new())
}

/// The example of a value: what is free in it is drawn.
pub(super) fn example(row: &Row) -> String {
    let digits = |count: usize| -> String {
        (0..count).map(|_| char::from(b'0' + fastrand::u8(0..10))).collect()
    };
    match row.value.as_str() {
        sim if sim.starts_with("89") => {
            let body = format!("{sim}{}", digits(19 - sim.len()));
            let check = luhn(&body);
            format!("{body}{check}")
        }
        address if address.starts_with('@') => format!("ann{}{address}", digits(8)),
        pon if pon.starts_with("SANDBOX") => format!("{pon}-{}", digits(6)),
        number => format!("{number}{}", digits(9)),
    }
}

/// The check digit of an ICCID (ISO/IEC 7812-1, annex B).
fn luhn(body: &str) -> u32 {
    let doubled = |(n, digit): (usize, u32)| match digit * if n % 2 == 0 { 2 } else { 1 } {
        two @ 10.. => two - 9,
        one => one,
    };
    let digits = body.chars().rev().filter_map(|c| c.to_digit(10)).enumerate();
    (10 - digits.map(doubled).sum::<u32>() % 10) % 10
}
