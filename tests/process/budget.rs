//! What an order costs at the table: write and read units, calls, and writes that are refused,
//! counted by the engine. The budget is exact: a figure that rises fails, and one that falls is
//! written down here and in `infra/docs/performance.md`.
//!
//! A warm system with nothing else to do: credentials and permits are known, and each status change
//! is published and delivered before the worker goes on.

use domain::identity::Role;
use harness::{Call, Credentials, TestApp};
use serde_json::json;
use testkit::{Cost, numbers};
use time::Duration;

use crate::whole::webhook;

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nobody,
    OneEndpoint,
    Feed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Create,
    Change,
}

const CREATE: Operation = Operation::Create;
const CHANGE: Operation = Operation::Change;

/// The budget of an operation: of the call, and of the whole order with the call.
struct Budget {
    operation: Operation,
    told: Told,
    call: Cost,
    whole: Cost,
}

const fn cost(calls: usize, writes: f64, reads: f64, refused: usize) -> Cost {
    Cost { calls, writes, reads, refused }
}

const fn budget(operation: Operation, told: Told, call: Cost, whole: Cost) -> Budget {
    Budget { operation, told, call, whole }
}

/// Calls, write units, read units, refused writes.
const BUDGETS: [Budget; 6] = [
    budget(CREATE, Told::Nobody, cost(1, 9.0, 0.0, 0), cost(6, 15.0, 3.0, 0)),
    budget(CREATE, Told::OneEndpoint, cost(1, 9.0, 0.0, 0), cost(14, 23.0, 6.0, 0)),
    budget(CREATE, Told::Feed, cost(1, 9.0, 0.0, 0), cost(9, 21.0, 5.0, 0)),
    budget(CHANGE, Told::Nobody, cost(3, 6.0, 2.0, 0), cost(8, 12.0, 5.0, 0)),
    budget(CHANGE, Told::OneEndpoint, cost(3, 6.0, 2.0, 0), cost(16, 20.0, 8.0, 0)),
    budget(CHANGE, Told::Feed, cost(3, 6.0, 2.0, 0), cost(11, 18.0, 7.0, 0)),
];

async fn place(app: &TestApp, client: &Credentials, operation: Operation, n: u64) {
    let call = match operation {
        Operation::Create => {
            let body = json!({ "iccid": numbers::iccid(n), "msisdn": numbers::msisdn(n) });
            Call::new("POST", "/ecc/v1/subscriptions").json(&body)
        }
        Operation::Change => {
            let path = format!("/ecc/v1/subscriptions/msisdn:{}", numbers::msisdn(n));
            Call::new("PATCH", path).json(&json!({ "blocked": true }))
        }
    };
    let placed = app.send(call.by(client)).await;
    assert_eq!(placed.status, 202, "{placed:?}");
}

fn total(costs: &[(String, Cost)]) -> Cost {
    let mut total = Cost::default();
    for (_, cost) in costs {
        total += *cost;
    }
    total
}

/// What the call costs, and what the whole order costs; with a line for each call of the table.
async fn measured(operation: Operation, told: Told) -> (Cost, Cost) {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    match told {
        Told::Nobody => {}
        Told::OneEndpoint => webhook(&app, &client).await,
        Told::Feed => {
            let read = app.send(Call::new("GET", "/ecc/v1/events/order").by(&client)).await;
            assert_eq!(read.status, 200, "{read:?}");
        }
    }
    place(&app, &client, Operation::Create, 1).await;
    app.drain_in_turn().await;
    app.db.proxy.take_costs();
    place(&app, &client, operation, if operation == CHANGE { 1 } else { 2 }).await;
    let call = app.db.proxy.take_costs();
    app.clock.advance(Duration::SECOND);
    app.drain_in_turn().await;
    let rest = app.db.proxy.take_costs();
    println!("{operation:?}, {told:?}");
    for (name, cost) in call.iter().chain(&rest) {
        println!("  {name:20} {:4} W {:4} R {}", cost.writes, cost.reads, cost.refused);
    }
    let mut whole = total(&call);
    whole += total(&rest);
    (total(&call), whole)
}

#[tokio::test]
async fn an_order_costs_what_its_budget_says() {
    let mut differing = Vec::new();
    println!("calls, write units, read units, refused writes: of the call; of the whole order");
    for Budget { operation, told, call, whole } in BUDGETS {
        let found = measured(operation, told).await;
        println!("{operation:?}, {told:?}: {:?}; {:?}", found.0, found.1);
        if found != (call, whole) {
            differing.push((operation, told));
        }
    }
    assert!(differing.is_empty(), "other than budgeted: {differing:?}");
}
