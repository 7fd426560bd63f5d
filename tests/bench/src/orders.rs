//! Whole orders, recorded: every call of the table with its keys and units, and how often each
//! function was invoked. As the budget of `tests/process/budget.rs`: a warm system with nothing
//! else to do, where each status change is delivered before the worker goes on.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use domain::identity::Role;
use harness::{Call, Credentials, TestApp};
use serde_json::json;
use testkit::{Exchange, numbers};
use time::Duration;

/// Who is told of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Nobody,
    /// So many webhook endpoints.
    Endpoints(u64),
    /// Readers of the tenant's feed.
    Feed,
}

impl Told {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Nobody => "nobody".to_owned(),
            Self::Endpoints(1) => "one endpoint".to_owned(),
            Self::Endpoints(count) => format!("{count} endpoints"),
            Self::Feed => "a feed that is read".to_owned(),
        }
    }
}

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Change,
}

/// A recorded order.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// What happened before, from which the keys of index entries are known.
    pub(crate) before: Vec<Exchange>,
    /// Of the call that placed it.
    pub(crate) call: Vec<Exchange>,
    /// Of everything after.
    pub(crate) rest: Vec<Exchange>,
    /// Of two readings of the order.
    pub(crate) readings: Vec<Exchange>,
    /// Invocations of each function, the three of the API included. A message is an invocation.
    pub(crate) invocations: BTreeMap<String, usize>,
}

impl Recorded {
    /// Every call of the table.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Exchange> {
        self.call.iter().chain(&self.rest).chain(&self.readings)
    }

    /// Write and read units.
    pub(crate) fn units(&self) -> (f64, f64) {
        let mut units = (0.0, 0.0);
        for exchange in self.all() {
            let consumed: f64 = consumed(exchange).iter().map(|(_, units)| units).sum();
            if is_read(exchange) { units.1 += consumed } else { units.0 += consumed }
        }
        units
    }
}

/// Whether a call only reads.
pub(crate) fn is_read(exchange: &Exchange) -> bool {
    matches!(exchange.operation.as_str(), "GetItem" | "BatchGetItem" | "Query" | "TransactGetItems")
}

/// Whether a condition of a write did not hold.
pub(crate) fn is_refused(exchange: &Exchange) -> bool {
    !is_read(exchange) && exchange.response["__type"].is_string()
}

/// The units of a call: of the table (an empty name) and of each index.
pub(crate) fn consumed(exchange: &Exchange) -> Vec<(String, f64)> {
    let consumed = &exchange.response["ConsumedCapacity"];
    let tables = match consumed {
        serde_json::Value::Array(tables) => tables.iter().collect(),
        table => vec![table],
    };
    let units = |of: &serde_json::Value| of["CapacityUnits"].as_f64().unwrap_or(0.0);
    let mut found = Vec::new();
    for table in tables {
        found.push((String::new(), units(&table["Table"])));
        for (name, index) in table["GlobalSecondaryIndexes"].as_object().into_iter().flatten() {
            found.push((name.clone(), units(index)));
        }
    }
    found.retain(|(_, units)| *units > 0.0);
    found
}

/// Places an order and lets it end.
///
/// # Errors
/// It is refused.
pub(crate) async fn record(operation: Operation, told: Told, tags: usize) -> Result<Recorded> {
    let app = TestApp::new().await;
    app.db.proxy.take_exchanges();
    let client = app.client("one", "one", Role::Ecc).await;
    told_of(&app, &client, told).await?;
    place(&app, &client, Operation::Create, 1, 0).await?;
    app.drain_in_turn().await;
    let before = app.db.proxy.take_exchanges();
    app.take_invocations();
    let n = if operation == Operation::Change { 1 } else { 2 };
    let order = place(&app, &client, operation, n, tags).await?;
    let call = app.db.proxy.take_exchanges();
    app.clock.advance(Duration::SECOND);
    app.drain_in_turn().await;
    let rest = app.db.proxy.take_exchanges();
    let path = format!("/ecc/v1/orders/{order}");
    // The first one looks the client up, which a function that is warm knows.
    app.send(Call::new("GET", &path).by(&client)).await;
    app.db.proxy.take_exchanges();
    let mut invocations = app.take_invocations();
    for _ in 0..2 {
        let found = app.send(Call::new("GET", &path).by(&client)).await;
        ensure!(found.body["status"] == "COMPLETED", "{found:?}");
    }
    let readings = app.db.proxy.take_exchanges();
    invocations.insert("provisioning-orders-api".to_owned(), 2);
    Ok(Recorded { before, call, rest, readings, invocations })
}

async fn told_of(app: &TestApp, client: &Credentials, told: Told) -> Result<()> {
    match told {
        Told::Nobody => {}
        Told::Endpoints(count) => {
            for n in 1..=count {
                let body = json!({ "url": format!("https://1.1.1.{n}/hook"), "events": ["*"] });
                let created = app.send(Call::new("POST", "/webhooks").json(&body).by(client)).await;
                ensure!(created.status == 201, "{created:?}");
            }
        }
        Told::Feed => {
            let read = app.send(Call::new("GET", "/ecc/v1/events/order").by(client)).await;
            ensure!(read.status == 200, "{read:?}");
        }
    }
    Ok(())
}

/// With so many tags in its body, which makes it larger.
async fn place(
    app: &TestApp,
    client: &Credentials,
    operation: Operation,
    n: u64,
    tags: usize,
) -> Result<u64> {
    let call = match operation {
        Operation::Create => {
            let body = json!({ "iccid": numbers::iccid(n), "msisdn": numbers::msisdn(n) });
            Call::new("POST", "/ecc/v1/subscriptions").json(&body)
        }
        Operation::Change => {
            let path = format!("/ecc/v1/subscriptions/msisdn:{}", numbers::msisdn(n));
            let tags: Vec<_> = (0..tags).map(|tag| format!("{tag:0>32}")).collect();
            let body = if tags.is_empty() {
                json!({ "blocked": true })
            } else {
                json!({ "blocked": true, "tags": tags })
            };
            Call::new("PATCH", path).json(&body)
        }
    };
    let placed = app.send(call.by(client)).await;
    ensure!(placed.status == 202, "{placed:?}");
    Ok(placed.order())
}
