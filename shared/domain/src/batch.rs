//! Batches of changes (`contracts/ecc.md`, *Batches*).

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{identity::Tenant, provisioning::OrderNumber};

/// The most requests of a batch.
pub const MAX_REQUESTS: usize = 100;
/// How long a batch can be looked at.
pub const KEPT: Duration = Duration::days(60);

/// Names a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(pub Uuid);

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// The text is no id of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a batch id")]
pub struct ParseBatchIdError;

impl FromStr for BatchId {
    type Err = ParseBatchIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| ParseBatchIdError)
    }
}

/// How the requests of a batch follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchKind {
    /// All at once, one for each subscription.
    Single,
    /// One after the other; the first that does not complete is the last.
    Multi,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// The word on the wire and in the table.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    )*};
}

words! {
    /// Where a batch stands.
    BatchStatus {
        /// Stored; nothing was done.
        Initialised = "INITIALISING",
        /// Under way.
        Processing = "PROCESSING",
        /// Every request completed.
        Completed = "COMPLETED",
        /// Over, and not every request completed.
        PartiallyCompleted = "PARTIALLY_COMPLETED",
    }
    /// Where a request of a batch stands.
    RequestStatus {
        /// Well formed; its turn has not come.
        Approved = "APPROVED",
        /// Malformed, or not allowed in a batch.
        Rejected = "REJECTED",
        /// No order could be made of it.
        Failed = "FAILED",
        /// Its order is under way.
        Processing = "PROCESSING",
        /// Done, or so already.
        Completed = "COMPLETED",
        /// Its order was canceled, or one before it did not complete.
        Canceled = "CANCELED",
    }
}

impl BatchStatus {
    /// Whether something can still happen.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Initialised | Self::Processing)
    }
}

impl RequestStatus {
    /// Whether it changes no more.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Approved | Self::Processing)
    }
}

/// A request of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRequest {
    /// The caller's name for it.
    pub requestid: Option<String>,
    /// `POST`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path below the API's base.
    pub resource: String,
    /// The body, as JSON text; empty for none.
    pub body: String,
    /// Where it stands.
    pub status: RequestStatus,
    /// Why, in words for the caller.
    pub info: Option<String>,
    /// Its order.
    pub order: Option<OrderNumber>,
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// Whose it is.
    pub tenant: Tenant,
    /// How its requests follow each other.
    pub kind: BatchKind,
    /// Where it stands.
    pub status: BatchStatus,
    /// When it was accepted.
    pub created_at: OffsetDateTime,
    /// Follows the request.
    pub correlation_id: String,
    /// The requests, in their order.
    pub requests: Vec<BatchRequest>,
}

/// What is to be done next with a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// These requests are to be carried out.
    CarryOut(Vec<usize>),
    /// These will never be: one before them did not complete.
    GiveUp(Vec<usize>),
    /// Orders are under way.
    Wait,
    /// Everything is over.
    End(BatchStatus),
}

impl Batch {
    /// What is to be done next.
    pub fn next_step(&self) -> NextStep {
        let approved: Vec<usize> = self.places(|status| status == RequestStatus::Approved);
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

    /// Rejects, in a batch whose requests run at once, every request but the first about one
    /// subscription. `subject` names what a request is about.
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

    fn places(&self, wanted: impl Fn(RequestStatus) -> bool) -> Vec<usize> {
        let all = self.requests.iter().enumerate();
        all.filter(|(_, request)| wanted(request.status)).map(|(place, _)| place).collect()
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
    fn a_single_batch_runs_everything_at_once() {
        let step = batch(BatchKind::Single, &[R::Approved, R::Rejected, R::Approved]).next_step();
        assert_eq!(step, NextStep::CarryOut(vec![0, 2]));
    }

    #[test]
    fn a_multi_batch_runs_one_after_the_other() {
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
    fn a_multi_batch_stops_at_the_first_that_does_not_complete() {
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
    fn one_request_for_each_subscription_runs_in_a_single_batch() {
        let mut single = batch(BatchKind::Single, &[R::Approved, R::Approved]);
        single.reject_repetitions(|request| request.resource.clone());
        assert_eq!(single.requests[1].status, R::Rejected);
        let mut multi = batch(BatchKind::Multi, &[R::Approved, R::Approved]);
        multi.reject_repetitions(|request| request.resource.clone());
        assert_eq!(multi.requests[1].status, R::Approved);
    }
}
