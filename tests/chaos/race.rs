//! 64 callers at once: one wins, the others are told who.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::future::join_all;
use harness::{Answer, Api, Call, Cloud, Setup};
use serde_json::{Value, json};
use testkit::numbers;

use crate::tier;

const CALLERS: u64 = 64;
const ALL: &str = "/ecc/v1/subscriptions";

/// Enough instances that callers meet in the table and not in a line before it.
async fn crowded() -> Cloud {
    Setup::new().concurrency(16).start().await
}

/// The changes that the callers of a round ask for; none is what another one asks for.
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

async fn all_at_once(api: &Api, calls: Vec<Call>) -> Vec<Answer> {
    join_all(calls.into_iter().map(|call| api.send(call))).await
}

fn statuses(answers: &[Answer]) -> BTreeMap<(u16, &str), usize> {
    let mut count = BTreeMap::new();
    for answer in answers {
        *count.entry((answer.status, answer.code())).or_insert(0) += 1;
    }
    count
}

fn one_winner(answers: &[Answer], code: &str, round: u64) -> u64 {
    let expected = BTreeMap::from([((202, ""), 1), ((409, code), answers.len() - 1)]);
    assert_eq!(statuses(answers), expected, "round {round}");
    answers.iter().find(|answer| answer.status == 202).unwrap().order()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_changes_at_once_one_is_accepted_and_the_others_are_told_which() {
    let cloud = crowded().await;
    let api = cloud.api();
    let path = format!("{ALL}/iccid:{}", numbers::iccid(1));
    api.created(&json!({ "iccid": numbers::iccid(1) })).await;
    let begin = Instant::now();
    let rounds = tier::rounds(100);
    for round in 0..u64::try_from(rounds).unwrap() {
        cloud.network.hold().await;
        let calls = (0..CALLERS).map(|caller| change(round, caller, &path)).collect();
        let answers = all_at_once(&api, calls).await;
        let winner = one_winner(&answers, "ORDER_OUTSTANDING", round);
        for answer in answers.iter().filter(|answer| answer.status == 409) {
            assert_eq!(answer.body["orderId"], winner, "round {round}");
        }
        cloud.network.behave().await;
        api.completed(winner).await;
    }
    report("changes", rounds, begin.elapsed());
    let orders = cloud.table.of_kind("ORDER").await.len();
    assert_eq!(orders, rounds + 1, "an order that was refused was stored");
    cloud.finish(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_callers_of_two_tenants_who_want_one_sim_and_one_number_one_gets_them() {
    let cloud = crowded().await;
    let (one, other) = (cloud.api(), cloud.other());
    let begin = Instant::now();
    let rounds = tier::rounds(100).div_ceil(5);
    for round in 1..=u64::try_from(rounds).unwrap() {
        cloud.network.hold().await;
        let body = |sim: u64| json!({ "iccid": numbers::iccid(round * 1000 + sim), "msisdn": numbers::msisdn(round) });
        // The same number for all, the same SIM for every other one.
        let call = |caller: u64| {
            let sim = if caller.is_multiple_of(2) { 0 } else { caller };
            Call::new("POST", ALL).json(&body(sim))
        };
        let (first, second) = tokio::join!(
            all_at_once(&one, (0..CALLERS / 2).map(call).collect()),
            all_at_once(&other, (CALLERS / 2..CALLERS).map(call).collect()),
        );
        let answers: Vec<Answer> = [first, second].concat();
        let winners: Vec<&Answer> = answers.iter().filter(|a| a.status == 202).collect();
        assert_eq!(winners.len(), 1, "round {round}: {:?}", statuses(&answers));
        let refused = |answer: &&Answer| {
            answer.status == 409 && ["SIM_IN_USE", "MSISDN_IN_USE"].contains(&answer.code())
        };
        assert_eq!(answers.iter().filter(refused).count(), answers.len() - 1, "round {round}");
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
async fn of_64_equal_requests_under_one_key_one_is_done_and_all_get_its_answer() {
    let cloud = crowded().await;
    let api = cloud.api();
    let rounds = tier::rounds(100).div_ceil(5);
    for round in 1..=u64::try_from(rounds).unwrap() {
        let body = json!({ "iccid": numbers::iccid(round) });
        let call =
            Call::new("POST", ALL).json(&body).header("idempotency-key", format!("round-{round}"));
        let calls = (0..CALLERS).map(|_| call.clone()).collect();
        let answers = all_at_once(&api, calls).await;
        assert_eq!(statuses(&answers), BTreeMap::from([((202, ""), answers.len())]));
        assert!(answers.iter().all(|answer| answer.body == answers[0].body), "round {round}");
        let first = |a: &&Answer| !a.headers.contains_key("idempotency-replayed");
        assert_eq!(answers.iter().filter(first).count(), 1, "round {round}");
        api.completed(answers[0].order()).await;
    }
    let stored: Vec<Value> =
        cloud.table.of_kind("SUB").await.into_iter().map(Value::Object).collect();
    assert_eq!(stored.len(), rounds);
    cloud.finish(&[]).await;
}

fn report(what: &str, rounds: usize, took: Duration) {
    let each = took / u32::try_from(rounds).unwrap().max(1);
    eprintln!("{rounds} rounds of {CALLERS} {what}: {took:.1?}, {each:.1?} a round");
}
