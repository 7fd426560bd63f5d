use serde_json::json;

use crate::scene::Scene;

#[tokio::test]
async fn dead_letters_are_listed_and_stay_visible_where_they_are() {
    let scene = Scene::new().await;
    for n in 1..=12 {
        scene.queues.letter(&format!("m{n}"), &n.to_string());
    }
    scene.queues.put("dead", "m13", "not JSON");
    let listed = scene.json("dead-letters list").await;
    let letters = listed["deadLetters"].as_array().unwrap();
    assert_eq!(letters.len(), 13);
    let expected = json!({
        "queue": "subscription-work", "messageId": "m1", "orderId": "1", "receiveCount": 1,
        "sentAt": "2026-11-21T10:00:00Z", "ageSeconds": 7200,
    });
    assert_eq!(letters[0], expected);
    assert!(letters[12].get("orderId").is_none());
    assert_eq!(scene.queues.visible("dead").len(), 13);
    assert!(!scene.queues.calls().contains(&"DeleteMessage".to_owned()));
}

#[tokio::test]
async fn a_person_reads_the_age_of_a_dead_letter_in_two_units() {
    let scene = Scene::new().await;
    assert_eq!(scene.run("dead-letters list").await.unwrap(), "no dead letters\n");
    scene.queues.letter("m1", "42");
    let printed = scene.run("dead-letters list").await.unwrap();
    let line: Vec<&str> = printed.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(line, ["subscription-work", "m1", "42", "1", "2h0m"]);
}

#[tokio::test]
async fn the_dead_letters_of_one_order_are_sent_again_and_the_others_stay() {
    let scene = Scene::new().await;
    scene.queues.letter("m1", "1");
    scene.queues.letter("m2", "2");
    scene.queues.put("dead", "m3", "not JSON");
    let body = scene.queues.bodies("dead")[1].clone();
    let report = scene.json("dead-letters redrive --order 2").await;
    assert_eq!(report["redriven"][0]["messageId"], "m2");
    assert_eq!(report["left"], 2);
    assert_eq!(scene.queues.bodies("work"), [body]);
    assert_eq!(scene.queues.visible("dead"), ["m1", "m3"]);
}

#[tokio::test]
async fn a_dead_letter_is_deleted_only_after_it_was_sent_again() {
    let scene = Scene::new().await;
    scene.queues.letter("m1", "1");
    scene.run("dead-letters redrive --all").await.unwrap();
    let calls = scene.queues.calls();
    let place = |name: &str| calls.iter().position(|call| call == name).unwrap();
    assert!(place("SendMessageBatch") < place("DeleteMessage"), "{calls:?}");
    assert!(scene.queues.bodies("dead").is_empty());
}

#[tokio::test]
async fn a_letter_that_the_work_queue_does_not_take_stays_a_dead_letter() {
    let scene = Scene::new().await;
    scene.queues.letter("m1", "1");
    scene.queues.letter("m2", "2");
    scene.queues.refuse("\"orderId\":\"1\"");
    let error = scene.error("dead-letters redrive --all").await;
    assert_eq!(error, "1 dead letter was not taken by the work queue: it is where it was");
    assert_eq!(scene.queues.visible("dead"), ["m1"]);
    assert_eq!(scene.queues.bodies("work").len(), 1);
}

#[tokio::test]
async fn a_letter_that_names_no_order_is_left_by_a_redrive_of_all() {
    let scene = Scene::new().await;
    scene.queues.put("dead", "m1", "not JSON");
    let report = scene.json("dead-letters redrive --all").await;
    assert_eq!((&report["redriven"], &report["left"]), (&json!([]), &json!(1)));
    assert_eq!(scene.queues.visible("dead"), ["m1"]);
}

#[tokio::test]
async fn a_redrive_of_an_order_without_dead_letters_says_so() {
    let scene = Scene::new().await;
    let error = scene.error("dead-letters redrive --order 7").await;
    assert_eq!(error, "there is no dead letter of order 7");
}

#[tokio::test]
async fn dead_letters_of_carrier_orders_go_back_to_their_own_queue() {
    let scene = Scene::new().await;
    scene.queues.letter("m1", "1");
    let body = r#"{"orderId":"ORD-1","revision":4,"correlationId":"trace-1"}"#;
    scene.queues.put("carrier-dead", "m2", body);
    let listed = scene.json("dead-letters list").await;
    let queues: Vec<_> = listed["deadLetters"].as_array().unwrap().iter().collect();
    assert_eq!(queues[1]["queue"], "carrier-work");
    assert_eq!(queues[1]["orderId"], "ORD-1");
    scene.run("dead-letters redrive --order ORD-1").await.unwrap();
    assert_eq!(scene.queues.bodies("carrier-work"), [body]);
    assert!(
        scene.queues.bodies("work").is_empty() && scene.queues.bodies("carrier-dead").is_empty()
    );
}

const DELIVERY: &str = r#"{"delivery":"d-1","attempt":3}"#;

#[tokio::test]
async fn the_letters_of_every_queue_are_listed() {
    let scene = Scene::new().await;
    let dead =
        ["dead", "carrier-dead", "esim-dead", "service-dead", "events-dead", "deliveries-dead"];
    let dead = dead.into_iter().chain(["batches-dead", "relay-failures"]);
    for (n, queue) in dead.enumerate() {
        scene.queues.put(queue, &format!("m{n}"), DELIVERY);
    }
    let listed = scene.json("dead-letters list").await;
    let letters = listed["deadLetters"].as_array().unwrap().iter();
    let queues: Vec<_> = letters.map(|letter| letter["queue"].as_str().unwrap()).collect();
    let expected = ["subscription-work", "carrier-work", "esim-work", "service-work", "events"];
    assert_eq!(queues[..5], expected);
    assert_eq!(queues[5..], ["deliveries", "batches", "relay-failures"]);
    let one = scene.json("dead-letters list --queue deliveries").await;
    assert_eq!(one["deadLetters"].as_array().unwrap().len(), 1);
    let printed = scene.run("dead-letters list").await.unwrap();
    assert!(printed.contains("RECEIVED counts every look at a letter"), "{printed}");
}

#[tokio::test]
async fn letters_that_are_of_no_order_go_back_to_their_own_queue() {
    let scene = Scene::new().await;
    scene.queues.put("deliveries-dead", "m1", DELIVERY);
    scene.queues.put("deliveries-dead", "m2", "not JSON");
    scene.queues.put("events-dead", "m3", DELIVERY);
    scene.queues.put("relay-failures", "m4", DELIVERY);
    let report = scene.json("dead-letters redrive --all --queue deliveries").await;
    assert_eq!((&report["redriven"][0]["messageId"], &report["left"]), (&json!("m1"), &json!(1)));
    assert_eq!(scene.queues.bodies("deliveries"), [DELIVERY]);
    assert_eq!(scene.queues.visible("deliveries-dead"), ["m2"]);
    scene.run("dead-letters redrive --all").await.unwrap();
    assert_eq!(scene.queues.bodies("events"), [DELIVERY]);
    assert_eq!(scene.queues.visible("relay-failures"), ["m4"], "nowhere to go back to");
}

#[tokio::test]
async fn a_letter_is_shown_with_its_body_and_stays() {
    let scene = Scene::new().await;
    scene.queues.put("deliveries-dead", "m1", DELIVERY);
    scene.queues.put("relay-failures", "m2", "not JSON");
    let shown = scene.json("dead-letters show m1").await;
    assert_eq!((&shown["queue"], &shown["body"]["attempt"]), (&json!("deliveries"), &json!(3)));
    let printed = scene.run("dead-letters show m2").await.unwrap();
    assert!(printed.contains("not JSON") && printed.contains("this look included"), "{printed}");
    assert_eq!(scene.queues.visible("deliveries-dead"), ["m1"]);
    assert_eq!(scene.queues.visible("relay-failures"), ["m2"]);
    assert_eq!(scene.error("dead-letters show m3").await, "there is no dead letter m3");
}

#[tokio::test]
async fn letters_are_deleted_by_message_order_or_queue() {
    let scene = Scene::new().await;
    for n in 1..=3 {
        scene.queues.letter(&format!("m{n}"), &n.to_string());
    }
    scene.queues.put("relay-failures", "m4", DELIVERY);
    let report = scene.json("dead-letters delete --order 1").await;
    assert_eq!((&report["deleted"][0]["messageId"], &report["left"]), (&json!("m1"), &json!(3)));
    scene.run("dead-letters delete --message m3").await.unwrap();
    assert_eq!(scene.queues.visible("dead"), ["m2"]);
    scene.run("dead-letters delete --all --queue relay-failures").await.unwrap();
    assert!(scene.queues.visible("relay-failures").is_empty());
    assert_eq!(scene.queues.visible("dead"), ["m2"]);
    assert!(!scene.queues.calls().contains(&"SendMessageBatch".to_owned()));
    let error = scene.error("dead-letters delete --message m9").await;
    assert_eq!(error, "there is no dead letter m9");
}
