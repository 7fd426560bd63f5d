//! Which network is asked about a subscriber: that of its SIM's range, or the default one.

use ::network::{NetworkKind, NetworkRanges, Subscribers};
use domain::{
    network::{MobileNetwork, Report},
    numbering::{Iccid, Imei, Imsi},
    subscription::Subscription,
};
use hlr::OsmoHlr;
use outbound::ClientError;
use store::{DynamoSims, Table};

enum Network {
    Keyed(Subscribers),
    OsmoHlr { hlr: OsmoHlr, own: Option<MobileNetwork> },
}

/// All networks of a deployment, to ask about subscribers.
pub struct SubscriberNetworks {
    default: Subscribers,
    ranges: NetworkRanges,
    /// One per range.
    networks: Vec<Network>,
    sims: DynamoSims,
}

impl SubscriberNetworks {
    /// The default network, at a URL without a trailing slash, and those of ranges.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(url: &str, ranges: &NetworkRanges, table: &Table) -> Result<Self, ClientError> {
        let network = |kind: &NetworkKind| match kind {
            NetworkKind::Keyed { url } => Ok(Network::Keyed(Subscribers::new(url)?)),
            NetworkKind::OsmoHlr { address, own, .. } => {
                let hlr = OsmoHlr::new(address.as_str());
                Ok(Network::OsmoHlr { hlr, own: own.clone() })
            }
        };
        let networks = ranges.ranges().iter().map(|range| network(&range.kind));
        Ok(Self {
            default: Subscribers::new(url)?,
            networks: networks.collect::<Result<_, ClientError>>()?,
            ranges: ranges.clone(),
            sims: DynamoSims::new(table.clone()),
        })
    }

    fn network_of(&self, iccid: &Iccid) -> Option<&Network> {
        self.ranges.find(iccid).and_then(|index| self.networks.get(index))
    }

    /// The device in which the subscription's SIM was seen last.
    pub(crate) async fn imei(&self, of: &Subscription, correlation_id: &str) -> Report<Imei> {
        match self.network_of(&of.iccid) {
            None => self.default.imei(&of.iccid, correlation_id).await,
            Some(Network::Keyed(network)) => network.imei(&of.iccid, correlation_id).await,
            // Its control interface does not report devices.
            Some(Network::OsmoHlr { .. }) => Report::Nothing,
        }
    }

    /// The mobile network at which the subscription's SIM was seen last.
    pub(crate) async fn mobile_network(
        &self,
        of: &Subscription,
        correlation_id: &str,
    ) -> Report<MobileNetwork> {
        match self.network_of(&of.iccid) {
            None => self.default.mobile_network(&of.iccid, correlation_id).await,
            Some(Network::Keyed(network)) => {
                network.mobile_network(&of.iccid, correlation_id).await
            }
            // Not configured, it is not asked.
            Some(Network::OsmoHlr { own: None, .. }) => Report::Nothing,
            Some(Network::OsmoHlr { hlr, own: Some(own) }) => match self.imsi(of).await {
                Report::Known(imsi) => hlr.mobile_network(&imsi, own).await,
                Report::Nothing => Report::Nothing,
                Report::Unknown { why } => Report::Unknown { why },
            },
        }
    }

    /// The IMSI in the SIM, by the SIM data: a subscription need not have it.
    async fn imsi(&self, of: &Subscription) -> Report<Imsi> {
        match self.sims.get(&of.iccid).await {
            Ok(Some(sim)) => Report::Known(sim.imsi),
            Ok(None) => Report::Nothing,
            Err(error) => Report::Unknown { why: format!("table: {error}") },
        }
    }
}
