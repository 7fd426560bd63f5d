//! The functions of carrier orders over a table, with two Sellers: `Cox Spectrum Business` works
//! automatically, `Cox` by its own systems.

use std::ops::Deref;

use domain::{
    carrier::{FulfilmentPolicy, Hosting, Party, ProductKind, ProductSpecification, Tolerance},
    identity::Role,
};
use harness::{AppSetup, TestApp};
use lambda::message::OrderMessage;
use serde_json::{Map, Value, json};
use store::{DynamoCarrierOrders, DynamoParties};
use testkit::{Call, Response, queue::sqs_event};
use time::{OffsetDateTime, macros::datetime};

use crate::elsewhere::Elsewhere;

pub(crate) const AUTOMATIC: &str = "Cox Spectrum Business";
pub(crate) const MANUAL: &str = "Cox";
pub(crate) const PUSH: [&str; 3] = ["STATUS_UPDATE", "CONFIRMATION", "CONFIGURATION"];

/// The day after the orders of the published documents were written.
const NOW: OffsetDateTime = datetime!(2016-10-02 12:00 UTC);

/// The application with the clients and the Sellers of the tests.
pub(crate) struct Fixture {
    app: TestApp,
    pub(crate) elsewhere: Elsewhere,
}

impl Deref for Fixture {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

pub(crate) fn party(id: &str, fulfilment: FulfilmentPolicy) -> Party {
    let product = |kind, code: &str, name: &str| ProductSpecification {
        kind,
        code: code.to_owned(),
        name: Some(name.to_owned()),
        id: None,
    };
    Party {
        id: id.parse().unwrap(),
        hosting: Hosting::Local,
        callback_base: None,
        products: vec![
            product(ProductKind::AccessEpl, "AEPL", "accessEpl-Superfast"),
            product(ProductKind::Uni, "AEVPL100", "Access EVPL 100"),
        ],
        fulfilment,
        lead_days: 1,
        pace_seconds: None,
        tolerance: Tolerance::default(),
    }
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let elsewhere = Elsewhere::default();
        let defaults = AppSetup::default();
        let setup = AppSetup { seller: elsewhere.clone(), now: NOW, rate: defaults.rate };
        let app = Self { app: TestApp::start(setup).await, elsewhere };
        app.people().await;
        app
    }

    async fn people(&self) {
        let (buyer, seller) = ([Role::Buyer], [Role::Seller]);
        self.db.client("verizon", "verizon", &buyer, &["Verizon"]).await;
        self.db.client("sprint", "sprint", &buyer, &["Sprint"]).await;
        self.db.client("cox", "cox", &seller, &[AUTOMATIC, MANUAL]).await;
        self.db.client("att", "att", &seller, &["AT&T"]).await;
        self.db.client("mixed", "mixed", &[Role::Buyer, Role::Seller], &["AT&T", MANUAL]).await;
        let parties = DynamoParties::new(self.db.table.clone());
        for (id, fulfilment) in [
            (AUTOMATIC, FulfilmentPolicy::Automatic),
            (MANUAL, FulfilmentPolicy::Manual),
            ("AT&T", FulfilmentPolicy::Manual),
        ] {
            assert!(parties.put(&party(id, fulfilment)).await.unwrap());
        }
    }

    pub(crate) async fn call(&self, client: &str, method: &str, path: &str) -> Response {
        self.send(Call::new(method, path).as_client(client)).await
    }

    pub(crate) async fn call_with(
        &self,
        client: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Response {
        self.send(Call::new(method, path).as_client(client).json(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.call("verizon", "GET", path).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.call_with("verizon", "POST", path, body).await
    }

    /// Places an order; it must be in this state then.
    pub(crate) async fn placed(&self, order: &Value, status: &str) -> Placed<'_> {
        let answer = self.post("/orders", order).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.body["orderStatus"], status, "{}", answer.body);
        let id = answer.body["id"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("location"), format!("/orders/{id}"));
        Placed { app: self, id }
    }

    pub(crate) async fn token(&self, client: &str) -> String {
        let ask = Call::new("POST", "/oauth/token")
            .as_client(client)
            .bytes("application/x-www-form-urlencoded", "grant_type=client_credentials");
        let answer = self.send(ask).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    /// Gives the worker a message; what it reports as failed.
    pub(crate) async fn message(&self, order: &str, receives: u32) -> Value {
        let message = OrderMessage {
            order_id: order.to_owned(),
            revision: 1,
            correlation_id: "correlation-1".to_owned(),
            tenant: Some("verizon".parse().unwrap()),
            publication: None,
        };
        let body = serde_json::to_string(&message).unwrap();
        let event = sqs_event(&[body], receives);
        self.work("carrier-order-worker", event).await["batchItemFailures"].clone()
    }

    /// How many items are stored.
    pub(crate) async fn items(&self) -> usize {
        self.db.direct.scan().table_name(&self.db.name).send().await.unwrap().items().len()
    }

    /// The revision of an order's item.
    pub(crate) async fn revision(&self, id: &str) -> u64 {
        let orders = DynamoCarrierOrders::new(self.db.table.clone());
        orders.get(id).await.unwrap().unwrap().order().revision
    }

    /// The S-VLAN ids that are claimed at an ENNI of the automatic Seller.
    pub(crate) async fn svlans(&self, enni: &str) -> Vec<String> {
        let query = self.db.direct.query().table_name(&self.db.name);
        let query = query.key_condition_expression("pk = :enni").expression_attribute_values(
            ":enni",
            serde_dynamo::to_attribute_value(format!("ENNI#{AUTOMATIC}#{enni}")).unwrap(),
        );
        let found = query.send().await.unwrap();
        let ids = found.items().iter().map(|item| item["sk"].as_s().unwrap().clone());
        ids.map(|sk| sk.trim_start_matches("SVLAN#").to_owned()).collect()
    }
}

/// An order that was placed.
#[derive(Clone)]
pub(crate) struct Placed<'s> {
    pub(crate) app: &'s Fixture,
    pub(crate) id: String,
}

impl Placed<'_> {
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/orders/{}{rest}", self.id)
    }

    pub(crate) async fn read(&self) -> Value {
        let answer = self.app.get(&self.path("")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub(crate) async fn status(&self) -> String {
        self.read().await["orderStatus"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn etag(&self) -> String {
        self.app.get(&self.path("")).await.header("etag").to_owned()
    }

    /// Everything that was told, oldest first: (type, status).
    pub(crate) async fn told(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let history = self.history().await;
        let told = history.iter().enumerate().map(|(n, told)| {
            assert_eq!(told["notificationVersion"], n + 1, "{told}");
            (text(&told["notificationType"]), text(&told["orderStatus"]))
        });
        told.collect()
    }

    pub(crate) async fn history(&self) -> Vec<Value> {
        let answer = self.app.get(&self.path("/notifications?view=history")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body.as_array().unwrap().clone()
    }

    pub(crate) async fn latest(&self) -> Value {
        let answer = self.app.get(&self.path("/notifications")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// A call without a body, by a client.
    pub(crate) async fn act(&self, client: &str, action: &str) -> Response {
        self.app.call(client, "POST", &self.path(action)).await
    }

    /// A notification of the Seller's own systems.
    pub(crate) async fn report(&self, kind: &str, more: &Value) -> Response {
        let order = self.read().await;
        let mut body = Map::new();
        body.insert("orderId".to_owned(), self.id.clone().into());
        for name in ["buyerId", "sellerId", "buyerPurchaseOrderNumber", "buyerOrderVersion"] {
            body.insert(name.to_owned(), order[name].clone());
        }
        body.insert("notificationType".to_owned(), kind.into());
        body.extend(more.as_object().unwrap().clone());
        self.app.call_with("cox", "POST", &self.path("/notifications"), &Value::Object(body)).await
    }

    /// Lets the worker do what there is to do: each step of an order calls for the next.
    pub(crate) async fn worked(&self) {
        for _ in 0..10 {
            let before = self.etag().await;
            assert_eq!(self.app.message(&self.id, 1).await, json!([]));
            if self.etag().await == before {
                return;
            }
        }
        panic!("the worker comes to no end");
    }

    /// One message for the worker.
    pub(crate) async fn message(&self) {
        assert_eq!(self.app.message(&self.id, 1).await, json!([]));
    }
}

/// The JSON blocks of a published document, in order.
pub(crate) fn examples(document: &str) -> Vec<Value> {
    let blocks = document.split("```").filter_map(|block| block.strip_prefix(" JSON\n"));
    blocks.map(|block| serde_json::from_str(block).unwrap()).collect()
}

pub(crate) const ORDERS: &str =
    include_str!("../../shared/carrier/tests/data/001_c156e0accfa14112.txt");
pub(crate) const NOTICES: &str =
    include_str!("../../shared/carrier/tests/data/002_6dacf7d6702dfcb7.txt");

/// The published order: an OVC from an existing ENNI with the S-VLAN ids 100 to 104, and its UNI.
pub(crate) fn order() -> Value {
    let mut order = examples(ORDERS)[0]["items"][0].clone();
    let members = order.as_object_mut().unwrap();
    for ours in ["id", "link", "orderStatus"] {
        members.shift_remove(ours);
    }
    order
}

/// The published order under another number, with changed members (JSON pointer, value).
pub(crate) fn order_with(pon: &str, changes: &[(&str, Value)]) -> Value {
    let mut order = order();
    order["buyerPurchaseOrderNumber"] = pon.into();
    for (pointer, value) in changes {
        *order.pointer_mut(pointer).unwrap() = value.clone();
    }
    order
}

/// An order for the Seller that works by its own systems.
pub(crate) fn manual(pon: &str) -> Value {
    order_with(pon, &[("/sellerId", MANUAL.into())])
}

/// An order whose UNI product is unknown: PENDING.
pub(crate) fn unknown_product(pon: &str) -> Value {
    order_with(
        pon,
        &[("/orderItems/1/orderItemDetail/productSpecification/code", "Super UNI II".into())],
    )
}

/// A newer version of an order.
pub(crate) fn newer(order: &Value, version: &str) -> Value {
    let mut order = order.clone();
    order["buyerOrderVersion"] = version.into();
    order
}

/// The codes of an answer's messages.
pub(crate) fn codes(body: &Value) -> Vec<&str> {
    let messages = body["orderMessages"].as_array();
    messages.into_iter().flatten().filter_map(|message| message["code"].as_str()).collect()
}
