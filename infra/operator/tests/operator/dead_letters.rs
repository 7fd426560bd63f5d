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
    assert_eq!(error, "1 dead letters were not taken by the work queue: they are where they were");
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
