//! Reading orders for a caller.

use std::sync::Arc;

use api::{ApiRequest, Problem};
use domain::{
    carrier::{CarrierOrder, OrderId, Party, PartyId, Side, Tolerated},
    clock::{Clock, RandomSource},
    identity::Identity,
};
use lambda::{
    system::{SystemClock, SystemRandom},
    telemetry::Metric,
};
use serde_json::{Map, Value};
use store::{DynamoCarrierOrders, DynamoCarrierWork, DynamoParties, Table};
use time::Duration;

use crate::{roles::roles, wire::Links};

/// Where the functions of carrier orders get and store orders.
#[derive(Clone)]
pub struct CarrierOrders {
    /// Reads and places orders.
    pub orders: DynamoCarrierOrders,
    /// Moves orders on.
    pub work: DynamoCarrierWork,
    /// The party registry.
    pub parties: DynamoParties,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random numbers: what makes ids unguessable.
    pub random: Arc<dyn RandomSource>,
    /// How long an order's next step may take.
    pub watchdog: Duration,
}

/// An order that a caller may see.
#[derive(Debug, Clone)]
pub struct VisibleOrder {
    /// The order.
    pub order: CarrierOrder,
    /// The Buyer's document.
    pub document: Map<String, Value>,
    /// On which side the caller stands; at least one.
    pub roles: Vec<Side>,
}

impl CarrierOrders {
    /// Over this table.
    pub fn new(table: &Table, watchdog: Duration) -> Self {
        Self {
            orders: DynamoCarrierOrders::new(table.clone()),
            work: DynamoCarrierWork::new(table.clone(), watchdog),
            parties: DynamoParties::new(table.clone()),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            watchdog,
        }
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.clock = clock;
        self.random = random;
        self
    }

    /// An order and its document. One that the caller may not see does not exist for it.
    ///
    /// # Errors
    /// 404, or a problem of ours.
    pub async fn find(&self, identity: &Identity, id: &OrderId) -> Result<VisibleOrder, Problem> {
        let found = self.orders.get_whole(id).await.map_err(Problem::failed)?;
        let (order, document) = found.ok_or(Problem::NotFound)?;
        let roles = roles(identity, &order.header);
        if roles.is_empty() {
            return Err(Problem::NotFound);
        }
        Ok(VisibleOrder { document: parsed(&document)?, order, roles })
    }

    /// An order without its document.
    ///
    /// # Errors
    /// 404, or a problem of ours.
    pub async fn find_order(
        &self,
        identity: &Identity,
        id: &OrderId,
    ) -> Result<CarrierOrder, Problem> {
        let order = self.orders.get(id).await.map_err(Problem::failed)?;
        order.filter(|order| !roles(identity, &order.header).is_empty()).ok_or(Problem::NotFound)
    }

    /// The order's id in a path: what cannot be one is the id of no order.
    ///
    /// # Errors
    /// 404.
    pub fn id_in(request: &ApiRequest) -> Result<OrderId, Problem> {
        request.params.get("id").parse().map_err(|_| Problem::NotFound)
    }

    /// A party of the registry.
    ///
    /// # Errors
    /// A problem of ours.
    pub async fn party(&self, id: &PartyId) -> Result<Option<Party>, Problem> {
        self.parties.get(id).await.map_err(Problem::failed)
    }
}

/// Counts a partner's deviations, and refuses those that it is not forgiven.
///
/// # Errors
/// 400 with each that is not forgiven.
pub fn tolerate(name: &PartyId, partner: Option<&Party>, met: &[Tolerated]) -> Result<(), Problem> {
    for tolerated in met {
        let quirk = tolerated.quirk.to_string();
        let metric = Metric::count("ToleratedQuirks", 1);
        metric.by("partner", name.as_str()).by("quirk", quirk).emit();
    }
    match partner {
        Some(partner) => partner.tolerance.check(met).map_err(Problem::from),
        None => Ok(()),
    }
}

/// A stored JSON text.
///
/// # Errors
/// It is none: our fault.
pub(crate) fn parsed(text: &str) -> Result<Map<String, Value>, Problem> {
    serde_json::from_str(text).map_err(Problem::internal)
}

/// Links as the caller reached us.
pub fn links(request: &ApiRequest) -> Links {
    Links { base: request.base_url().filter(|base| base.len() <= 190).unwrap_or_default() }
}
