use proptest::prelude::*;

use super::{update::stage, *};
use crate::carrier::{
    Assigned, Assignments, CarrierDate, NotificationType, SvlanAssignment, SvlanRange,
    sample::{NOW, accepted, id, in_state, item, order, seller, service},
};

use OrderStatus as S;

fn sellers_id() -> OrderId {
    "S-1".parse().unwrap()
}

fn report(status: OrderStatus) -> SellerReport {
    let header = order().header(sellers_id());
    SellerReport {
        order: header.id,
        buyer: header.buyer,
        seller: header.seller,
        pon: header.pon,
        version: header.version,
        kind: NotificationType::StatusUpdate,
        status,
        expected_completion: None,
        completion: None,
        correction_due: None,
        cancellation_reason: None,
        assignments: Assignments::default(),
        messages: Vec::new(),
    }
}

fn version(text: &str) -> OrderVersion {
    text.parse().unwrap()
}

fn done(status: OrderStatus) -> RequestOutcome {
    RequestOutcome::Done(Some(Box::new((sellers_id(), SellerUpdate::of(status)))))
}

fn refused(messages: Vec<OrderMessage>) -> RequestOutcome {
    RequestOutcome::Refused { why: "409".to_owned(), messages }
}

/// A Buyer's order whose order the Seller has taken.
fn placed() -> Updated {
    let buyer_order = BuyerOrder::to_be_placed(NOW);
    let request = buyer_order.next().unwrap().clone();
    buyer_order.apply_outcome(&accepted(), &request, &version("1"), done(S::Acknowledged), NOW)
}

fn moved(told: NotificationOutcome) -> Updated {
    match told {
        NotificationOutcome::Moves(updated) => *updated,
        NotificationOutcome::Ignored => panic!("ignored"),
    }
}

fn codes(progress: &OrderProgress) -> Vec<&str> {
    progress.messages.iter().filter_map(|message| message.code.as_deref()).collect()
}

#[test]
fn an_order_is_forwarded_when_its_buyer_is_local_and_its_seller_is_not() {
    let party = |hosting| Some(Party { hosting, ..seller() });
    let parties = [None, party(Hosting::Local), party(Hosting::Remote)];
    for (buyer, seller) in pairs(&parties) {
        let expected = buyer.as_ref().is_some_and(|b| b.hosting == Hosting::Local)
            && seller.as_ref().is_some_and(|s| s.hosting == Hosting::Remote);
        assert_eq!(is_at_remote_seller(buyer.as_ref(), seller.as_ref()), expected);
    }
}

fn pairs<T: Clone>(all: &[T]) -> Vec<(T, T)> {
    all.iter().flat_map(|one| all.iter().map(|other| (one.clone(), other.clone()))).collect()
}

#[test]
fn every_state_follows_the_sellers_word_but_never_backwards() {
    let states = OrderStatus::WORDS.iter().map(|(_, status)| *status);
    for (from, to) in pairs(&states.collect::<Vec<_>>()) {
        let progress = in_state(from);
        let told = placed().buyer_order.apply_notification(&progress, &report(to), 9, NOW);
        let ignored =
            (from.is_final() && to != from) || (to == S::Acknowledged && from != S::Acknowledged);
        match told {
            NotificationOutcome::Ignored => assert!(ignored, "{from} {to}"),
            NotificationOutcome::Moves(updated) => {
                assert!(!ignored, "{from} {to}");
                assert_eq!(updated.progress.status, to);
                assert_eq!(updated.progress.notification_version, 9);
                assert_eq!(updated.progress.hold.is_some(), to == S::Held);
                assert_eq!(updated.progress.cancellation.is_some(), to == S::Cancelled);
            }
        }
    }
}

#[test]
fn a_repeated_or_older_notification_moves_nothing_and_a_gap_is_none() {
    let Updated { buyer_order, progress } = placed();
    let notified = |order: Updated, status, version| {
        order.buyer_order.apply_notification(&order.progress, &report(status), version, NOW)
    };
    let first = moved(notified(Updated { buyer_order, progress }, S::InProgress, 1));
    assert_eq!(notified(first.clone(), S::Held, 1), NotificationOutcome::Ignored);
    let second = moved(notified(first, S::Held, 7));
    assert_eq!(notified(second, S::Pending, 6), NotificationOutcome::Ignored);
}

#[test]
fn a_notification_may_overtake_the_answer_to_the_order() {
    let (buyer_order, progress) = (BuyerOrder::to_be_placed(NOW), accepted());
    assert!(buyer_order.may_be(&sellers_id()));
    let updated = moved(buyer_order.apply_notification(&progress, &report(S::InProgress), 1, NOW));
    assert_eq!(updated.buyer_order.seller_order, Some(sellers_id()));
    assert!(!updated.buyer_order.may_be(&id()));
    let request = updated.buyer_order.next().unwrap().clone();
    let after = updated.buyer_order.apply_outcome(
        &updated.progress,
        &request,
        &version("1"),
        done(S::Acknowledged),
        NOW,
    );
    assert_eq!((after.progress.status, after.buyer_order.pending.len()), (S::InProgress, 0));
}

#[test]
fn a_notification_of_a_version_that_the_seller_has_replaced_moves_nothing() {
    let Updated { buyer_order, .. } = placed();
    let updated = buyer_order.request(&in_state(S::Pending), Instruction::Replace, NOW).unwrap();
    let request = updated.buyer_order.next().unwrap().clone();
    let updated = updated.buyer_order.apply_outcome(
        &updated.progress,
        &request,
        &version("2"),
        done(S::InProgress),
        NOW,
    );
    assert_eq!(updated.progress.status, S::InProgress);
    let late = report(S::Pending);
    assert_eq!(
        updated.buyer_order.clone().apply_notification(&updated.progress, &late, 9, NOW),
        NotificationOutcome::Ignored
    );
    let again = SellerReport { version: version("2"), ..late };
    assert_eq!(
        moved(updated.buyer_order.apply_notification(&updated.progress, &again, 9, NOW))
            .progress
            .status,
        S::Pending
    );
}

#[test]
fn what_the_seller_assigns_and_says_is_taken_over() {
    let Updated { buyer_order, progress } = placed();
    let assigned = |text: &str| Assigned { seller_id: service(text), buyer_id: None, item: None };
    let assignments = Assignments {
        ovcs: vec![assigned("OVC-1")],
        svlans: vec![SvlanAssignment {
            enni: service("ENNI-1"),
            uni: None,
            range: SvlanRange::new(7, 9).unwrap(),
            item: None,
        }],
        ..Assignments::default()
    };
    let mut told = report(S::Partial);
    told.assignments = assignments.clone();
    told.completion = Some(CarrierDate::read("2026-06-01"));
    told.messages = vec![registry::ITEM_FAILED.message().for_item(&item("02"))];
    let updated = moved(buyer_order.apply_notification(&progress, &told, 3, NOW)).progress;
    assert_eq!(updated.assignments, assignments);
    assert_eq!(updated.completion.as_ref().unwrap().text(), "2026-06-01");
    assert_eq!(codes(&updated), ["PRD099"]);
    let items: Vec<_> = updated.items.iter().map(|item| item.status).collect();
    assert_eq!(items, [S::Completed, S::Failed]);
}

#[test]
fn wishes_are_passed_on_in_order_and_said_until_they_are_answered() {
    let Updated { buyer_order, progress } = placed();
    let held = buyer_order.request(&progress, Instruction::Hold, NOW).unwrap();
    assert_eq!((held.progress.status, codes(&held.progress)), (S::Acknowledged, vec!["REF021"]));
    let same = held.buyer_order.clone().request(&held.progress, Instruction::Hold, NOW).unwrap();
    assert_eq!(same, held, "the same request is one");
    let both = held.buyer_order.request(&held.progress, Instruction::Release, NOW).unwrap();
    let numbers: Vec<_> = both.buyer_order.pending.iter().map(|request| request.number).collect();
    assert_eq!(numbers, [2, 3]);
    let request = both.buyer_order.next().unwrap().clone();
    let one =
        both.buyer_order.apply_outcome(&both.progress, &request, &version("1"), done(S::Held), NOW);
    assert_eq!(one.progress.hold.as_ref().unwrap().by, Side::Buyer);
    assert_eq!(codes(&one.progress), ["REF021", "REF021"]);
    let request = one.buyer_order.next().unwrap().clone();
    let none = one.buyer_order.apply_outcome(
        &one.progress,
        &request,
        &version("1"),
        done(S::InProgress),
        NOW,
    );
    assert_eq!((none.buyer_order.pending.len(), codes(&none.progress).len()), (0, 0));
}

#[test]
fn the_answer_that_a_worker_brings_too_late_moves_nothing() {
    let Updated { buyer_order, progress } = placed();
    let held = buyer_order.request(&progress, Instruction::Hold, NOW).unwrap();
    let late = held.buyer_order.next().unwrap().clone();
    let held =
        held.buyer_order.apply_outcome(&held.progress, &late, &version("1"), done(S::Held), NOW);
    let going = held.buyer_order.request(&held.progress, Instruction::Release, NOW).unwrap();
    let request = going.buyer_order.next().unwrap().clone();
    let going = going.buyer_order.apply_outcome(
        &going.progress,
        &request,
        &version("1"),
        done(S::InProgress),
        NOW,
    );
    let again = going.buyer_order.clone();
    assert_eq!(
        again.apply_outcome(&going.progress, &late, &version("1"), done(S::Held), NOW),
        going
    );
}

#[test]
fn an_order_held_before_anybody_worked_on_it_is_released_to_where_it_was() {
    let Updated { buyer_order, progress } = placed();
    let updated = moved(buyer_order.apply_notification(&progress, &report(S::Held), 1, NOW));
    // The answer to the order, given again, is older than that.
    let request = PendingRequest { number: 1, what: Instruction::Place, at: NOW };
    let again = BuyerOrder { pending: vec![request.clone()], ..updated.buyer_order.clone() };
    let again =
        again.apply_outcome(&updated.progress, &request, &version("1"), done(S::Acknowledged), NOW);
    assert_eq!(again.progress.status, S::Held);
    let updated = moved(updated.buyer_order.apply_notification(
        &updated.progress,
        &report(S::Acknowledged),
        2,
        NOW,
    ));
    assert_eq!(updated.progress.status, S::Acknowledged);
}

#[test]
fn a_document_that_waits_is_sent_in_its_newest_version_only() {
    let buyer_order = BuyerOrder::to_be_placed(NOW);
    let old = buyer_order.next().unwrap().clone();
    let newer = buyer_order.request(&accepted(), Instruction::Replace, NOW).unwrap();
    let [request] = newer.buyer_order.pending.as_slice() else { panic!("{:?}", newer.buyer_order) };
    assert_eq!((request.number, &request.what), (2, &Instruction::Place));
    // The older one was on its way: the newer one still has to be sent.
    let answer = done(S::Acknowledged);
    let updated =
        newer.buyer_order.apply_outcome(&newer.progress, &old, &version("1"), answer, NOW);
    assert_eq!(updated.buyer_order.seller_order, Some(sellers_id()));
    assert_eq!(updated.buyer_order.pending.len(), 1);
    let late = updated.buyer_order.clone().apply_outcome(
        &updated.progress,
        &old,
        &version("1"),
        refused(vec![]),
        NOW,
    );
    assert_eq!(late.progress.status, S::Acknowledged, "a refusal of what nobody wants any more");
}

#[test]
fn an_order_that_the_seller_refuses_is_rejected_with_the_sellers_messages() {
    let buyer_order = BuyerOrder::to_be_placed(NOW);
    let request = buyer_order.next().unwrap().clone();
    let said = vec![registry::MALFORMED.message().at("/orderDate")];
    let updated =
        buyer_order.apply_outcome(&accepted(), &request, &version("1"), refused(said), NOW);
    assert_eq!(updated.progress.status, S::Rejected);
    assert_eq!(codes(&updated.progress), ["FMT001", "REF022"]);
    assert!(updated.buyer_order.pending.is_empty());
}

#[test]
fn a_wish_that_the_seller_refuses_leaves_the_state_and_says_so_until_one_is_granted() {
    let Updated { buyer_order, progress } = placed();
    let cancel = Instruction::Cancel { reason: None };
    let asked = buyer_order.request(&progress, cancel, NOW).unwrap();
    let request = asked.buyer_order.next().unwrap().clone();
    let updated = asked.buyer_order.apply_outcome(
        &asked.progress,
        &request,
        &version("1"),
        refused(vec![]),
        NOW,
    );
    assert_eq!(updated.progress.status, S::Acknowledged);
    assert_eq!(codes(&updated.progress), ["REF022"]);
    assert_eq!(updated.progress.messages[0].message_information.as_deref(), Some("cancel: 409"));
    let asked = updated.buyer_order.request(&updated.progress, Instruction::Hold, NOW).unwrap();
    let request = asked.buyer_order.next().unwrap().clone();
    let updated = asked.buyer_order.apply_outcome(
        &asked.progress,
        &request,
        &version("1"),
        done(S::Held),
        NOW,
    );
    assert!(codes(&updated.progress).is_empty());
}

#[test]
fn nothing_is_passed_on_of_an_order_that_has_ended() {
    let Updated { buyer_order, progress } = placed();
    let asked = buyer_order.request(&progress, Instruction::Hold, NOW).unwrap();
    let updated =
        moved(asked.buyer_order.apply_notification(&asked.progress, &report(S::Completed), 4, NOW));
    assert!(updated.buyer_order.pending.is_empty() && updated.progress.messages.is_empty());
    let refused =
        updated.buyer_order.request(&updated.progress, Instruction::Release, NOW).unwrap_err();
    assert_eq!(refused.to_string(), "released: not possible when COMPLETED");
}

#[test]
fn too_much_that_waits_is_refused() {
    let Updated { mut buyer_order, mut progress } = placed();
    for n in 0..MOST {
        let what = if n % 2 == 0 { Instruction::Hold } else { Instruction::Release };
        Updated { buyer_order, progress } = buyer_order.request(&progress, what, NOW).unwrap();
    }
    assert_eq!(buyer_order.request(&progress, Instruction::Hold, NOW), Err(RequestError::TooMany));
}

#[test]
fn what_comes_with_an_end_is_taken_over_though_the_end_is_known() {
    let Updated { buyer_order, progress } = placed();
    let updated =
        buyer_order.apply_status(&progress, &SellerUpdate::of(S::Completed), NOW).unwrap();
    let ovc = Assigned { seller_id: service("OVC-1"), buyer_id: None, item: None };
    let assignments = Assignments { ovcs: vec![ovc], ..Assignments::default() };
    let told = SellerReport { assignments: assignments.clone(), ..report(S::Completed) };
    let updated = moved(updated.buyer_order.apply_notification(&updated.progress, &told, 4, NOW));
    assert_eq!(
        (updated.progress.assignments, updated.progress.notification_version),
        (assignments, 4)
    );
}

#[test]
fn a_seller_that_assigns_without_end_does_not_make_the_order_too_large() {
    let Updated { mut buyer_order, mut progress } = placed();
    for version in 1..10 {
        let ovc = |n: u32| Assigned {
            seller_id: service(&format!("OVC-{version}-{n}")),
            buyer_id: None,
            item: None,
        };
        let mut told = report(S::InProgress);
        told.assignments.ovcs = (0..99).map(ovc).collect();
        Updated { buyer_order, progress } =
            moved(buyer_order.apply_notification(&progress, &told, version, NOW));
    }
    assert_eq!((progress.assignments.ovcs.len(), progress.notification_version), (495, 9));
}

#[test]
fn a_status_response_that_says_nothing_new_moves_nothing() {
    let Updated { buyer_order, progress } = placed();
    let word = SellerUpdate::of(S::Acknowledged);
    assert_eq!(buyer_order.clone().apply_status(&progress, &word, NOW), None);
    let learned = buyer_order.apply_status(&progress, &SellerUpdate::of(S::Pending), NOW).unwrap();
    assert_eq!(learned.progress.status, S::Pending);
}

fn any_status() -> impl Strategy<Value = OrderStatus> {
    (0..OrderStatus::WORDS.len()).prop_map(|n| OrderStatus::WORDS[n].1)
}

proptest! {
    /// Whatever comes, in whatever order: stages never fall, an end is an end, and the version of
    /// what was taken over only rises.
    #[test]
    fn no_sequence_of_notifications_moves_a_buyers_order_backwards(
        news in proptest::collection::vec((any_status(), 1_u32..20), 0..40),
    ) {
        let Updated { mut buyer_order, mut progress } = placed();
        for (status, version) in news {
            if let NotificationOutcome::Moves(updated) = buyer_order.clone().apply_notification(&progress, &report(status), version, NOW) {
                let released = progress.hold.as_ref().is_some_and(|hold| hold.from == status);
                prop_assert!(released || stage(status) >= stage(progress.status));
                prop_assert!(!progress.status.is_final() || progress.status == status);
                prop_assert!(updated.progress.notification_version > progress.notification_version);
                Updated { buyer_order, progress } = *updated;
            }
        }
    }
}
