//! Scenarios of carrier orders: what a Seller with automatic fulfilment does.

use time::{Duration, OffsetDateTime};

use super::{AT_ONCE, ClientAct, Scenario, UNTIL_RESOLVED, left};
use crate::carrier::{
    CarrierDate, Event, ItemFailure, MessageKind, OrderStatus, SellerOrder, SellerStep, Side,
    registry,
};

/// A scenario of carrier orders.
pub type CarrierScenario = Scenario<CarrierCourse>;

/// How long a Buyer has for a correction.
const CORRECTION: Duration = Duration::days(45);

/// What the Seller does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarrierCourse {
    /// It is completed, not before so many seconds after it was placed.
    Completed {
        /// After so many seconds.
        after: u16,
    },
    /// It is rejected before it is worked on.
    Rejected(MessageKind),
    /// It waits for a newer version, and is completed with that.
    Pending(MessageKind),
    /// Its date is at risk; it is completed.
    Jeopardy,
    /// The Seller holds it and releases it; it is completed.
    Held,
    /// The Seller holds it.
    HeldForGood,
    /// The Seller holds it, and what holds it cannot be resolved.
    Unresolvable,
    /// The Seller cancels it.
    Cancelled,
    /// Every item fails.
    Failed,
    /// The first item fails.
    Partial,
    /// It needs intervention before it is completed.
    NeedsIntervention,
}

/// What the Seller does in place of a step of its automation.
#[derive(Debug, Clone, PartialEq)]
pub enum SellerMove {
    /// The step, as every order.
    Usual,
    /// These events.
    Events(Vec<Event>),
    /// The step, and its events between these.
    Around(Vec<Event>, Vec<Event>),
    /// Nothing for so long.
    Wait(Duration),
    /// It cannot go on by itself.
    Intervene,
}

impl CarrierCourse {
    /// What happens in place of `step`. Depends on the stored order alone: repeated after a crash,
    /// it is the same.
    pub fn next(self, step: SellerStep, order: &SellerOrder, now: OffsetDateTime) -> SellerMove {
        match step {
            SellerStep::BeginAndCommitDate => self.begin(),
            SellerStep::Configure => self.configure(order, now),
            SellerStep::Finish => self.finish(order, now),
            _ => SellerMove::Usual,
        }
    }

    fn begin(self) -> SellerMove {
        match self {
            Self::Rejected(kind) => {
                SellerMove::Events(vec![Event::NotAccepted { messages: vec![kind.message()] }])
            }
            _ => SellerMove::Usual,
        }
    }

    fn configure(self, order: &SellerOrder, now: OffsetDateTime) -> SellerMove {
        let hold = || Event::Held { by: Side::Seller, expected: None, messages: Vec::new() };
        let reason = || "as its scenario says".to_owned();
        let waited = order.order.history.iter().any(|had| had.status == OrderStatus::Pending);
        match self {
            Self::Pending(kind) if !waited => {
                let messages = vec![kind.message()];
                SellerMove::Events(vec![Event::InformationNeeded {
                    messages,
                    due: now + CORRECTION,
                }])
            }
            Self::HeldForGood => SellerMove::Events(vec![hold()]),
            Self::Unresolvable => {
                SellerMove::Events(vec![hold(), Event::Unresolvable { reason: reason() }])
            }
            Self::Cancelled => {
                SellerMove::Events(vec![Event::CancelledBySeller { reason: reason() }])
            }
            Self::Held => {
                let released = Event::Released { by: Side::Seller };
                SellerMove::Around(vec![hold(), released], Vec::new())
            }
            Self::Jeopardy => {
                let expected = Some(CarrierDate::of(now + Duration::days(1)));
                let at_risk = Event::DateAtRisk { expected, messages: Vec::new() };
                SellerMove::Around(Vec::new(), vec![at_risk])
            }
            _ => SellerMove::Usual,
        }
    }

    fn finish(self, order: &SellerOrder, now: OffsetDateTime) -> SellerMove {
        let items = || order.order.progress.items.iter();
        let failed = |count: usize| {
            let failure = |item: &crate::carrier::ItemProgress| ItemFailure {
                item: item.reference.clone(),
                reason: "as its scenario says".to_owned(),
            };
            let failed = items().take(count).map(failure).collect();
            SellerMove::Events(vec![Event::Finished { failed, completion: None }])
        };
        match self {
            Self::Completed { after } => {
                let age = now - order.order.history.first().map_or(now, |placed| placed.at);
                let left = left(Duration::seconds(after.into()), age);
                if left.is_zero() { SellerMove::Usual } else { SellerMove::Wait(left) }
            }
            Self::Failed => failed(items().count()),
            Self::Partial => failed(1),
            Self::NeedsIntervention => SellerMove::Intervene,
            _ => SellerMove::Usual,
        }
    }
}

const fn row(
    number: u8,
    title: &'static str,
    course: CarrierCourse,
    seen: &'static [&'static str],
    said: &'static str,
    seconds: (u16, u16),
) -> CarrierScenario {
    Scenario { number, title, course, seen, said, then: None, seconds }
}

/// A client has to act before the order goes on.
const fn with(scenario: CarrierScenario, act: ClientAct) -> CarrierScenario {
    Scenario { then: Some(act), ..scenario }
}

const BEGUN: [&str; 2] = ["STATUS_UPDATE IN_PROGRESS", "CONFIRMATION IN_PROGRESS"];
const CONFIGURED: &str = "CONFIGURATION IN_PROGRESS";
const DONE: &str = "COMPLETION COMPLETED";
const PENDING: &str = "STATUS_UPDATE PENDING";
const UPDATE: &str = "STATUS_UPDATE IN_PROGRESS";
const HELD: &str = "STATUS_UPDATE HELD";
const CANCELLED: &str = "CANCELLATION CANCELLED";
const THEN: &str = "+";

const COMPLETED: &[&str] = &[BEGUN[0], BEGUN[1], CONFIGURED, DONE];
const REJECTED: &[&str] = &["REJECTION REJECTED"];
const CORRECTED: &[&str] = &[BEGUN[0], BEGUN[1], PENDING, THEN, UPDATE, CONFIGURED, DONE];

/// The table.
pub const CARRIER: [CarrierScenario; 18] = {
    use CarrierCourse::{
        Cancelled, Completed, Failed, Held, HeldForGood, Jeopardy, NeedsIntervention, Partial,
        Pending, Rejected, Unresolvable,
    };
    [
        row(1, "completed at once", Completed { after: 0 }, COMPLETED, "", (0, 40)),
        row(2, "completed after 5 seconds", Completed { after: 5 }, COMPLETED, "", (5, 60)),
        row(3, "completed after 60 seconds", Completed { after: 60 }, COMPLETED, "", (60, 180)),
        row(
            11,
            "rejected: the product is not offered",
            Rejected(registry::PRODUCT_NOT_OFFERED),
            REJECTED,
            registry::PRODUCT_NOT_OFFERED.code,
            AT_ONCE,
        ),
        row(
            12,
            "rejected: the requested date is in the past",
            Rejected(registry::COMPLETION_DATE_PAST),
            REJECTED,
            registry::COMPLETION_DATE_PAST.code,
            AT_ONCE,
        ),
        row(
            13,
            "rejected: the requested date is no date",
            Rejected(registry::COMPLETION_DATE_INVALID),
            REJECTED,
            registry::COMPLETION_DATE_INVALID.code,
            AT_ONCE,
        ),
        row(
            14,
            "rejected: an item refers to one that is not there",
            Rejected(registry::ITEM_NOT_FOUND),
            REJECTED,
            registry::ITEM_NOT_FOUND.code,
            AT_ONCE,
        ),
        with(
            row(
                21,
                "pending, then corrected: the product is unknown",
                Pending(registry::PRODUCT_UNKNOWN),
                CORRECTED,
                registry::PRODUCT_UNKNOWN.code,
                (0, 60),
            ),
            ClientAct::NewerVersion,
        ),
        with(
            row(
                22,
                "pending, then corrected: the S-VLAN id is in use",
                Pending(registry::SVLAN_IN_USE),
                CORRECTED,
                registry::SVLAN_IN_USE.code,
                (0, 60),
            ),
            ClientAct::NewerVersion,
        ),
        with(
            row(
                23,
                "pending, then cancelled by the Buyer: the ENNI has no free S-VLAN id",
                Pending(registry::ENNI_FULL),
                &[BEGUN[0], BEGUN[1], PENDING, THEN, CANCELLED],
                registry::ENNI_FULL.code,
                (0, 60),
            ),
            ClientAct::Cancel,
        ),
        row(
            31,
            "jeopardy, then completed",
            Jeopardy,
            &[BEGUN[0], BEGUN[1], CONFIGURED, "JEOPARDY IN_PROGRESS", DONE],
            registry::JEOPARDY.code,
            (0, 40),
        ),
        row(
            32,
            "held and released by the Seller, then completed",
            Held,
            &[BEGUN[0], BEGUN[1], HELD, UPDATE, CONFIGURED, DONE],
            "",
            (0, 40),
        ),
        with(
            row(
                33,
                "held by the Seller, then cancelled by the Buyer",
                HeldForGood,
                &[BEGUN[0], BEGUN[1], HELD, THEN, CANCELLED],
                registry::CANCELLED_BY_BUYER.code,
                (0, 60),
            ),
            ClientAct::Cancel,
        ),
        row(
            34,
            "held by the Seller, then cancelled because that cannot be resolved",
            Unresolvable,
            &[BEGUN[0], BEGUN[1], HELD, CANCELLED],
            registry::CANCELLED_BY_SELLER.code,
            (0, 40),
        ),
        row(
            41,
            "cancelled by the Seller",
            Cancelled,
            &[BEGUN[0], BEGUN[1], CANCELLED],
            registry::CANCELLED_BY_SELLER.code,
            (0, 40),
        ),
        row(
            51,
            "every item fails",
            Failed,
            &[BEGUN[0], BEGUN[1], CONFIGURED, "STATUS_UPDATE FAILED"],
            registry::ITEM_FAILED.code,
            (0, 40),
        ),
        row(
            52,
            "the first item fails",
            Partial,
            &[BEGUN[0], BEGUN[1], CONFIGURED, "STATUS_UPDATE PARTIAL"],
            registry::ITEM_FAILED.code,
            (0, 40),
        ),
        row(
            61,
            "needs intervention before it is completed",
            NeedsIntervention,
            &[BEGUN[0], BEGUN[1], CONFIGURED],
            "",
            UNTIL_RESOLVED,
        ),
    ]
};
