//! Every condition that a write stands under, with the race it closes and the test that proves
//! it. A write without a condition cannot be expressed ([`crate::expression::Write`]).

/// A condition by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Nothing under this key yet.
    ///
    /// Race: two creators draw the same id, or a repeated create overwrites what has moved on
    /// since. Test: `an_order_number_that_is_taken_is_found_and_nothing_is_written`.
    Absent,
    /// There is something under this key.
    ///
    /// Race: none of its own, its transaction has a condition on the order; it keeps a document
    /// from coming into being without one. Test: `a_step_of_no_order_stores_nothing`.
    Present,
    /// Nobody holds this number.
    ///
    /// Race: two tenants claim one number or SIM at the same moment.
    /// Test: `one_number_goes_to_one_of_two_tenants`.
    Unclaimed,
    /// The subscription is as it was read, and no order is outstanding.
    ///
    /// Race: two changes of one subscription at once (invariant 1), and a change worked out from
    /// values that an order has replaced meanwhile.
    /// Tests: `of_64_orders_on_one_subscription_one_is_placed`,
    /// `a_change_worked_out_from_old_values_is_not_placed`.
    AsReadAndUnlocked,
    /// The key is new, or what it remembers has expired: TTL deletes late.
    ///
    /// Race: the same request sent twice at once.
    /// Test: `the_same_key_twice_at_once_places_one_order`.
    KeyUnused,
    /// The order still asks for work, nobody holds a live lease, and the fence is the one read.
    ///
    /// Race: two workers with the same message. Test: `of_two_workers_one_gets_the_lease`.
    OpenAndUnleased,
    /// The lease is this worker's.
    ///
    /// Race: a worker that slept through its lease gives back somebody else's.
    /// Test: `a_lease_is_given_back_only_by_its_owner`.
    LeaseIsMine,
    /// The order is open and the fence is this worker's.
    ///
    /// Race: a worker that slept through its lease ends an order that another is carrying out
    /// or has ended. Test: `a_worker_that_lost_its_lease_cannot_end_the_order`.
    OpenUnderMyFence,
    /// The order is open, as it was read, and nobody is carrying it out.
    ///
    /// Race: the operator ends an order while a worker, called by a late message, carries it out.
    /// Test: `the_operator_cannot_end_an_order_that_a_worker_holds`.
    OpenAsReadAndUnleased,
    /// The lock is this order's.
    ///
    /// Race: an ending that comes twice takes the lock of the next order.
    /// Test: `an_order_that_ended_twice_leaves_the_next_lock_alone`.
    LockedByThisOrder,
    /// The claim is this subscription's.
    ///
    /// Race: an ending that comes late frees a number that has gone to somebody else.
    /// Test: `a_number_is_freed_only_by_its_holder`.
    ClaimedByThisSubscription,
    /// The order is open, its watchdog is the one read, and nobody holds a live lease.
    ///
    /// Race: the sweeper moves the time of an order that has moved on by itself.
    /// Test: `an_order_that_moved_on_is_not_put_off`.
    OpenAndDueAsRead,
    /// The order is open, nobody carries it out, and nobody was told yet.
    ///
    /// Race: a dead letter marks an order that has ended, or hides since when it waits.
    /// Test: `an_order_that_ended_is_not_marked_for_intervention`.
    OpenAndUnmarked,
    /// The order is as it was read.
    ///
    /// Race: a Buyer's call and a worker's step, or two calls, each worked out from what the
    /// other is about to change. Test: `of_two_steps_from_one_state_one_is_taken`.
    OrderAsRead,
    /// The order is as it was read, and the fence is this worker's.
    ///
    /// Race: a worker that slept through its lease goes on with an order that another has taken.
    /// Test: `a_worker_that_lost_its_lease_cannot_go_on`.
    OrderAsReadUnderMyFence,
    /// The order is this worker's still.
    ///
    /// Race: a late worker claims S-VLAN ids for an order that was cancelled, and whose ids were
    /// freed, meanwhile. Test: `no_s_vlan_is_claimed_for_an_order_that_was_taken_away`.
    UnderMyFence,
    /// Nobody has the S-VLAN id, or this order has claimed it for this OVC before.
    ///
    /// Race: two orders choose one id of an ENNI. Test: `of_64_orders_on_one_enni_none_overlap`.
    SvlanFreeOrMine,
    /// The S-VLAN id is this OVC's, by the order that was read.
    ///
    /// Race: a late release frees an id that went to another OVC.
    /// Test: `an_s_vlan_is_freed_only_by_its_owner`.
    SvlanMine,
    /// The S-VLAN id is this OVC's, by this order or an earlier one.
    ///
    /// Race: a late end of an older order frees what a newer one has claimed for the same OVC.
    /// Test: `the_end_of_a_service_frees_all_it_has_but_what_a_later_order_claimed`.
    SvlanOfThisService,
    /// The profile is nobody's.
    ///
    /// Race: two orders choose one profile of the pool.
    /// Test: `of_64_orders_on_50_profiles_50_get_one_each_and_14_none`.
    ProfileFree,
    /// The profile is reserved for this order.
    ///
    /// Race: a late worker uses, returns or quarantines a profile that has gone to another order.
    /// Test: `a_profile_is_given_back_only_by_the_order_that_holds_it`.
    ProfileMine,
    /// The profile is in the quarantine that was seen: the one this order put it into.
    ///
    /// Race: two people put one profile back, and it is another order's between the two.
    /// Test: `a_profile_leaves_the_quarantine_it_was_seen_in_and_no_other`.
    ProfileQuarantined,
    /// The order has this state to tell.
    ///
    /// Race: two messages about one order, or a message and the sweeper, tell the same state
    /// twice, or a later one before it. Test: `a_state_is_told_once_however_often_it_is_tried`.
    NotToldYet,
    /// The order owes its Buyer something of these notifications and answers.
    ///
    /// Race: two messages about one order, one of them late, push the same notifications.
    /// Test: `a_notification_is_marked_as_pushed_once`.
    NotPushedYet,
    /// Nothing is left to do on the order, nor to tell of it.
    ///
    /// Race: a worker does the last step while another state is being told.
    /// Test: `an_order_rests_when_it_is_somebody_elses_turn_and_all_is_told`.
    NothingLeft,
    /// The feed ends where it was seen to end.
    ///
    /// Race: two states told at once take the same number of the feed.
    /// Test: `a_feed_that_many_write_to_has_no_gap_and_no_repetition`.
    FeedEndsAsRead,
    /// The batch, or its request, stands where it was read to stand.
    ///
    /// Race: two workers with messages about one batch, one of them late. Test:
    /// `a_batch_that_two_workers_move_on_ends_once`.
    BatchAsRead,
    /// Its time is the one read.
    ///
    /// Race: the sweeper moves the time of what has moved on by itself.
    /// Test: `a_batch_that_ended_is_not_put_off`.
    DueAsRead,
    /// The delivery waits for this attempt.
    ///
    /// Race: a repeated message, a late sender or a replay meanwhile.
    /// Test: `the_result_of_an_attempt_that_is_not_awaited_changes_nothing`.
    AwaitsThisAttempt,
    /// The delivery waits, and its time is the one read.
    ///
    /// Race: the sweeper moves the time of a delivery that has moved on by itself.
    /// Test: `a_delivery_that_moved_on_is_not_put_off`.
    WaitsAndDueAsRead,
    /// Nobody delivers in this lane of the endpoint.
    ///
    /// Race: two senders with messages about one order.
    /// Test: `one_delivery_is_in_flight_for_an_endpoint_and_an_order`.
    LaneFree,
    /// The item is as it was read.
    ///
    /// Race: two operators change one client, or rotate the signing keys, at once.
    /// Tests: `of_two_changes_of_one_client_one_is_kept`, `of_two_rotations_at_once_one_is_done`.
    AsRead,
}

impl Condition {
    /// The condition as DynamoDB reads it.
    pub(crate) const fn expression(self) -> &'static str {
        match self {
            Self::Present => "attribute_exists(#pk)",
            Self::Absent | Self::Unclaimed => "attribute_not_exists(#pk)",
            Self::AsReadAndUnlocked => {
                "#revision = :readRevision AND attribute_not_exists(#outstandingOrder)"
            }
            Self::KeyUnused => "attribute_not_exists(#pk) OR #expiresAt < :nowSeconds",
            Self::OpenAndUnleased => {
                "#status = :readStatus AND #fence = :readFence \
                 AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now)"
            }
            Self::LeaseIsMine => "#leaseOwner = :me",
            Self::OpenUnderMyFence => "#status = :readStatus AND #fence = :mine",
            Self::OpenAsReadAndUnleased => {
                "#status = :readStatus AND #revision = :readRevision \
                 AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now)"
            }
            Self::LockedByThisOrder => "#outstandingOrder = :order",
            Self::ClaimedByThisSubscription => "#subscription = :subscription",
            Self::OpenAndDueAsRead => {
                "#dueAt = :readDueAt AND #dueShard = :readShard \
                 AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now)"
            }
            Self::OpenAndUnmarked => {
                "#status = :readStatus AND attribute_not_exists(#needsInterventionSince) \
                 AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now)"
            }
            Self::AsRead | Self::OrderAsRead => "#revision = :readRevision",
            Self::OrderAsReadUnderMyFence => "#revision = :readRevision AND #fence = :mine",
            Self::UnderMyFence => "#fence = :mine",
            Self::SvlanFreeOrMine => {
                "attribute_not_exists(#pk) OR (#ovc = :ovc AND #order = :order)"
            }
            Self::SvlanMine => "#ovc = :ovc AND #order = :order",
            Self::SvlanOfThisService => "#ovc = :ovc AND #buyer = :buyer AND #order <= :order",
            Self::ProfileFree => "#state = :free",
            Self::ProfileMine => "#state = :reserved AND #order = :order",
            Self::ProfileQuarantined => "#state = :quarantined AND #order = :order",
            Self::NotToldYet => "#told < :telling AND #sequence >= :telling",
            Self::NothingLeft => {
                "#told >= #sequence AND #pushed >= #notes AND attribute_not_exists(#workDueAt) \
                 AND attribute_not_exists(#needsInterventionSince)"
            }
            Self::NotPushedYet => {
                "#pushed <= :pushing AND #answered <= :answering \
                 AND (#pushed < :pushing OR #answered < :answering)"
            }
            Self::BatchAsRead => "#status = :readStatus",
            Self::DueAsRead => "#dueAt = :readDueAt",
            Self::FeedEndsAsRead => "#last = :readLast",
            Self::AwaitsThisAttempt => {
                "#state = :waiting AND #round = :readRound AND #number = :readNumber"
            }
            Self::WaitsAndDueAsRead => "#state = :waiting AND #dueAt = :readDueAt",
            Self::LaneFree => "attribute_not_exists(#pk) OR #leaseUntil < :now",
        }
    }
}
