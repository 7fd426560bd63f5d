use std::str::FromStr;

use domain::{
    identity::Tenant,
    lease::Fence,
    order::{FailedAttempt, Intervention, OrderKind, StatusChange},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1::from_attribute_value;
use time::OffsetDateTime;

use super::{from_millis, to_millis};
use crate::{error::StoreError, expression::text, keys};

/// What every order has, of whatever kind: enough for relay, sweeper and dead letters. The item
/// says what is due on it, when, and by its kind for which queue.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderHeader {
    pub(crate) pk: String,
    pub(crate) kind: OrderKind,
    pub(crate) status: String,
    pub(crate) correlation_id: String,
    /// Who placed it, if it is known.
    pub(crate) tenant: Option<Tenant>,
    pub(crate) revision: u64,
    /// How many statuses it has come to, the first one included.
    pub(crate) sequence: u64,
    /// How many of them are published.
    pub(crate) published_sequence: u64,
    /// When it was written last, nobody was to be told: what is not published has no watchdog.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) quiet: bool,
    /// The revision at which its worker was called last: when it rises, the worker is called.
    pub(crate) work_seq: u64,
    /// The revision in the message with which the sweeper called the worker after the last wait:
    /// a dead letter with an earlier one is out of date.
    #[serde(default)]
    pub(crate) called_seq: u64,
    /// The worker has nothing to do before this. The same as `work_by`: the order waits, and its
    /// worker is called then.
    pub(crate) work_after: Option<i64>,
    /// The worker is called again if it has done nothing by then; none while nothing is due.
    pub(crate) work_by: Option<i64>,
    /// The type of stock that it needs before its worker can go on.
    pub(crate) awaited_stock: Option<String>,
    pub(crate) fence: u64,
    pub(crate) lease_owner: Option<String>,
    pub(crate) lease_until: Option<i64>,
    pub(crate) attempts: u32,
    pub(crate) due_shard: Option<String>,
    /// When the sweeper looks at it: for its work, or for what is not published by then.
    pub(crate) due_at: Option<i64>,
    pub(crate) needs_intervention_since: Option<i64>,
    pub(crate) needs_intervention_why: Option<String>,
    #[serde(default)]
    pub(crate) needs_intervention_retried: bool,
    pub(crate) failed_at: Option<i64>,
    pub(crate) failed_why: Option<String>,
    /// When the message of the next attempt is received again.
    pub(crate) retry_at: Option<i64>,
    /// Notifications for its Buyer; only of kinds that have any.
    #[serde(flatten)]
    pub(crate) backlog: Option<BacklogRecord>,
}

/// Notifications and status requests of an order's Buyer, and how many of them are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BacklogRecord {
    /// How many notifications it has for its Buyer.
    pub(crate) notification_count: u64,
    /// How many of them are on their way to the Buyer, or are not pushed.
    pub(crate) pushed_count: u64,
    /// How often its Buyer has asked for its status.
    pub(crate) status_request_count: u64,
    /// How many of these requests are answered.
    pub(crate) answered_count: u64,
}

/// An order of a kind: what every order has, what only its kind has, and the history.
#[derive(Debug, Deserialize)]
pub(crate) struct OrderRecord<B, S> {
    #[serde(flatten)]
    pub(crate) header: OrderHeader,
    #[serde(flatten)]
    pub(crate) body: B,
    #[serde(default = "Vec::new")]
    pub(crate) history: HistoryRecord<S>,
}

impl OrderHeader {
    /// The names of all its attributes.
    pub(crate) const ATTRIBUTES: [&str; 30] = [
        "pk",
        "kind",
        "status",
        "correlationId",
        "revision",
        "sequence",
        "publishedSequence",
        "quiet",
        "workSeq",
        "calledSeq",
        "workAfter",
        "workBy",
        "awaitedStock",
        "fence",
        "leaseOwner",
        "leaseUntil",
        "attempts",
        "dueShard",
        "dueAt",
        "needsInterventionSince",
        "needsInterventionWhy",
        "needsInterventionRetried",
        "tenant",
        "failedAt",
        "failedWhy",
        "retryAt",
        "notificationCount",
        "pushedCount",
        "statusRequestCount",
        "answeredCount",
    ];

    fn corrupt(&self, what: &str) -> StoreError {
        StoreError::Corrupt(format!("{}: {what}", self.pk))
    }

    /// The order's id.
    pub(crate) fn id<I: FromStr>(&self) -> Result<I, StoreError> {
        let id = keys::order_id(&self.pk).and_then(|id| id.parse().ok());
        id.ok_or_else(|| self.corrupt("order id"))
    }

    /// The order's status, a value of its kind.
    pub(crate) fn status<S: DeserializeOwned>(&self) -> Result<S, StoreError> {
        from_attribute_value(text(&self.status)).map_err(|_| self.corrupt("status"))
    }

    /// The entries of its history that are not archived.
    pub(crate) fn history<S>(
        &self,
        entries: HistoryRecord<S>,
    ) -> Result<Vec<StatusChange<S>>, StoreError> {
        let kept = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        history(entries, (self.sequence + 1).saturating_sub(kept))
    }

    /// Whether something has happened that is not published and that its watchdog is for.
    pub(crate) fn unpublished(&self) -> bool {
        !self.quiet && self.is_behind()
    }

    /// Whether something has happened that is not published, whether or not somebody is to be told.
    pub(crate) fn is_behind(&self) -> bool {
        let owed = |backlog: BacklogRecord| {
            backlog.pushed_count < backlog.notification_count
                || backlog.answered_count < backlog.status_request_count
        };
        self.published_sequence < self.sequence || self.backlog.is_some_and(owed)
    }

    pub(crate) fn fence(&self) -> Fence {
        Fence(self.fence)
    }

    /// Whether a worker has it.
    pub(crate) fn is_leased(&self, now: OffsetDateTime) -> bool {
        self.lease_until.is_some_and(|until| until >= to_millis(now))
    }

    /// When the sweeper looks at it.
    pub(crate) fn watched(&self) -> Result<Option<OffsetDateTime>, StoreError> {
        self.due_at.map(from_millis).transpose()
    }

    pub(crate) fn failed_attempt(&self) -> Result<Option<FailedAttempt>, StoreError> {
        let Some(at) = self.failed_at else { return Ok(None) };
        let why = self.failed_why.clone().unwrap_or_default();
        let next = self.retry_at.map(from_millis).transpose()?;
        Ok(Some(FailedAttempt { at: from_millis(at)?, why, next }))
    }

    pub(crate) fn intervention(&self) -> Result<Option<Intervention>, StoreError> {
        let why = self.needs_intervention_why.clone().unwrap_or_default();
        let retried = self.needs_intervention_retried;
        self.needs_intervention_since
            .map(|since| Ok(Intervention { since: from_millis(since)?, why, retried }))
            .transpose()
    }
}

/// An entry of an order's history. Its position is that in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StatusChangeRecord<S> {
    status: S,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    by: Option<String>,
}

/// Archived entries of an order's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ArchiveRecord<S> {
    pub(crate) pk: String,
    pub(crate) sk: String,
    /// The number of the first entry.
    pub(crate) first: u64,
    pub(crate) history: HistoryRecord<S>,
}

impl<S: Copy> ArchiveRecord<S> {
    /// None: nothing is archived.
    pub(crate) fn new(order_id: &str, archived: &[StatusChange<S>]) -> Option<Self> {
        let first = archived.first()?.sequence;
        let key = keys::archive(order_id, first);
        Some(Self { pk: key.pk, sk: key.sk, first, history: history_record(archived) })
    }
}

/// A history as it is stored.
pub(crate) type HistoryRecord<S> = Vec<StatusChangeRecord<S>>;

pub(crate) fn history_record<S: Copy>(history: &[StatusChange<S>]) -> HistoryRecord<S> {
    let record = |change: &StatusChange<S>| StatusChangeRecord {
        status: change.status,
        at: to_millis(change.at),
        reason: change.reason.clone(),
        by: change.by.clone(),
    };
    history.iter().map(record).collect()
}

/// The history of a record; `first` is the position of its first entry.
pub(crate) fn history<S>(
    record: HistoryRecord<S>,
    first: u64,
) -> Result<Vec<StatusChange<S>>, StoreError> {
    (first..)
        .zip(record)
        .map(|(sequence, StatusChangeRecord { status, at, reason, by })| {
            Ok(StatusChange { sequence, status, at: from_millis(at)?, reason, by })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_attribute_of_a_header_is_named() {
        let header = OrderHeader {
            pk: String::new(),
            kind: OrderKind::Ecc,
            status: String::new(),
            correlation_id: String::new(),
            revision: 1,
            sequence: 1,
            published_sequence: 1,
            quiet: true,
            work_seq: 1,
            called_seq: 1,
            work_after: Some(1),
            work_by: Some(1),
            awaited_stock: Some(String::new()),
            fence: 1,
            lease_owner: Some(String::new()),
            lease_until: Some(1),
            attempts: 1,
            due_shard: Some(String::new()),
            due_at: Some(1),
            needs_intervention_since: Some(1),
            needs_intervention_why: Some(String::new()),
            needs_intervention_retried: true,
            tenant: Some("one".parse().unwrap()),
            failed_at: Some(1),
            failed_why: Some(String::new()),
            retry_at: Some(1),
            backlog: Some(BacklogRecord::default()),
        };
        let item: serde_dynamo::Item = serde_dynamo::to_item(header).unwrap();
        let names: BTreeSet<&str> = item.keys().map(String::as_str).collect();
        assert_eq!(names, OrderHeader::ATTRIBUTES.into());
    }
}
