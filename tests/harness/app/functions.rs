//! The API functions, with the settings of the template.

use std::{collections::BTreeMap, sync::Arc};

use api::{
    Api, HttpHandler,
    identity::{Authenticator, NoClients, SecretHasher, TokenTerms, TokenVerifier, Tokens},
};
use batches_api::BatchesApi;
use carrier::CarrierOrders;
use carrier_notifications_api::CarrierNotificationsApi;
use carrier_orders_api::CarrierOrdersApi;
use carrier_status_api::CarrierStatusApi;
use console_api::ConsoleApi;
use docs_api::DocsApi;
use domain::{identity::ClientDirectory, scenario::Sandbox};
use ecc::Callers;
use es2plus_callback_api::Es2PlusCallbackApi;
use esim_orders_api::EsimOrdersApi;
use events_api::EventsApi;
use lambda::config::{Environment, Secret};
use network::NetworkRanges;
use orderwire_local::template::Plan;
use product_orders_api::ProductOrdersApi;
use provisioning_orders_api::ProvisioningOrdersApi;
use service_orders_api::ServiceOrdersApi;
use store::{DynamoClients, DynamoPublicKeys, Table};
use subscriptions_api::{SubscriberNetworks, SubscriptionsApi};
use testkit::clients::PEPPER;
use token_api::TokenApi;
use webhooks_api::WebhooksApi;

use super::{Invoke, Parts, WATCHDOG, guard::OwnQueue, workers::work_queues};

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
    /// Callers of a function by HTTP Basic.
    fn clients(&self, function: &str) -> Authenticator<DynamoClients> {
        let directory = DynamoClients::new(self.table(function));
        Authenticator::new(directory, SecretHasher::new(PEPPER))
            .with_clock(Arc::clone(&self.clock))
            .with_rate(self.rate)
    }

    fn verifier(&self, function: &str) -> Verifier {
        let keys = DynamoPublicKeys::new(self.table(function), Arc::clone(&self.clock));
        TokenVerifier::new(keys, terms())
    }

    /// Callers by HTTP Basic or by a token.
    fn callers(&self, function: &str) -> Authenticator<DynamoClients, Verifier> {
        self.clients(function).with_tokens(self.verifier(function))
    }

    /// A function whose callers log in by HTTP Basic or by a token.
    fn behind_callers<A: Api>(&self, function: &'static str, api: A) -> (&'static str, Invoke) {
        (function, invoke(HttpHandler::new(api, self.callers(function))))
    }

    /// Callers by a token only.
    fn bearers(&self, function: &str) -> Authenticator<NoClients, Verifier> {
        Authenticator::of_tokens(self.verifier(function))
            .with_clock(Arc::clone(&self.clock))
            .with_rate(self.rate)
    }
}

pub(super) fn all(parts: &Parts, plan: &Plan) -> BTreeMap<&'static str, Invoke> {
    let mut all = of_subscriptions(parts, plan);
    all.extend(of_carriers(parts));
    all.extend(of_esim(parts));
    all.insert("docs-api", invoke(HttpHandler::new(DocsApi, no_one())));
    all.insert("console-api", invoke(HttpHandler::new(console(parts), no_one())));
    all.extend(of_tmf(parts));
    all
}

/// Callers of functions whose routes are all public.
fn no_one() -> Authenticator<NoClients> {
    Authenticator::new(NoClients, SecretHasher::new(""))
}

fn console(parts: &Parts) -> ConsoleApi<OwnQueue> {
    let function = "console-api";
    let queues = console_api::Queues {
        work: work_queues(parts, function),
        deliveries: parts.queue(function, &parts.queues.deliveries, "DeliveriesQueue"),
    };
    ConsoleApi::new(&parts.table(function), queues, WATCHDOG).with_clock(Arc::clone(&parts.clock))
}

fn of_subscriptions(parts: &Parts, plan: &Plan) -> BTreeMap<&'static str, Invoke> {
    let (clock, random) = (&parts.clock, &parts.random);
    let given = &plan.function("subscriptions-api").unwrap().environment;
    let subscriptions = subscriptions_api::Config {
        table: String::new(),
        callers: Callers::new(pepper(), terms()),
        services: serde_json::from_str(&given["SUBSCRIPTION_SERVICES"]).unwrap(),
        network: String::new(),
        ranges: NetworkRanges::default(),
        sandbox: Sandbox::Off,
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
        callers: Callers::new(pepper(), terms()),
        deliveries: String::new(),
        watchdog: WATCHDOG,
    };
    // Nothing listens there: an unauthorized caller's request would be 503.
    let table = parts.table("subscriptions-api");
    let nowhere = "http://127.0.0.1:1";
    let network = SubscriberNetworks::new(nowhere, &subscriptions.ranges, &table).unwrap();
    let subscriptions = SubscriptionsApi::new(table, network, &subscriptions)
        .with(Arc::clone(clock), Arc::clone(random));
    let queue = parts.queue("batches-api", &parts.queues.batches, "BatchesQueue");
    let batches =
        BatchesApi::new(parts.table("batches-api"), queue, &batches).with_clock(Arc::clone(clock));
    let queue = parts.queue("webhooks-api", &parts.queues.deliveries, "DeliveriesQueue");
    let webhooks = WebhooksApi::new(parts.table("webhooks-api"), queue, &webhooks)
        .with(Arc::clone(clock), Arc::clone(random));
    let orders = provisioning_orders_api::Config {
        table: String::new(),
        callers: Callers::new(pepper(), terms()),
        watchdog: WATCHDOG,
    };
    let orders = ProvisioningOrdersApi::new(parts.table("provisioning-orders-api"), &orders)
        .with_clock(Arc::clone(clock));
    let events = EventsApi::new(parts.table("events-api"));
    BTreeMap::from([
        parts.behind_callers("subscriptions-api", subscriptions),
        parts.behind_callers("provisioning-orders-api", orders),
        parts.behind_callers("events-api", events),
        parts.behind_callers("batches-api", batches),
        parts.behind_callers("webhooks-api", webhooks),
    ])
}

fn of_carriers(parts: &Parts) -> BTreeMap<&'static str, Invoke> {
    let config = carrier::Config {
        table: String::new(),
        sandbox: Sandbox::Off,
        callers: Callers::new(pepper(), terms()),
        watchdog: WATCHDOG,
    };
    let carrier_orders = |table: &Table| {
        CarrierOrders::new(table, WATCHDOG)
            .with(Arc::clone(&parts.clock), Arc::clone(&parts.random))
    };
    let table = parts.table("carrier-orders-api");
    let orders = CarrierOrdersApi::new(&table, &config).with_orders(carrier_orders(&table));
    let table = parts.table("carrier-status-api");
    let status = CarrierStatusApi::new(&table, &config).with_orders(carrier_orders(&table));
    let table = parts.table("carrier-notifications-api");
    let notifications =
        CarrierNotificationsApi::new(&table, &config).with_orders(carrier_orders(&table));
    BTreeMap::from([
        parts.behind_callers("carrier-orders-api", orders),
        parts.behind_callers("carrier-status-api", status),
        parts.behind_callers("carrier-notifications-api", notifications),
    ])
}

fn of_tmf(parts: &Parts) -> BTreeMap<&'static str, Invoke> {
    let config = tmf::Config {
        table: String::new(),
        callers: Callers::new(pepper(), terms()),
        watchdog: WATCHDOG,
    };
    let (clock, random) = (&parts.clock, &parts.random);
    let services = ServiceOrdersApi::new(&parts.table("service-orders-api"), &config)
        .with(Arc::clone(clock), Arc::clone(random));
    let products = ProductOrdersApi::new(&parts.table("product-orders-api"), &config)
        .with(Arc::clone(clock), Arc::clone(random));
    BTreeMap::from([
        parts.behind_callers("service-orders-api", services),
        parts.behind_callers("product-orders-api", products),
    ])
}

fn of_esim(parts: &Parts) -> BTreeMap<&'static str, Invoke> {
    let orders = EsimOrdersApi::new(parts.table("esim-orders-api"), WATCHDOG)
        .with(Arc::clone(&parts.clock), Arc::clone(&parts.random));
    let callback = Es2PlusCallbackApi::new(parts.table("es2plus-callback-api"));
    let tokens = TokenApi::new(parts.table("token-api"), parts.clients("token-api"), terms())
        .with_clock(Arc::clone(&parts.clock));
    let bearers = parts.bearers("esim-orders-api");
    let smdp = parts.clients("es2plus-callback-api");
    BTreeMap::from([
        ("esim-orders-api", invoke(HttpHandler::new(orders, bearers))),
        ("es2plus-callback-api", invoke(HttpHandler::new(callback, smdp))),
        ("token-api", invoke(HttpHandler::new(tokens, parts.clients("token-api")))),
    ])
}
