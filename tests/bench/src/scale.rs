//! Which key, queue or quota is used up first when the load grows: recorded orders, replayed against
//! published limits. `infra/docs/scaling.md` explains the tables that this prints.

mod access;
mod limits;
mod simulate;

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::Result;

use crate::orders::{Operation, Recorded, Told, record};
use access::{Access, Reader};
use limits::Limits;
use simulate::{Load, Use, uses};

/// An order, as the simulation needs it.
pub(crate) struct Order {
    accesses: Vec<Access>,
    /// Invocations of each function; of the relay, records.
    invocations: BTreeMap<String, f64>,
    api_seconds: f64,
    table_millis_of_message: f64,
}

impl Order {
    #[expect(clippy::cast_precision_loss, reason = "there are few invocations")]
    fn new(recorded: &Recorded, limits: &Limits) -> Self {
        let mut reader = Reader::default();
        reader.accesses(&recorded.before);
        let accesses = reader.accesses(recorded.all());
        let counts = recorded.invocations.iter().map(|(name, count)| (name.clone(), *count as f64));
        let invocations: BTreeMap<String, f64> = counts.collect();
        let requests: f64 =
            invocations.iter().filter(|(name, _)| name.ends_with("-api")).map(|(_, n)| n).sum();
        let messages: f64 = invocations.values().sum::<f64>() - requests;
        let api = recorded.call.iter().chain(&recorded.readings);
        let api_seconds = simulate::table_millis(api, limits) / requests.max(1.0) / 1e3;
        let rest = simulate::table_millis(recorded.rest.iter(), limits);
        Self {
            accesses,
            invocations,
            api_seconds,
            table_millis_of_message: rest / messages.max(1.0),
        }
    }
}

/// The loads of the tables.
const LOADS: [(f64, u64); 9] = [
    (100.0, 1),
    (100.0, 10),
    (100.0, 1_000),
    (1_000.0, 1),
    (1_000.0, 10),
    (1_000.0, 1_000),
    (10_000.0, 1),
    (10_000.0, 10),
    (10_000.0, 1_000),
];

/// What must hold without a hot key: name, who is told, load. A delivery of each of two statuses
/// makes 100 deliveries a second of 50 orders.
const GOALS: [(&str, Told, f64, u64); 3] = [
    ("2,000 orders a second over 100 tenants", Told::Nobody, 2_000.0, 100),
    ("300 of one tenant, feed in use", Told::Feed, 300.0, 1),
    ("100 deliveries a second of one endpoint", Told::Endpoints(1), 50.0, 1),
];

/// The tables, as Markdown.
///
/// # Errors
/// An order is refused, or the limits cannot be read.
pub(crate) async fn report() -> Result<String> {
    let limits = Limits::read()?;
    let mut text = String::new();
    for told in [Told::Nobody, Told::Feed, Told::Endpoints(1)] {
        let order = Order::new(&record(Operation::Create, told, 0).await?, &limits);
        writeln!(text, "### Creates, told: {}\n", told.name())?;
        writeln!(text, "Units of an order by key (the same class in one line):\n")?;
        text.push_str(&units(&order));
        writeln!(
            text,
            "\n| orders/s, tenants | first of the design | used (worst second) | at orders/s | first of quotas and settings | used | at orders/s |"
        )?;
        writeln!(text, "|---|---|---|---|---|---|---|")?;
        for (rate, tenants) in LOADS {
            writeln!(text, "{}", line(&order, &limits, Load { rate, tenants }))?;
        }
        text.push('\n');
    }
    writeln!(
        text,
        "### Goals\n\n| Load | hottest | used (worst second) | at orders/s | |\n|---|---|---|---|---|"
    )?;
    for (name, told, rate, tenants) in GOALS {
        let order = Order::new(&record(Operation::Create, told, 0).await?, &limits);
        let all = uses(&order, &limits, Load { rate, tenants });
        let hottest = all.iter().filter(|it| !it.is_setting).take(3);
        let to_raise = all.iter().filter(|it| it.is_setting && it.mean > 1.0);
        for hot in hottest.chain(to_raise) {
            let holds = match hot.is_setting {
                true => "to be set or raised",
                false if hot.worst < 1.0 => "holds",
                false => "hot",
            };
            let (mean, worst) = (hot.mean * 100.0, hot.worst * 100.0);
            let at = rate / hot.mean;
            writeln!(
                text,
                "| {name} | {} | {mean:.0} % ({worst:.0} %) | {at:.0} | {holds} |",
                hot.what
            )?;
        }
    }
    Ok(text)
}

fn line(order: &Order, limits: &Limits, load: Load) -> String {
    let all = uses(order, limits, load);
    let first = |is_setting: bool| all.iter().find(|it| it.is_setting == is_setting);
    let cell = |found: Option<&Use>, worst: bool| match found {
        None => "| | |".to_owned(),
        Some(Use { what, mean, worst: most, .. }) => {
            let used = if worst {
                format!("{:.0} % ({:.0} %)", mean * 100.0, most * 100.0)
            } else {
                format!("{:.0} %", mean * 100.0)
            };
            format!("| {what} | {used} | {:.0} ", load.rate / mean)
        }
    };
    let (design, quota) = (cell(first(false), true), cell(first(true), false));
    format!("| {}, {} {design}{quota}|", load.rate, load.tenants)
}

fn units(order: &Order) -> String {
    let mut classes: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for access in &order.accesses {
        let head = access.key.split('#').next().unwrap_or_default();
        let tail = ["#HEALTH", "#SLOT"].iter().find(|tail| access.key.contains(*tail));
        let place = if access.index.is_empty() { "table" } else { &access.index };
        let name = format!("{place}, `{head}#…{}`", tail.unwrap_or(&""));
        let sums = classes.entry(name).or_default();
        sums.0 += access.writes;
        sums.1 += access.reads;
    }
    let mut text = "| key | write units | read units |\n|---|---|---|\n".to_owned();
    for (name, (writes, reads)) in classes {
        text.push_str(&format!("| {name} | {writes} | {reads} |\n"));
    }
    text
}
