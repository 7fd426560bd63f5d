//! Which network carries an order out.

use domain::{
    lease::Lease,
    network::{Lookup, NetworkAnswer, SubscriptionNetwork},
    provisioning::{Operation, ProvisioningOrder},
};
use hlr::OsmoHlr;
use network::{NetworkKind, NetworkRanges};
use outbound::ClientError;
use store::Table;

use crate::{Config, HttpNetwork, StepNetwork};

enum Network {
    Keyed(HttpNetwork),
    OsmoHlr(StepNetwork<OsmoHlr>),
}

/// All networks of a deployment. A SIM is of the network of its range, or of the default one.
pub struct Networks {
    default: HttpNetwork,
    ranges: NetworkRanges,
    /// One per range.
    networks: Vec<Network>,
}

impl Networks {
    /// As configured.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(config: &Config, table: &Table) -> Result<Self, ClientError> {
        let network = |kind: &NetworkKind| match kind {
            NetworkKind::Keyed { url } => Ok(Network::Keyed(HttpNetwork::new(url)?)),
            NetworkKind::OsmoHlr { address, not_carried, .. } => {
                let hlr = OsmoHlr::new(address.as_str());
                Ok(Network::OsmoHlr(StepNetwork::new(hlr, table, *not_carried)))
            }
        };
        let networks = config.ranges.ranges().iter().map(|range| network(&range.kind));
        Ok(Self {
            default: HttpNetwork::new(&config.network)?,
            networks: networks.collect::<Result<_, ClientError>>()?,
            ranges: config.ranges.clone(),
        })
    }

    /// The network of the order's SIM; none if its new SIM is of another one.
    fn network_of(&self, order: &ProvisioningOrder) -> Option<Option<&Network>> {
        let current = self.ranges.find(&order.iccid);
        let replacement = match &order.operation {
            Operation::Change(change) => change.iccid.as_ref(),
            _ => None,
        };
        let stays = replacement.is_none_or(|iccid| self.ranges.find(iccid) == current);
        stays.then(|| current.and_then(|index| self.networks.get(index)))
    }
}

impl SubscriptionNetwork for Networks {
    async fn carry_out(&self, order: &ProvisioningOrder, lease: &Lease) -> NetworkAnswer {
        match self.network_of(order) {
            None => NetworkAnswer::Refused {
                reason: "the new SIM belongs to another network than the old one".to_owned(),
            },
            Some(None) => self.default.carry_out(order, lease).await,
            Some(Some(Network::Keyed(network))) => network.carry_out(order, lease).await,
            Some(Some(Network::OsmoHlr(network))) => network.carry_out(order, lease).await,
        }
    }

    async fn look_up(&self, order: &ProvisioningOrder) -> Lookup {
        match self.network_of(order) {
            None => Lookup::Never,
            Some(None) => self.default.look_up(order).await,
            Some(Some(Network::Keyed(network))) => network.look_up(order).await,
            Some(Some(Network::OsmoHlr(network))) => network.look_up(order).await,
        }
    }
}
