use domain::{
    carrier::{
        AnyCarrierOrder, BuyerOrder, CarrierDate, CarrierOrder, DesiredResponses, Instruction,
        OrderHeader, OrderId, OrderProgress, OrderStatus, OrderVersion, Party, PartyCredentials,
        PartyId, PendingRequest, Pon, SellerOrder, ServiceId,
    },
    identity::{Client, Tenant},
    order::Timing,
};
use serde::{Deserialize, Serialize};

use super::{
    BacklogRecord, HistoryRecord, OrderHeader as AnyOrder, from_millis, history, history_record,
    to_millis,
};
use crate::{error::StoreError, keys};

/// A carrier order of either side, without its document.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CarrierRecord {
    #[serde(flatten)]
    pub(crate) header: AnyOrder,
    buyer: PartyId,
    seller: PartyId,
    pon: Pon,
    version: OrderVersion,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    project: Option<String>,
    requested_completion: CarrierDate,
    desired: DesiredResponses,
    progress: OrderProgress,
    history: HistoryRecord<OrderStatus>,
    /// How many changes it has had that its parties see.
    entity_tag: u64,
    /// Whether it has ended and holds resources that must still be released.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    holds_resources: bool,
    /// Only of a Buyer's order.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    buyer_order: Option<BuyerOrderRecord>,
    owner_key: String,
    owner_sort: String,
}

impl CarrierRecord {
    pub(crate) fn new(
        any: &AnyCarrierOrder,
        seller: &Option<Party>,
        timing: Timing,
        sort: &str,
    ) -> Self {
        let order = any.order();
        let id = &order.correlation_id;
        let (placed, holds_resources, buyer_order) = match any {
            AnyCarrierOrder::Seller(order) => {
                (AnyOrder::placed(order, id, seller, timing), order.holds_resources, None)
            }
            AnyCarrierOrder::Buyer(order) => {
                (AnyOrder::placed(order, id, &None, timing), false, Some(order.into()))
            }
        };
        let header = order.header.clone();
        let backlog = BacklogRecord {
            notification_count: order.progress.notification_version.into(),
            ..BacklogRecord::default()
        };
        Self {
            header: AnyOrder { backlog: Some(backlog), ..placed },
            entity_tag: order.entity_tag,
            holds_resources,
            owner_key: keys::orders_bought(&header.buyer),
            owner_sort: sort.to_owned(),
            buyer: header.buyer,
            seller: header.seller,
            pon: header.pon,
            version: header.version,
            project: header.project,
            requested_completion: header.requested_completion,
            desired: header.desired,
            progress: order.progress.clone(),
            history: history_record(&order.history),
            buyer_order,
        }
    }
}

impl CarrierRecord {
    /// With the tenant that placed it, for the log.
    pub(crate) fn placed_by(mut self, tenant: Option<&Tenant>) -> Self {
        self.header.tenant = tenant.cloned();
        self
    }
}

impl TryFrom<CarrierRecord> for AnyCarrierOrder {
    type Error = StoreError;

    fn try_from(record: CarrierRecord) -> Result<Self, StoreError> {
        let id = keys::order_id(&record.header.pk)
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| StoreError::Corrupt(format!("{}: order id", record.header.pk)))?;
        let first = record.header.first_of(record.history.len());
        let order = CarrierOrder {
            header: OrderHeader {
                id,
                buyer: record.buyer,
                seller: record.seller,
                pon: record.pon,
                version: record.version,
                project: record.project,
                requested_completion: record.requested_completion,
                desired: record.desired,
            },
            needs_intervention: record.header.intervention()?,
            progress: record.progress,
            correlation_id: record.header.correlation_id,
            revision: record.header.revision,
            entity_tag: record.entity_tag,
            history: history(record.history, first)?,
        };
        Ok(match record.buyer_order {
            Some(buyers) => Self::Buyer(buyers.with(order)?),
            None => Self::Seller(SellerOrder { order, holds_resources: record.holds_resources }),
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

/// The claim on an S-VLAN id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SvlanRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) ovc: ServiceId,
    /// Whose OVC it is: its name alone may be anybody's.
    pub(crate) buyer: PartyId,
    /// The order that claimed it: when it is cancelled, what others claimed stays.
    pub(crate) order: OrderId,
    /// Lists what an OVC has.
    pub(crate) owner_key: String,
    pub(crate) owner_sort: String,
}

/// A party.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartyRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) party: Party,
    pub(crate) revision: u64,
    pub(crate) owner_key: String,
    pub(crate) owner_sort: String,
}

/// What we show a remote party.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartyCredentialsRecord {
    pk: String,
    sk: String,
    client_id: String,
    client_secret: String,
    signing: String,
    pub(crate) revision: u64,
}

impl PartyCredentialsRecord {
    pub(crate) fn new(party: &PartyId, credentials: &PartyCredentials, revision: u64) -> Self {
        let key = keys::party_credentials(party);
        Self {
            pk: key.pk,
            sk: key.sk,
            client_id: credentials.client_id.clone(),
            client_secret: credentials.client_secret.clone(),
            signing: credentials.signing.reveal(),
            revision,
        }
    }
}

impl TryFrom<PartyCredentialsRecord> for PartyCredentials {
    type Error = StoreError;

    fn try_from(record: PartyCredentialsRecord) -> Result<Self, StoreError> {
        let signing = record.signing.parse();
        let corrupt = |_| StoreError::Corrupt(format!("{}: signing secret", record.pk));
        Ok(Self {
            client_id: record.client_id,
            client_secret: record.client_secret,
            signing: signing.map_err(corrupt)?,
        })
    }
}

/// The link from a party to the tenant of an enabled client that acts for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PartyTenantRecord {
    pk: String,
    sk: String,
    pub(crate) tenant: Tenant,
}

impl PartyTenantRecord {
    pub(crate) fn new(party: &str, client: &Client) -> Self {
        let key = keys::party_tenant(party, &client.tenant, &client.id);
        Self { pk: key.pk, sk: key.sk, tenant: client.tenant.clone() }
    }
}
