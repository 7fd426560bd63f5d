//! The HTTP functions: the one list of them that programs and tests read.

use api::{Access, Api, Method, openapi::DescribeApi};
use batches_api::BatchesApi;
use carrier_notifications_api::CarrierNotificationsApi;
use carrier_orders_api::CarrierOrdersApi;
use carrier_status_api::CarrierStatusApi;
use console_api::ConsoleApi;
use docs_api::DocsApi;
use es2plus_callback_api::Es2PlusCallbackApi;
use esim_orders_api::EsimOrdersApi;
use events_api::EventsApi;
use product_orders_api::ProductOrdersApi;
use provisioning_orders_api::ProvisioningOrdersApi;
use service_orders_api::ServiceOrdersApi;
use std::{future::Ready, time::Duration};
use subscriptions_api::SubscriptionsApi;
use token_api::TokenApi;
use webhooks_api::WebhooksApi;

use crate::documents::DocumentId;

/// The route of every request that no other route takes.
pub const DEFAULT: &str = "$default";

/// Any queue: the routes are the same whatever it is.
type AnyQueue = fn(Vec<(String, Duration)>) -> Ready<bool>;

/// A function that serves HTTP.
#[derive(Debug)]
pub struct HttpFunction {
    /// Its package, which is its name in the template and in `cargo lambda watch`.
    pub package: &'static str,
    /// The OpenAPI document that describes it, and what writes its part of it. None: pages for
    /// people.
    pub document: Option<(DocumentId, DescribeApi)>,
    /// Its routes, in the order of its table.
    pub routes: Vec<Row>,
    /// The greedy path, or `$default`, whose requests it answers when no other route takes them.
    pub remainder: Option<&'static str>,
}

/// A row of a route table, without its handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The method.
    pub method: Method,
    /// The path in API Gateway's syntax.
    pub path: &'static str,
    /// The operation id.
    pub id: &'static str,
    /// Who may call it.
    pub access: Access,
}

impl HttpFunction {
    fn of<A: Api>(package: &'static str, document: DocumentId, describe: DescribeApi) -> Self {
        Self { document: Some((document, describe)), ..Self::undocumented::<A>(package) }
    }

    fn undocumented<A: Api>(package: &'static str) -> Self {
        let row = |route: &api::Route<A>| Row {
            method: route.method.clone(),
            path: route.path,
            id: route.id,
            access: route.access,
        };
        let routes = A::ROUTES.iter().map(row).collect();
        Self { package, document: None, routes, remainder: None }
    }

    /// Whether this document describes it.
    pub fn is_in(&self, id: DocumentId) -> bool {
        self.document.is_some_and(|(document, _)| document == id)
    }

    fn with_remainder(mut self, path: &'static str) -> Self {
        self.remainder = Some(path);
        self
    }
}

/// Every function that serves HTTP, in the order of the documents.
pub fn functions() -> Vec<HttpFunction> {
    use DocumentId::{Carrier, Ecc, Esim, ProductOrders, ServiceOrders, Tokens, Webhooks};
    vec![
        HttpFunction::of::<SubscriptionsApi>("subscriptions-api", Ecc, subscriptions_api::describe)
            .with_remainder("/ecc/v1/{proxy+}"),
        HttpFunction::of::<ProvisioningOrdersApi>(
            "provisioning-orders-api",
            Ecc,
            provisioning_orders_api::describe,
        ),
        HttpFunction::of::<EventsApi>("events-api", Ecc, events_api::describe),
        HttpFunction::of::<BatchesApi<AnyQueue>>("batches-api", Ecc, batches_api::describe),
        HttpFunction::of::<CarrierOrdersApi>(
            "carrier-orders-api",
            Carrier,
            carrier_orders_api::describe,
        ),
        HttpFunction::of::<CarrierStatusApi>(
            "carrier-status-api",
            Carrier,
            carrier_status_api::describe,
        ),
        HttpFunction::of::<CarrierNotificationsApi>(
            "carrier-notifications-api",
            Carrier,
            carrier_notifications_api::describe,
        ),
        HttpFunction::of::<EsimOrdersApi>("esim-orders-api", Esim, esim_orders_api::describe),
        HttpFunction::of::<Es2PlusCallbackApi>(
            "es2plus-callback-api",
            Esim,
            es2plus_callback_api::describe,
        ),
        HttpFunction::of::<ServiceOrdersApi>(
            "service-orders-api",
            ServiceOrders,
            service_orders_api::describe,
        ),
        HttpFunction::of::<ProductOrdersApi>(
            "product-orders-api",
            ProductOrders,
            product_orders_api::describe,
        ),
        HttpFunction::of::<WebhooksApi<AnyQueue>>("webhooks-api", Webhooks, webhooks_api::describe),
        HttpFunction::of::<TokenApi>("token-api", Tokens, token_api::describe),
        HttpFunction::undocumented::<ConsoleApi<AnyQueue>>("console-api"),
        HttpFunction::undocumented::<DocsApi>("docs-api").with_remainder(DEFAULT),
    ]
}
