//! A function with two tenants.

use std::sync::Arc;

use api::{HttpHandler, identity::TokenTerms};
use domain::{
    clock::Clock,
    identity::Role,
    provisioning::{OrderNumber, OrderStatus},
};
use ecc::Callers;
use network::NetworkRanges;
use serde_json::{Value, json};
use store::DynamoClients;
use subscriptions_api::{Config, SubscriberNetworks, SubscriptionsApi};
use testkit::{
    Call, FixedClock, FixedRandom, Response, TestTable, clients::PEPPER, end_order, numbers,
};
use time::Duration;

pub(crate) struct Scene {
    pub(crate) db: TestTable,
    pub(crate) clock: FixedClock,
    pub(crate) function: HttpHandler<SubscriptionsApi, DynamoClients>,
}

pub(crate) fn config() -> Config {
    let mut env = lambda::config::Environment::of([("PEPPER", PEPPER)]);
    Config {
        table: String::new(),
        callers: Callers::new(env.secret("PEPPER", 32), TokenTerms::default()),
        network: String::new(),
        ranges: NetworkRanges::default(),
        services: vec!["VOICE".parse().unwrap(), "SMS".parse().unwrap()],
        sandbox: domain::scenario::Sandbox::Off,
        watchdog: Duration::minutes(5),
    }
}

pub(crate) fn sim(n: u64) -> String {
    format!("/ecc/v1/subscriptions/iccid:{}", numbers::iccid(n))
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with_network("http://127.0.0.1:1").await
    }

    pub(crate) async fn with_network(url: &str) -> Self {
        let db = TestTable::create().await;
        db.client("alice", "a", &[Role::Ecc], &[]).await;
        db.client("bob", "b", &[Role::Ecc], &[]).await;
        let clock = FixedClock::default();
        let network = SubscriberNetworks::new(url, &NetworkRanges::default(), &db.table).unwrap();
        let api = SubscriptionsApi::new(db.table.clone(), network, &config())
            .with(Arc::new(clock.clone()), Arc::new(FixedRandom::default()));
        let function = db.handler(api);
        let scene = Self { db, clock, function };
        // The credential is cached from here on: calls counted later are the operation's own.
        scene.get("/ecc/v1/services").await;
        scene.db.proxy.take_calls();
        scene
    }

    pub(crate) async fn send(&self, call: Call) -> Response {
        call.as_client("alice").to(&self.function).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Call::new("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        self.send(Call::new("POST", path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Response {
        self.send(Call::new("PATCH", path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Response {
        self.send(Call::new("DELETE", path)).await
    }

    /// A subscription with SIM and number `n`, its creation carried out.
    pub(crate) async fn existing(&self, n: u64) {
        let body =
            json!({ "iccid": numbers::iccid(n).as_str(), "msisdn": numbers::msisdn(n).as_str() });
        let placed = self.post("/ecc/v1/subscriptions", body).await;
        assert_eq!(placed.status, 202, "{placed:?}");
        self.carry_out(&placed, OrderStatus::Completed).await;
    }

    /// Does what the worker does.
    pub(crate) async fn carry_out(&self, placed: &Response, status: OrderStatus) {
        let id: OrderNumber = placed.body["orderId"].to_string().parse().unwrap();
        end_order(&self.db.table, id, status, None, self.clock.now()).await;
    }

    /// Changes a subscription and carries the change out.
    pub(crate) async fn changed(&self, answer: Response) {
        assert_eq!(answer.status, 202, "{answer:?}");
        self.carry_out(&answer, OrderStatus::Completed).await;
    }

    pub(crate) async fn items(&self) -> usize {
        self.db.direct.scan().table_name(&self.db.name).send().await.unwrap().items().len()
    }
}
