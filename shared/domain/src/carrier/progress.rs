use time::OffsetDateTime;

use super::{
    CarrierDate, EventKind, ItemReference, Notification, OrderMessage, OrderStatus, ServiceId,
    Side, SvlanRange, TransitionError,
};

/// Bytes of messages that an order keeps. An item has 400 KB.
const MESSAGE_BYTES: usize = 64 * 1024;
/// Bytes of assignments that an order keeps: some 500.
const ASSIGNMENT_BYTES: usize = 96 * 1024;

/// What is ours of an order: everything the Seller's work brings about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderProgress {
    /// Its state.
    pub status: OrderStatus,
    /// Who holds it since when; only while HELD.
    pub hold: Option<Hold>,
    /// When the Seller will be done.
    pub expected_completion: Option<CarrierDate>,
    /// When the Seller was done.
    pub completion: Option<CarrierDate>,
    /// By when a corrected version must come; only while PENDING.
    pub correction_due: Option<OffsetDateTime>,
    /// How it ended; only when CANCELLED.
    pub cancellation: Option<Cancellation>,
    /// What was assigned so far.
    pub assignments: Assignments,
    /// Each item's state, in the order of the document.
    pub items: Vec<ItemProgress>,
    /// What is to be said about it now.
    pub messages: Vec<OrderMessage>,
    /// The version of its latest notification; 0 before the first.
    pub notification_version: u32,
}

/// Why an order stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Who stopped it, and alone may release it.
    pub by: Side,
    /// Where it goes on.
    pub from: OrderStatus,
    /// Since when.
    pub since: OffsetDateTime,
}

/// How an order was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    /// By whom.
    pub by: Side,
    /// When.
    pub at: OffsetDateTime,
    /// Why: at most 300 characters.
    pub reason: String,
}

/// An item's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemProgress {
    /// Which item.
    pub reference: ItemReference,
    /// How far it is: COMPLETED or FAILED on its own, else as the order.
    pub status: OrderStatus,
}

/// Identifiers and S-VLANs that an order was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignments {
    /// `billingAccountNumber`.
    pub billing_account: Option<String>,
    /// OVCs.
    pub ovcs: Vec<Assigned>,
    /// UNIs.
    pub unis: Vec<Assigned>,
    /// ENNIs.
    pub ennis: Vec<Assigned>,
    /// S-VLAN ids at ENNIs.
    pub svlans: Vec<SvlanAssignment>,
}

/// `idAssignment`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// The Seller's id.
    pub seller_id: ServiceId,
    /// The Buyer's id.
    pub buyer_id: Option<String>,
    /// For which item.
    pub item: Option<ItemReference>,
}

/// `svlanIdAssignment`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SvlanAssignment {
    /// At which ENNI.
    pub enni: ServiceId,
    /// To which UNI.
    pub uni: Option<ServiceId>,
    /// Which ids.
    pub range: SvlanRange,
    /// For which item.
    pub item: Option<ItemReference>,
}

impl OrderProgress {
    /// Keeps of messages and assignments what fits into the item of an order. What does not is
    /// still in the notification that it came with.
    pub(super) fn bound(&mut self) {
        let (mut said, mut assigned) = (MESSAGE_BYTES, ASSIGNMENT_BYTES);
        self.messages.retain(|message| fits(&mut said, message.size()));
        let Assignments { ovcs, unis, ennis, svlans, .. } = &mut self.assignments;
        for all in [ovcs, unis, ennis] {
            all.retain(|id| fits(&mut assigned, id.size()));
        }
        svlans.retain(|svlan| fits(&mut assigned, svlan.size()));
    }
}

/// Whether an entry fits into what is left.
fn fits(left: &mut usize, size: usize) -> bool {
    let fits = size <= *left;
    *left -= if fits { size } else { 0 };
    fits
}

fn text_size(text: Option<&str>) -> usize {
    text.map_or(0, str::len)
}

impl Assigned {
    /// About its bytes in an item.
    fn size(&self) -> usize {
        let item = self.item.as_ref().map(ItemReference::as_str);
        self.seller_id.as_str().len() + text_size(self.buyer_id.as_deref()) + text_size(item) + 40
    }
}

impl SvlanAssignment {
    /// About its bytes in an item.
    fn size(&self) -> usize {
        let uni = self.uni.as_ref().map(ServiceId::as_str);
        let item = self.item.as_ref().map(ItemReference::as_str);
        self.enni.as_str().len() + text_size(uni) + text_size(item) + 60
    }
}

impl Assignments {
    /// Whether nothing was assigned.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what is not yet there.
    pub fn merge(&mut self, new: &Self) {
        fn add<T: Clone + PartialEq>(all: &mut Vec<T>, new: &[T]) {
            for item in new {
                if !all.contains(item) {
                    all.push(item.clone());
                }
            }
        }
        if new.billing_account.is_some() {
            self.billing_account.clone_from(&new.billing_account);
        }
        add(&mut self.ovcs, &new.ovcs);
        add(&mut self.unis, &new.unis);
        add(&mut self.ennis, &new.ennis);
        add(&mut self.svlans, &new.svlans);
    }
}

/// Something that happens to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Row 1.
    Accepted {
        /// What is tolerated.
        warnings: Vec<OrderMessage>,
    },
    /// Row 2.
    NotAccepted {
        /// Why.
        messages: Vec<OrderMessage>,
    },
    /// Row 3.
    TreatmentStarted,
    /// Row 4.
    DateCommitted {
        /// When the Seller will be done.
        expected: CarrierDate,
    },
    /// Row 5. May happen more than once: a notification can name only one OVC.
    Configured {
        /// What is new.
        assignments: Assignments,
    },
    /// Row 6.
    InformationNeeded {
        /// What is wrong.
        messages: Vec<OrderMessage>,
        /// By when it must be right.
        due: OffsetDateTime,
    },
    /// Row 7.
    NewerVersionReceived {
        /// What is tolerated in it.
        warnings: Vec<OrderMessage>,
    },
    /// Row 8; only when it is overdue.
    CorrectionOverdue,
    /// Row 9.
    Held {
        /// By whom.
        by: Side,
        /// The new expected date, when it moves.
        expected: Option<CarrierDate>,
        /// Why.
        messages: Vec<OrderMessage>,
    },
    /// Row 10.
    Released {
        /// By whom.
        by: Side,
    },
    /// Row 11.
    Unresolvable {
        /// Why.
        reason: String,
    },
    /// Row 12; only before the point of no return.
    CancelledByBuyer {
        /// Who, in words for both carriers.
        who: String,
    },
    /// Row 13.
    CancelledBySeller {
        /// Why.
        reason: String,
    },
    /// Row 14.
    Finished {
        /// The items that could not be done; the others are.
        failed: Vec<ItemFailure>,
        /// When, if not now.
        completion: Option<CarrierDate>,
    },
    /// Row 15.
    DateAtRisk {
        /// The new expected date.
        expected: Option<CarrierDate>,
        /// Why; a JEP002 without words when empty.
        messages: Vec<OrderMessage>,
    },
}

/// An item that could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemFailure {
    /// Which.
    pub item: ItemReference,
    /// Why.
    pub reason: String,
}

impl Event {
    /// Its row's event.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Accepted { .. } => EventKind::Accepted,
            Self::NotAccepted { .. } => EventKind::NotAccepted,
            Self::TreatmentStarted => EventKind::TreatmentStarted,
            Self::DateCommitted { .. } => EventKind::DateCommitted,
            Self::Configured { .. } => EventKind::Configured,
            Self::InformationNeeded { .. } => EventKind::InformationNeeded,
            Self::NewerVersionReceived { .. } => EventKind::NewerVersionReceived,
            Self::CorrectionOverdue => EventKind::CorrectionOverdue,
            Self::Held { .. } => EventKind::Held,
            Self::Released { .. } => EventKind::Released,
            Self::Unresolvable { .. } => EventKind::Unresolvable,
            Self::CancelledByBuyer { .. } => EventKind::CancelledByBuyer,
            Self::CancelledBySeller { .. } => EventKind::CancelledBySeller,
            Self::Finished { .. } => EventKind::Finished,
            Self::DateAtRisk { .. } => EventKind::DateAtRisk,
        }
    }
}

/// A transition that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The order as it is now.
    pub progress: OrderProgress,
    /// What the Buyer is told.
    pub notification: Option<Notification>,
    /// Where it came from; none for a new order.
    pub from: Option<OrderStatus>,
    /// What happened.
    pub event: EventKind,
}

impl OrderProgress {
    /// What an event does to this order.
    ///
    /// # Errors
    /// When it cannot happen: the order is as it was.
    pub fn apply(&self, event: Event, now: OffsetDateTime) -> Result<Step, TransitionError> {
        super::step::step(Some(self.status), self.clone(), event, now)
    }

    /// The first event of an order with these items.
    ///
    /// # Errors
    /// When an order cannot begin with it.
    pub fn place(
        items: Vec<ItemReference>,
        event: Event,
        now: OffsetDateTime,
    ) -> Result<Step, TransitionError> {
        let status = OrderStatus::Acknowledged;
        let items = items.into_iter().map(|reference| ItemProgress { reference, status }).collect();
        let new = Self {
            status,
            hold: None,
            expected_completion: None,
            completion: None,
            correction_due: None,
            cancellation: None,
            assignments: Assignments::default(),
            items,
            messages: Vec::new(),
            notification_version: 0,
        };
        super::step::step(None, new, event, now)
    }

    /// Whether the Buyer must send a corrected version.
    pub fn corrective_order_expected(&self) -> bool {
        self.status == OrderStatus::Pending
    }

    /// Whether the Buyer can no longer cancel: an item is already delivered.
    pub fn is_past_point_of_no_return(&self) -> bool {
        self.items.iter().any(|item| item.status == OrderStatus::Completed)
    }

    /// Notes that an item is delivered while others are not: the point of no return.
    pub fn deliver(&mut self, item: &ItemReference) {
        for progress in self.items.iter_mut().filter(|progress| progress.reference == *item) {
            progress.status = OrderStatus::Completed;
        }
    }
}
