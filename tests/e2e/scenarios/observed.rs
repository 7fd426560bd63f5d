//! Places the order of a row, and holds what is seen of it against the row.

use std::time::{Duration, Instant};

use harness::{Api, Call, Cloud, Response, orders, sink::Sink};
use serde_json::{Value, json};

use super::table::{Row, example};

const SUBSCRIPTIONS: &str = "/ecc/v1/subscriptions";
const ESIMS: &str = "/esim/v1/order";
/// How much longer than the page says: one machine does everything.
const PATIENCE: Duration = Duration::from_secs(90);
/// After so long a message that was lost with its function has come again: longer than every
/// visibility time-out.
const REDELIVERY: Duration = Duration::from_secs(240);
/// How long an order that needs intervention is watched.
const WATCHED: Duration = Duration::from_secs(5);

/// A client of each API, whose events go to one receiver each.
pub(super) struct Clients {
    pub(super) ecc: Api,
    esim: Api,
    buyer: Api,
    sink: Sink,
}

impl Clients {
    pub(super) async fn new(cloud: &Cloud) -> Self {
        let clients = Self {
            ecc: cloud.client("demo-ecc-1"),
            esim: cloud.client("demo-reseller").with_token().await,
            buyer: cloud.client("demo-buyer"),
            sink: cloud.sink.clone(),
        };
        for (api, name) in [(&clients.ecc, "ecc"), (&clients.esim, "esim")] {
            let body = json!({ "url": cloud.sink.endpoint(name), "events": ["order.*"] });
            let response = api.post("/webhooks", &body).await;
            assert_eq!(response.status, 201, "{response:?}");
        }
        clients
    }
}

type Result<T> = std::result::Result<T, String>;

/// Runs a scenario; the id of its order.
pub(super) async fn run(clients: &Clients, row: &Row) -> Result<String> {
    let done = match row.api {
        "ecc" => subscription(clients, row).await,
        "esim" => esim(clients, row).await,
        _ => carrier(clients, row).await,
    };
    done.map_err(|why| format!("{} {} ({}): {why}", row.api, row.number, row.value))
}

fn accepted(response: Response, status: u16) -> Result<Value> {
    if response.status == status {
        Ok(response.body)
    } else {
        Err(format!("{} {}", response.status, response.text()))
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Result<()> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found:?}, not {wanted:?}")) }
}

/// Polls until what is read passes, then holds the time against the row.
async fn until<T>(
    row: &Row,
    begin: Instant,
    read: impl AsyncFn() -> Result<Option<T>>,
) -> Result<T> {
    loop {
        let found = read().await?;
        let took = begin.elapsed();
        match found {
            Some(_) if took + Duration::from_secs(1) < row.least => {
                return Err(format!("after {took:?} already"));
            }
            Some(found) => return Ok(found),
            None if took > row.most + PATIENCE => return Err(format!("not within {took:?}")),
            None => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// The statuses in an order's history.
fn statuses(history: &Value) -> Vec<String> {
    let changes = history.as_array().into_iter().flatten();
    changes.filter_map(|change| change["status"].as_str().map(str::to_owned)).collect()
}

/// An order at a status that the row does not leave.
async fn settled(row: &Row, begin: Instant, read: impl AsyncFn() -> Value) -> Result<Value> {
    let last = row.seen.last().map(String::as_str).unwrap_or_default();
    if row.most.is_zero() {
        until(row, begin, async || Ok((read().await["status"] == last).then_some(()))).await?;
        tokio::time::sleep(WATCHED).await;
        let order = read().await;
        equal("status", &order["status"], &json!(last))?;
        return Ok(order);
    }
    until(row, begin, async || {
        let order = read().await;
        let status = order["status"].as_str().unwrap_or_default();
        let is_open = ["PROVISIONING", "ACCEPTED", "FULFILLING"].contains(&status);
        Ok((!is_open).then_some(order))
    })
    .await
}

/// The events of an order, by their sequence: a receiver may get a later one first, when the message
/// of an earlier one was lost with its function and comes again.
async fn events(clients: &Clients, row: &Row, order: &str) -> Result<()> {
    let (begin, path) = (Instant::now(), format!("/{}", row.api));
    loop {
        let received = clients.sink.received().await;
        let of_order = received.iter().filter(|message| {
            message.path == path && !message.repeated && message.body["data"]["orderId"] == order
        });
        let mut bodies: Vec<&Value> = of_order.map(|message| &message.body).collect();
        bodies.sort_by_key(|body| body["data"]["sequence"].as_u64());
        let types = bodies.iter().filter_map(|body| body["type"].as_str().map(str::to_owned));
        let types: Vec<String> = types.collect();
        if types == row.events {
            return Ok(());
        }
        if begin.elapsed() > REDELIVERY {
            return equal("events", &types, &row.events);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn subscription(clients: &Clients, row: &Row) -> Result<String> {
    let api = &clients.ecc;
    let value = example(row);
    let begin = Instant::now();
    let placed = if value.starts_with("89") {
        api.post(SUBSCRIPTIONS, &json!({ "iccid": value })).await
    } else {
        // A number counts before the SIM, which would be done at once.
        let sim = Row { value: "8999901".to_owned(), ..row.clone() };
        api.post(SUBSCRIPTIONS, &json!({ "iccid": example(&sim), "msisdn": value })).await
    };
    let id = accepted(placed, 202)?["orderId"].to_string();
    let read = async || api.get(&format!("/ecc/v1/orders/{id}")).await.body;
    let order = settled(row, begin, read).await?;
    equal("statuses", &statuses(&order["history"]), &row.seen)?;
    let reason = order["reason"].as_str().unwrap_or_default();
    equal("reason", &reason, &row.said.as_str())?;
    if row.most.is_zero() {
        let path = format!("{SUBSCRIPTIONS}/iccid:{}", order["iccid"].as_str().unwrap_or_default());
        let refused = api.patch(&path, &json!({ "blocked": true })).await;
        equal("a second order", &refused.status, &409)?;
    }
    events(clients, row, &id).await?;
    Ok(id)
}

async fn esim(clients: &Clients, row: &Row) -> Result<String> {
    let api = &clients.esim;
    let mut body = orders::esim(orders::PRODUCT);
    body["input"]["customer"]["email"] = json!(example(row));
    let begin = Instant::now();
    let placed = accepted(api.post(ESIMS, &body).await, 201)?;
    let id = placed["id"].as_str().unwrap_or_default().to_owned();
    let read = async || api.get(&format!("{ESIMS}/{id}")).await.body;
    let order = settled(row, begin, read).await?;
    equal("status", &order["status"].as_str(), &row.seen.last().map(String::as_str))?;
    let installed = &order["installation"];
    let said = match (order["failure"]["type"].as_str(), installed["point"].as_str()) {
        (Some(kind), _) => kind.to_owned(),
        (None, Some(point)) => format!("{point} {}", installed["status"].as_str().unwrap_or("")),
        (None, None) => String::new(),
    };
    equal("said", &said, &row.said)?;
    events(clients, row, &id).await?;
    Ok(id)
}

/// Type and status of every notification, oldest first, and the codes in them.
async fn notifications(api: &Api, id: &str) -> (Vec<String>, Vec<String>) {
    let all = api.get(&format!("/orders/{id}/notifications?view=history")).await.body;
    let all = all.as_array().cloned().unwrap_or_default();
    let text = |note: &Value, name: &str| note[name].as_str().unwrap_or_default().to_owned();
    let seen = all
        .iter()
        .map(|note| format!("{} {}", text(note, "notificationType"), text(note, "orderStatus")));
    let messages = all.iter().flat_map(|note| note["orderMessages"].as_array()).flatten();
    (seen.collect(), messages.map(|message| text(message, "code")).collect())
}

async fn carrier(clients: &Clients, row: &Row) -> Result<String> {
    let api = &clients.buyer;
    let document = orders::carrier(&example(row));
    let begin = Instant::now();
    let placed = accepted(api.post("/orders", &document).await, 201)?;
    let id = placed["id"].as_str().unwrap_or_default().to_owned();
    let wanted = &mut row.seen.clone();
    let reached = async |wanted: &[String]| {
        until(row, begin, async || {
            let (seen, _) = notifications(api, &id).await;
            if wanted.starts_with(&seen) {
                Ok((seen == wanted).then_some(()))
            } else {
                equal("notifications", &seen, &wanted.to_vec()).map(Some)
            }
        })
        .await
    };
    if row.then.is_none() {
        reached(wanted).await?;
    }
    if let Some((act, after)) = &row.then {
        reached(wanted).await?;
        let path = format!("/orders/{id}");
        let response = match act.as_str() {
            "cancel" => api.send(Call::new("POST", format!("{path}/cancel"))).await,
            _ => api.patch(&path, &json!({ "buyerOrderVersion": "2" })).await,
        };
        accepted(response, 200)?;
        wanted.extend(after.iter().cloned());
        reached(wanted).await?;
    }
    if row.most.is_zero() {
        tokio::time::sleep(WATCHED).await;
        reached(wanted).await?;
    }
    let (_, codes) = notifications(api, &id).await;
    if !row.said.is_empty() && !codes.contains(&row.said) {
        return Err(format!("{} is not in {codes:?}", row.said));
    }
    Ok(id)
}
