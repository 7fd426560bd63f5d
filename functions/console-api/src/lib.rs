//! The console: pages on which an operator sees how orders stand and acts on those that need it.
//!
//! A page is made at its call from what the table's indexes give, and holds no state: whoever has a
//! session sees the present. Whatever is changed is changed by the services that the operator's
//! command and the APIs use, under their conditions, so an action may be repeated.

mod assets;
mod config;
mod enable_console_endpoint;
mod end_console_session;
mod endpoint_request;
mod get_console;
mod get_console_asset;
mod get_console_endpoint;
mod get_console_link;
mod get_console_order;
mod get_console_order_actions;
mod get_console_registry;
mod get_console_tenant;
mod list_console_tenants;
mod open_console_session;
mod order_view;
mod pages;
mod problems;
mod replay_console_delivery;
mod resolve_console_order;
mod respond;
mod retry_console_order;
mod routes;
mod search_console;
mod session;
mod start;

use std::{collections::BTreeMap, sync::Arc};

use domain::{clock::Clock, order::OrderKind};
use endpoints::Webhooks;
use interventions::Interventions;
use lambda::{dispatch::Dispatch, system::SystemClock};
use store::{DynamoConsole, Table};
use time::Duration;

pub use config::Config;
pub use start::start;

/// The queues that actions send to.
#[derive(Debug)]
pub struct Queues<D> {
    /// Work of orders, by their kind.
    pub work: BTreeMap<OrderKind, D>,
    /// Messages to endpoints.
    pub deliveries: D,
}

/// The function.
pub struct ConsoleApi<D> {
    table: Table,
    console: DynamoConsole,
    interventions: Interventions,
    webhooks: Webhooks<D>,
    work: BTreeMap<OrderKind, D>,
    clock: Arc<dyn Clock>,
}

impl<D: Dispatch> ConsoleApi<D> {
    /// Over this table. What is not published or sent within `watchdog` is taken up again.
    pub fn new(table: &Table, queues: Queues<D>, watchdog: Duration) -> Self {
        Self {
            console: DynamoConsole::new(table.clone()),
            interventions: Interventions::new(table.clone(), watchdog),
            webhooks: Webhooks::new(table, queues.deliveries, watchdog),
            work: queues.work,
            table: table.clone(),
            clock: Arc::new(SystemClock),
        }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.webhooks.clock = Arc::clone(&clock);
        self.clock = clock;
        self
    }
}
