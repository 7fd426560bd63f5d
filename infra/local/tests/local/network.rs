use std::time::Duration;

use orderwire_local::network::{Network, router};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct Caller {
    base: String,
    client: Client,
}

impl Caller {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            axum::serve(listener, router(Network::default())).await.unwrap();
        });
        Self { base, client: Client::new() }
    }

    async fn ask(&self, key: &str, kind: &str, change: Value) -> Result<Response, reqwest::Error> {
        let body = json!({
            "operationId": key,
            "kind": kind,
            "subscription": { "iccid": "89", "msisdn": "46" },
            "change": change,
        });
        let request = self.client.post(format!("{}/operations", self.base));
        let request = request.timeout(Duration::from_millis(300)).header("Idempotency-Key", key);
        request.json(&body).send().await
    }

    async fn status(&self, key: &str, kind: &str) -> u16 {
        self.ask(key, kind, json!({})).await.unwrap().status().as_u16()
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let response = self.client.get(format!("{}{path}", self.base)).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn fault(&self, fault: Value) {
        let request = self.client.put(format!("{}/faults", self.base)).json(&fault);
        assert!(request.send().await.unwrap().status().is_success(), "{fault}");
    }

    async fn end_fault(&self) {
        self.client.delete(format!("{}/faults", self.base)).send().await.unwrap();
    }

    async fn applied(&self, key: &str) -> u64 {
        let (_, listing) = self.get("/operations").await;
        let operations = listing["operations"].as_array().unwrap();
        let found = operations.iter().find(|operation| operation["key"] == key);
        found.and_then(|operation| operation["applied"].as_u64()).unwrap_or(0)
    }
}

#[tokio::test]
async fn a_key_that_comes_again_is_done_once_with_the_same_answer() {
    let network = Caller::new().await;
    assert_eq!(network.status("1", "CREATE").await, 200);
    assert_eq!(network.status("1", "CREATE").await, 200);
    assert_eq!(network.status("2", "CREATE").await, 409);
    assert_eq!(network.status("2", "CREATE").await, 409);
    let (_, listing) = network.get("/operations").await;
    assert_eq!(listing["operations"][0]["received"], 2);
    assert_eq!(network.applied("1").await, 1);
    assert_eq!(network.get("/operations/1").await.1, json!({ "status": "DONE" }));
    let refused = json!({ "status": "REFUSED", "reason": "the subscriber exists" });
    assert_eq!(network.get("/operations/2").await.1, refused);
    assert_eq!(network.get("/operations/3").await.0, 404);
}

#[tokio::test]
async fn subscribers_are_created_changed_moved_to_another_sim_and_deleted() {
    let network = Caller::new().await;
    assert_eq!(network.status("0", "CHANGE").await, 409);
    network.ask("1", "CREATE", json!({ "blocked": false })).await.unwrap();
    network.ask("2", "CHANGE", json!({ "blocked": true, "msisdn": null })).await.unwrap();
    let changed = json!({ "changes": 1, "iccid": "89", "blocked": true });
    assert_eq!(network.get("/subscribers/89").await.1, changed);
    network.ask("3", "CHANGE", json!({ "iccid": "90" })).await.unwrap();
    assert_eq!(network.get("/subscribers/89").await.0, 404);
    assert_eq!(network.get("/subscribers/90").await.1["changes"], 2);
    assert_eq!(network.status("4", "DELETE").await, 409);
    assert_eq!(network.get("/subscribers").await.1["subscribers"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_work_done() {
    let network = Caller::new().await;
    network.fault(json!({ "mode": "answer-lost-after-doing", "times": 1 })).await;
    let answer = network.ask("1", "CREATE", json!({})).await;
    assert!(match answer {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    });
    assert_eq!(network.get("/subscribers/89").await.0, 200);
    assert_eq!(network.status("1", "CREATE").await, 200);
    assert_eq!(network.applied("1").await, 1);
}

#[tokio::test]
async fn an_asynchronous_operation_is_running_and_then_done() {
    let network = Caller::new().await;
    network.fault(json!({ "mode": "asynchronous", "milliseconds": 100 })).await;
    assert_eq!(network.status("1", "CREATE").await, 202);
    assert_eq!(network.status("1", "CREATE").await, 202);
    assert_eq!(network.get("/operations/1").await.1["status"], "RUNNING");
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(network.get("/operations/1").await.1["status"], "DONE");
    assert_eq!(network.applied("1").await, 1);
}

#[tokio::test]
async fn refusals_errors_garbage_and_silence_do_nothing() {
    let network = Caller::new().await;
    network.fault(json!({ "mode": "error500", "times": 1 })).await;
    assert_eq!(network.status("1", "CREATE").await, 500);
    network.fault(json!({ "mode": "garbage", "times": 1 })).await;
    let garbage = network.ask("1", "CREATE", json!({})).await.unwrap();
    assert!(garbage.json::<Value>().await.is_err());
    network.fault(json!({ "mode": "hang" })).await;
    assert!(network.ask("1", "CREATE", json!({})).await.is_err());
    network.end_fault().await;
    assert_eq!(network.applied("1").await, 0);
    network.fault(json!({ "mode": "refuse", "reason": "no", "times": 1 })).await;
    assert_eq!(network.status("2", "CREATE").await, 409);
    assert_eq!(network.get("/operations/2").await.1["reason"], "no");
    assert_eq!(network.status("1", "CREATE").await, 200);
}

#[tokio::test]
async fn a_fault_may_be_for_one_subscriber_only() {
    let network = Caller::new().await;
    network.fault(json!({ "mode": "error500", "iccid": "other" })).await;
    assert_eq!(network.status("1", "CREATE").await, 200);
}

#[tokio::test]
async fn held_operations_wait_until_they_are_let_go() {
    let network = Caller::new().await;
    network.fault(json!({ "mode": "hold" })).await;
    let held = network.ask("1", "CREATE", json!({}));
    let release = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(network.applied("1").await, 0);
        network.end_fault().await;
    };
    let (answer, ()) = tokio::join!(held, release);
    assert_eq!(answer.unwrap().status(), 200);
    assert_eq!(network.applied("1").await, 1);
}

#[tokio::test]
async fn a_subscribers_device_and_mobile_network_are_reported() {
    let network = Caller::new().await;
    assert_eq!(network.get("/subscribers/89/imei").await.0, 404);
    network.ask("1", "CREATE", json!({})).await.unwrap();
    let (status, device) = network.get("/subscribers/89/imei").await;
    assert_eq!((status, device["imei"].as_str().unwrap().len()), (StatusCode::OK, 15));
    assert_eq!(network.get("/subscribers/89/imei").await.1, device, "it stays");
    assert_eq!(network.get("/subscribers/89/mobile-network").await.1["mcc"], "240");
}

#[tokio::test]
async fn a_fault_is_of_operations_or_of_reads() {
    let network = Caller::new().await;
    network.fault(json!({ "mode": "error500", "reads": true })).await;
    assert_eq!(network.status("1", "CREATE").await, 200);
    assert_eq!(network.get("/subscribers/89/imei").await.0, 500);
    for (mode, status) in [("refuse", 404), ("unavailable", 503)] {
        network.fault(json!({ "mode": mode, "reads": true, "times": 1 })).await;
        assert_eq!(network.get("/subscribers/89/mobile-network").await.0, status, "{mode}");
    }
    assert_eq!(network.get("/subscribers/89/imei").await.0, 200, "used up");
    network.fault(json!({ "mode": "unavailable" })).await;
    assert_eq!(network.get("/subscribers/89/imei").await.0, 200);
    assert_eq!(network.status("2", "CHANGE").await, 503);
}
