//! Table and queues of a running local cloud, by the AWS JSON protocol: no SDK, no retries.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// One AWS service.
#[derive(Debug, Clone)]
pub struct Emulator {
    http: reqwest::Client,
    endpoint: String,
    target: &'static str,
}

/// A message of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id, the same for each receive.
    pub id: String,
    /// The body.
    pub body: String,
    /// Number of receives, this one included.
    pub receives: u32,
    receipt: String,
}

impl Emulator {
    async fn call(&self, operation: &str, input: &Value) -> Value {
        let request = self
            .http
            .post(&self.endpoint)
            .header("x-amz-target", format!("{}.{operation}", self.target))
            .header("x-amz-date", "20261121T120000Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20261121/us-east-1/any/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=0",
            )
            .header("content-type", "application/x-amz-json-1.0")
            .body(input.to_string());
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{operation}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
}

/// The orders table.
#[derive(Debug, Clone)]
pub struct TableView {
    service: Emulator,
    name: String,
}

impl TableView {
    pub(crate) fn new(http: reqwest::Client, endpoint: &str, name: &str) -> Self {
        let service = Emulator { http, endpoint: endpoint.to_owned(), target: "DynamoDB_20120810" };
        Self { service, name: name.to_owned() }
    }

    /// Every item, its attributes as plain JSON. Only tests scan the table.
    pub async fn all(&self) -> Vec<Map<String, Value>> {
        let mut items = Vec::new();
        let mut input = json!({ "TableName": self.name, "ConsistentRead": true });
        loop {
            let page = self.service.call("Scan", &input).await;
            items.extend(page["Items"].as_array().into_iter().flatten().map(plain_item));
            match &page["LastEvaluatedKey"] {
                Value::Null => return items,
                key => input["ExclusiveStartKey"] = key.clone(),
            }
        }
    }

    /// The items with this sort key.
    pub async fn of_kind(&self, sk: &str) -> Vec<Map<String, Value>> {
        let mut items = self.all().await;
        items.retain(|item| item.get("sk").is_some_and(|found| found == sk));
        items
    }

    /// These orders, as far as they exist: unlike a scan, no burden for what else uses the table.
    pub async fn orders(&self, ids: &[String]) -> Vec<Map<String, Value>> {
        let mut found = Vec::new();
        for some in ids.chunks(100) {
            let key = |id: &String| json!({ "pk": { "S": format!("ORDER#{id}") }, "sk": { "S": "ORDER" } });
            let keys: Vec<Value> = some.iter().map(key).collect();
            let mut tables = Map::new();
            tables.insert(self.name.clone(), json!({ "Keys": keys, "ConsistentRead": true }));
            let page = self.service.call("BatchGetItem", &json!({ "RequestItems": tables })).await;
            let items = page["Responses"][&self.name].as_array().cloned().unwrap_or_default();
            found.extend(items.iter().map(plain_item));
        }
        found
    }

    /// Stores so many copies of an order's item, each under an id of its own: a table that has been
    /// in use for a while.
    ///
    /// # Panics
    /// There is no such order.
    pub async fn multiply(&self, order: u64, count: u64) {
        let key = json!({ "pk": { "S": format!("ORDER#{order}") }, "sk": { "S": "ORDER" } });
        let input = json!({ "TableName": self.name, "ConsistentRead": true, "Key": key });
        let item = self.service.call("GetItem", &input).await["Item"].clone();
        assert!(item.is_object(), "no order {order}");
        let copies: Vec<u64> = (1..=count).collect();
        for numbers in copies.chunks(25) {
            let puts = numbers.iter().map(|number| {
                let mut item = item.clone();
                // Older than any order that is placed from now on.
                item["pk"] = json!({ "S": format!("ORDER#{}", order - 1_000_000 + number) });
                json!({ "PutRequest": { "Item": item } })
            });
            let puts: Vec<_> = puts.collect();
            let input = json!({ "RequestItems": { self.name.as_str(): puts } });
            self.service.call("BatchWriteItem", &input).await;
        }
    }

    /// An order.
    pub async fn order(&self, id: u64) -> Option<Map<String, Value>> {
        let key = json!({ "pk": { "S": format!("ORDER#{id}") }, "sk": { "S": "ORDER" } });
        let input = json!({ "TableName": self.name, "ConsistentRead": true, "Key": key });
        let found = self.service.call("GetItem", &input).await;
        found["Item"].is_object().then(|| plain_item(&found["Item"]))
    }
}

fn plain_item(item: &Value) -> Map<String, Value> {
    // Sorted, so that items can be compared as text.
    let attributes = item.as_object().into_iter().flatten();
    let sorted: BTreeMap<_, _> =
        attributes.map(|(name, value)| (name.clone(), plain(value))).collect();
    sorted.into_iter().collect()
}

fn plain(attribute: &Value) -> Value {
    let Some((kind, value)) = attribute.as_object().and_then(|a| a.iter().next()) else {
        return Value::Null;
    };
    match kind.as_str() {
        "N" => value.as_str().and_then(|n| n.parse::<i64>().ok()).map_or(Value::Null, Into::into),
        "NULL" => Value::Null,
        "M" => Value::Object(plain_item(value)),
        "L" => value.as_array().into_iter().flatten().map(plain).collect(),
        _ => value.clone(),
    }
}

/// The queues.
#[derive(Debug, Clone)]
pub struct Queues {
    service: Emulator,
    urls: BTreeMap<String, String>,
}

impl Queues {
    pub(crate) fn new(
        http: reqwest::Client,
        endpoint: &str,
        urls: BTreeMap<String, String>,
    ) -> Self {
        let service = Emulator { http, endpoint: endpoint.to_owned(), target: "AmazonSQS" };
        Self { service, urls }
    }

    /// Names of all queues.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.urls.keys().map(String::as_str)
    }

    /// Messages in a queue: visible, in flight, and delayed.
    pub async fn depth(&self, queue: &str) -> u64 {
        let names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ];
        let input = json!({ "QueueUrl": self.url(queue), "AttributeNames": names });
        let found = self.service.call("GetQueueAttributes", &input).await;
        let count = |name| found["Attributes"][name].as_str().and_then(|n| n.parse().ok());
        names.into_iter().map(|name| count(name).unwrap_or(0_u64)).sum()
    }

    /// Sends a message and returns its id.
    pub async fn send(&self, queue: &str, body: &str) -> String {
        let input = json!({ "QueueUrl": self.url(queue), "MessageBody": body });
        let sent = self.service.call("SendMessage", &input).await;
        sent["MessageId"].as_str().unwrap_or_default().to_owned()
    }

    /// Receives at most ten messages and hides them from other receivers for `hidden` seconds.
    pub async fn receive(&self, queue: &str, hidden: u32) -> Vec<Message> {
        let input = json!({
            "QueueUrl": self.url(queue),
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": hidden,
            "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
        });
        let found = self.service.call("ReceiveMessage", &input).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let message = |message: &Value| Message {
            id: text(&message["MessageId"]),
            body: text(&message["Body"]),
            receives: text(&message["Attributes"]["ApproximateReceiveCount"]).parse().unwrap_or(0),
            receipt: text(&message["ReceiptHandle"]),
        };
        found["Messages"].as_array().into_iter().flatten().map(message).collect()
    }

    /// Deletes a received message.
    pub async fn delete(&self, queue: &str, message: &Message) {
        let input = json!({ "QueueUrl": self.url(queue), "ReceiptHandle": message.receipt });
        self.service.call("DeleteMessage", &input).await;
    }

    /// Removes every message of a queue, messages in flight included.
    pub async fn purge(&self, queue: &str) {
        self.service.call("PurgeQueue", &json!({ "QueueUrl": self.url(queue) })).await;
    }

    /// Receives and deletes every message of a queue.
    pub async fn take_all(&self, queue: &str) -> Vec<Message> {
        let mut all = Vec::new();
        loop {
            let some = self.receive(queue, 30).await;
            if some.is_empty() {
                return all;
            }
            for message in some {
                self.delete(queue, &message).await;
                all.push(message);
            }
        }
    }

    fn url(&self, queue: &str) -> &str {
        &self.urls[queue]
    }
}
