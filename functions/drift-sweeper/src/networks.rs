//! The networks of a run, and their connections.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    network::{
        InventoryPage, InventoryPosition, InventorySession, NetworkInventory, StepError, Subscriber,
    },
    numbering::{Iccid, Imsi},
};
use lambda::telemetry::Metric;
use network::{NetworkKind, NetworkRanges};

/// The addresses of the networks that can be read.
pub(crate) fn addresses(ranges: &NetworkRanges) -> impl Iterator<Item = &str> {
    ranges.ranges().iter().filter_map(|range| address(&range.kind))
}

fn address(kind: &NetworkKind) -> Option<&str> {
    match kind {
        NetworkKind::OsmoHlr { address, .. } => Some(address),
        // Its protocol has no question for what it holds.
        NetworkKind::Keyed { .. } => None,
    }
}

/// The address of the network of a SIM, if it can be read.
pub(crate) fn of_sim<'a>(ranges: &'a NetworkRanges, iccid: &Iccid) -> Option<&'a str> {
    address(&ranges.ranges().get(ranges.find(iccid)?)?.kind)
}

/// Connections, made when they are needed. A network that fails is left alone for the rest of the run.
pub(crate) struct Connections<'a, N: NetworkInventory> {
    networks: &'a BTreeMap<String, N>,
    open: BTreeMap<String, N::Session>,
    away: BTreeSet<String>,
}

impl<'a, N: NetworkInventory> Connections<'a, N> {
    pub(crate) const fn new(networks: &'a BTreeMap<String, N>) -> Self {
        Self { networks, open: BTreeMap::new(), away: BTreeSet::new() }
    }

    /// What a network holds under an IMSI; the outer none if it is away.
    pub(crate) async fn find(&mut self, network: &str, imsi: &Imsi) -> Option<Option<Subscriber>> {
        let found = match self.session(network).await {
            Ok(session) => session.find(imsi).await,
            Err(error) => Err(error),
        };
        self.unless_away(network, found)
    }

    /// A page of what a network holds; the outer none if it is away.
    pub(crate) async fn page(
        &mut self,
        network: &str,
        from: InventoryPosition,
        most: usize,
    ) -> Option<Option<InventoryPage>> {
        let page = match self.session(network).await {
            Ok(session) => session.page(from, most).await,
            Err(error) => Err(error),
        };
        self.unless_away(network, page)
    }

    async fn session(&mut self, network: &str) -> Result<&mut N::Session, StepError> {
        let away = |why: &str| StepError::Away { why: why.to_owned() };
        if self.away.contains(network) {
            return Err(away("failed before in this run"));
        }
        if !self.open.contains_key(network) {
            let known = self.networks.get(network).ok_or_else(|| away("not configured"))?;
            self.open.insert(network.to_owned(), known.open_inventory().await?);
        }
        self.open.get_mut(network).ok_or_else(|| away("no connection"))
    }

    fn unless_away<T>(&mut self, network: &str, found: Result<T, StepError>) -> Option<T> {
        match found {
            Ok(found) => Some(found),
            Err(error) => {
                self.open.remove(network);
                if self.away.insert(network.to_owned()) {
                    tracing::warn!(?error, "network not compared");
                    Metric::count("DriftNetworksAway", 1).emit();
                }
                None
            }
        }
    }
}
