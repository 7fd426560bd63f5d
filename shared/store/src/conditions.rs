//! Every condition that a write stands under, with its operands, the race it closes and the test
//! that proves it. A write without a condition cannot be expressed
//! ([`crate::expression::Write`]), nor can a condition without its operands.

mod operand;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{esim::EsimOrderId, lease::Fence, subscription::SubscriptionId};
use time::OffsetDateTime;

use crate::{expression::text, records::WAITING};
use operand::Operand;
pub(crate) use operand::{EpochSeconds, LockOwner, Millis};

/// Defines [`Condition`] from a table: `Variant { operand: Type } => "expression";`.
///
/// An operand `status` is the value `:status` of the expression. `with { state: "free" }` gives
/// an expression a value that is the same for every write.
macro_rules! conditions {
    (
        $(#[$attribute:meta])*
        enum Condition<$lifetime:lifetime>;
        $(
            $(#[$doc:meta])*
            $name:ident $({ $($operand:ident: $type:ty),+ })?
                $(with { $($constant:ident: $value:expr),+ })?
                => $expression:literal;
        )+
    ) => {
        $(#[$attribute])*
        pub(crate) enum Condition<$lifetime> {
            $($(#[$doc])* $name $({ $($operand: $type),+ })?,)+
        }

        impl Condition<'_> {
            /// The expression as DynamoDB reads it, and the values it names.
            pub(crate) fn expression(self) -> (&'static str, HashMap<String, AttributeValue>) {
                match self {
                    $(Self::$name $({ $($operand),+ })? => (
                        $expression,
                        HashMap::from([
                            $($((format!(":{}", stringify!($operand)), $operand.attribute()),)+)?
                            $($((format!(":{}", stringify!($constant)), text($value)),)+)?
                        ]),
                    ),)+
                }
            }
        }

        /// Name, expression and values of every condition.
        #[cfg(test)]
        const ALL: &[(&str, &str, &[&str])] = &[$((
            stringify!($name),
            $expression,
            &[$($(stringify!($operand),)+)? $($(stringify!($constant),)+)?],
        )),+];
    };
}

conditions! {
    /// A condition by name, with the values it compares the stored item with.
    #[derive(Debug, Clone, Copy)]
    enum Condition<'a>;

    /// There is no item under this key.
    ///
    /// Race: two creators generate the same id, or a repeated create overwrites an item that has
    /// changed since; or two messages begin one first attempt of a delivery.
    /// Tests: `an_order_number_that_is_taken_is_found_and_nothing_is_written`,
    /// `a_first_attempt_is_begun_once_though_the_response_is_lost`.
    Absent => "attribute_not_exists(#pk)";

    /// There is an item under this key.
    ///
    /// Race: none of its own, its transaction has a condition on another item; it keeps a document
    /// or a mark from being created without what it belongs to.
    /// Test: `a_step_of_no_order_stores_nothing`.
    Present => "attribute_exists(#pk)";

    /// The number has no owner.
    ///
    /// Race: two tenants claim one number or SIM at the same time.
    /// Test: `one_number_goes_to_one_of_two_tenants`.
    Unclaimed => "attribute_not_exists(#pk)";

    /// The subscription has the revision that was read, and no order is outstanding.
    ///
    /// Race: two changes of one subscription at once (invariant 1), and a change worked out from
    /// values that an order has replaced meanwhile.
    /// Tests: `of_64_orders_on_one_subscription_one_is_placed`,
    /// `a_change_worked_out_from_old_values_is_not_placed`.
    AsReadAndUnlocked { revision: u64 }
        => "#revision = :revision AND attribute_not_exists(#outstandingOrder)";

    /// The idempotency key is new, or its record has expired: TTL deletes late.
    ///
    /// Race: the same request sent twice at once.
    /// Test: `the_same_key_twice_at_once_places_one_order`.
    KeyUnused { now: EpochSeconds } => "attribute_not_exists(#pk) OR #expiresAt < :now";

    /// The order has the status and the fence that were read, and no live lease.
    ///
    /// Race: two workers with the same message. Test: `of_two_workers_one_gets_the_lease`.
    OpenAndUnleased { status: &'a str, fence: Fence, now: OffsetDateTime }
        => "#status = :status AND #fence = :fence \
            AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now)";

    /// Work is due on the order, of this kind, and there is no live lease.
    ///
    /// Race: two workers with the same message, or a late message and the end of the order.
    /// Tests: `of_two_workers_one_gets_the_lease`, `a_lease_is_one_call_of_the_table`.
    DueAndUnleased { kind: &'a str, now: OffsetDateTime }
        => "#kind = :kind AND attribute_exists(#workBy) \
            AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now)";

    /// The lease belongs to this owner.
    ///
    /// Race: a worker that outlived its lease releases another worker's.
    /// Test: `a_lease_is_given_back_only_by_its_owner`.
    LeasedBy { owner: &'a str } => "#leaseOwner = :owner";

    /// The order has the status that was read, and the fence is this worker's.
    ///
    /// Race: a worker that outlived its lease ends an order that another worker holds or has
    /// ended. Test: `a_worker_that_lost_its_lease_cannot_end_the_order`.
    OpenUnderFence { status: &'a str, fence: Fence } => "#status = :status AND #fence = :fence";

    /// The order has the status and the revision that were read, and no live lease.
    ///
    /// Race: the operator ends an order while a worker, called by a late message, executes it.
    /// Test: `the_operator_cannot_end_an_order_that_a_worker_holds`.
    OpenAsReadAndUnleased { status: &'a str, revision: u64, now: OffsetDateTime }
        => "#status = :status AND #revision = :revision \
            AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now)";

    /// The lock is this order's.
    ///
    /// Race: an order that ends twice removes the lock of the next order.
    /// Test: `an_order_that_ended_twice_leaves_the_next_lock_alone`.
    LockedBy { order: LockOwner } => "#outstandingOrder = :order";

    /// The claim is this subscription's.
    ///
    /// Race: a late end of an order frees a number that has a new owner.
    /// Test: `a_number_is_freed_only_by_its_holder`.
    ClaimedBy { subscription: SubscriptionId } => "#subscription = :subscription";

    /// The sweeper looks at the order later than this, or not at all; it needs no intervention.
    ///
    /// Race: two requests for the status at once, or a request and a step of the order: the
    /// earliest time stays. Test: `a_status_request_of_an_order_at_rest_is_watched`.
    DueLater { due: Millis }
        => "attribute_exists(#pk) AND attribute_not_exists(#needsInterventionSince) \
            AND (attribute_not_exists(#dueAt) OR #dueAt > :due)";

    /// The order's watchdog is the one that was read, there is no live lease, and every request
    /// for its status is answered.
    ///
    /// Race: the Buyer requests the status while the sweeper, which has read that all is
    /// published, clears the watchdog.
    /// Test: `a_status_request_of_an_order_at_rest_is_watched`.
    DueAsReadAndAnswered { due: Millis, shard: &'a str, now: OffsetDateTime }
        => "#dueAt = :due AND #dueShard = :shard \
            AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now) \
            AND (attribute_not_exists(#statusRequestCount) OR #answeredCount >= #statusRequestCount)";

    /// The order's watchdog is the one that was read, and there is no live lease.
    ///
    /// Race: the sweeper reschedules an order that has changed meanwhile.
    /// Test: `an_order_that_moved_on_is_not_rescheduled`.
    OpenAndDueAsRead { due: Millis, shard: &'a str, now: OffsetDateTime }
        => "#dueAt = :due AND #dueShard = :shard \
            AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now)";

    /// The order has the status that was read, no live lease, and no mark that it needs
    /// intervention, and its worker was not called for later work.
    ///
    /// Race: a dead letter marks an order that has ended, or overwrites the time of the first
    /// mark; or the sweeper calls the worker after a wait, between the reading of the order and the
    /// mark. Tests: `an_order_that_ended_is_not_marked_for_intervention`,
    /// `a_letter_from_before_a_wait_does_not_mark_the_order_after_it`.
    OpenAndUnmarked { status: &'a str, work: u64, called: u64, now: OffsetDateTime }
        => "#status = :status AND attribute_not_exists(#needsInterventionSince) \
            AND #workSeq = :work \
            AND (attribute_not_exists(#calledSeq) OR #calledSeq = :called) \
            AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now)";

    /// The item has the revision that was read.
    ///
    /// Race: a Buyer's call and a worker's step, or two calls, each worked out from the state
    /// that the other is about to change; a client cancels an order while a worker takes it; two
    /// operators change one client, or rotate the signing keys, at once.
    /// Tests: `of_two_steps_from_one_state_one_is_taken`,
    /// `of_a_cancellation_and_a_lease_at_once_one_is_done`,
    /// `of_two_changes_of_one_client_one_is_kept`, `of_two_rotations_at_once_one_is_done`.
    AsRead { revision: u64 } => "#revision = :revision";

    /// The order has the revision that was read, and all its status changes are published.
    ///
    /// Race: an order is deleted before its end is published, or after it was amended.
    /// Test: `an_order_is_deleted_when_its_end_is_published_and_not_before`.
    AsReadAndPublished { revision: u64 }
        => "#revision = :revision AND #publishedSequence >= #sequence";

    /// The order has the revision that was read, and the fence is this worker's.
    ///
    /// Race: a worker that outlived its lease continues an order that another worker holds.
    /// Test: `a_worker_that_lost_its_lease_cannot_go_on`.
    AsReadUnderFence { revision: u64, fence: Fence }
        => "#revision = :revision AND #fence = :fence";

    /// The fence of the order is this worker's.
    ///
    /// Race: a late worker claims S-VLAN ids for an order that was cancelled, and whose ids were
    /// freed, meanwhile. Test: `no_s_vlan_is_claimed_for_an_order_that_was_taken_away`.
    UnderFence { fence: Fence } => "#fence = :fence";

    /// The S-VLAN id is free, or this order has claimed it for this OVC before.
    ///
    /// Race: two orders choose one id of an ENNI. Test: `of_64_orders_on_one_enni_none_overlap`.
    SvlanFreeOrOwnedBy { ovc: &'a str, order: &'a str }
        => "attribute_not_exists(#pk) OR (#ovc = :ovc AND #order = :order)";

    /// The S-VLAN id is this OVC's, claimed by this order.
    ///
    /// Race: a late release frees an id that another OVC has claimed since.
    /// Test: `an_s_vlan_is_freed_only_by_its_owner`.
    SvlanOwnedBy { ovc: &'a str, order: &'a str } => "#ovc = :ovc AND #order = :order";

    /// The S-VLAN id is this Buyer's OVC's, claimed by this order or an earlier one.
    ///
    /// Race: a late end of an older order frees what a newer one has claimed for the same OVC.
    /// Test: `the_end_of_a_service_frees_all_it_has_but_what_a_later_order_claimed`.
    SvlanOwnedByService { ovc: &'a str, buyer: &'a str, order: &'a str }
        => "#ovc = :ovc AND #buyer = :buyer AND #order <= :order";

    /// The profile is free.
    ///
    /// Race: two orders choose one profile of the pool.
    /// Test: `of_64_orders_on_50_profiles_50_get_one_each_and_14_none`.
    ProfileFree with { state: "free" } => "#state = :state";

    /// The profile is reserved for this order.
    ///
    /// Race: a late worker uses, returns or quarantines a profile that another order holds.
    /// Test: `a_profile_is_given_back_only_by_the_order_that_holds_it`.
    ProfileReservedFor { order: EsimOrderId } with { state: "reserved" }
        => "#state = :state AND #order = :order";

    /// The profile is in the quarantine that was read: this order put it there.
    ///
    /// Race: two operators release one profile, and another order takes it between the two.
    /// Test: `a_profile_leaves_the_quarantine_it_was_seen_in_and_no_other`.
    ProfileQuarantinedBy { order: EsimOrderId } with { state: "quarantined" }
        => "#state = :state AND #order = :order";

    /// The order has reached this status change, and as much of it is published as was read.
    ///
    /// Race: two messages about one order, or a message and the sweeper, publish the same status
    /// change twice, or a later one before it; or one of them publishes some of those that the
    /// other publishes together.
    /// Tests: `a_state_is_told_once_however_often_it_is_tried`,
    /// `states_that_were_told_in_part_meanwhile_are_not_told_again`.
    PublishedAsRead { published: u64, sequence: u64 }
        => "#publishedSequence = :published AND #sequence >= :sequence";

    /// The backlog of the order has some of these notifications or answers.
    ///
    /// Race: two messages about one order, one of them late, push the same notifications.
    /// Test: `a_notification_is_marked_as_pushed_once`.
    NotPushedYet { pushed: u64, answered: u64 }
        => "#pushedCount <= :pushed AND #answeredCount <= :answered \
            AND (#pushedCount < :pushed OR #answeredCount < :answered)";

    /// No work on the order is left, all its status changes and notifications are published, and
    /// every request for its status is answered.
    ///
    /// Race: a worker takes the last step, or the Buyer requests the status, while another status
    /// change is being published.
    /// Tests: `an_order_rests_when_it_is_somebody_elses_turn_and_all_is_told`,
    /// `a_status_request_of_an_order_at_rest_is_watched`.
    Idle
        => "#publishedSequence >= #sequence AND #pushedCount >= #notificationCount \
            AND #answeredCount >= #statusRequestCount \
            AND attribute_not_exists(#workBy) \
            AND attribute_not_exists(#needsInterventionSince)";

    /// The last number of the feed is the one that was read.
    ///
    /// Race: two events appended at once take the same number of the feed.
    /// Test: `a_feed_that_many_write_to_has_no_gap_and_no_repetition`.
    FeedEndsAsRead { last: u64 } => "#last = :last";

    /// Nobody reads the feed at this time.
    ///
    /// Race: a client begins to read the feed of batches while a batch ends, and would miss its
    /// event; or two readings at once, of which the later time stays.
    /// Test: `a_batch_that_ends_while_its_feed_begins_appends_its_event`.
    FeedUnusedAt { at: OffsetDateTime } => "attribute_not_exists(#readUntil) OR #readUntil < :at";

    /// The batch, or its request, has the status that was read.
    ///
    /// Race: two workers with messages about one batch, one of them late. Test:
    /// `a_batch_that_two_workers_move_on_ends_once`.
    BatchAsRead { status: &'a str } => "#status = :status";

    /// The due time is the one that was read.
    ///
    /// Race: the sweeper reschedules an item that has changed meanwhile.
    /// Test: `a_batch_that_ended_is_not_rescheduled`.
    DueAsRead { due: Millis } => "#dueAt = :due";

    /// The delivery awaits this attempt.
    ///
    /// Race: a repeated message, a late sender or a replay meanwhile.
    /// Test: `the_result_of_an_attempt_that_is_not_awaited_changes_nothing`.
    AwaitsAttempt { round: u32, number: u8 } with { state: WAITING }
        => "#state = :state AND #round = :round AND #number = :number";

    /// The delivery is waiting, and its due time is the one that was read.
    ///
    /// Race: the sweeper reschedules a delivery that has changed meanwhile.
    /// Test: `a_delivery_that_moved_on_is_not_rescheduled`.
    WaitsAndDueAsRead { due: Millis } with { state: WAITING }
        => "#state = :state AND #dueAt = :due";

    /// The delivery is waiting in this backlog, and is due.
    ///
    /// Race: two senders, or a sender and the sweeper, dispatch the same delivery.
    /// Test: `a_delivery_of_a_backlog_is_taken_once`.
    InBacklog { backlog: &'a str, now: OffsetDateTime } with { state: WAITING }
        => "#state = :state AND #dueShard = :backlog AND #dueAt <= :now";

    /// The owner may place as many orders in this window as a block of permits has.
    ///
    /// Race: processes that take the last permits of a window at the same time.
    /// Test: `of_orders_from_two_processes_as_many_are_placed_as_the_rate_allows`.
    PermitsLeft { most: u32 } => "attribute_not_exists(#pk) OR #taken <= :most";

    /// Nobody holds this slot: of an endpoint, or of a waiting caller.
    ///
    /// Race: two senders with messages about one order; two callers that begin to wait.
    /// Tests: `one_delivery_is_in_flight_for_an_endpoint_and_an_order`,
    /// `as_many_callers_of_a_tenant_wait_as_may_over_all_processes`.
    SlotFree { now: OffsetDateTime }
        => "attribute_not_exists(#leaseUntil) OR #leaseUntil < :now";

    /// A sender holds this slot of the endpoint.
    ///
    /// Race: the holder releases it between a refused acquisition and the mark: the delivery that
    /// waits for it would wait for the sweeper.
    /// Test: `a_slot_is_marked_only_while_it_is_held`.
    SlotHeld { now: OffsetDateTime } => "#leaseUntil >= :now";

    /// The item is there and has not expired: TTL deletes late.
    ///
    /// Race: two browsers open a session with one link. Test: `a_link_opens_one_session`.
    Unexpired { now: EpochSeconds } => "attribute_exists(#pk) AND #expiresAt > :now";

    /// The slot was last marked when the sweeper read it.
    ///
    /// Race: a delivery joins the backlog that the sweeper has just found empty.
    /// Test: `a_slot_whose_backlog_is_empty_loses_its_mark_unless_it_is_marked_again`.
    MarkedAsRead { marked: Millis } => "#markedAt = :marked";
}

#[cfg(test)]
mod tests;
