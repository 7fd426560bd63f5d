use domain::{
    carrier::{
        BuyerOrder, CarrierContext, CarrierDate, CarrierOrder, DesiredResponses, OrderHeader,
        OrderId, OrderProgress, OrderStatus, OrderVersion, Party, PartyCredentials, PartyId, Pon,
        ServiceId,
    },
    identity::{Client, Tenant},
    order::Timing,
};
use serde::{Deserialize, Serialize};

use super::{BacklogRecord, HistoryRecord, OrderHeader as AnyOrder, history, history_record};
use crate::{error::StoreError, keys};

/// A carrier order without its document.
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
    #[serde(skip_serializing_if = "Option::is_none", default)]
    buyer_order: Option<BuyerOrder>,
    owner_key: String,
    owner_sort: String,
}

impl CarrierRecord {
    pub(crate) fn new(
        order: &CarrierOrder,
        context: &CarrierContext,
        timing: Timing,
        sort: &str,
    ) -> Self {
        let header = order.header.clone();
        let backlog = BacklogRecord {
            notification_count: order.progress.notification_version.into(),
            ..BacklogRecord::default()
        };
        let any = AnyOrder {
            backlog: Some(backlog),
            ..AnyOrder::placed(order, &order.correlation_id, context, timing)
        };
        Self {
            header: any,
            entity_tag: order.entity_tag,
            holds_resources: order.holds_resources,
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
            buyer_order: order.buyer_order.clone(),
        }
    }
}

impl TryFrom<CarrierRecord> for CarrierOrder {
    type Error = StoreError;

    fn try_from(record: CarrierRecord) -> Result<Self, StoreError> {
        let id = keys::order_id(&record.header.pk)
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| StoreError::Corrupt(format!("{}: order id", record.header.pk)))?;
        Ok(Self {
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
            history: history(record.history, 1)?,
            holds_resources: record.holds_resources,
            buyer_order: record.buyer_order,
        })
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
    pub(crate) fn new(order: &CarrierOrder, document: &str, sort: &str) -> Self {
        let key = keys::document(order.header.id.as_str());
        Self {
            pk: key.pk,
            sk: key.sk,
            document: document.to_owned(),
            owner_key: keys::orders_sold(&order.header.seller),
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
