//! The service, and reading one order for a caller.

use std::sync::Arc;

use api::json::parse_object;
use domain::{
    carrier::{AnyCarrierOrder, CarrierOrder, OrderId, Party, PartyId, Side},
    clock::{Clock, RandomSource},
    identity::Identity,
    scenario::Sandbox,
};
use lambda::{
    system::{SystemClock, SystemRandom},
    telemetry::name_order,
};
use serde_json::{Map, Value};
use store::{
    DynamoBuyerWork, DynamoCarrierOrders, DynamoParties, DynamoSellerWork, StoreError, Table,
};
use time::Duration;

use crate::{CarrierError, roles::roles};

/// The service of the carrier API: places orders, reads them for their parties, and executes
/// commands on them. For the calls of the API, and for whoever else acts for a party.
#[derive(Clone)]
pub struct CarrierOrders {
    /// Reads and places orders.
    pub orders: DynamoCarrierOrders,
    /// Moves orders of Sellers here on.
    pub sold: DynamoSellerWork,
    /// Moves orders of Buyers here at remote Sellers on.
    pub bought: DynamoBuyerWork,
    /// The party registry.
    pub parties: DynamoParties,
    /// Whether reserved values are accepted.
    pub sandbox: Sandbox,
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
    /// What both sides have of the order.
    pub order: CarrierOrder,
    /// The Buyer's document.
    pub document: Map<String, Value>,
    /// On which side the caller stands; at least one.
    pub roles: Vec<Side>,
}

/// The same, to change it: as it is kept on its side.
#[derive(Debug, Clone)]
pub(crate) struct FoundOrder {
    pub(crate) kept: AnyCarrierOrder,
    pub(crate) document: Map<String, Value>,
    pub(crate) roles: Vec<Side>,
}

impl FoundOrder {
    pub(crate) const fn order(&self) -> &CarrierOrder {
        self.kept.order()
    }

    pub(crate) fn into_visible(self) -> VisibleOrder {
        let Self { kept, document, roles } = self;
        VisibleOrder { order: kept.into_order(), document, roles }
    }
}

impl CarrierOrders {
    /// Over this table.
    pub fn new(table: &Table, watchdog: Duration) -> Self {
        Self {
            orders: DynamoCarrierOrders::new(table.clone()),
            sold: DynamoSellerWork::new(table.clone(), watchdog),
            bought: DynamoBuyerWork::new(table.clone(), watchdog),
            parties: DynamoParties::new(table.clone()),
            sandbox: Sandbox::Off,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            watchdog,
        }
    }

    /// In this kind of deployment.
    #[must_use]
    pub fn in_sandbox(mut self, sandbox: Sandbox) -> Self {
        self.sandbox = sandbox;
        self
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
    /// No such order, or the database failed.
    pub async fn find(
        &self,
        caller: &Identity,
        id: &OrderId,
    ) -> Result<VisibleOrder, CarrierError> {
        self.find_kept(caller, id).await.map(FoundOrder::into_visible)
    }

    /// The same, to change it.
    pub(crate) async fn find_kept(
        &self,
        caller: &Identity,
        id: &OrderId,
    ) -> Result<FoundOrder, CarrierError> {
        let found = self.orders.get_whole(id).await?;
        let (kept, document) = found.ok_or(CarrierError::OrderNotFound)?;
        let roles = roles(caller, &kept.order().header);
        if roles.is_empty() {
            return Err(CarrierError::OrderNotFound);
        }
        name_order(kept.order().header.id.as_str());
        Ok(FoundOrder { document: parsed(&document)?, kept, roles })
    }

    /// An order without its document.
    ///
    /// # Errors
    /// No such order, or the database failed.
    pub async fn find_order(
        &self,
        caller: &Identity,
        id: &OrderId,
    ) -> Result<CarrierOrder, CarrierError> {
        let order = self.orders.get(id).await?.map(AnyCarrierOrder::into_order);
        let order = order.filter(|order| !roles(caller, &order.header).is_empty());
        order.iter().for_each(|order| name_order(order.header.id.as_str()));
        order.ok_or(CarrierError::OrderNotFound)
    }

    /// A party of the registry.
    pub(crate) async fn party(&self, id: &PartyId) -> Result<Option<Party>, StoreError> {
        self.parties.get(id).await
    }
}

/// A stored JSON object, its numbers as they were sent.
pub(crate) fn parsed(text: &str) -> Result<Map<String, Value>, StoreError> {
    let parsed = parse_object(text.as_bytes());
    parsed.map_err(|error| StoreError::Corrupt(format!("document: {error}")))
}

/// An object as it is stored.
pub(crate) fn json_text(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).expect("an object with text keys is written to memory")
}
