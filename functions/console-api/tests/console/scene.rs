//! A function with a table and queues of its own, and a browser with a cookie.

use std::{collections::BTreeMap, sync::Arc};

use api::{
    HttpHandler,
    identity::{Authenticator, NoClients, SecretHasher, digest_of_code, generate_code},
};
use console_api::{ConsoleApi, Queues};
use domain::{
    clock::Clock as _, console::OperatorName, order::OrderKind, provisioning::OrderNumber,
};
use serde_json::Value;
use store::{DynamoConsole, DynamoOrders, DynamoWatchdog};
use testkit::{Call, CapturedQueue, FixedClock, FixedRandom, Response, TestTable, place_order};
use time::Duration;

/// What a browser sends.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Markup in a text from outside.
pub(crate) const CANARY: &str = "<script>alert('x')</script>\"&";

pub(crate) struct Scene {
    pub(crate) db: TestTable,
    pub(crate) clock: FixedClock,
    pub(crate) random: FixedRandom,
    pub(crate) work: CapturedQueue,
    pub(crate) deliveries: CapturedQueue,
    function: HttpHandler<ConsoleApi<CapturedQueue>, NoClients>,
}

/// A response, and the cookies that it sets.
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) cookies: Vec<String>,
}

/// A session in a browser.
pub(crate) struct Browser<'a> {
    scene: &'a Scene,
    pub(crate) cookie: String,
    pub(crate) token: String,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let db = TestTable::create().await;
        let (clock, work) = (FixedClock::default(), CapturedQueue::default());
        let deliveries = CapturedQueue::default();
        let queues = Queues {
            work: OrderKind::ALL
                .into_iter()
                .map(|kind| (kind, work.clone()))
                .collect::<BTreeMap<_, _>>(),
            deliveries: deliveries.clone(),
        };
        let api = ConsoleApi::new(&db.table, queues, Duration::minutes(5))
            .with_clock(Arc::new(clock.clone()));
        let nobody = Authenticator::new(NoClients, SecretHasher::new(""));
        let function = HttpHandler::new(api, nobody);
        Self { db, clock, random: FixedRandom::default(), work, deliveries, function }
    }

    pub(crate) async fn send(&self, call: Call) -> Answer {
        let event = self.function.handle_event(&call.event()).await;
        let cookies = event["cookies"].as_array().into_iter().flatten();
        let cookies = cookies.filter_map(Value::as_str).map(str::to_owned).collect();
        Answer { response: Response::from_event(&event), cookies }
    }

    /// The code of a new link.
    pub(crate) async fn link(&self, operator: OperatorName) -> String {
        let code = generate_code();
        let console = DynamoConsole::new(self.db.table.clone());
        console.add_link(&digest_of_code(&code), operator, self.clock.now()).await.unwrap();
        code
    }

    pub(crate) async fn open(&self, code: &str) -> Answer {
        let form = format!("code={code}");
        self.send(browsed("POST", "/console/sessions").bytes(FORM, form)).await
    }

    /// The browser of an operator.
    pub(crate) async fn operator(&self) -> Browser<'_> {
        let code = self.link("ada".parse().unwrap()).await;
        let opened = self.open(&code).await;
        assert_eq!((opened.response.status, opened.response.header("location")), (303, "/console"));
        let cookie = opened.cookies[0].split(';').next().unwrap().to_owned();
        let mut browser = Browser { scene: self, cookie, token: String::new() };
        let page = browser.page("/console").await;
        let token = page.split("name=\"token\" value=\"").nth(1).unwrap();
        browser.token = token.split('"').next().unwrap().to_owned();
        browser
    }

    /// An order for the subscription `n`.
    pub(crate) async fn order(&self, n: u64) -> OrderNumber {
        place_order(&self.db.table, n, &self.random, self.clock.now()).await
    }

    /// An order whose effect is unknown.
    pub(crate) async fn stuck(&self, n: u64, why: &str) -> OrderNumber {
        let order = self.order(n).await;
        let watchdog = DynamoWatchdog::new(self.db.table.clone());
        let found = watchdog.get(&order.to_string()).await.unwrap().unwrap();
        let now = self.clock.now();
        assert!(watchdog.mark_needs_intervention(&found, why, now).await.unwrap());
        order
    }

    pub(crate) async fn status(&self, order: OrderNumber) -> String {
        let orders = DynamoOrders::new(self.db.table.clone());
        orders.get(order).await.unwrap().unwrap().status.as_str().to_owned()
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// A call as a browser makes it.
pub(crate) fn browsed(method: &str, path: &str) -> Call {
    Call::new(method, path).header("accept", ACCEPT)
}

impl Browser<'_> {
    pub(crate) async fn get(&self, path: &str) -> Response {
        let call = browsed("GET", path).header("cookie", self.cookie.as_str());
        self.scene.send(call).await.response
    }

    pub(crate) async fn page(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.text()
    }

    /// Sends a form, with the token of the session.
    pub(crate) async fn post(&self, path: &str, fields: &str) -> Answer {
        self.post_as(path, &format!("token={}&{fields}", self.token)).await
    }

    pub(crate) async fn post_as(&self, path: &str, form: &str) -> Answer {
        let call = browsed("POST", path).header("cookie", self.cookie.as_str());
        self.scene.send(call.bytes(FORM, form)).await
    }
}
