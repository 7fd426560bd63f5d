use domain::{clock::Clock as _, clock::rfc3339, provisioning::OrderStatus};
use serde_json::{Value, json};
use testkit::numbers;
use time::Duration;

use crate::scene::Scene;

fn resolve(id: impl std::fmt::Display, status: &str) -> String {
    format!("order resolve {id} --as {status} --reason checked --by ada")
}

fn ids(listed: &Value) -> Vec<String> {
    let orders = listed["orders"].as_array().unwrap();
    orders.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_order_is_shown_with_its_history_and_without_personal_data() {
    let scene = Scene::new().await;
    let order = scene.change(1, 2).await;
    let why = format!("number {} is barred", numbers::msisdn(2));
    scene.end(order.id, OrderStatus::Canceled, &why).await;
    let shown = scene.json(&format!("order show {}", order.id)).await;
    assert_eq!(shown["id"], order.id.to_string());
    assert_eq!((&shown["kind"], &shown["status"]), (&json!("ecc"), &json!("CANCELED")));
    assert_eq!((&shown["operation"], &shown["changes"]), (&json!("CHANGE"), &json!(["msisdn"])));
    assert_eq!((&shown["attempts"], &shown["correlationId"]), (&json!(1), &json!("trace-1")));
    let at = rfc3339(scene.clock.now());
    let passage =
        json!({"at": at, "status": "CANCELED", "by": "network", "reason": "number … is barred"});
    assert_eq!(shown["history"], json!([passage]));
    for printed in
        [shown.to_string(), scene.run(&format!("order show {}", order.id)).await.unwrap()]
    {
        for personal in [
            numbers::msisdn(1).to_string(),
            numbers::msisdn(2).to_string(),
            numbers::iccid(1).to_string(),
            numbers::imsi(1).to_string(),
        ] {
            assert!(!printed.contains(&personal), "{personal} in {printed}");
        }
    }
}

#[tokio::test]
async fn personal_data_is_shown_when_asked_for() {
    let scene = Scene::new().await;
    let order = scene.change(1, 2).await;
    let shown = scene.json(&format!("order show {} --personal", order.id)).await;
    assert_eq!(shown["personal"]["iccid"], numbers::iccid(1).to_string());
    assert_eq!(shown["personal"]["change"]["msisdn"], numbers::msisdn(2).to_string());
    let printed = scene.run(&format!("order show {} --personal", order.id)).await.unwrap();
    assert!(printed.contains(&numbers::imsi(1).to_string()), "{printed}");
}

#[tokio::test]
async fn open_orders_are_listed_by_tenant_and_status() {
    let scene = Scene::new().await;
    // Its subscription was created by an order, which is not published yet.
    let order = scene.change(1, 2).await;
    let listed = scene.json("order list --open").await;
    assert!(ids(&listed).contains(&order.id.to_string()), "{listed}");
    let tenant = listed["orders"][0]["tenant"].as_str().unwrap();
    for (options, found) in [
        (format!("--tenant {tenant} --status completed"), 1),
        (format!("--tenant {tenant} --status provisioning"), 1),
        (format!("--tenant {tenant} --status CANCELED"), 0),
        ("--tenant nobody".to_owned(), 0),
    ] {
        let listed = scene.json(&format!("order list --open {options}")).await;
        assert_eq!(ids(&listed).len(), found, "{options}");
    }
    assert!(ids(&scene.json("order list --overdue").await).is_empty(), "it is not late");
    scene.end(order.id, OrderStatus::Completed, "done").await;
    let listed = scene.json("order list --open --status PROVISIONING").await;
    assert!(ids(&listed).is_empty());
}

#[tokio::test]
async fn an_order_that_is_not_there_is_named() {
    let scene = Scene::new().await;
    for id in ["42", "no-number", "007"] {
        assert_eq!(
            scene.error(&format!("order show {id}")).await,
            format!("there is no order {id}")
        );
        assert_eq!(scene.error(&resolve(id, "CANCELED")).await, format!("there is no order {id}"));
    }
}

#[tokio::test]
async fn orders_that_wait_for_a_person_are_listed_over_all_shards_the_longest_first() {
    let scene = Scene::new().await;
    let mut orders = Vec::new();
    for n in 1..=20 {
        orders.push(scene.creation(n).await.id);
    }
    for id in orders.iter().rev() {
        scene.mark_needs_intervention(*id, "no answer about 46708421488").await;
        scene.clock.advance(Duration::SECOND);
    }
    scene.creation(21).await;
    let listed = scene.json("order list --needs-intervention").await;
    let expected: Vec<String> = orders.iter().rev().map(ToString::to_string).collect();
    assert_eq!(ids(&listed), expected);
    assert_eq!(listed["more"], false);
    assert_eq!(listed["orders"][0]["needsIntervention"]["why"], "no answer about …");
    let printed = scene.run("order list --needs-intervention").await.unwrap();
    assert_eq!(printed.lines().count(), 21);
}

#[tokio::test]
async fn why_an_order_does_not_go_on_and_when_it_is_tried_again_is_shown_and_listed() {
    let scene = Scene::new().await;
    let order = scene.creation(1).await;
    scene.creation(2).await;
    assert_eq!(scene.run("order list --retrying").await.unwrap(), "no orders\n");
    let show = format!("order show {}", order.id);
    let waits = scene.json(&show).await["waitsFor"].as_str().unwrap().to_owned();
    assert!(waits.starts_with("its next attempt at"), "{waits}");
    scene.fail(order.id, "seller of 46708421488: status 401").await;
    let now = scene.clock.now();
    let (at, next) = (rfc3339(now), rfc3339(now + Duration::seconds(2)));
    let failure = json!({ "at": at, "why": "seller of …: status 401", "nextAttempt": next });
    let shown = scene.json(&show).await;
    assert_eq!(shown["lastFailure"], failure);
    assert!(shown["waitsFor"].as_str().unwrap().contains(&next), "{shown}");
    let listed = scene.json("order list --retrying").await;
    assert_eq!(ids(&listed), [order.id.to_string()]);
    assert_eq!(listed["orders"][0]["lastFailure"], failure);
    for command in [show.as_str(), "order list --retrying"] {
        let printed = scene.run(command).await.unwrap();
        assert!(
            printed.contains("seller of …: status 401") && printed.contains(&next),
            "{printed}"
        );
    }
    scene.mark_needs_intervention(order.id, "no answer").await;
    assert!(ids(&scene.json("order list --retrying").await).is_empty());
    let waits = scene.json(&show).await["waitsFor"].as_str().unwrap().to_owned();
    assert!(waits.starts_with("the operator"), "{waits}");
    scene.end(order.id, OrderStatus::Canceled, "no").await;
    let shown = scene.json(&show).await;
    assert!(shown.get("lastFailure").is_none(), "{shown}");
    assert!(shown["waitsFor"].as_str().unwrap().starts_with("the publication"), "{shown}");
}

#[tokio::test]
async fn orders_past_their_time_are_listed_the_oldest_first() {
    let scene = Scene::new().await;
    let mut orders = Vec::new();
    for n in 1..=5 {
        orders.push(scene.creation(n).await.id.to_string());
        scene.clock.advance(Duration::SECOND);
    }
    assert_eq!(scene.run("order list --overdue").await.unwrap(), "no orders\n");
    scene.clock.advance(Duration::minutes(5));
    scene.creation(6).await;
    assert_eq!(ids(&scene.json("order list --overdue").await), orders);
}

#[tokio::test]
async fn an_order_resolved_as_completed_is_applied_and_says_by_whom() {
    let scene = Scene::new().await;
    let order = scene.change(1, 2).await;
    scene.mark_needs_intervention(order.id, "no answer").await;
    let resolved = scene.json(&resolve(order.id, "COMPLETED")).await;
    assert_eq!((&resolved["status"], &resolved["changed"]), (&json!("COMPLETED"), &json!(true)));
    let subscription = scene.subscription(1).await.unwrap();
    assert_eq!(subscription.msisdn, Some(numbers::msisdn(2)));
    assert_eq!(subscription.outstanding_order, None);
    let shown = scene.json(&format!("order show {}", order.id)).await;
    assert_eq!(
        (&shown["history"][0]["by"], &shown["history"][0]["reason"]),
        (&json!("ada"), &json!("checked"))
    );
    assert!(shown.get("needsIntervention").is_none());
    assert!(ids(&scene.json("order list --needs-intervention").await).is_empty());
}

#[tokio::test]
async fn an_order_resolved_as_canceled_frees_what_it_claimed() {
    let scene = Scene::new().await;
    let order = scene.creation(1).await;
    scene.run(&resolve(order.id, "canceled")).await.unwrap();
    assert!(scene.subscription(1).await.is_none());
    scene.creation(1).await;
}

#[tokio::test]
async fn resolving_twice_alike_changes_nothing_and_otherwise_is_refused() {
    let scene = Scene::new().await;
    let order = scene.creation(1).await;
    scene.run(&resolve(order.id, "COMPLETED")).await.unwrap();
    let again = scene.json(&resolve(order.id, "COMPLETED")).await;
    assert_eq!((&again["changed"], &again["by"]), (&json!(false), &json!("ada")));
    let error = scene.error(&resolve(order.id, "CANCELED")).await;
    let at = rfc3339(scene.clock.now());
    let expected = format!(
        "order {} has ended as COMPLETED at {at}: it cannot be resolved any more",
        order.id
    );
    assert_eq!(error, expected);
    assert!(scene.subscription(1).await.is_some());
}

#[tokio::test]
async fn an_order_that_a_worker_holds_is_not_resolved_until_its_lease_is_over() {
    let scene = Scene::new().await;
    let order = scene.creation(1).await;
    scene.lease(order.id).await;
    let error = scene.error(&resolve(order.id, "CANCELED")).await;
    assert!(error.ends_with("try again when its lease is over"), "{error}");
    assert!(scene.subscription(1).await.is_some());
    scene.clock.advance(Duration::seconds(91));
    scene.run(&resolve(order.id, "CANCELED")).await.unwrap();
    assert!(scene.subscription(1).await.is_none());
}
