//! 64 concurrent callers: one succeeds, the others receive its order id.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::future::join_all;
use harness::{Api, Call, Cloud, Response, Setup};
use serde_json::json;
use testkit::numbers;

use crate::{outcome::Outcome, tier};

const CALLERS: u64 = 64;
const ALL: &str = "/ecc/v1/subscriptions";

/// A cloud with enough instances that callers conflict in the table instead of queueing before it.
async fn with_many_instances() -> Cloud {
    Setup::new().concurrency(16).start().await
}

/// A distinct change for each caller of a round.
fn change(round: u64, caller: u64, path: &str) -> Call {
    let number = round * CALLERS + caller;
    match caller % 4 {
        0 => Call::new("PATCH", path).json(&json!({ "apn-ids": [number] })),
        1 => Call::new("PATCH", path).json(&json!({ "tags": [format!("t{number}")] })),
        2 => Call::new("PATCH", path).json(&json!({ "static-ip": ip(number) })),
        _ => Call::new("PATCH", path)
            .json(&json!({ "apn-ids": [number] }))
            .header("idempotency-key", format!("k{number}")),
    }
}

fn ip(number: u64) -> String {
    format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255)
}

async fn all_at_once(api: &Api, calls: Vec<Call>) -> Vec<Response> {
    join_all(calls.into_iter().map(|call| api.send(call))).await
}

fn statuses(responses: &[Response]) -> BTreeMap<(u16, &str), usize> {
    let mut count = BTreeMap::new();
    for response in responses {
        *count.entry((response.status, response.code())).or_insert(0) += 1;
    }
    count
}

fn one_winner(responses: &[Response], code: &str, round: u64) -> u64 {
    let expected = BTreeMap::from([((202, ""), 1), ((409, code), responses.len() - 1)]);
    assert_eq!(statuses(responses), expected, "round {round}");
    responses.iter().find(|response| response.status == 202).unwrap().order()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_concurrent_changes_one_is_accepted_and_the_others_receive_its_order_id() {
    let cloud = with_many_instances().await;
    let api = cloud.api();
    let path = format!("{ALL}/iccid:{}", numbers::iccid(1));
    api.created(&json!({ "iccid": numbers::iccid(1) })).await;
    let begin = Instant::now();
    let rounds = tier::rounds(100, 5_000);
    for round in 0..u64::try_from(rounds).unwrap() {
        cloud.network.hold().await;
        let calls = (0..CALLERS).map(|caller| change(round, caller, &path)).collect();
        let responses = all_at_once(&api, calls).await;
        let winner = one_winner(&responses, "ORDER_OUTSTANDING", round);
        for response in responses.iter().filter(|response| response.status == 409) {
            assert_eq!(response.body["orderId"], winner, "round {round}");
        }
        cloud.network.behave().await;
        api.completed(winner).await;
    }
    report("changes", rounds, begin.elapsed());
    let orders = cloud.table.of_kind("ORDER").await.len();
    assert_eq!(orders, rounds + 1, "a refused order was stored");
    cloud.finish(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_callers_of_two_tenants_that_request_one_sim_and_one_number_one_succeeds() {
    let cloud = with_many_instances().await;
    let (one, other) = (cloud.api(), cloud.other());
    let begin = Instant::now();
    let rounds = tier::rounds(100, 5_000).div_ceil(5);
    for round in 1..=u64::try_from(rounds).unwrap() {
        cloud.network.hold().await;
        let body = |sim: u64| json!({ "iccid": numbers::iccid(round * 1000 + sim), "msisdn": numbers::msisdn(round) });
        // All callers request the same number, every other one the same SIM.
        let call = |caller: u64| {
            let sim = if caller.is_multiple_of(2) { 0 } else { caller };
            Call::new("POST", ALL).json(&body(sim))
        };
        let (first, second) = tokio::join!(
            all_at_once(&one, (0..CALLERS / 2).map(call).collect()),
            all_at_once(&other, (CALLERS / 2..CALLERS).map(call).collect()),
        );
        let responses: Vec<Response> = [first, second].concat();
        let winners: Vec<&Response> = responses.iter().filter(|a| a.status == 202).collect();
        assert_eq!(winners.len(), 1, "round {round}: {:?}", statuses(&responses));
        let refused = |response: &&Response| {
            response.status == 409 && ["SIM_IN_USE", "MSISDN_IN_USE"].contains(&response.code())
        };
        assert_eq!(responses.iter().filter(refused).count(), responses.len() - 1, "round {round}");
        cloud.network.behave().await;
        let order = winners[0].order();
        let mine = one.get(&format!("/ecc/v1/orders/{order}")).await.status == 200;
        let owner = if mine { &one } else { &other };
        owner.completed(order).await;
    }
    report("creations", rounds, begin.elapsed());
    cloud.finish(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_equal_requests_with_one_key_one_is_executed_and_all_receive_its_response() {
    let cloud = with_many_instances().await;
    let api = cloud.api();
    let rounds = tier::rounds(100, 5_000).div_ceil(5);
    for round in 1..=u64::try_from(rounds).unwrap() {
        let body = json!({ "iccid": numbers::iccid(round) });
        let call =
            Call::new("POST", ALL).json(&body).header("idempotency-key", format!("round-{round}"));
        let calls = (0..CALLERS).map(|_| call.clone()).collect();
        let responses = all_at_once(&api, calls).await;
        assert_eq!(statuses(&responses), BTreeMap::from([((202, ""), responses.len())]));
        assert!(
            responses.iter().all(|response| response.body == responses[0].body),
            "round {round}"
        );
        let first = |a: &&Response| !a.headers.contains_key("idempotency-replayed");
        assert_eq!(responses.iter().filter(first).count(), 1, "round {round}");
        api.completed(responses[0].order()).await;
    }
    let claims = cloud.table.of_kind("CLAIM").await;
    assert_eq!(claims.iter().filter(|item| item.contains_key("iccid")).count(), rounds);
    cloud.finish(&[]).await;
}

fn report(what: &str, rounds: usize, took: Duration) {
    let each = took / u32::try_from(rounds).unwrap().max(1);
    Outcome {
        test: if what == "changes" { "race-changes" } else { "race-creations" },
        what: "race",
        workload: format!("{rounds} rounds of {CALLERS} {what}, {each:.1?} each"),
        faults: "none but the race".to_owned(),
        violations: 0,
        took,
    }
    .report();
}
