//! The console under its role, beside the APIs and the workers.

use domain::{carrier::FulfilmentPolicy, clock::Clock as _, identity::Role};
use harness::{Call, Response, TestApp};
use store::{DynamoConsole, DynamoParties, DynamoWatchdog};
use testkit::numbers;

use crate::{
    fixture::{Fixture, manual, party},
    whole::{stock, subscription, webhook},
};

const FORM: &str = "application/x-www-form-urlencoded";

/// An operator's browser.
struct Browser<'a> {
    app: &'a TestApp,
    cookie: String,
    token: String,
}

impl<'a> Browser<'a> {
    async fn open(app: &'a TestApp) -> Self {
        let code = api::identity::generate_code();
        let digest = api::identity::digest_of_code(&code);
        let console = DynamoConsole::new(app.db.table.clone());
        console.add_link(&digest, "ada".parse().unwrap(), app.clock.now()).await.unwrap();
        let call = Call::new("POST", "/console/sessions").bytes(FORM, format!("code={code}"));
        let opened = app.send(call).await;
        assert_eq!(opened.status, 303, "{opened:?}");
        let cookie = opened.header("set-cookie").split(';').next().unwrap().to_owned();
        let mut browser = Self { app, cookie, token: String::new() };
        let page = browser.page("/console").await;
        let token = page.split("name=\"token\" value=\"").nth(1).unwrap();
        browser.token = token.split('"').next().unwrap().to_owned();
        browser
    }

    async fn page(&self, path: &str) -> String {
        let call = Call::new("GET", path).header("cookie", self.cookie.as_str());
        let response = self.app.send(call).await;
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.text()
    }

    /// Sends a form; where the browser is led.
    async fn post(&self, path: &str, fields: &str) -> String {
        let call = Call::new("POST", path).header("cookie", self.cookie.as_str());
        let call = call.bytes(FORM, format!("token={}&{fields}", self.token));
        let response: Response = self.app.send(call).await;
        assert_eq!(response.status, 303, "{path}: {}", response.text());
        response.header("location").to_owned()
    }
}

/// Marks an order, as the dead-letter consumer does.
async fn mark(app: &TestApp, order: u64) {
    let watchdog = DynamoWatchdog::new(app.db.table.clone());
    let found = watchdog.get(&order.to_string()).await.unwrap().unwrap();
    let now = app.clock.now();
    assert!(watchdog.mark_needs_intervention(&found, "the effect is unknown", now).await.unwrap());
}

#[tokio::test]
async fn an_operator_follows_orders_and_acts_on_those_that_need_it() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    webhook(&app, &client).await;
    let canceled = subscription(&app, &client, 1).await;
    let completed = subscription(&app, &client, 2).await;
    let retried = subscription(&app, &client, 3).await;
    let browser = Browser::open(&app).await;
    for order in [canceled, completed, retried] {
        mark(&app, order).await;
    }
    let page = browser.page("/console").await;
    assert!(
        page.contains("the effect is unknown") && page.contains(&format!("/orders/{retried}\""))
    );
    let found = browser.post("/console/search", &format!("text={}", numbers::msisdn(1))).await;
    assert_eq!(found, format!("/console/orders/{canceled}"));
    for (order, how) in [(canceled, "CANCELED"), (completed, "COMPLETED")] {
        let path = format!("/console/orders/{order}");
        browser.page(&format!("{path}/actions")).await;
        let form = format!("as={how}&reason=checked");
        let after = browser.post(&format!("{path}/resolve"), &form).await;
        assert!(browser.page(&after).await.contains(&format!("<strong>{how}</strong>")));
    }
    browser.post(&format!("/console/orders/{retried}/retry"), "").await;
    app.drain().await;
    let page = browser.page(&format!("/console/orders/{retried}")).await;
    assert!(page.contains("<strong>COMPLETED</strong>") && !page.contains("Needs intervention"));
    assert!(page.contains("order.completed") && page.contains("answered 20"), "{page}");
    assert!(browser.page("/console").await.contains("No order needs intervention."));
    // SIM and number of the canceled order are free.
    subscription(&app, &client, 1).await;
    app.drain().await;
}

#[tokio::test]
async fn an_operator_looks_at_tenants_endpoints_and_the_registry() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    webhook(&app, &client).await;
    subscription(&app, &client, 1).await;
    app.drain().await;
    let browser = Browser::open(&app).await;
    assert!(browser.page("/console/tenants").await.contains("/console/tenants/one\""));
    let page = browser.page("/console/tenants/one").await;
    let endpoint = page.split("/endpoints/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/console/tenants/one/endpoints/{endpoint}");
    let page = browser.page(&path).await;
    let replay = page.split("action=\"").find(|rest| rest.contains("/replay\"")).unwrap();
    app.receivers.take();
    browser.post(replay.split('"').next().unwrap(), "").await;
    app.drain().await;
    assert_eq!(app.receivers.take().len(), 1, "delivered once more");
    browser.post(&format!("{path}/enable"), "").await;
    stock(&app, 2).await;
    DynamoParties::new(app.db.table.clone())
        .put(&party("Cox", FulfilmentPolicy::Manual))
        .await
        .unwrap();
    let page = browser.page("/console/registry").await;
    assert!(page.contains("MANUAL") && page.contains("consumer"), "{page}");
    let call = Call::new("POST", "/console/sign-out").header("cookie", browser.cookie.as_str());
    let out = app.send(call.bytes(FORM, format!("token={}", browser.token))).await;
    assert_eq!(out.status, 200, "{}", out.text());
}

#[tokio::test]
async fn a_carrier_order_is_found_by_its_pon_and_shown_with_its_notifications() {
    let fixture = Fixture::new().await;
    let order = fixture.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    order.worked().await;
    let browser = Browser::open(&fixture).await;
    let document = order.read().await;
    let text = |name: &str| document[name].as_str().unwrap().replace(' ', "+");
    let pon = format!("text=pon:{}/{}", text("buyerId"), text("buyerPurchaseOrderNumber"));
    let found = browser.post("/console/search", &pon).await;
    assert_eq!(found, format!("/console/orders/{}", order.id));
    let page = browser.page(&found).await;
    assert!(page.contains("Notifications") && page.contains("<dt>PON</dt>"), "{page}");
}
