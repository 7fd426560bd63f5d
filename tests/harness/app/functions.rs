//! The API functions, with the settings of the template.

use std::{collections::BTreeMap, sync::Arc};

use api::{
    Api, HttpHandler,
    identity::{
        Authenticator, NoClients, SecretHasher, TokenTerms, TokenVerifier, Tokens, TrustedIssuers,
    },
};
use batches_api::BatchesApi;
use carrier::CarrierOrders;
use carrier_notifications_api::CarrierNotificationsApi;
use carrier_orders_api::CarrierOrdersApi;
use carrier_status_api::CarrierStatusApi;
use domain::identity::ClientDirectory;
use ecc::Callers;
use es2plus_callback_api::Es2PlusCallbackApi;
use esim_orders_api::EsimOrdersApi;
use events_api::EventsApi;
use lambda::config::{Environment, Secret};
use network::Subscribers;
use orderwire_local::template::Plan;
use provisioning_orders_api::ProvisioningOrdersApi;
use store::{DynamoClients, DynamoPublicKeys};
use subscriptions_api::SubscriptionsApi;
use testkit::clients::PEPPER;
use token_api::TokenApi;
use webhooks_api::WebhooksApi;

use super::{Invoke, Parts, WATCHDOG};

fn invoke<A: Api, D, T>(handler: HttpHandler<A, D, T>) -> Invoke
where
    D: ClientDirectory + 'static,
    T: Tokens + 'static,
{
    let handler = Arc::new(handler);
    Box::new(move |event| {
        let handler = Arc::clone(&handler);
        Box::pin(async move { handler.handle_text(&event).await })
    })
}

fn pepper() -> Secret {
    Environment::of([("PEPPER", PEPPER)]).secret("PEPPER", 32)
}

fn terms() -> TokenTerms {
    TokenTerms { issuer: "https://orders.example.com".to_owned(), audience: "orderwire".to_owned() }
}

type Verifier = TokenVerifier<DynamoPublicKeys>;

impl Parts {
    /// Callers by HTTP Basic.
    fn clients(&self) -> Authenticator<DynamoClients> {
        let directory = DynamoClients::new(self.db.table.clone());
        Authenticator::new(directory, SecretHasher::new(PEPPER))
            .with_clock(Arc::clone(&self.clock))
            .with_rate(self.rate)
    }

    fn verifier(&self) -> Verifier {
        let keys = DynamoPublicKeys::new(self.db.table.clone(), Arc::clone(&self.clock));
        TokenVerifier::new(keys, terms())
    }

    /// Callers by HTTP Basic or by a token.
    fn callers(&self) -> Authenticator<DynamoClients, Verifier> {
        self.clients().with_tokens(self.verifier())
    }

    /// Callers by a token only.
    fn bearers(&self) -> Authenticator<NoClients, Verifier> {
        Authenticator::of_tokens(self.verifier())
            .with_clock(Arc::clone(&self.clock))
            .with_rate(self.rate)
    }
}

pub(super) fn all(parts: &Parts, plan: &Plan) -> BTreeMap<&'static str, Invoke> {
    let mut all = of_subscriptions(parts, plan);
    all.extend(of_carriers(parts));
    all.extend(of_esim(parts));
    all
}

fn of_subscriptions(parts: &Parts, plan: &Plan) -> BTreeMap<&'static str, Invoke> {
    let store = || parts.db.table.clone();
    let (clock, random) = (&parts.clock, &parts.random);
    let given = &plan.function("subscriptions-api").unwrap().environment;
    let subscriptions = subscriptions_api::Config {
        table: String::new(),
        callers: Callers::new(pepper(), terms()),
        services: serde_json::from_str(&given["SUBSCRIPTION_SERVICES"]).unwrap(),
        network: String::new(),
        watchdog: WATCHDOG,
    };
    let batches = batches_api::Config {
        table: String::new(),
        callers: Callers::new(pepper(), terms()),
        batches: String::new(),
        watchdog: WATCHDOG,
    };
    let webhooks = webhooks_api::Config {
        table: String::new(),
        pepper: pepper(),
        terms: terms(),
        trusted: TrustedIssuers::default(),
        deliveries: String::new(),
        watchdog: WATCHDOG,
    };
    // Nothing listens there: an unauthorized caller's request would be 503.
    let network = Subscribers::new("http://127.0.0.1:1").unwrap();
    let subscriptions = SubscriptionsApi::new(store(), network, &subscriptions)
        .with(Arc::clone(clock), Arc::clone(random));
    let batches = BatchesApi::new(store(), parts.queues.batches.clone(), &batches)
        .with_clock(Arc::clone(clock));
    let webhooks = WebhooksApi::new(store(), parts.queues.deliveries.clone(), &webhooks)
        .with(Arc::clone(clock), Arc::clone(random));
    let orders = ProvisioningOrdersApi::new(store());
    BTreeMap::from([
        ("subscriptions-api", invoke(HttpHandler::new(subscriptions, parts.callers()))),
        ("provisioning-orders-api", invoke(HttpHandler::new(orders, parts.callers()))),
        ("events-api", invoke(HttpHandler::new(EventsApi::new(store()), parts.callers()))),
        ("batches-api", invoke(HttpHandler::new(batches, parts.callers()))),
        ("webhooks-api", invoke(HttpHandler::new(webhooks, parts.callers()))),
    ])
}

fn of_carriers(parts: &Parts) -> BTreeMap<&'static str, Invoke> {
    let table = &parts.db.table;
    let config = carrier::Config {
        table: String::new(),
        pepper: pepper(),
        terms: terms(),
        trusted: TrustedIssuers::default(),
        watchdog: WATCHDOG,
    };
    let carrier_orders = CarrierOrders::new(table, WATCHDOG)
        .with(Arc::clone(&parts.clock), Arc::clone(&parts.random));
    let orders = CarrierOrdersApi::new(table, &config).with_orders(carrier_orders.clone());
    let status = CarrierStatusApi::new(table, &config).with_orders(carrier_orders.clone());
    let notifications = CarrierNotificationsApi::new(table, &config).with_orders(carrier_orders);
    BTreeMap::from([
        ("carrier-orders-api", invoke(HttpHandler::new(orders, parts.callers()))),
        ("carrier-status-api", invoke(HttpHandler::new(status, parts.callers()))),
        ("carrier-notifications-api", invoke(HttpHandler::new(notifications, parts.callers()))),
    ])
}

fn of_esim(parts: &Parts) -> BTreeMap<&'static str, Invoke> {
    let store = || parts.db.table.clone();
    let orders = EsimOrdersApi::new(store(), WATCHDOG)
        .with(Arc::clone(&parts.clock), Arc::clone(&parts.random));
    let callback = Es2PlusCallbackApi::new(store());
    let tokens =
        TokenApi::new(store(), parts.clients(), terms()).with_clock(Arc::clone(&parts.clock));
    BTreeMap::from([
        ("esim-orders-api", invoke(HttpHandler::new(orders, parts.bearers()))),
        ("es2plus-callback-api", invoke(HttpHandler::new(callback, parts.clients()))),
        ("token-api", invoke(HttpHandler::new(tokens, parts.clients()))),
    ])
}
