use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap};
use orderwire_local::{
    gate::{self, Guard},
    permissions::{Permissions, Resources, record::Judge},
    template::{Place, Template},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::fixtures::folder;

/// Bodies that arrived behind the gate.
type Arrived = Arc<Mutex<Vec<String>>>;

async fn behind(State(arrived): State<Arrived>, headers: HeaderMap, body: Bytes) -> String {
    arrived.lock().unwrap().push(String::from_utf8(body.to_vec()).unwrap());
    format!("{}, {}", headers["x-amz-target"].to_str().unwrap(), headers["host"].to_str().unwrap())
}

/// A gate with the roles of the real template: its URL, and what arrives behind it.
async fn gate() -> (String, Arrived) {
    let arrived = Arrived::default();
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", upstream.local_addr().unwrap());
    let router = Router::new().fallback(behind).with_state(arrived.clone());
    tokio::spawn(async { axum::serve(upstream, router).await });
    let template = Template::read(&folder().join("../template.yaml"), &BTreeMap::new()).unwrap();
    let place = Place::local("");
    let plan = template.plan(&place).unwrap();
    let guard = Guard {
        judge: Arc::new(Judge::keeping(Permissions::of(&plan), None)),
        resources: Arc::new(Resources::new(&plan, &place)),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    gate::serve(listener, guard, &url).unwrap();
    (address, arrived)
}

/// Gets an order as this caller: status and body.
async fn get(gate: &str, caller: Option<&str>, key: &str) -> (u16, String) {
    call(gate, caller, "DynamoDB_20120810.GetItem", key).await
}

async fn call(gate: &str, caller: Option<&str>, target: &str, key: &str) -> (u16, String) {
    let body = json!({
        "TableName": "OrdersTable",
        "Key": { "pk": { "S": key }, "sk": { "S": "ORDER" } },
    });
    let mut call =
        reqwest::Client::new().post(gate).header("x-amz-target", target).body(body.to_string());
    if let Some(caller) = caller {
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential={caller}/20261130/us-east-1/dynamodb/aws4_request"
        );
        call = call.header("authorization", signed);
    }
    let response = call.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_call_that_the_functions_role_allows_passes_as_it_is() {
    let (gate, arrived) = gate().await;
    let (status, body) = get(&gate, Some("provisioning-orders-api"), "ORDER#1").await;
    assert_eq!(status, 200);
    assert!(body.starts_with("DynamoDB_20120810.GetItem, 127.0.0.1:"), "{body}");
    assert!(arrived.lock().unwrap()[0].contains("ORDER#1"));
}

#[tokio::test]
async fn a_call_that_it_does_not_allow_is_refused_and_never_arrives() {
    let (gate, arrived) = gate().await;
    for (caller, key) in [("provisioning-orders-api", "SIGNKEY#RING"), ("outbox-relay", "ORDER#1")]
    {
        let (status, body) = get(&gate, Some(caller), key).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(status, 400);
        assert_eq!(body["__type"], "com.amazon.coral.service#AccessDeniedException");
        let message = body["Message"].as_str().unwrap();
        assert!(message.starts_with(&format!("User: {caller} is not authorized")), "{message}");
    }
    assert!(arrived.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_local_cloud_developers_and_simulators_may_do_anything() {
    let (gate, _) = gate().await;
    assert_eq!(get(&gate, Some("local"), "SIGNKEY#RING").await.0, 200);
}

#[tokio::test]
async fn a_caller_whom_nobody_knows_is_refused_whatever_the_call_is() {
    let (gate, arrived) = gate().await;
    for caller in [None, Some("test"), Some("provisioning-orders-api.x"), Some("local.x")] {
        for target in ["DynamoDB_20120810.GetItem", "DynamoDB_20120810.ListTables", ""] {
            let (status, body) = call(&gate, caller, target, "ORDER#1").await;
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(status, 400);
            assert_eq!(body["__type"], "com.amazon.coral.service#AccessDeniedException");
            let expected = format!("User: {} is not authorized", caller.unwrap_or("anonymous"));
            assert!(body["Message"].as_str().unwrap().starts_with(&expected), "{body}");
        }
    }
    assert!(arrived.lock().unwrap().is_empty());
    assert_eq!(get(&gate, Some("provisioning-orders-api.17"), "ORDER#1").await.0, 200);
}
