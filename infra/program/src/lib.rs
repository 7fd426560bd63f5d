//! Every function in the program of the local cloud: one compilation and one link for all.
//!
//! The local cloud reads from the template which functions there are, and starts this program
//! again for each instance: `orderwire-local function <name>` is that function, in a process of
//! its own, and speaks the Lambda Runtime API as its own binary does.

use std::process::ExitCode;

use orderwire_local::program::Function;
use webhooks::AddressPolicy;

/// Every function, by its name in the template.
pub const FUNCTIONS: [Function; 26] = [
    Function { name: "batch-worker", start: batch_worker::start },
    Function { name: "batches-api", start: batches_api::start },
    Function { name: "carrier-notifications-api", start: carrier_notifications_api::start },
    Function { name: "carrier-order-worker", start: carrier_order_worker::start },
    Function { name: "carrier-orders-api", start: carrier_orders_api::start },
    Function { name: "carrier-status-api", start: carrier_status_api::start },
    Function { name: "console-api", start: console_api::start },
    Function { name: "dead-letter-consumer", start: dead_letter_consumer::start },
    Function { name: "docs-api", start: docs_api::start },
    Function { name: "drift-sweeper", start: drift_sweeper::start },
    Function { name: "es2plus-callback-api", start: es2plus_callback_api::start },
    Function { name: "esim-orders-api", start: esim_orders_api::start },
    Function { name: "esim-worker", start: esim_worker::start },
    Function { name: "events-api", start: events_api::start },
    Function { name: "notification-fanout", start: notification_fanout::start },
    Function { name: "outbox-relay", start: outbox_relay::start },
    Function {
        name: "product-orders-api",
        start: || reaching_this_machine(product_orders_api::start),
    },
    Function { name: "provisioning-orders-api", start: provisioning_orders_api::start },
    Function { name: "service-order-worker", start: service_order_worker::start },
    Function {
        name: "service-orders-api",
        start: || reaching_this_machine(service_orders_api::start),
    },
    Function { name: "subscription-worker", start: subscription_worker::start },
    Function { name: "subscriptions-api", start: subscriptions_api::start },
    Function { name: "sweeper", start: sweeper::start },
    Function { name: "token-api", start: token_api::start },
    Function { name: "webhook-sender", start: || reaching_this_machine(webhook_sender::start) },
    Function { name: "webhooks-api", start: || reaching_this_machine(webhooks_api::start) },
];

/// The receivers of webhooks are on this machine. No deployed binary has this policy.
fn reaching_this_machine(start: fn() -> ExitCode) -> ExitCode {
    AddressPolicy::allow_loopback();
    start()
}
