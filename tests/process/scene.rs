//! The functions of carrier orders over a table, with two Sellers: `Cox Spectrum Business` works
//! automatically, `Cox` by its own systems.

use std::sync::Arc;

use api::{
    HttpHandler,
    identity::{Authenticator, Rate, SecretHasher, TokenTerms, TokenVerifier, TrustedIssuers},
};
use carrier::{Config, Desk};
use carrier_notifications_api::CarrierNotificationsApi;
use carrier_order_worker::CarrierOrderWorker;
use carrier_orders_api::CarrierOrdersApi;
use carrier_status_api::CarrierStatusApi;
use domain::{
    carrier::{FulfilmentPolicy, Hosting, Party, ProductKind, ProductSpecification, Tolerance},
    clock::Clock,
    identity::Role,
};
use lambda::{
    config::{Environment, Secret},
    message::OrderMessage,
    sqs_batch::{Batch, QueueDefault},
};
use serde_json::{Map, Value, json};
use store::{DynamoCarrierOrders, DynamoClients, DynamoParties, DynamoPublicKeys};
use testkit::{Answer, Call, FixedClock, FixedRandom, TestTable, gateway::PEPPER};
use time::{Duration, OffsetDateTime, macros::datetime};
use token_api::TokenApi;

use crate::elsewhere::Elsewhere;

pub(crate) const AUTOMATIC: &str = "Cox Spectrum Business";
pub(crate) const MANUAL: &str = "Cox";
pub(crate) const PUSH: [&str; 3] = ["STATUS_UPDATE", "CONFIRMATION", "CONFIGURATION"];

/// The day after the orders of the published documents were written.
const NOW: OffsetDateTime = datetime!(2016-10-02 12:00 UTC);

type Carrier<A> = HttpHandler<A, DynamoClients, TokenVerifier<DynamoPublicKeys>>;

pub(crate) struct Scene {
    pub(crate) db: TestTable,
    pub(crate) clock: FixedClock,
    orders: Carrier<CarrierOrdersApi>,
    status: Carrier<CarrierStatusApi>,
    notifications: Carrier<CarrierNotificationsApi>,
    tokens: HttpHandler<TokenApi, DynamoClients>,
    worker: Batch<CarrierOrderWorker<Elsewhere>, QueueDefault>,
    pub(crate) elsewhere: Elsewhere,
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

fn pepper() -> Secret {
    Environment::of([("PEPPER", PEPPER)]).secret("PEPPER", 32)
}

fn terms() -> TokenTerms {
    TokenTerms { issuer: "https://orders.example.com".to_owned(), audience: "orderwire".to_owned() }
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let db = TestTable::create().await;
        let clock = FixedClock::default();
        clock.advance(NOW - clock.now());
        let config = Config {
            table: String::new(),
            pepper: pepper(),
            terms: terms(),
            trusted: TrustedIssuers::default(),
            watchdog: Duration::minutes(5),
        };
        let table = &db.table;
        let time: Arc<dyn Clock> = Arc::new(clock.clone());
        let desk = Desk::new(table, config.watchdog)
            .with(Arc::clone(&time), Arc::new(FixedRandom::default()));
        let clients = || Authenticator::new(DynamoClients::new(table.clone()), hasher());
        let callers = || {
            let keys = DynamoPublicKeys::new(table.clone(), Arc::clone(&time));
            clients()
                .with_clock(Arc::clone(&time))
                .with_rate(Rate { per_second: 1e9, burst: 1e9 })
                .with_tokens(TokenVerifier::new(keys, terms()))
        };
        let work = carrier_order_worker::Config {
            table: String::new(),
            queue: String::new(),
            lease: Duration::seconds(90),
            max_receives: 3,
            watchdog: Duration::minutes(5),
        };
        let elsewhere = Elsewhere::default();
        let worker = CarrierOrderWorker::new(table, &work, elsewhere.clone());
        let worker = worker.with_clock(Arc::clone(&time));
        let scene = Self {
            orders: HttpHandler::new(
                CarrierOrdersApi::new(table, &config).with_desk(desk.clone()),
                callers(),
            ),
            status: HttpHandler::new(
                CarrierStatusApi::new(table, &config).with_desk(desk.clone()),
                callers(),
            ),
            notifications: HttpHandler::new(
                CarrierNotificationsApi::new(table, &config).with_desk(desk),
                callers(),
            ),
            tokens: HttpHandler::new(
                TokenApi::new(table.clone(), clients(), terms()).with_clock(time),
                clients(),
            ),
            worker: Batch::new(worker, QueueDefault),
            elsewhere,
            clock,
            db,
        };
        scene.people().await;
        scene
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

    /// Sends a call to the function that the gateway would send it to.
    pub(crate) async fn send(&self, call: Call, path: &str) -> Answer {
        let path = path.split('?').next().unwrap_or(path);
        if path.contains("/notification") {
            call.to(&self.notifications).await
        } else if path.contains("/status") && !path.contains('&') {
            call.to(&self.status).await
        } else {
            call.to(&self.orders).await
        }
    }

    pub(crate) async fn call(&self, client: &str, method: &str, path: &str) -> Answer {
        self.send(Call::new(method, path).as_client(client), path).await
    }

    pub(crate) async fn call_with(
        &self,
        client: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        self.send(Call::new(method, path).as_client(client).json(body), path).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("verizon", "GET", path).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call_with("verizon", "POST", path, body).await
    }

    /// Places an order; it must be in this state then.
    pub(crate) async fn placed(&self, order: &Value, status: &str) -> Placed<'_> {
        let answer = self.post("/orders", order).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.body["orderStatus"], status, "{}", answer.body);
        let id = answer.body["id"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("location"), format!("/orders/{id}"));
        Placed { scene: self, id }
    }

    pub(crate) async fn token(&self, client: &str) -> String {
        let answer = Call::new("POST", "/oauth/token")
            .as_client(client)
            .text("application/x-www-form-urlencoded", "grant_type=client_credentials")
            .to(&self.tokens)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    /// Gives the worker a message; what it reports as failed.
    pub(crate) async fn message(&self, order: &str, receives: u32) -> Value {
        let message = OrderMessage {
            order_id: order.to_owned(),
            revision: 1,
            correlation_id: "correlation-1".to_owned(),
        };
        let event = json!({ "Records": [{
            "messageId": "message-1",
            "receiptHandle": "receipt-1",
            "body": serde_json::to_string(&message).unwrap(),
            "attributes": { "ApproximateReceiveCount": receives.to_string() },
        }] });
        self.worker.answer(&event).await.unwrap()["batchItemFailures"].clone()
    }

    /// How many items are stored.
    pub(crate) async fn items(&self) -> usize {
        self.db.direct.scan().table_name(&self.db.name).send().await.unwrap().items().len()
    }

    /// The revision of an order's item.
    pub(crate) async fn revision(&self, id: &str) -> u64 {
        let orders = DynamoCarrierOrders::new(self.db.table.clone());
        orders.get(id).await.unwrap().unwrap().revision
    }

    /// The S-VLAN ids that are claimed at an ENNI.
    pub(crate) async fn svlans(&self, enni: &str) -> Vec<String> {
        let query = self.db.direct.query().table_name(&self.db.name);
        let query = query.key_condition_expression("pk = :enni").expression_attribute_values(
            ":enni",
            serde_dynamo::to_attribute_value(format!("ENNI#{enni}")).unwrap(),
        );
        let found = query.send().await.unwrap();
        let ids = found.items().iter().map(|item| item["sk"].as_s().unwrap().clone());
        ids.map(|sk| sk.trim_start_matches("SVLAN#").to_owned()).collect()
    }
}

fn hasher() -> SecretHasher {
    SecretHasher::new(PEPPER)
}

/// An order that was placed.
#[derive(Clone)]
pub(crate) struct Placed<'s> {
    pub(crate) scene: &'s Scene,
    pub(crate) id: String,
}

impl Placed<'_> {
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/orders/{}{rest}", self.id)
    }

    pub(crate) async fn read(&self) -> Value {
        let answer = self.scene.get(&self.path("")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub(crate) async fn status(&self) -> String {
        self.read().await["orderStatus"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn etag(&self) -> String {
        self.scene.get(&self.path("")).await.header("etag").to_owned()
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
        let answer = self.scene.get(&self.path("/notifications?view=history")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body.as_array().unwrap().clone()
    }

    pub(crate) async fn latest(&self) -> Value {
        let answer = self.scene.get(&self.path("/notifications")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// A call without a body, by a client.
    pub(crate) async fn act(&self, client: &str, action: &str) -> Answer {
        self.scene.call(client, "POST", &self.path(action)).await
    }

    /// A notification of the Seller's own systems.
    pub(crate) async fn report(&self, kind: &str, more: &Value) -> Answer {
        let order = self.read().await;
        let mut body = Map::new();
        body.insert("orderId".to_owned(), self.id.clone().into());
        for name in ["buyerId", "sellerId", "buyerPurchaseOrderNumber", "buyerOrderVersion"] {
            body.insert(name.to_owned(), order[name].clone());
        }
        body.insert("notificationType".to_owned(), kind.into());
        body.extend(more.as_object().unwrap().clone());
        self.scene
            .call_with("cox", "POST", &self.path("/notifications"), &Value::Object(body))
            .await
    }

    /// Lets the worker do what there is to do: each step of an order calls for the next.
    pub(crate) async fn worked(&self) {
        for _ in 0..10 {
            let before = self.etag().await;
            assert_eq!(self.scene.message(&self.id, 1).await, json!([]));
            if self.etag().await == before {
                return;
            }
        }
        panic!("the worker comes to no end");
    }

    /// One message for the worker.
    pub(crate) async fn message(&self) {
        assert_eq!(self.scene.message(&self.id, 1).await, json!([]));
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
