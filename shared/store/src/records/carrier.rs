use domain::{
    carrier::{
        AnyCarrierOrder, BuyerOrder, CarrierDate, CarrierOrder, DesiredResponses, Instruction,
        OrderHeader, OrderId, OrderProgress, OrderStatus, OrderVersion, PartyId, PendingRequest,
        Pon, SellerOrder,
    },
    identity::Tenant,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    BacklogRecord, Millis, OrderRecord,
    format::{Each, format_of},
    progress::ProgressRecord,
};
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
    #[serde(with = "ProgressRecord")]
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
            (Some(buyers), _) => {
                let BuyerOrderRecord { seller_order, taken, request_count, pending } = buyers;
                Self::Buyer(BuyerOrder { order, seller_order, taken, request_count, pending })
            }
            (None, holds) => Self::Seller(SellerOrder { order, holds_resources: holds.is_some() }),
        })
    }
}

/// What only a Buyer's order has.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuyerOrderRecord {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    seller_order: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    taken: Option<OrderVersion>,
    request_count: u32,
    #[serde(with = "Each::<PendingRequestRecord>")]
    pending: Vec<PendingRequest>,
}

impl From<&BuyerOrder> for BuyerOrderRecord {
    fn from(order: &BuyerOrder) -> Self {
        Self {
            seller_order: order.seller_order.clone(),
            taken: order.taken.clone(),
            request_count: order.request_count,
            pending: order.pending.clone(),
        }
    }
}

/// A request that the Seller has not answered.
#[derive(Serialize, Deserialize)]
#[serde(remote = "PendingRequest")]
struct PendingRequestRecord {
    number: u32,
    #[serde(flatten, with = "InstructionRecord")]
    what: Instruction,
    #[serde(with = "Millis")]
    at: OffsetDateTime,
}

format_of!(PendingRequest: PendingRequestRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Instruction", tag = "what", rename_all = "camelCase")]
enum InstructionRecord {
    Place,
    Replace,
    Cancel {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    },
    Hold,
    Release,
}

/// The Buyer's document, as JSON text: verbatim.
#[derive(Debug, Deserialize)]
pub(crate) struct DocumentRecord {
    pub(crate) document: String,
}

/// A notification.
#[derive(Debug, Deserialize)]
pub(crate) struct NotificationRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    /// JSON text.
    pub(crate) body: String,
    /// Whether the Buyer wants it pushed.
    pub(crate) pushed: bool,
}

/// The claim of an order on its Buyer's purchase order number, or the reference to it by the id
/// that a remote Seller has given it.
#[derive(Debug, Deserialize)]
pub(crate) struct PonRecord {
    pub(crate) order: OrderId,
}
