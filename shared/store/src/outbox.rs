//! The outbox: an order's item is the event. What a change of it calls for is read off its images.

use std::time::Duration;

use domain::{
    esim::EsimOrderStatus,
    identity::Tenant,
    order::{OrderKind, Status},
    provisioning::OrderStatus,
    service_order::OrderState,
};
use serde::{
    Deserialize,
    de::{IgnoredAny, IntoDeserializer, value},
};
use serde_dynamo::Item;
use time::OffsetDateTime;

use crate::{
    error::StoreError,
    keys,
    records::{OrderHeader, from_millis},
    subscribers::Subscribers,
};

/// The longest delay of a message (SQS). Work that must wait longer is the sweeper's to call for.
const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// What has happened to an order that has to be published, if somebody is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// One status, of an order that one tenant is told of.
    Status,
    /// Several statuses of such an order.
    Statuses,
    /// What is published whoever the subscribers are: to the parties of a carrier order, to the
    /// batch of an order that has ended; or because the order has a watchdog until it is.
    Certain,
}

/// The only status change of an order that is not published, where the image says all that its
/// endpoints are told: it has no reason, and no batch hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlyChange {
    /// Its position, from 1.
    pub sequence: u64,
    /// When.
    pub at: OffsetDateTime,
    /// Whether the order has ended with it.
    pub is_final: bool,
    /// The status before; none for the placing.
    pub previous: Option<String>,
}

/// A change of an order, as the table's stream shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    /// The order's id, as text.
    pub id: String,
    /// Its kind.
    pub kind: OrderKind,
    /// Its status, a value of its kind.
    pub status: String,
    /// Its revision now.
    pub revision: u64,
    /// What has happened to it that has to be published, if anything.
    pub news: Option<News>,
    /// The status change that is to be published, if it is the only one and told by itself.
    pub only: Option<OnlyChange>,
    /// Follows the request.
    pub correlation_id: String,
    /// The tenant that placed it, if it is known.
    pub tenant: Option<Tenant>,
    /// The service order whose item it executes, when that one's worker has to be called: the order
    /// has ended, or needs intervention.
    pub parent: Option<String>,
    works: bool,
    after: Option<OffsetDateTime>,
}

impl OrderChange {
    /// The change between two images of one item. None when it is no order.
    ///
    /// # Errors
    /// An order that cannot be read.
    pub fn of(old: Item, new: Item) -> Result<Option<Self>, StoreError> {
        let is_order = new
            .get("sk")
            .is_some_and(|sk| matches!(sk, serde_dynamo::AttributeValue::S(sk) if sk == "ORDER"));
        if !is_order {
            return Ok(None);
        }
        let old: Option<OrderHeader> =
            if old.is_empty() { None } else { Some(serde_dynamo::from_item(old)?) };
        let has_batch = new.contains_key("batch");
        let told: ToldRecord = serde_dynamo::from_item(new.clone())?;
        let header: OrderHeader = serde_dynamo::from_item(new)?;
        let parent = told.parent.clone().filter(|_| matters_to_parent(old.as_ref(), &header));
        let only = (!has_batch).then(|| only(old.as_ref(), &header, told)).flatten();
        let id = keys::order_id(&header.pk)
            .ok_or_else(|| StoreError::Corrupt("an order's key".to_owned()))?;
        Ok(Some(Self {
            id: id.to_owned(),
            kind: header.kind,
            news: news(old.as_ref(), &header, has_batch),
            only,
            works: old.map_or(0, |old| old.work_seq) < header.work_seq,
            after: header.work_after.map(from_millis).transpose()?,
            status: header.status,
            revision: header.revision,
            correlation_id: header.correlation_id,
            tenant: header.tenant,
            parent,
        }))
    }

    /// Whether something of it has to be published to these subscribers of its tenant.
    pub fn concerns(&self, subscribers: &Subscribers) -> bool {
        match self.news {
            None => false,
            Some(News::Status) => subscribers.hear_of(self.kind, &self.status),
            Some(News::Statuses) => !subscribers.clone().of_kind(self.kind).is_empty(),
            Some(News::Certain) => true,
        }
    }

    /// The id of the order in an image of its item that cannot be read as a whole.
    pub fn id_in(image: &Item) -> Option<&str> {
        match image.get("pk") {
            Some(serde_dynamo::AttributeValue::S(pk)) => keys::order_id(pk),
            _ => None,
        }
    }

    /// With what delay the order's worker is to be called, if the change calls for it.
    pub fn work(&self, now: OffsetDateTime) -> Option<Duration> {
        let wait = self.after.map_or(time::Duration::ZERO, |after| after - now);
        let wait = Duration::try_from(wait).unwrap_or_default();
        (self.works && wait <= LONGEST_DELAY).then_some(wait)
    }
}

/// The stream hides what is written while a worker has the order: whatever happened then is
/// published when the lease is released.
fn happened(old: &OrderHeader, new: &OrderHeader) -> bool {
    let counts = |header: &OrderHeader| {
        let backlog = header.backlog.unwrap_or_default();
        (backlog.notification_count, backlog.status_request_count)
    };
    let (before, after) = (counts(old), counts(new));
    let since = old.sequence < new.sequence || before.0 < after.0 || before.1 < after.1;
    since || (old.lease_owner.is_some() && new.is_behind())
}

/// What the endpoints are told beside the status.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldRecord {
    #[serde(default)]
    order_date: Option<i64>,
    #[serde(default)]
    history: Vec<EntryRecord>,
    /// Of an eSIM order: its kind is the reason.
    #[serde(default)]
    failure: Option<IgnoredAny>,
    /// The service order whose item it executes.
    #[serde(default)]
    parent: Option<String>,
}

#[derive(Deserialize)]
struct EntryRecord {
    at: i64,
    #[serde(default)]
    reason: Option<IgnoredAny>,
}

fn only(old: Option<&OrderHeader>, new: &OrderHeader, told: ToldRecord) -> Option<OnlyChange> {
    if new.quiet || told.failure.is_some() || new.published_sequence + 1 != new.sequence {
        return None;
    }
    let (at, previous) = match (new.sequence, old) {
        (1, _) => (told.order_date?, None),
        (sequence, Some(old)) if old.sequence + 1 == sequence => {
            let last = told.history.last().filter(|last| last.reason.is_none())?;
            (last.at, Some(old.status.clone()))
        }
        _ => return None,
    };
    let is_final = is_final(new.kind, &new.status)?;
    Some(OnlyChange { sequence: new.sequence, at: from_millis(at).ok()?, is_final, previous })
}

/// Whether an order of one tenant has ended. None: more is told of a carrier order than its status.
fn is_final(kind: OrderKind, status: &str) -> Option<bool> {
    let status: value::StrDeserializer<'_, value::Error> = status.into_deserializer();
    match kind {
        OrderKind::Ecc => OrderStatus::deserialize(status).ok().map(Status::is_final),
        OrderKind::Esim => EsimOrderStatus::deserialize(status).ok().map(Status::is_final),
        OrderKind::Service => OrderState::deserialize(status).ok().map(Status::is_final),
        OrderKind::Carrier => None,
    }
}

/// Whether the worker of the service order has to look at the order: it has ended, or has come to
/// need intervention.
fn matters_to_parent(old: Option<&OrderHeader>, new: &OrderHeader) -> bool {
    let ended = |header: &OrderHeader| is_final(header.kind, &header.status) == Some(true);
    let has_ended = ended(new) && !old.is_some_and(ended);
    let is_marked = |header: &OrderHeader| header.needs_intervention_since.is_some();
    has_ended || (is_marked(new) && !old.is_some_and(is_marked))
}

fn news(old: Option<&OrderHeader>, new: &OrderHeader, has_batch: bool) -> Option<News> {
    if old.is_some_and(|old| !happened(old, new)) {
        return None;
    }
    let batch_hears = has_batch && new.sequence > 1;
    let is_watched = !new.quiet && new.work_by.is_none() && new.due_at.is_some();
    Some(match new.kind {
        OrderKind::Carrier => News::Certain,
        _ if batch_hears || is_watched => News::Certain,
        _ if new.published_sequence + 1 < new.sequence => News::Statuses,
        _ => News::Status,
    })
}
