//! A queue service with as much of SQS as the commands use.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use orderwire_local::{caller, gate::Guard};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[derive(Debug, Clone)]
struct Message {
    id: String,
    body: String,
    receives: u32,
    hidden: bool,
}

#[derive(Default)]
struct Service {
    queues: HashMap<String, Vec<Message>>,
    /// Calls by name, in order.
    calls: Vec<String>,
    /// Bodies that a queue does not take.
    refused: Option<String>,
}

type Shared = Arc<Mutex<Service>>;

pub(crate) struct Queues {
    pub(crate) endpoint: String,
    service: Shared,
}

impl Queues {
    /// A service that the guard stands before.
    pub(crate) async fn start(guard: Guard) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let service = Shared::default();
        let router = Router::new().route("/", post(answer)).with_state((service.clone(), guard));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { endpoint, service }
    }

    /// Under the template's name of the queue: the guard judges by it.
    pub(crate) fn url(&self, name: &str) -> String {
        let name = match name {
            "work" => "SubscriptionWorkQueue",
            "dead" => "SubscriptionWorkDeadLetterQueue",
            "carrier-work" => "CarrierWorkQueue",
            "carrier-dead" => "CarrierWorkDeadLetterQueue",
            "esim-work" => "EsimWorkQueue",
            "esim-dead" => "EsimWorkDeadLetterQueue",
            "service-work" => "ServiceWorkQueue",
            "service-dead" => "ServiceWorkDeadLetterQueue",
            "events" => "EventsQueue",
            "events-dead" => "EventsDeadLetterQueue",
            "deliveries" => "DeliveriesQueue",
            "deliveries-dead" => "DeliveriesDeadLetterQueue",
            "batches" => "BatchesQueue",
            "batches-dead" => "BatchesDeadLetterQueue",
            "relay-failures" => "RelayFailuresQueue",
            other => other,
        };
        format!("{}/000000000000/{name}", self.endpoint)
    }

    pub(crate) fn put(&self, name: &str, id: &str, body: &str) {
        let (id, body) = (id.to_owned(), body.to_owned());
        let message = Message { id, body, receives: 0, hidden: false };
        let mut service = self.service.lock().unwrap();
        service.queues.entry(self.url(name)).or_default().push(message);
    }

    pub(crate) fn letter(&self, id: &str, order: &str) {
        let body = json!({"orderId": order, "revision": 1, "correlationId": "trace-1"});
        self.put("dead", id, &body.to_string());
    }

    pub(crate) fn refuse(&self, containing: &str) {
        self.service.lock().unwrap().refused = Some(containing.to_owned());
    }

    pub(crate) fn bodies(&self, name: &str) -> Vec<String> {
        self.messages(name).into_iter().map(|message| message.body).collect()
    }

    /// Ids of the messages that anybody may receive now.
    pub(crate) fn visible(&self, name: &str) -> Vec<String> {
        let messages = self.messages(name).into_iter();
        messages.filter(|message| !message.hidden).map(|message| message.id).collect()
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.service.lock().unwrap().calls.clone()
    }

    fn messages(&self, name: &str) -> Vec<Message> {
        self.service.lock().unwrap().queues.get(&self.url(name)).cloned().unwrap_or_default()
    }
}

async fn answer(
    State((service, guard)): State<(Shared, Guard)>,
    headers: HeaderMap,
    // The content type is SQS's own, which `Json` does not take.
    body: String,
) -> Json<Value> {
    let call: Value = serde_json::from_str(&body).unwrap();
    let target = headers["x-amz-target"].to_str().unwrap();
    let signed = headers["authorization"].to_str().ok();
    guard.admit(caller::caller(signed), target, body.as_bytes()).unwrap();
    let name = target.trim_start_matches("AmazonSQS.");
    let mut service = service.lock().unwrap();
    service.calls.push(name.to_owned());
    let refused = service.refused.clone();
    let queue = service.queues.entry(call["QueueUrl"].as_str().unwrap().to_owned()).or_default();
    Json(match name {
        "ReceiveMessage" => receive(queue),
        "SendMessageBatch" => send(queue, &call, refused.as_deref()),
        "DeleteMessage" => {
            queue.retain(|message| message.id != call["ReceiptHandle"]);
            json!({})
        }
        "ChangeMessageVisibility" => {
            let of = queue.iter_mut().find(|message| message.id == call["ReceiptHandle"]);
            of.unwrap().hidden = call["VisibilityTimeout"] != 0;
            json!({})
        }
        "GetQueueAttributes" => {
            json!({"Attributes": {"ApproximateNumberOfMessages": queue.len().to_string()}})
        }
        other => panic!("{other} is not needed"),
    })
}

fn receive(queue: &mut [Message]) -> Value {
    let batch = queue.iter_mut().filter(|message| !message.hidden).take(10);
    let messages: Vec<Value> = batch
        .map(|message| {
            message.hidden = true;
            message.receives += 1;
            let receives = message.receives.to_string();
            json!({
                "MessageId": message.id,
                "ReceiptHandle": message.id,
                "Body": message.body,
                // Two hours before the clock of the tests.
                "Attributes": {
                    "ApproximateReceiveCount": receives,
                    "SentTimestamp": "1795255200000",
                },
            })
        })
        .collect();
    json!({"Messages": messages})
}

fn send(queue: &mut Vec<Message>, call: &Value, refused: Option<&str>) -> Value {
    let (mut taken, mut failed) = (Vec::new(), Vec::new());
    for entry in call["Entries"].as_array().unwrap() {
        let (id, body) = (&entry["Id"], entry["MessageBody"].as_str().unwrap().to_owned());
        if refused.is_some_and(|part| body.contains(part)) {
            failed.push(json!({"Id": id, "Code": "InternalError", "SenderFault": false}));
            continue;
        }
        let message_id = format!("sent-{}", queue.len());
        taken.push(json!({"Id": id, "MessageId": message_id, "MD5OfMessageBody": ""}));
        queue.push(Message { id: message_id, body, receives: 0, hidden: false });
    }
    json!({"Successful": taken, "Failed": failed})
}
