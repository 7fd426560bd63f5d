use domain::{
    carrier::{
        AnyCarrierOrder, BuyerOrder, CarrierDate, CarrierOrder, DesiredResponses, Instruction,
        OrderHeader, OrderId, OrderProgress, OrderStatus, OrderVersion, PartyId, PendingRequest,
        Pon, SellerOrder,
    },
    identity::Tenant,
};
use serde::{Deserialize, Serialize};

use super::{BacklogRecord, OrderRecord, from_millis, to_millis};
use crate::{error::StoreError, keys};

/// A carrier order of either side, without its document.
pub(crate) type CarrierRecord = OrderRecord<CarrierBody, OrderStatus>;

/// What only a carrier order has.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CarrierBody {
    tenant: Option<Tenant>,
    buyer: PartyId,
    seller: PartyId,
    pon: Pon,
    owner_key: String,
    owner_sort: String,
    #[serde(flatten, skip_deserializing)]
    backlog: BacklogRecord,
    #[serde(flatten)]
    state: CarrierState,
}

/// What events change of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CarrierState {
    version: OrderVersion,
    project: Option<String>,
    requested_completion: CarrierDate,
    desired: DesiredResponses,
    progress: OrderProgress,
    /// How many changes it has had that its parties see.
    entity_tag: u64,
    /// Whether it has ended and holds resources that must still be released; of a Seller's order.
    holds_resources: Option<bool>,
    /// Only of a Buyer's order.
    buyer_order: Option<BuyerOrderRecord>,
}

impl CarrierBody {
    /// An order that is placed by a tenant, which is kept for the log, and its position in lists.
    pub(crate) fn new(
        order: &CarrierOrder,
        state: CarrierState,
        tenant: Option<&Tenant>,
        sort: &str,
    ) -> Self {
        let OrderHeader { buyer, seller, pon, .. } = order.header.clone();
        let notification_count = order.progress.notification_version.into();
        Self {
            tenant: tenant.cloned(),
            owner_key: keys::orders_bought(&buyer),
            owner_sort: sort.to_owned(),
            buyer,
            seller,
            pon,
            backlog: BacklogRecord { notification_count, ..BacklogRecord::default() },
            state,
        }
    }
}

impl From<&CarrierOrder> for CarrierState {
    fn from(order: &CarrierOrder) -> Self {
        let header = order.header.clone();
        Self {
            version: header.version,
            project: header.project,
            requested_completion: header.requested_completion,
            desired: header.desired,
            progress: order.progress.clone(),
            entity_tag: order.entity_tag,
            holds_resources: None,
            buyer_order: None,
        }
    }
}

impl From<&SellerOrder> for CarrierState {
    fn from(order: &SellerOrder) -> Self {
        let holds_resources = order.holds_resources.then_some(true);
        Self { holds_resources, ..Self::from(&order.order) }
    }
}

impl From<&BuyerOrder> for CarrierState {
    fn from(order: &BuyerOrder) -> Self {
        Self { buyer_order: Some(order.into()), ..Self::from(&order.order) }
    }
}

impl TryFrom<CarrierRecord> for AnyCarrierOrder {
    type Error = StoreError;

    fn try_from(record: CarrierRecord) -> Result<Self, StoreError> {
        let CarrierRecord { header, body, history } = record;
        let CarrierBody { buyer, seller, pon, state, .. } = body;
        let order = CarrierOrder {
            header: OrderHeader {
                id: header.id()?,
                buyer,
                seller,
                pon,
                version: state.version,
                project: state.project,
                requested_completion: state.requested_completion,
                desired: state.desired,
            },
            needs_intervention: header.intervention()?,
            progress: state.progress,
            history: header.history(history)?,
            correlation_id: header.correlation_id,
            revision: header.revision,
            entity_tag: state.entity_tag,
        };
        Ok(match (state.buyer_order, state.holds_resources) {
            (Some(buyers), _) => Self::Buyer(buyers.with(order)?),
            (None, holds) => Self::Seller(SellerOrder { order, holds_resources: holds.is_some() }),
        })
    }
}

/// What only a Buyer's order has.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BuyerOrderRecord {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    seller_order: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    taken: Option<OrderVersion>,
    request_count: u32,
    pending: Vec<PendingRequestRecord>,
}

/// A request that the Seller has not answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct PendingRequestRecord {
    number: u32,
    what: String,
    /// Of a cancellation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    at: i64,
}

impl From<&BuyerOrder> for BuyerOrderRecord {
    fn from(order: &BuyerOrder) -> Self {
        Self {
            seller_order: order.seller_order.clone(),
            taken: order.taken.clone(),
            request_count: order.request_count,
            pending: order.pending.iter().map(PendingRequestRecord::from).collect(),
        }
    }
}

impl BuyerOrderRecord {
    fn with(self, order: CarrierOrder) -> Result<BuyerOrder, StoreError> {
        let Self { seller_order, taken, request_count, pending } = self;
        let pending =
            pending.into_iter().map(PendingRequest::try_from).collect::<Result<_, _>>()?;
        Ok(BuyerOrder { order, seller_order, taken, request_count, pending })
    }
}

impl From<&PendingRequest> for PendingRequestRecord {
    fn from(request: &PendingRequest) -> Self {
        let reason = match &request.what {
            Instruction::Cancel { reason } => reason.clone(),
            _ => None,
        };
        let (what, at) = (request.what.as_str().to_owned(), to_millis(request.at));
        Self { number: request.number, what, reason, at }
    }
}

impl TryFrom<PendingRequestRecord> for PendingRequest {
    type Error = StoreError;

    fn try_from(record: PendingRequestRecord) -> Result<Self, StoreError> {
        let what = match &*record.what {
            "place" => Instruction::Place,
            "replace" => Instruction::Replace,
            "cancel" => Instruction::Cancel { reason: record.reason },
            "hold" => Instruction::Hold,
            "release" => Instruction::Release,
            other => return Err(StoreError::Corrupt(format!("pending request: {other}"))),
        };
        Ok(Self { number: record.number, what, at: from_millis(record.at)? })
    }
}

/// The Buyer's document, as JSON text: verbatim.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentRecord {
    pk: String,
    sk: String,
    pub(crate) document: String,
    /// Lists the order for its Seller: the order's own entry lists it for its Buyer.
    owner_key: String,
    owner_sort: String,
}

impl DocumentRecord {
    pub(crate) fn new(order: &OrderHeader, document: &str, sort: &str) -> Self {
        let key = keys::document(order.id.as_str());
        Self {
            pk: key.pk,
            sk: key.sk,
            document: document.to_owned(),
            owner_key: keys::orders_sold(&order.seller),
            owner_sort: sort.to_owned(),
        }
    }
}

/// A notification, as JSON text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) body: String,
    /// Whether the Buyer wants it pushed.
    pub(crate) pushed: bool,
}

/// The mark that a notification without a number is stored; its content is in the sort key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KnownNotificationRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

/// The claim on a Buyer's purchase order number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PonRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) order: OrderId,
}
