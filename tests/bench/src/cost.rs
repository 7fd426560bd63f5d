//! What a million ECC orders cost: counted units, requests, invocations and gigabyte-seconds, by
//! the prices of `tests/bench/prices.toml`.

use anyhow::Result;
use serde::Deserialize;
use testkit::Exchange;

use crate::orders::{Operation, Recorded, Told, is_read, record};

const PRICES: &str = include_str!("../prices.toml");
/// Memory of the HTTP functions and of the workers, in gigabytes (`infra/template.yaml`).
const API_GB: f64 = 0.125;
const WORKER_GB: f64 = 0.25;
/// Processor time of an invocation on its memory's share, in milliseconds, above its calls.
const PROCESSOR: f64 = 1.5;

#[derive(Debug, Deserialize)]
struct Prices {
    dynamodb: DynamoDb,
    sqs: Sqs,
    api: Requests,
    lambda: Lambda,
    milliseconds: Milliseconds,
}

#[derive(Debug, Deserialize)]
struct DynamoDb {
    million_write_units: f64,
    million_read_units: f64,
}

#[derive(Debug, Deserialize)]
struct Sqs {
    million_requests: f64,
    requests_of_a_message: f64,
}

#[derive(Debug, Deserialize)]
struct Requests {
    million_requests: f64,
}

#[derive(Debug, Deserialize)]
struct Lambda {
    million_requests: f64,
    million_gb_seconds: f64,
}

#[derive(Debug, Deserialize)]
struct Milliseconds {
    table_read: f64,
    table_write: f64,
    table_transaction: f64,
    queue_request: f64,
    network_request: f64,
    delivery: f64,
}

/// Dollars for a million orders, by service.
#[derive(Debug, Clone)]
pub(crate) struct Cost {
    pub(crate) told: String,
    pub(crate) writes: f64,
    pub(crate) reads: f64,
    pub(crate) messages: f64,
    pub(crate) invocations: f64,
    pub(crate) gb_seconds: f64,
    pub(crate) dynamodb: f64,
    pub(crate) sqs: f64,
    pub(crate) api: f64,
    pub(crate) lambda: f64,
}

impl Cost {
    /// All services together.
    pub(crate) fn total(&self) -> f64 {
        self.dynamodb + self.sqs + self.api + self.lambda
    }
}

/// Of a million creates with number, each with two readings, with nobody and with one endpoint told.
///
/// # Errors
/// An order is refused, or the prices cannot be read.
pub(crate) async fn counted() -> Result<Vec<Cost>> {
    let prices: Prices = toml::from_str(PRICES)?;
    let mut costs = Vec::new();
    for told in [Told::Nobody, Told::Endpoints(1)] {
        let recorded = record(Operation::Create, told, 0).await?;
        costs.push(cost(&prices, &told.name(), &recorded));
    }
    Ok(costs)
}

#[expect(clippy::cast_precision_loss, reason = "there are few invocations")]
fn cost(prices: &Prices, told: &str, recorded: &Recorded) -> Cost {
    let (writes, reads) = recorded.units();
    let count = |fits: fn(&str) -> bool| -> f64 {
        let all = recorded.invocations.iter().filter(|(name, _)| fits(name));
        all.map(|(_, count)| *count as f64).sum()
    };
    let requests = count(|name| name.ends_with("-api"));
    let relays = count(|name| name == "outbox-relay");
    let invocations = count(|_| true);
    // Whatever is neither a request nor a batch of the stream is a message.
    let messages = invocations - requests - relays;
    let ms = &prices.milliseconds;
    let api = table_time(ms, recorded.call.iter().chain(&recorded.readings));
    let api = api + requests * PROCESSOR;
    let deliveries = count(|name| name == "webhook-sender");
    let worker = table_time(ms, recorded.rest.iter())
        + (invocations - requests) * PROCESSOR
        + messages * ms.queue_request
        + count(|name| name == "subscription-worker") * ms.network_request
        + deliveries * ms.delivery;
    let gb_seconds = (api * API_GB + worker * WORKER_GB) / 1e3;
    Cost {
        told: told.to_owned(),
        writes,
        reads,
        messages,
        invocations,
        gb_seconds,
        dynamodb: writes * prices.dynamodb.million_write_units
            + reads * prices.dynamodb.million_read_units,
        sqs: messages * prices.sqs.requests_of_a_message * prices.sqs.million_requests,
        api: requests * prices.api.million_requests,
        lambda: invocations * prices.lambda.million_requests
            + gb_seconds * prices.lambda.million_gb_seconds,
    }
}

fn table_time<'e>(ms: &Milliseconds, calls: impl Iterator<Item = &'e Exchange>) -> f64 {
    let time = |exchange: &Exchange| match exchange.operation.as_str() {
        "TransactWriteItems" => ms.table_transaction,
        _ if is_read(exchange) => ms.table_read,
        _ => ms.table_write,
    };
    calls.map(time).sum()
}
