//! The API functions in this process, over a table of their own, behind the template's routes.

use std::{
    future::{Ready, ready},
    net::Ipv4Addr,
    time::Duration,
};

use api::{
    HttpHandler,
    identity::{
        Authenticator, Rate, SecretHasher, TokenTerms, TokenVerifier, TrustedIssuers,
        generate_secret,
    },
};
use batches_api::BatchesApi;
use carrier::CarrierAuthenticator;
use carrier_notifications_api::CarrierNotificationsApi;
use carrier_orders_api::CarrierOrdersApi;
use carrier_status_api::CarrierStatusApi;
use domain::{
    identity::{Client, ClientId, Role},
    provisioning::{OrderStatus, Passage},
};
use events_api::EventsApi;
use lambda::config::Secret;
use orderwire_local::{
    front::{RouteTable, payload},
    template::Plan,
};
use provisioning_orders_api::ProvisioningOrdersApi;
use serde_json::Value;
use store::{
    ClientAdministration, DynamoClients, DynamoPublicKeys, DynamoWork, EndedBy, Leased, Table,
};
use subscriptions_api::{Config, SubscriptionsApi};
use testkit::TestTable;
use time::OffsetDateTime;
use webhooks_api::WebhooksApi;

use crate::{Answer, Call, Credentials, template};

const PEPPER: &str = "pepper-pepper-pepper-pepper-pepper-pepper";

type CarrierHandler<A> = HttpHandler<A, DynamoClients, TokenVerifier<DynamoPublicKeys>>;

/// The functions.
pub struct InProcess {
    /// Their table.
    pub table: TestTable,
    routes: RouteTable,
    subscriptions: HttpHandler<SubscriptionsApi, DynamoClients>,
    orders: HttpHandler<ProvisioningOrdersApi, DynamoClients>,
    carrier_orders: CarrierHandler<CarrierOrdersApi>,
    carrier_status: CarrierHandler<CarrierStatusApi>,
    carrier_notifications: CarrierHandler<CarrierNotificationsApi>,
    events: HttpHandler<EventsApi, DynamoClients>,
    webhooks: CarrierHandler<WebhooksApi<NoQueue>>,
    batches: HttpHandler<BatchesApi<NoQueue>, DynamoClients>,
}

/// A queue that takes everything and gives nothing.
pub type NoQueue = fn(Vec<(String, Duration)>) -> Ready<bool>;

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
        let authenticator = |table: &Table| {
            let clients = DynamoClients::new(table.clone());
            Authenticator::new(clients, SecretHasher::new(PEPPER)).with_rate(rate)
        };
        let carrier = carrier(&config);
        let batches = batches(&config);
        let webhooks = webhooks_api::Config {
            table: table.name.clone(),
            pepper: config.pepper.clone(),
            terms: TokenTerms::default(),
            trusted: TrustedIssuers::default(),
            deliveries: String::new(),
            watchdog: config.watchdog,
        };
        let callers = |table: &Table| -> CarrierAuthenticator {
            carrier.authenticator(table).with_rate(rate)
        };
        Self {
            routes: RouteTable::new(&plan.routes),
            subscriptions: HttpHandler::new(
                SubscriptionsApi::new(table.table.clone(), &config),
                authenticator(&table.table),
            ),
            orders: HttpHandler::new(
                ProvisioningOrdersApi::new(table.table.clone()),
                authenticator(&table.table),
            ),
            carrier_orders: HttpHandler::new(
                CarrierOrdersApi::new(&table.table, &carrier),
                callers(&table.table),
            ),
            carrier_status: HttpHandler::new(
                CarrierStatusApi::new(&table.table, &carrier),
                callers(&table.table),
            ),
            events: HttpHandler::new(
                EventsApi::new(table.table.clone()),
                authenticator(&table.table),
            ),
            batches: HttpHandler::new(
                BatchesApi::new(table.table.clone(), |_| ready(true), &batches),
                authenticator(&table.table),
            ),
            webhooks: HttpHandler::new(
                WebhooksApi::new(table.table.clone(), |_| ready(true), &webhooks),
                webhooks.authenticator(&table.table).with_rate(rate),
            ),
            carrier_notifications: HttpHandler::new(
                CarrierNotificationsApi::new(&table.table, &carrier),
                callers(&table.table),
            ),
            table,
        }
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
        let answer = match function {
            "subscriptions-api" => self.subscriptions.answer_text(event).await,
            "provisioning-orders-api" => self.orders.answer_text(event).await,
            "events-api" => self.events.answer_text(event).await,
            "batches-api" => self.batches.answer_text(event).await,
            "webhooks-api" => self.webhooks.answer_text(event).await,
            "carrier-orders-api" => self.carrier_orders.answer_text(event).await,
            "carrier-status-api" => self.carrier_status.answer_text(event).await,
            "carrier-notifications-api" => self.carrier_notifications.answer_text(event).await,
            other => panic!("{other} is not run in process"),
        };
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
    let work = DynamoWork::new(api.table.table.clone());
    let (id, now) = (order.to_string().parse().unwrap(), OffsetDateTime::now_utc());
    let leased = work.lease(id, "test".to_owned(), time::Duration::MINUTE, now).await.unwrap();
    let Leased::Mine(order, lease) = leased else { panic!("{leased:?}") };
    let (status, by) = (OrderStatus::Completed, "test".to_owned());
    let passage = Passage { status, at: now, reason: None, by };
    work.end(&order, &EndedBy::Worker(lease), passage).await.unwrap();
}
