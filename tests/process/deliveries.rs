//! Receivers that hang, respond slowly or are dead, beside receivers that are well: sender,
//! sweeper and queue in virtual time.

mod simulation;

use domain::{clock::Clock, webhook::DeliveryState};
use store::{DynamoDeliveries, DynamoEndpoints};
use time::Duration;

use simulation::{Seen, Simulation};

/// The time between two messages to the receiver that is not well.
const PERIOD: Duration = Duration::SECOND;
const ATTEMPT: Duration = Duration::milliseconds(50);

fn hanging(host: &str, _: Duration) -> (u16, Duration) {
    if host == "bad" { (0, Duration::seconds(15)) } else { (200, ATTEMPT) }
}

fn slow(host: &str, _: Duration) -> (u16, Duration) {
    if host == "bad" { (200, Duration::seconds(14)) } else { (200, ATTEMPT) }
}

/// A receiver that is not well.
enum Bad {
    Endpoint,
    Party,
}

/// A message a second to a receiver that is not well, for `length`; beside it, every half minute,
/// the first message of an order to another tenant's endpoint, which gets it at once.
///
/// All the time, the waiting deliveries outnumber the messages in circulation, and the messages
/// stay few.
async fn beside_a_healthy_tenant(simulation: &Simulation, bad: &Bad, length: Duration) {
    let well = simulation.endpoint("b", "well").await;
    let to = match bad {
        Bad::Endpoint => Some(simulation.endpoint("a", "bad").await),
        Bad::Party => {
            simulation.party("bad").await;
            None
        }
    };
    let seconds = usize::try_from(length.whole_seconds()).unwrap();
    let mut most_messages = 0;
    for second in 0..seconds {
        match &to {
            Some(to) => simulation.publish(to, second, 1).await,
            None => simulation.push(second).await,
        }
        let planned_at = simulation.clock.now();
        if second % 30 == 0 {
            simulation.publish(&well, 1_000_000 + second, 1).await;
        }
        simulation.run_until(planned_at + PERIOD).await;
        if second % 30 == 0 {
            let seen = simulation.seen("well");
            let last = seen.last().unwrap();
            assert_eq!(seen.len(), second / 30 + 1, "each message once");
            assert!(last.at - planned_at <= ATTEMPT, "second {second}: {}", last.at - planned_at);
        }
        let circulating = simulation.circulating();
        let now = simulation.clock.now();
        let succeeded = |seen: &&Seen| (200..300).contains(&seen.status) && seen.until < now;
        let ended = simulation.seen("bad").iter().filter(succeeded).count();
        let waiting = second + 1 - ended;
        assert!(circulating <= waiting + 8, "second {second}: {circulating} for {waiting}");
        most_messages = most_messages.max(circulating);
        let at_once = simulation.take_most_at_once("bad");
        let most = if second < 60 { 8 } else { 2 };
        assert!(at_once <= most, "second {second}: {at_once} attempts at once");
    }
    println!(
        "{length}: {seconds} messages, at most {most_messages} in circulation, {} attempts",
        simulation.seen("bad").len()
    );
    // Retries of a few minutes wait in the queue: one message each.
    assert!(most_messages <= 80, "{most_messages} messages in circulation");
}

#[tokio::test]
async fn an_endpoint_that_hangs_neither_multiplies_messages_nor_delays_others() {
    let simulation = Simulation::new(hanging).await;
    beside_a_healthy_tenant(&simulation, &Bad::Endpoint, Duration::minutes(5)).await;
}

#[tokio::test]
#[ignore = "an hour of virtual time takes minutes; `cargo xtask test` runs this"]
async fn an_endpoint_that_hangs_for_an_hour_neither_multiplies_messages_nor_delays_others() {
    let simulation = Simulation::new(hanging).await;
    beside_a_healthy_tenant(&simulation, &Bad::Endpoint, Duration::HOUR).await;
}

#[tokio::test]
async fn a_partners_api_that_hangs_neither_multiplies_messages_nor_delays_others() {
    let simulation = Simulation::new(hanging).await;
    beside_a_healthy_tenant(&simulation, &Bad::Party, Duration::minutes(5)).await;
}

#[tokio::test]
async fn an_endpoint_that_takes_14_seconds_neither_multiplies_messages_nor_delays_others() {
    let simulation = Simulation::new(slow).await;
    beside_a_healthy_tenant(&simulation, &Bad::Endpoint, Duration::minutes(5)).await;
    let seen = simulation.seen("bad");
    let mut messages: Vec<_> = seen.iter().map(|seen| &seen.message).collect();
    messages.sort();
    messages.dedup();
    assert_eq!(messages.len(), seen.len(), "each message once");
}

/// A hundred orders at once, as a client that imports them does.
#[tokio::test]
async fn a_burst_to_an_endpoint_that_hangs_makes_no_message_besides_its_own() {
    let simulation = Simulation::new(hanging).await;
    let bad = simulation.endpoint("a", "bad").await;
    let well = simulation.endpoint("b", "well").await;
    for order in 0..100 {
        for sequence in [1, 2] {
            simulation.publish(&bad, order, sequence).await;
        }
    }
    let start = simulation.clock.now();
    simulation.publish(&well, 1_000_000, 1).await;
    simulation.run_until(start + Duration::seconds(2)).await;
    assert_eq!(simulation.seen("well").len(), 1, "a healthy tenant's first message");
    for minute in 0..15 {
        let end = start + Duration::minutes(minute + 1);
        simulation.run_until(end).await;
        let most = if minute < 1 { 200 } else { 40 };
        assert!(simulation.circulating() <= most, "{minute}: {}", simulation.circulating());
    }
}

#[tokio::test]
async fn an_endpoint_that_is_well_again_gets_everything_once_and_in_order() {
    let recovers = |_: &str, at: Duration| match at < Duration::minutes(10) {
        true => (0, Duration::seconds(15)),
        false => (200, ATTEMPT),
    };
    let simulation = Simulation::new(recovers).await;
    let to = simulation.endpoint("a", "bad").await;
    let count = 300;
    for order in 0..count {
        simulation.publish(&to, order, 1).await;
        simulation.run_until(simulation.clock.now() + PERIOD).await;
        simulation.publish(&to, order, 2).await;
    }
    simulation.run_until(simulation.start + Duration::minutes(16)).await;
    let deliveries = DynamoDeliveries::new(simulation.table.clone());
    let (mut after, mut delivered) = (None, 0);
    loop {
        let (page, more) = deliveries.list(&to.id, 100, after.as_deref()).await.unwrap();
        for stored in page {
            let state = stored.delivery.state;
            assert!(matches!(state, DeliveryState::Delivered { .. }), "{stored:?}");
            delivered += 1;
        }
        after = more;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(delivered, 2 * count);
    let taken: Vec<_> =
        simulation.seen("bad").into_iter().filter(|seen| seen.status == 200).collect();
    assert_eq!(taken.len(), 2 * count, "each once");
    let endpoints = DynamoEndpoints::new(simulation.table.clone());
    let health = endpoints.find(&to.tenant, &to.id).await.unwrap().unwrap().health;
    assert_eq!(health, domain::webhook::Health::default());
    let first = taken[0].at - simulation.start;
    println!(
        "well again after {first}: the last message after {}",
        taken.last().unwrap().at - simulation.start
    );
}

/// Each dead endpoint has a backlog of its own, so a sweep looks at endpoints and not at their
/// deliveries.
#[tokio::test]
async fn twenty_dead_endpoints_delay_a_healthy_tenants_late_retry_by_at_most_two_minutes() {
    let dead = |host: &str, at: Duration| match host {
        "well" if at < Duration::minutes(7) => (500, ATTEMPT),
        "well" => (200, ATTEMPT),
        _ => (0, Duration::seconds(10)),
    };
    let simulation = Simulation::new(dead).await;
    let well = simulation.endpoint("well", "well").await;
    let mut endpoints = Vec::new();
    for tenant in 0..20 {
        endpoints
            .push(simulation.endpoint(&format!("dead-{tenant}"), &format!("bad{tenant}")).await);
    }
    // Three attempts within some six minutes; the fourth is due half an hour later.
    simulation.publish(&well, 0, 1).await;
    simulation.run_until(simulation.start + Duration::minutes(8)).await;
    let deliveries = DynamoDeliveries::new(simulation.table.clone());
    let (page, _) = deliveries.list(&well.id, 1, None).await.unwrap();
    let DeliveryState::Waiting { next_at } = page[0].delivery.state else { panic!("{page:?}") };
    assert!(next_at - simulation.clock.now() > Duration::minutes(15), "late: without a message");
    // Four a second for each of the dead, around the time at which it is due.
    simulation.run_until(next_at - Duration::seconds(10)).await;
    let mut order = 0;
    for second in 0..15_i64 {
        for endpoint in &endpoints {
            for _ in 0..4 {
                simulation.publish(endpoint, order, 1).await;
                order += 1;
            }
        }
        simulation.run_until(next_at + Duration::seconds(second - 9)).await;
    }
    let latest = next_at + Duration::minutes(2);
    while simulation.seen("well").len() < 4 && simulation.clock.now() < latest {
        simulation.run_until(simulation.clock.now() + Duration::seconds(5)).await;
    }
    let seen = simulation.seen("well");
    let last = seen.last().unwrap();
    assert_eq!((seen.len(), last.status), (4, 200));
    assert!(last.at <= latest, "{}", last.at - next_at);
    println!("a late retry was delayed by {}", last.at - next_at);
}
