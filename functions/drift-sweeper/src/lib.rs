//! Compares what the orders say of subscriptions with what the networks hold, page by page, keeps the
//! differences, and places the orders that repair them (decision 190).
//!
//! Nothing is written to a network here: a repair is an order like any other, and its worker sends
//! its steps under a lease.
//!
//! What happens when the process dies: before a page is noted, the page is compared again, and its
//! findings are found to be kept already. Between the placing of a repair and the note of it, the
//! next run finds the subscription locked by the order, or the difference gone.

mod networks;
mod pass;
mod repair;
mod run;
mod start;

use std::{collections::BTreeMap, error::Error, sync::Arc};

use domain::{
    clock::{Clock, RandomSource},
    network::{DriftPolicy, NetworkInventory},
};
use lambda::{Deadline, scheduled::Job, telemetry::Metric};
use network::NetworkRanges;
use store::{DynamoFindings, DynamoPass, DynamoPlacing, DynamoSubscriptions, DynamoTruth, Table};
use time::Duration;

use run::Run;
pub use start::start;

/// What the function is configured with.
#[derive(Debug, Clone)]
pub struct Config {
    /// `DRIFT_POLICY`.
    pub policy: DriftPolicy,
    /// `SUBSCRIPTION_NETWORKS`: those that can be read are compared.
    pub ranges: NetworkRanges,
    /// `DRIFT_INTERVAL_MINUTES`: from the beginning of a comparison to that of the next one.
    pub interval: Duration,
    /// `ORDER_WATCHDOG_SECONDS` of the orders that repair.
    pub watchdog: Duration,
}

/// The comparison.
pub struct DriftSweeper<N> {
    config: Config,
    /// By their addresses: several ranges may be of one network.
    networks: BTreeMap<String, N>,
    truth: DynamoTruth,
    subscriptions: DynamoSubscriptions,
    placing: DynamoPlacing,
    findings: DynamoFindings,
    pass: DynamoPass,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
}

impl<N: NetworkInventory> DriftSweeper<N> {
    /// On this table; `reach` makes the network at an address.
    pub fn new(
        table: &Table,
        config: Config,
        reach: impl Fn(&str) -> N,
        clock: Arc<dyn Clock>,
        random: Arc<dyn RandomSource>,
    ) -> Self {
        let addresses = networks::addresses(&config.ranges);
        let networks = addresses.map(|address| (address.to_owned(), reach(address))).collect();
        Self {
            config,
            networks,
            truth: DynamoTruth::new(table.clone()),
            subscriptions: DynamoSubscriptions::new(table.clone()),
            placing: DynamoPlacing::new(table.clone()),
            findings: DynamoFindings::new(table.clone()),
            pass: DynamoPass::new(table.clone()),
            clock,
            random,
        }
    }
}

impl<N: NetworkInventory<Session: Send> + 'static> Job for DriftSweeper<N> {
    async fn run(&self, deadline: Deadline) -> Result<(), Box<dyn Error + Send + Sync>> {
        // Without a network that can be read, no call is made.
        if self.config.policy == DriftPolicy::Off || self.networks.is_empty() {
            return Ok(());
        }
        let findings = self.findings.all().await?;
        let mut run = Run::new(self, deadline, findings.len());
        run.look_again(findings).await?;
        run.go_on().await?;
        let count = u32::try_from(run.kept).unwrap_or(u32::MAX);
        Metric::count("DriftFindings", count).emit();
        Ok(())
    }
}
