//! What is not published of an order of each kind, read off its item.

use domain::{
    carrier::{AnyCarrierOrder, CarrierOrder},
    esim::{EsimOrder, EsimOrderId},
    identity::Tenant,
    order::{Lifecycle, OrderKind, Status, StatusChange},
    provisioning::ProvisioningOrder,
    service_order::ServiceOrder,
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use crate::{
    carrier::DynamoParties,
    connection::Table,
    error::StoreError,
    keys,
    orders::Readable,
    records::{ArchiveRecord, BacklogRecord, OrderHeader, history},
};

/// The order itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A provisioning order.
    Ecc(Box<ProvisioningOrder>),
    /// A carrier order.
    Carrier(Box<CarrierOrder>),
    /// An eSIM order.
    Esim(EsimOrderId),
    /// A service order.
    Service(Box<ServiceOrder>),
}

/// An order, and what has happened to it that is not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPublication {
    /// The order's id, as text.
    pub id: String,
    /// Its kind.
    pub kind: OrderKind,
    /// Who hears of it.
    pub audience: Vec<Tenant>,
    /// Follows the request that placed it.
    pub correlation_id: String,
    /// The order.
    pub subject: Subject,
    /// The status changes that are not published, oldest first.
    pub changes: Vec<StatusChange<String>>,
    /// The status change before them, where the item has it.
    pub previous: Option<StatusChange<String>>,
    /// Whether there are later ones: these are archived, and the order must be read again when
    /// they are published.
    pub has_more: bool,
    /// How many status changes are published.
    pub(super) published: u64,
    /// Nobody was to be told when it was written last: it has no watchdog for what is pending.
    pub(super) is_quiet: bool,
    /// The last status change, whose publication clears the watchdog; none while the order is
    /// open, or when more than status changes is published of it.
    pub(super) last: Option<u64>,
    /// Whether only publishing is left to do on it, and the watchdog is cleared afterwards.
    pub(super) is_idle: bool,
    backlog: Option<BacklogRecord>,
}

impl PendingPublication {
    /// Whether there are notifications that were not pushed to the Buyer.
    pub fn has_unpushed(&self) -> bool {
        self.backlog().pushed_count < self.backlog().notification_count
    }

    /// Whether what is pending may stay so while nobody is to be told: the order has no watchdog for
    /// it, or has one for its work.
    pub fn may_stay_pending(&self) -> bool {
        let is_open = self.last.is_none();
        self.is_quiet || (is_open && !matches!(self.subject, Subject::Carrier(_)))
    }

    /// The number of its latest notification.
    pub fn notification_count(&self) -> u64 {
        self.backlog().notification_count
    }

    /// The number of the Buyer's status request, if it was not answered.
    pub fn unanswered(&self) -> Option<u64> {
        let BacklogRecord { status_request_count, answered_count, .. } = self.backlog();
        (answered_count < status_request_count).then_some(status_request_count)
    }

    pub(super) fn backlog(&self) -> BacklogRecord {
        self.backlog.unwrap_or_default()
    }

    fn new(
        header: &OrderHeader,
        id: &str,
        (changes, is_final): (Vec<StatusChange<String>>, bool),
        subject: Subject,
        audience: Vec<Tenant>,
    ) -> Self {
        let published = header.published_sequence;
        let (before, changes): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|change| change.sequence <= published);
        let (work, backlog) = (header.work_by, header.backlog);
        Self {
            id: id.to_owned(),
            kind: header.kind,
            audience,
            correlation_id: header.correlation_id.clone(),
            subject,
            changes,
            previous: before.into_iter().next_back(),
            has_more: false,
            published,
            is_quiet: header.quiet,
            last: (is_final && backlog.is_none()).then_some(header.sequence),
            is_idle: work.is_none() && backlog.is_some(),
            backlog,
        }
    }
}

pub(super) async fn read(
    table: &Table,
    id: &str,
) -> Result<Option<PendingPublication>, StoreError> {
    let Some(item) = table.item(&keys::order(id), true).await? else { return Ok(None) };
    let header: OrderHeader = from_item(item.clone())?;
    let mut pending = match header.kind {
        OrderKind::Ecc => {
            let order = ProvisioningOrder::from_item(item)?;
            let (changes, audience) = (changes(&order), vec![order.tenant.clone()]);
            let subject = Subject::Ecc(Box::new(order));
            PendingPublication::new(&header, id, changes, subject, audience)
        }
        OrderKind::Carrier => {
            let (changes, order) = match AnyCarrierOrder::from_item(item)? {
                AnyCarrierOrder::Seller(order) => (changes(&order), order.order),
                AnyCarrierOrder::Buyer(order) => (changes(&order), order.order),
            };
            let audience = parties(table, &order).await?;
            let subject = Subject::Carrier(Box::new(order));
            PendingPublication::new(&header, id, changes, subject, audience)
        }
        OrderKind::Esim => {
            let order = EsimOrder::from_item(item)?;
            let (changes, audience) = (changes(&order), vec![order.tenant.clone()]);
            let subject = Subject::Esim(order.id);
            PendingPublication::new(&header, id, changes, subject, audience)
        }
        OrderKind::Service => {
            let order = ServiceOrder::from_item(item)?;
            let (changes, audience) = (changes(&order), vec![order.tenant.clone()]);
            let subject = Subject::Service(Box::new(order));
            PendingPublication::new(&header, id, changes, subject, audience)
        }
    };
    let next = header.published_sequence + 1;
    if pending.changes.first().is_some_and(|change| change.sequence > next) {
        pending.changes = archived(table, id, next).await?;
        pending.has_more = true;
    }
    Ok(Some(pending))
}

/// Archived status changes from the one with this number on: those that one item has.
async fn archived(
    table: &Table,
    id: &str,
    next: u64,
) -> Result<Vec<StatusChange<String>>, StoreError> {
    let [first, last] = [0, next].map(|number| keys::archive(id, number));
    let newest = table.query_last::<ArchiveRecord<String>>(first.pk, (&first.sk, &last.sk)).await?;
    let missing = || StoreError::Corrupt(format!("order {id}: history"));
    let ArchiveRecord { first, history: entries, .. } = newest.ok_or_else(missing)?;
    let mut changes = history(entries, first)?;
    changes.retain(|change| change.sequence >= next);
    if changes.is_empty() { Err(missing()) } else { Ok(changes) }
}

/// Both sides hear of it: every tenant with a client that acts for one of the two parties.
async fn parties(table: &Table, order: &CarrierOrder) -> Result<Vec<Tenant>, StoreError> {
    let parties = DynamoParties::new(table.clone());
    let mut audience = parties.tenants(&order.header.buyer).await?;
    audience.extend(parties.tenants(&order.header.seller).await?);
    audience.sort();
    audience.dedup();
    Ok(audience)
}

/// Every status change of an order, and whether it has ended.
fn changes<L: Lifecycle>(order: &L) -> (Vec<StatusChange<String>>, bool) {
    let text = |change: StatusChange<L::Status>| StatusChange {
        sequence: change.sequence,
        status: change.status.as_str().to_owned(),
        at: change.at,
        reason: change.reason,
        by: change.by,
    };
    (order.status_changes().into_iter().map(text).collect(), order.status().is_final())
}
