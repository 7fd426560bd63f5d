//! The API functions in this process, over a table of their own, behind the template's routes.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
    net::Ipv4Addr,
    sync::Arc,
    time::Duration,
};

use api::{
    Api, HttpHandler,
    identity::{
        Authenticator, Rate, SecretHasher, TokenTerms, Tokens, TrustedIssuers, generate_secret,
    },
};
use batches_api::BatchesApi;
use carrier_notifications_api::CarrierNotificationsApi;
use carrier_orders_api::CarrierOrdersApi;
use carrier_status_api::CarrierStatusApi;
use domain::{
    identity::{Client, ClientDirectory, ClientId, Role},
    provisioning::OrderStatus,
};
use events_api::EventsApi;
use futures::future::BoxFuture;
use lambda::config::Secret;
use orderwire_local::{
    front::{RouteTable, payload},
    template::Plan,
};
use provisioning_orders_api::ProvisioningOrdersApi;
use serde_json::Value;
use store::{ClientAdministration, DynamoClients};
use subscriptions_api::{Config, SubscriptionsApi};
use testkit::{TestTable, end_order};
use time::OffsetDateTime;
use webhooks_api::WebhooksApi;

use crate::{Answer, Call, Credentials, template};

const PEPPER: &str = "pepper-pepper-pepper-pepper-pepper-pepper";

/// Answers an event of the gateway.
type Invoke = Box<dyn Fn(String) -> BoxFuture<'static, Value> + Send + Sync>;

/// The functions.
pub struct InProcess {
    /// Their table.
    pub table: TestTable,
    routes: RouteTable,
    functions: BTreeMap<&'static str, Invoke>,
}

fn invoke<A: Api, D, T>(handler: HttpHandler<A, D, T>) -> Invoke
where
    D: ClientDirectory + 'static,
    T: Tokens + 'static,
{
    let handler = Arc::new(handler);
    Box::new(move |event| {
        let handler = Arc::clone(&handler);
        Box::pin(async move { handler.answer_text(&event).await })
    })
}

/// A queue that takes everything and gives nothing.
pub type NoQueue = fn(Vec<(String, Duration)>) -> Ready<bool>;

const NO_QUEUE: NoQueue = |_| ready(true);

/// The environment of `subscriptions-api`, its services as the template gives them.
fn subscriptions(plan: &Plan, table: &str) -> Config {
    let given = &plan.function("subscriptions-api").unwrap().environment;
    let mut env = lambda::config::Environment::of([("CREDENTIAL_PEPPER", PEPPER)]);
    let pepper: Secret = env.secret("CREDENTIAL_PEPPER", 32);
    Config {
        table: table.to_owned(),
        pepper,
        services: serde_json::from_str(&given["SUBSCRIPTION_SERVICES"]).unwrap(),
        watchdog: time::Duration::seconds(300),
    }
}

/// The environment of the carrier APIs.
fn carrier(like: &Config) -> carrier::Config {
    carrier::Config {
        table: like.table.clone(),
        pepper: like.pepper.clone(),
        terms: TokenTerms::default(),
        trusted: TrustedIssuers::default(),
        watchdog: like.watchdog,
    }
}

/// The environment of `batches-api`, with a queue that nobody reads.
fn batches(like: &Config) -> batches_api::Config {
    batches_api::Config {
        table: like.table.clone(),
        pepper: like.pepper.clone(),
        batches: String::new(),
        watchdog: like.watchdog,
    }
}

/// The environment of `webhooks-api`, with a queue that nobody reads.
fn webhooks(like: &Config) -> webhooks_api::Config {
    webhooks_api::Config {
        table: like.table.clone(),
        pepper: like.pepper.clone(),
        terms: TokenTerms::default(),
        trusted: TrustedIssuers::default(),
        deliveries: String::new(),
        watchdog: like.watchdog,
    }
}

impl InProcess {
    /// Without a limit of calls.
    pub async fn start() -> Self {
        Self::with_rate(Rate { per_second: 1e9, burst: 1e9 }).await
    }

    /// With this limit of calls.
    ///
    /// # Panics
    /// When the template's list of services is none.
    pub async fn with_rate(rate: Rate) -> Self {
        let plan = template::plan();
        let table = TestTable::create().await;
        let config = subscriptions(&plan, &table.name);
        let carrier = carrier(&config);
        let webhooks = webhooks(&config);
        let ecc = || {
            let clients = DynamoClients::new(table.table.clone());
            Authenticator::new(clients, SecretHasher::new(PEPPER)).with_rate(rate)
        };
        let callers = || carrier.authenticator(&table.table).with_rate(rate);
        let of_webhooks = webhooks.authenticator(&table.table).with_rate(rate);
        let store = || table.table.clone();
        let subscriptions = SubscriptionsApi::new(store(), &config);
        let batches = BatchesApi::new(store(), NO_QUEUE, &batches(&config));
        let webhooks = WebhooksApi::new(store(), NO_QUEUE, &webhooks);
        let carrier_orders = CarrierOrdersApi::new(&table.table, &carrier);
        let carrier_status = CarrierStatusApi::new(&table.table, &carrier);
        let notifications = CarrierNotificationsApi::new(&table.table, &carrier);
        let orders = ProvisioningOrdersApi::new(store());
        let functions = BTreeMap::from([
            ("subscriptions-api", invoke(HttpHandler::new(subscriptions, ecc()))),
            ("provisioning-orders-api", invoke(HttpHandler::new(orders, ecc()))),
            ("events-api", invoke(HttpHandler::new(EventsApi::new(store()), ecc()))),
            ("batches-api", invoke(HttpHandler::new(batches, ecc()))),
            ("webhooks-api", invoke(HttpHandler::new(webhooks, of_webhooks))),
            ("carrier-orders-api", invoke(HttpHandler::new(carrier_orders, callers()))),
            ("carrier-status-api", invoke(HttpHandler::new(carrier_status, callers()))),
            ("carrier-notifications-api", invoke(HttpHandler::new(notifications, callers()))),
        ]);
        Self { routes: RouteTable::new(&plan.routes), functions, table }
    }

    /// Registers a client of this tenant with this role.
    ///
    /// # Panics
    /// When the table refuses.
    pub async fn client(&self, id: &str, tenant: &str, role: Role) -> Credentials {
        self.client_for(id, tenant, role, &[]).await
    }

    /// Registers a client that may act for these carriers.
    ///
    /// # Panics
    /// When the table refuses.
    pub async fn client_for(
        &self,
        id: &str,
        tenant: &str,
        role: Role,
        parties: &[&str],
    ) -> Credentials {
        let secret = generate_secret();
        let client = Client {
            id: id.parse::<ClientId>().unwrap(),
            tenant: tenant.parse().unwrap(),
            roles: [role].into(),
            parties: parties.iter().map(|party| (*party).to_owned()).collect(),
            secrets: vec![SecretHasher::new(PEPPER).hash(&secret)],
            disabled: false,
        };
        ClientAdministration::new(self.table.table.clone()).add(&client).await.unwrap();
        Credentials { id: id.to_owned(), secret, tenant: tenant.to_owned() }
    }

    /// Answers a call, by the way it takes from the gateway on.
    pub async fn answer(&self, call: Call) -> Answer {
        let (function, event) = self.event(call);
        self.invoke(&function, &event.to_string()).await
    }

    /// The function a call goes to, and the gateway's event.
    ///
    /// # Panics
    /// When the template has no route for it.
    pub fn event(&self, call: Call) -> (String, Value) {
        let mut request = http::Request::builder().method(call.method.as_str()).uri(&call.path);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let (parts, ()) = request.header("host", "api.example.com").body(()).unwrap().into_parts();
        let matched = self.routes.find(parts.method.as_str(), parts.uri.path()).unwrap();
        let source = Ipv4Addr::LOCALHOST.into();
        let event = payload(&parts, &call.body, &matched, source, "request", "000000000000");
        (matched.function.to_owned(), event)
    }

    /// Lets a function answer any event.
    ///
    /// # Panics
    /// When there is no such function.
    pub async fn invoke(&self, function: &str, event: &str) -> Answer {
        let invoke = &self.functions[function];
        let answer = invoke(event.to_owned()).await;
        let headers = answer["headers"].as_object().into_iter().flatten();
        let text = answer["body"].as_str().unwrap_or_default();
        Answer {
            status: answer["statusCode"].as_u64().and_then(|s| s.try_into().ok()).unwrap_or(0),
            headers: headers
                .map(|(name, value)| {
                    (name.to_lowercase(), value.as_str().unwrap_or_default().to_owned())
                })
                .collect(),
            body: serde_json::from_str(text).unwrap_or_default(),
            bytes: text.as_bytes().to_vec(),
        }
    }
}

/// Ends an order as its worker does when the network has done it.
///
/// # Panics
/// When it cannot be.
pub async fn complete(api: &InProcess, order: u64) {
    let (id, now) = (order.to_string().parse().unwrap(), OffsetDateTime::now_utc());
    end_order(&api.table.table, id, OrderStatus::Completed, None, now).await;
}
