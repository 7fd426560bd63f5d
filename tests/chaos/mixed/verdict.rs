//! Whether the invariants hold, by everything that table, queues, simulators and clients know.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use harness::{Cloud, invariants};
use serde_json::{Map, Value};
use testkit::numbers;
use tokio::time::{Instant, sleep};

use super::{
    clients::{Client, Clients},
    history::{Accepted, History},
};

type Item = Map<String, Value>;

/// Longer than the third attempt of a delivery is away.
const RECEIVED: Duration = Duration::from_secs(400);
const OPEN: [&str; 7] =
    ["PROVISIONING", "ACCEPTED", "FULFILLING", "ACKNOWLEDGED", "IN_PROGRESS", "PENDING", "HELD"];

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn id(item: &Item) -> &str {
    text(item, "pk").trim_start_matches("ORDER#")
}

/// Waits until nothing is left to do: every order has ended and is published, every queue is empty.
pub(super) async fn rest(
    cloud: &Cloud,
    history: &History,
    longest: Duration,
) -> Result<(), String> {
    let end = Instant::now() + longest;
    loop {
        let accepted: Vec<String> = history.accepted().into_iter().map(|order| order.id).collect();
        let orders = cloud.table.orders(&accepted).await;
        let is_busy =
            |item: &&Item| OPEN.contains(&text(item, "status")) || item.contains_key("dueAt");
        let busy: Vec<&Item> = orders.iter().filter(is_busy).collect();
        let left = left(cloud).await;
        if busy.is_empty() && left.is_empty() && orders.len() == accepted.len() {
            return Ok(());
        }
        if Instant::now() > end {
            let busy: Vec<_> = busy.into_iter().take(5).collect();
            return Err(format!(
                "not at rest within {longest:?}: queues {left:?}, orders {busy:#?}"
            ));
        }
        sleep(Duration::from_secs(1)).await;
    }
}

/// How many messages are left in which queues, but for those of dead letters.
async fn left(cloud: &Cloud) -> BTreeMap<String, u64> {
    depths(cloud, |queue| !is_of_dead_letters(queue)).await
}

fn is_of_dead_letters(queue: &str) -> bool {
    queue.ends_with("DeadLetterQueue") || queue.contains("Failures")
}

async fn depths(cloud: &Cloud, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, u64> {
    let mut depths = BTreeMap::new();
    for queue in cloud.queues.names().filter(|queue| wanted(queue)) {
        let depth = cloud.queues.depth(queue).await;
        if depth > 0 {
            depths.insert(queue.to_owned(), depth);
        }
    }
    depths
}

/// Waits until the endpoints have everything, and returns what they lack in the end. A sender that
/// was killed holds its slot for 40 seconds; a second failure is followed by five minutes.
async fn received(
    cloud: &Cloud,
    clients: &Clients,
    orders: &BTreeMap<&str, &Item>,
    accepted: &[Accepted],
) -> Vec<String> {
    let end = Instant::now() + RECEIVED;
    loop {
        let lacking = published(cloud, clients, orders, accepted).await;
        if lacking.is_empty() || Instant::now() > end {
            return lacking;
        }
        sleep(Duration::from_secs(2)).await;
    }
}

/// All violations.
pub(super) async fn violations(cloud: &Cloud, clients: &Clients, history: &History) -> Vec<String> {
    let items = cloud.table.all().await;
    let ledger = cloud.network.ledger().await;
    let orders: BTreeMap<&str, &Item> =
        items.iter().filter(|item| text(item, "sk") == "ORDER").map(|i| (id(i), i)).collect();
    let accepted = history.accepted();
    let mut found = invariants::broken(&items, &ledger);
    found.extend(outcomes(&orders, &accepted));
    for (order, _) in ledger.iter().filter(|(order, _)| !orders.contains_key(order.as_str())) {
        found.push(format!("the network was asked for {order}, which nobody placed"));
    }
    found.extend(profiles(cloud, &items).await);
    found.extend(received(cloud, clients, &orders, &accepted).await);
    for client in &clients.ecc {
        found.extend(feed(client, &accepted).await);
    }
    found.extend(logged(cloud));
    let letters = depths(cloud, |queue| queue.ends_with("DeadLetterQueue")).await;
    if !letters.is_empty() {
        found.push(format!("dead letters: {letters:?}"));
    }
    found
}

/// What was accepted is there and has ended well, and nothing else is there.
fn outcomes(orders: &BTreeMap<&str, &Item>, accepted: &[Accepted]) -> Vec<String> {
    let mut found = Vec::new();
    for Accepted { kind, id, ends, .. } in accepted {
        match orders.get(id.as_str()) {
            None => found.push(format!("{kind} order {id} was accepted and is lost")),
            Some(item) => {
                let status = text(item, "status");
                if !ends.contains(&status) || item.contains_key("needsInterventionSince") {
                    found.push(format!("{kind} order {id} is {status}: {item:?}"));
                }
            }
        }
    }
    let known: BTreeSet<&str> = accepted.iter().map(|order| order.id.as_str()).collect();
    let unknown = orders.iter().filter(|(id, _)| !known.contains(*id));
    found.extend(unknown.map(|(id, item)| format!("no client knows order {id}: {item:?}")));
    found
}

/// Each eSIM has one profile, ordered once at the SM-DP+, and no profile is ordered for nobody.
async fn profiles(cloud: &Cloud, items: &[Item]) -> Vec<String> {
    let esims: BTreeSet<&str> =
        items.iter().filter(|i| text(i, "sk") == "ESIM").map(|i| text(i, "iccid")).collect();
    let mut found = Vec::new();
    for profile in cloud.smdp.profiles("consumer").await {
        if profile.orders > 1 {
            found.push(format!("profile {} was ordered {} times", profile.iccid, profile.orders));
        }
        if profile.orders > 0 && !esims.contains(profile.iccid.as_str()) {
            found.push(format!("profile {} was ordered and is of no eSIM", profile.iccid));
        }
    }
    let locked = items.iter().filter(|i| text(i, "sk") == "ESIM");
    let locked = locked.filter(|item| item.contains_key("outstandingOrder"));
    found.extend(locked.map(|item| format!("an eSIM is still locked: {item:?}")));
    found
}

/// Every status of every order has reached its client's endpoint, and no other client's.
async fn published(
    cloud: &Cloud,
    clients: &Clients,
    orders: &BTreeMap<&str, &Item>,
    accepted: &[Accepted],
) -> Vec<String> {
    let mut found = Vec::new();
    for client in clients.all() {
        let mut received = cloud.sink.accepted(client.name).await;
        for order in accepted.iter().filter(|order| order.client == client.name) {
            let last = orders.get(order.id.as_str()).and_then(|item| item["sequence"].as_u64());
            let expected: BTreeSet<u64> = (1..=last.unwrap_or(0)).collect();
            let received = received.remove(&order.id).unwrap_or_default();
            if received != expected {
                found.push(format!(
                    "{} received {received:?} of {expected:?} of {}",
                    client.name, order.id
                ));
            }
        }
        found.extend(received.keys().map(|id| format!("{} received {id} of another", client.name)));
    }
    let wrong = cloud.sink.received().await;
    let wrong = wrong.iter().filter(|message| message.verified != Some(true));
    found.extend(wrong.map(|message| format!("not signed: {message:?}")));
    found
}

/// The feed has each order once, and its numbers no gaps.
async fn feed(client: &Client, accepted: &[Accepted]) -> Vec<String> {
    let (mut found, mut next) = (Vec::new(), 1);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    loop {
        let path = format!("/ecc/v1/events/order?first-element={next}&limit=100");
        let page = client.api.get(&path).await.expect(200, "");
        let events = page.body["events"].as_array().cloned().unwrap_or_default();
        for event in &events {
            if event["sequence-number"] != next {
                found.push(format!("event {next} of {} is {event}", client.name));
            }
            next += 1;
            *seen.entry(event["orderid"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        if events.is_empty() {
            break;
        }
    }
    for order in accepted.iter().filter(|order| order.client == client.name) {
        let count = seen.remove(&order.id).unwrap_or_default();
        if count != 1 {
            found.push(format!("the feed of {} has {count} events of {}", client.name, order.id));
        }
    }
    found.extend(seen.keys().map(|id| format!("the feed of {} has {id}", client.name)));
    found
}

/// No log has personal data, or says that a function panicked.
fn logged(cloud: &Cloud) -> Vec<String> {
    let sim = numbers::iccid(0).to_string();
    let personal = ["@example.com", "john@doe", "Bob Rice", "+1320-768-9988", &sim[..12]];
    let mut found = Vec::new();
    for (function, log) in cloud.logs() {
        for line in log.lines() {
            if line.contains("panicked") || personal.iter().any(|text| line.contains(text)) {
                found.push(format!("{function} logged: {line}"));
            }
        }
    }
    found
}
