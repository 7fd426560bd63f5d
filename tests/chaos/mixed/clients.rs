//! Careful clients: each repeats a request under its idempotency key until it knows the outcome.

use std::time::Duration;

use harness::{Api, Call, Cloud, Faults, Response, orders};
use serde_json::{Value, json};
use testkit::numbers;
use tokio::time::{Instant, sleep};

use super::history::{Accepted, History};

const SUBSCRIPTIONS: &str = "/ecc/v1/subscriptions";
/// A client that is told nothing definite for so long gives up, which is a violation.
const PATIENCE: Duration = Duration::from_secs(300);
const COMPLETED: &[&str] = &["COMPLETED"];
const ENDED: &[&str] = &["COMPLETED", "CANCELLED"];
/// One L, as ECC has it.
const CANCELED: &[&str] = &["CANCELED"];

/// The clients of all APIs.
pub(super) struct Clients {
    history: History,
    pub(super) ecc: [Client; 2],
    buyer: Client,
    reseller: Client,
}

/// A client of one API.
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) api: Api,
    history: History,
}

impl Clients {
    /// The demo clients, each with an endpoint of its own; the feeds of both ECC clients begin.
    pub(super) async fn new(cloud: &Cloud, faults: &Faults, history: &History) -> Self {
        let of = |name: &'static str, api| Client { name, api, history: history.clone() };
        let reseller = cloud.client("demo-reseller").with_token().await;
        let clients = Self {
            history: history.clone(),
            ecc: ["demo-ecc-1", "demo-ecc-2"].map(|name| of(name, cloud.client(name))),
            buyer: of("demo-buyer", cloud.client("demo-buyer")),
            reseller: of("demo-reseller", reseller),
        };
        for client in clients.all() {
            let url = faults.endpoint(client.name);
            let body = json!({ "url": url, "events": ["order.*"] });
            let response = client.api.post("/webhooks", &body).await;
            assert_eq!(response.status, 201, "{response:?}");
        }
        for client in &clients.ecc {
            client.api.get("/ecc/v1/events/order").await.expect(200, "");
        }
        clients
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Client> {
        self.ecc.iter().chain([&self.buyer, &self.reseller])
    }

    /// What the client with this number wants.
    pub(super) async fn act(&self, n: usize) {
        let number = u64::try_from(n).unwrap() * 10 + 1;
        let ecc = &self.ecc[n % 2];
        // Every kind is among the first few.
        match n * 7 % 20 {
            0..12 => self.subscription(ecc, number).await,
            12..14 => batch(ecc, number).await,
            14..17 => carrier_order(&self.buyer, number).await,
            _ => esim(&self.reseller, number).await,
        }
    }

    /// A new subscription; some are canceled, some changed once, and deleted in the end.
    async fn subscription(&self, client: &Client, n: u64) {
        let mut body = json!({ "iccid": numbers::iccid(n) });
        if n % 4 == 1 {
            body["msisdn"] = json!(numbers::msisdn(n));
        }
        let create = Call::new("POST", SUBSCRIPTIONS).json(&body);
        let Some(order) = client.ordered(create, &format!("create-{n}")).await else { return };
        let other = &self.ecc[usize::from(client.name == self.ecc[0].name)];
        let path = format!("/ecc/v1/orders/{order}");
        if n.is_multiple_of(7) && other.settled(&Call::new("GET", &path)).await.status != 404 {
            self.history.blame(format!("{order} is seen by another tenant"));
        }
        if n.is_multiple_of(3) {
            if n % 4 == 1 {
                client.cancels(order, n).await;
            }
            return;
        }
        let path = format!("{SUBSCRIPTIONS}/iccid:{}", numbers::iccid(n));
        client.ended(order).await;
        let change = Call::new("PATCH", &path).json(&json!({ "apn-ids": [n] }));
        let Some(order) = client.ordered(change, &format!("change-{n}")).await else { return };
        if n % 6 == 1 {
            client.ended(order).await;
            client.ordered(Call::new("DELETE", &path), &format!("delete-{n}")).await;
        }
    }
}

/// Three subscriptions in one batch.
async fn batch(client: &Client, n: u64) {
    let requests: Vec<Value> = (n..n + 3)
        .map(|n| {
            json!({
                "method": "POST", "resource": "subscriptions", "requestid": n.to_string(),
                "body": { "iccid": numbers::iccid(n) },
            })
        })
        .collect();
    let body = json!({ "type": "single", "requests": requests });
    let call = Call::new("POST", "/ecc/v1/batches").json(&body);
    let response = client.settled(&call.header("idempotency-key", format!("batch-{n}"))).await;
    let Some(id) = response.body["batchid"].as_str().filter(|_| response.status == 202) else {
        return client.history.blame(format!("batch {n}: {response:?}"));
    };
    let path = format!("/ecc/v1/batches/{id}");
    let found = client
        .until(&path, |batch| batch["status"].as_str().is_some_and(|s| s.contains("COMPLETED")))
        .await;
    for request in found["requests"].as_array().into_iter().flatten() {
        match request["orderid"].as_u64() {
            Some(order) if request["status"] == "COMPLETED" => {
                client.accept("ecc", order.to_string(), COMPLETED);
            }
            _ => client.history.blame(format!("batch {n}: {request}")),
        }
    }
}

/// An order of the Buyer; some are cancelled.
async fn carrier_order(buyer: &Client, n: u64) {
    let body = orders::carrier(&format!("PO-{n}"));
    let call = Call::new("POST", "/orders").json(&body);
    let response = buyer.settled(&call.header("idempotency-key", format!("place-{n}"))).await;
    let Some(id) = response.body["id"].as_str().filter(|_| response.status == 201) else {
        return buyer.history.blame(format!("carrier order {n}: {response:?}"));
    };
    buyer.accept("carrier", id.to_owned(), COMPLETED);
    if n % 4 == 1 {
        buyer.history.may_end(id, ENDED);
        let cancel = Call::new("POST", format!("/orders/{id}/cancel"));
        let cancel = cancel.header("idempotency-key", format!("cancel-{n}"));
        let response = buyer.settled(&cancel).await;
        // It may have ended meanwhile.
        if response.status != 200 && response.status != 409 {
            buyer.history.blame(format!("cancelling {id}: {response:?}"));
        }
    }
}

/// A new eSIM; some get another plan.
async fn esim(reseller: &Client, n: u64) {
    let place = async |body: Value, key: String| {
        let call = Call::new("POST", "/esim/v1/order").json(&body).header("idempotency-key", key);
        let response = reseller.settled(&call).await;
        let Some(id) = response.body["id"].as_str().filter(|_| response.status == 201) else {
            reseller.history.blame(format!("eSIM order {n}: {response:?}"));
            return None;
        };
        reseller.accept("esim", id.to_owned(), COMPLETED);
        Some(id.to_owned())
    };
    let email = format!("customer-{n}@example.com");
    let mut new = orders::esim(orders::PRODUCT);
    new["input"]["customer"]["email"] = json!(email);
    let Some(id) = place(new.clone(), format!("esim-{n}")).await else { return };
    if n.is_multiple_of(2) {
        return;
    }
    let path = format!("/esim/v1/order/{id}");
    let found = reseller.until(&path, |order| order["status"] == "COMPLETED").await;
    let mut top_up = new;
    top_up["input"]["operationType"] = json!("TOPUP");
    top_up["input"]["esim"] = json!({ "iccid": found["output"]["iccid"] });
    place(top_up, format!("top-up-{n}")).await;
}

impl Client {
    fn accept(&self, kind: &'static str, id: String, ends: &'static [&'static str]) {
        self.history.accept(Accepted { kind, client: self.name, id, ends });
    }

    /// Places an ECC order, the only request that is made about its subscription meanwhile: any
    /// refusal is wrong. Some requests are sent again when their outcome is known.
    async fn ordered(&self, call: Call, key: &str) -> Option<u64> {
        let call = call.header("idempotency-key", key);
        let response = self.settled(&call).await;
        let Some(order) = response.body["orderId"].as_u64().filter(|_| response.status == 202)
        else {
            self.history.blame(format!("{key}: {response:?}"));
            return None;
        };
        self.accept("ecc", order.to_string(), COMPLETED);
        if order % 5 == 0 {
            let again = self.settled(&call).await;
            if again.body["orderId"] != order || again.header("idempotency-replayed") != "true" {
                self.history.blame(format!("{key} again, after {order}: {again:?}"));
            }
        }
        Some(order)
    }

    /// Cancels the creation of a subscription: its end is the one that the response says, and its
    /// list has it.
    async fn cancels(&self, order: u64, n: u64) {
        let cancel = Call::new("POST", format!("/ecc/v1/orders/{order}/cancel"));
        let response = self.settled(&cancel.header("idempotency-key", format!("end-{n}"))).await;
        match response.status {
            200 => self.history.may_end(&order.to_string(), CANCELED),
            409 if response.body["code"] == "ORDER_NOT_CANCELABLE" => {}
            _ => self.history.blame(format!("canceling {order}: {response:?}")),
        }
        let path = format!("/ecc/v1/orders?iccid={}", numbers::iccid(n));
        let page = self.settled(&Call::new("GET", &path)).await;
        if page.body["orders"][0]["orderId"] != order {
            self.history.blame(format!("{order} is not in its list: {page:?}"));
        }
    }

    /// Sends until there is a definite response.
    async fn settled(&self, call: &Call) -> Response {
        let end = Instant::now() + PATIENCE;
        let mut repeated = false;
        loop {
            self.history.count(repeated);
            let response = self.api.try_send(call.clone()).await;
            let definite = |r: &Response| r.status < 500 && r.status != 429;
            match response {
                Some(response) if definite(&response) || Instant::now() > end => return response,
                None if Instant::now() > end => panic!("no response to {}", call.path),
                _ => sleep(Duration::from_millis(fastrand::u64(50..400))).await,
            }
            repeated = true;
        }
    }

    async fn ended(&self, order: u64) {
        let path = format!("/ecc/v1/orders/{order}");
        self.until(&path, |order| order["status"] != "PROVISIONING").await;
    }

    /// Reads until it is as wanted.
    async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let response = self.settled(&Call::new("GET", path)).await;
            if response.status == 200 && wanted(&response.body) {
                return response.body;
            }
            if response.status != 200 || Instant::now() > end {
                self.history.blame(format!("{path}: {response:?}"));
                return Value::Null;
            }
            sleep(Duration::from_millis(500)).await;
        }
    }
}
