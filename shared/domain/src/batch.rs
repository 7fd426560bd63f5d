//! Batches of changes (`infra/docs/contracts/ecc.md`, *Batches*).

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{identity::Tenant, provisioning::OrderNumber, text::hyphenated};

/// Maximum number of requests of a batch.
pub const MAX_REQUESTS: usize = 100;
/// How long a batch can be read after its creation.
pub const KEPT: Duration = Duration::days(60);

/// The id of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(pub Uuid);

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// The text is not a batch id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a batch id")]
pub struct ParseBatchIdError;

impl FromStr for BatchId {
    type Err = ParseBatchIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hyphenated(text).map(Self).ok_or(ParseBatchIdError)
    }
}

/// The execution order of the requests of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchKind {
    /// Concurrently, one request per subscription.
    Single,
    /// Sequentially, up to the first request that does not complete.
    Multi,
}

macro_rules! wire_enum {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $value:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $value)] $variant,)*
        }

        impl $name {
            /// The wire value, also used in the table.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $value,)* }
            }
        }
    )*};
}

wire_enum! {
    /// The status of a batch.
    BatchStatus {
        /// Stored; processing has not started.
        Initialised = "INITIALISING",
        /// In progress.
        Processing = "PROCESSING",
        /// Every request completed.
        Completed = "COMPLETED",
        /// Ended; at least one request did not complete.
        PartiallyCompleted = "PARTIALLY_COMPLETED",
    }
    /// The status of a request of a batch.
    RequestStatus {
        /// Valid; not started.
        Approved = "APPROVED",
        /// Invalid, or not allowed in a batch.
        Rejected = "REJECTED",
        /// No order could be placed for it.
        Failed = "FAILED",
        /// Its order is in progress.
        Processing = "PROCESSING",
        /// Completed, or the subscription already had the requested values.
        Completed = "COMPLETED",
        /// Its order was canceled, or an earlier request did not complete.
        Canceled = "CANCELED",
    }
}

impl BatchStatus {
    /// Whether the batch has not ended.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Initialised | Self::Processing)
    }
}

impl RequestStatus {
    /// Whether the status is final.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Approved | Self::Processing)
    }
}

/// The most characters of the text that explains the status of a request. One malformed request can
/// have thousands of violations, a batch a hundred requests.
const LONGEST_INFO: usize = 1_000;

/// The text that explains the status of a request, cut off where it is too long.
pub fn batch_info(info: &impl fmt::Display) -> String {
    let info = info.to_string();
    match info.char_indices().nth(LONGEST_INFO) {
        Some((end, _)) => format!("{} …", &info[..end]),
        None => info,
    }
}

/// A request of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRequest {
    /// The caller's id of the request.
    pub requestid: Option<String>,
    /// `POST`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path below the API's base.
    pub resource: String,
    /// The body, as JSON text; empty for none.
    pub body: String,
    /// The status.
    pub status: RequestStatus,
    /// The reason for the status, in text for the caller.
    pub info: Option<String>,
    /// The order placed for it.
    pub order: Option<OrderNumber>,
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The id.
    pub id: BatchId,
    /// The tenant that owns it.
    pub tenant: Tenant,
    /// The execution order of the requests.
    pub kind: BatchKind,
    /// The status.
    pub status: BatchStatus,
    /// The time of acceptance.
    pub created_at: OffsetDateTime,
    /// Correlation id of the request that created it.
    pub correlation_id: String,
    /// The requests, in their order.
    pub requests: Vec<BatchRequest>,
}

/// The next action of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// Execute the requests at these indexes.
    CarryOut(Vec<usize>),
    /// Cancel the requests at these indexes: an earlier request did not complete.
    GiveUp(Vec<usize>),
    /// Wait for orders in progress.
    Wait,
    /// End the batch with this status.
    End(BatchStatus),
}

impl Batch {
    /// Decides the next action.
    pub fn next_step(&self) -> NextStep {
        let approved: Vec<usize> = self.indexes(|status| status == RequestStatus::Approved);
        if self.kind == BatchKind::Single && !approved.is_empty() {
            return NextStep::CarryOut(approved);
        }
        if let Some(first) = approved.first() {
            let before = &self.requests[..*first];
            if before.iter().any(|request| request.status == RequestStatus::Processing) {
                return NextStep::Wait;
            }
            let stopped = before.iter().any(|request| request.status != RequestStatus::Completed);
            return if stopped {
                NextStep::GiveUp(approved)
            } else {
                NextStep::CarryOut(vec![*first])
            };
        }
        if self.requests.iter().any(|request| !request.status.is_final()) {
            return NextStep::Wait;
        }
        let completed =
            self.requests.iter().all(|request| request.status == RequestStatus::Completed);
        NextStep::End(if completed {
            BatchStatus::Completed
        } else {
            BatchStatus::PartiallyCompleted
        })
    }

    /// Rejects every request but the first for one subscription, in a batch whose requests run
    /// concurrently. `subject` returns the subscription of a request.
    pub fn reject_repetitions(&mut self, subject: impl Fn(&BatchRequest) -> String) {
        if self.kind != BatchKind::Single {
            return;
        }
        let mut seen = BTreeMap::new();
        for request in &mut self.requests {
            if request.status != RequestStatus::Approved {
                continue;
            }
            if seen.insert(subject(request), ()).is_some() {
                request.status = RequestStatus::Rejected;
                let why = "another request of the batch is about the same subscription";
                request.info = Some(why.to_owned());
            }
        }
    }

    fn indexes(&self, wanted: impl Fn(RequestStatus) -> bool) -> Vec<usize> {
        let all = self.requests.iter().enumerate();
        all.filter(|(_, request)| wanted(request.status)).map(|(index, _)| index).collect()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{BatchStatus::*, RequestStatus as R, *};

    fn batch(kind: BatchKind, statuses: &[RequestStatus]) -> Batch {
        let request = |status: &RequestStatus| BatchRequest {
            requestid: None,
            method: "PATCH".to_owned(),
            resource: "/subscriptions/msisdn:1".to_owned(),
            body: String::new(),
            status: *status,
            info: None,
            order: None,
        };
        Batch {
            id: BatchId(Uuid::nil()),
            tenant: "a".parse().unwrap(),
            kind,
            status: Initialised,
            created_at: datetime!(2026-11-21 12:00 UTC),
            correlation_id: "c".to_owned(),
            requests: statuses.iter().map(request).collect(),
        }
    }

    #[test]
    fn an_explanation_is_cut_off_between_characters() {
        assert_eq!(batch_info(&"short"), "short");
        assert_eq!(batch_info(&"ä".repeat(LONGEST_INFO)), "ä".repeat(LONGEST_INFO));
        let cut = batch_info(&"ä".repeat(700_000));
        assert_eq!(cut, format!("{} …", "ä".repeat(LONGEST_INFO)));
    }

    #[test]
    fn a_single_batch_executes_all_requests_concurrently() {
        let step = batch(BatchKind::Single, &[R::Approved, R::Rejected, R::Approved]).next_step();
        assert_eq!(step, NextStep::CarryOut(vec![0, 2]));
    }

    #[test]
    fn a_multi_batch_executes_requests_sequentially() {
        for (statuses, expected) in [
            (&[R::Approved, R::Approved][..], NextStep::CarryOut(vec![0])),
            (&[R::Processing, R::Approved], NextStep::Wait),
            (&[R::Completed, R::Approved], NextStep::CarryOut(vec![1])),
            (&[R::Completed, R::Processing], NextStep::Wait),
        ] {
            assert_eq!(batch(BatchKind::Multi, statuses).next_step(), expected, "{statuses:?}");
        }
    }

    #[test]
    fn a_multi_batch_stops_at_the_first_request_that_does_not_complete() {
        for bad in [R::Rejected, R::Failed, R::Canceled] {
            let stopped = batch(BatchKind::Multi, &[R::Completed, bad, R::Approved, R::Approved]);
            assert_eq!(stopped.next_step(), NextStep::GiveUp(vec![2, 3]), "{bad:?}");
        }
    }

    #[test]
    fn a_batch_is_completed_only_when_every_request_is() {
        for kind in [BatchKind::Single, BatchKind::Multi] {
            let all = batch(kind, &[R::Completed, R::Completed]).next_step();
            assert_eq!(all, NextStep::End(Completed));
            for bad in [R::Rejected, R::Failed, R::Canceled] {
                let some = batch(kind, &[R::Completed, bad]).next_step();
                assert_eq!(some, NextStep::End(PartiallyCompleted), "{bad:?}");
            }
        }
    }

    #[test]
    fn a_single_batch_executes_one_request_per_subscription() {
        let mut single = batch(BatchKind::Single, &[R::Approved, R::Approved]);
        single.reject_repetitions(|request| request.resource.clone());
        assert_eq!(single.requests[1].status, R::Rejected);
        let mut multi = batch(BatchKind::Multi, &[R::Approved, R::Approved]);
        multi.reject_repetitions(|request| request.resource.clone());
        assert_eq!(multi.requests[1].status, R::Approved);
    }
}
