mod resolving;

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

/// An order that is to be placed at its Seller.
fn new() -> BuyerOrder {
    let order = CarrierOrder::new(order().header(id()), accepted(), "c".to_owned(), NOW);
    BuyerOrder::new(order, NOW)
}

fn after(order: &BuyerOrder, event: BuyerOrderEvent) -> BuyerOrder {
    order.apply(event, NOW).unwrap().into_order()
}

fn requested(what: Instruction) -> BuyerOrderEvent {
    BuyerOrderEvent::Requested { what, view: None }
}

fn answered(request: &PendingRequest, sent: &str, answer: RequestOutcome) -> BuyerOrderEvent {
    BuyerOrderEvent::Answered { request: request.clone(), sent: version(sent), answer }
}

/// The order after the answer to its first request.
fn after_answer(order: &BuyerOrder, sent: &str, answer: RequestOutcome) -> BuyerOrder {
    after(order, answered(order.next().unwrap(), sent, answer))
}

fn notified(report: SellerReport, version: u32) -> BuyerOrderEvent {
    BuyerOrderEvent::Notified { report: Box::new(report), version: Some(version) }
}

fn ignores(order: &BuyerOrder, event: BuyerOrderEvent) -> bool {
    order.apply(event, NOW).is_err_and(|error| error == BuyerOrderError::Unchanged)
}

/// One that the Seller has taken.
fn placed() -> BuyerOrder {
    after_answer(&new(), "1", done(S::Acknowledged))
}

/// The same in another status.
fn placed_in(status: OrderStatus) -> BuyerOrder {
    let mut order = placed();
    order.order.progress = in_state(status);
    order
}

fn codes(order: &BuyerOrder) -> Vec<&str> {
    order.order.progress.messages.iter().filter_map(|message| message.code.as_deref()).collect()
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
        let told = placed_in(from).apply(notified(report(to), 9), NOW);
        let ignored =
            (from.is_final() && to != from) || (to == S::Acknowledged && from != S::Acknowledged);
        assert_eq!(told.is_err(), ignored, "{from} {to}");
        if let Ok(updated) = told {
            let progress = &updated.order().order.progress;
            assert_eq!((progress.status, progress.notification_version), (to, 9));
            assert_eq!(progress.hold.is_some(), to == S::Held);
            assert_eq!(progress.cancellation.is_some(), to == S::Cancelled);
        }
    }
}

#[test]
fn a_repeated_or_older_notification_moves_nothing_and_a_gap_is_none() {
    let first = after(&placed(), notified(report(S::InProgress), 1));
    assert!(ignores(&first, notified(report(S::Held), 1)));
    let second = after(&first, notified(report(S::Held), 7));
    assert!(ignores(&second, notified(report(S::Pending), 6)));
}

#[test]
fn a_notification_without_a_version_takes_no_number_of_the_seller() {
    let without =
        |status| BuyerOrderEvent::Notified { report: report(status).into(), version: None };
    let first = after(&placed(), notified(report(S::InProgress), 1));
    assert!(ignores(&first, without(S::Acknowledged)), "backwards");
    let held = after(&first, without(S::Held));
    assert_eq!((held.status(), held.order.progress.notification_version), (S::Held, 1));
    assert_eq!(after(&held, notified(report(S::Completed), 2)).status(), S::Completed);
    let last = after(&first, notified(report(S::Held), u32::MAX));
    assert_eq!(after(&last, without(S::Completed)).status(), S::Completed);
}

#[test]
fn a_notification_may_overtake_the_answer_to_the_order() {
    let new = new();
    assert!(new.may_be(&sellers_id()));
    let updated = new.apply(notified(report(S::InProgress), 1), NOW).unwrap();
    assert_eq!(updated.effect(), &Some(sellers_id()), "news");
    let updated = updated.into_order();
    assert_eq!(updated.seller_order, Some(sellers_id()));
    assert!(!updated.may_be(&id()));
    let answer = answered(updated.next().unwrap(), "1", done(S::Acknowledged));
    let answered = updated.apply(answer, NOW).unwrap();
    assert_eq!(answered.effect(), &None, "known");
    let after = answered.into_order();
    assert_eq!((after.status(), after.pending.len()), (S::InProgress, 0));
}

#[test]
fn a_notification_of_a_version_that_the_seller_has_replaced_moves_nothing() {
    let updated = after(&placed_in(S::Pending), requested(Instruction::Replace));
    let updated = after_answer(&updated, "2", done(S::InProgress));
    assert_eq!(updated.status(), S::InProgress);
    let late = report(S::Pending);
    assert!(ignores(&updated, notified(late.clone(), 9)));
    let again = SellerReport { version: version("2"), ..late };
    assert_eq!(after(&updated, notified(again, 9)).status(), S::Pending);
}

#[test]
fn what_the_seller_assigns_and_says_is_taken_over() {
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
    let updated = after(&placed(), notified(told, 3));
    assert_eq!(codes(&updated), ["PRD099"]);
    let progress = updated.order.progress;
    assert_eq!(progress.assignments, assignments);
    assert_eq!(progress.completion.as_ref().unwrap().text(), "2026-06-01");
    let items: Vec<_> = progress.items.iter().map(|item| item.status).collect();
    assert_eq!(items, [S::Completed, S::Failed]);
}

#[test]
fn requests_are_forwarded_in_order_and_said_until_they_are_answered() {
    let held = after(&placed(), requested(Instruction::Hold));
    assert_eq!((held.status(), codes(&held)), (S::Acknowledged, vec!["REF021"]));
    let same = after(&held, requested(Instruction::Hold));
    assert_eq!(same.pending, held.pending, "the same request is one");
    let both = after(&held, requested(Instruction::Release));
    let numbers: Vec<_> = both.pending.iter().map(|request| request.number).collect();
    assert_eq!(numbers, [2, 3]);
    let one = after_answer(&both, "1", done(S::Held));
    assert_eq!(one.order.progress.hold.as_ref().unwrap().by, Side::Buyer);
    assert_eq!(codes(&one), ["REF021", "REF021"]);
    let none = after_answer(&one, "1", done(S::InProgress));
    assert_eq!((none.pending.len(), codes(&none).len()), (0, 0));
}

#[test]
fn an_order_is_work_while_a_request_waits() {
    let timing = Timing { now: NOW, watchdog: time::Duration::minutes(5) };
    let order = new();
    assert_eq!(order.next_action(&None, timing), timing.work());
    let until = NOW + time::Duration::minutes(2);
    assert_eq!(order.next_action(&Some(until), timing), NextAction::Wait { until });
    let taken = after_answer(&order, "1", RequestOutcome::Done(None));
    assert_eq!(taken.next_action(&None, timing), NextAction::AwaitOthers);
    let ended = after(&taken, notified(report(S::Completed), 1));
    assert_eq!(ended.next_action(&Some(until), timing), NextAction::Finished);
    assert_eq!((ended.sequence(), ended.order.entity_tag, ended.revision()), (2, 3, 3));
}

#[test]
fn the_answer_that_a_worker_brings_too_late_moves_nothing() {
    let held = after(&placed(), requested(Instruction::Hold));
    let late = held.next().unwrap().clone();
    let held = after_answer(&held, "1", done(S::Held));
    let going = after(&held, requested(Instruction::Release));
    let going = after_answer(&going, "1", done(S::InProgress));
    let again = after(&going, answered(&late, "1", done(S::Held)));
    assert_eq!((again.order.progress, again.pending), (going.order.progress, going.pending));
}

#[test]
fn an_order_held_before_anybody_worked_on_it_is_released_to_where_it_was() {
    let updated = after(&placed(), notified(report(S::Held), 1));
    // The answer to the order, given again, is older than that.
    let request = PendingRequest { number: 1, what: Instruction::Place, at: NOW };
    let again = BuyerOrder { pending: vec![request], ..updated.clone() };
    assert_eq!(after_answer(&again, "1", done(S::Acknowledged)).status(), S::Held);
    let updated = after(&updated, notified(report(S::Acknowledged), 2));
    assert_eq!(updated.status(), S::Acknowledged);
}

#[test]
fn a_document_that_waits_is_sent_in_its_newest_version_only() {
    let order = new();
    let old = order.next().unwrap();
    let newer = after(&order, requested(Instruction::Replace));
    let [request] = newer.pending.as_slice() else { panic!("{newer:?}") };
    assert_eq!((request.number, &request.what), (2, &Instruction::Place));
    // The older one was on its way: the newer one still has to be sent.
    let updated = after(&newer, answered(old, "1", done(S::Acknowledged)));
    assert_eq!(updated.seller_order, Some(sellers_id()));
    assert_eq!(updated.pending.len(), 1);
    let late = after(&updated, answered(old, "1", refused(vec![])));
    assert_eq!(late.status(), S::Acknowledged, "a refusal of what nobody wants any more");
}

#[test]
fn an_order_that_is_found_at_the_seller_is_taken_over_and_a_newer_document_sent() {
    let found = |status, version: &str| RequestOutcome::Found {
        order: Box::new((sellers_id(), SellerUpdate::of(status))),
        version: Some(version.parse().unwrap()),
    };
    let same = after_answer(&new(), "1", found(S::InProgress, "1"));
    assert_eq!((same.status(), same.pending.len()), (S::InProgress, 0));
    assert_eq!((same.seller_order, same.taken), (Some(sellers_id()), Some(version("1"))));
    let newer = after(&new(), requested(Instruction::Replace));
    let older = after_answer(&newer, "2", found(S::Acknowledged, "1"));
    assert_eq!((&older.seller_order, &older.taken), (&Some(sellers_id()), &Some(version("1"))));
    let [request] = older.pending.as_slice() else { panic!("{older:?}") };
    assert_eq!((request.number, &request.what), (3, &Instruction::Replace));
}

#[test]
fn a_newer_document_has_its_items_in_the_status_of_the_order() {
    let mut view = order();
    view.version = version("2");
    view.items.pop();
    let replaced = |view: OrderView| BuyerOrderEvent::Requested {
        what: Instruction::Replace,
        view: Some(Box::new(view)),
    };
    let newer = after(&placed_in(S::Pending), replaced(view.clone()));
    assert_eq!(newer.order.header.version, version("2"));
    let items: Vec<_> = newer.order.progress.items.iter().map(|item| item.status).collect();
    assert_eq!(items, [S::Pending]);
    let error = newer.apply(replaced(view), NOW).unwrap_err();
    assert_eq!(error.to_string(), "version not newer than 2");
}

#[test]
fn an_order_that_the_seller_refuses_is_rejected_with_the_sellers_messages() {
    let said = vec![registry::MALFORMED.message().at("/orderDate")];
    let updated = after_answer(&new(), "1", refused(said));
    assert_eq!(updated.status(), S::Rejected);
    assert_eq!(codes(&updated), ["FMT001", "REF022"]);
    assert!(updated.pending.is_empty());
}

#[test]
fn a_request_that_the_seller_refuses_leaves_the_state_and_says_so_until_one_is_granted() {
    let asked = after(&placed(), requested(Instruction::Cancel { reason: None }));
    let updated = after_answer(&asked, "1", refused(vec![]));
    assert_eq!((updated.status(), codes(&updated)), (S::Acknowledged, vec!["REF022"]));
    let said = updated.order.progress.messages[0].message_information.as_deref();
    assert_eq!(said, Some("cancel: 409"));
    let asked = after(&updated, requested(Instruction::Hold));
    assert!(codes(&after_answer(&asked, "1", done(S::Held))).is_empty());
}

#[test]
fn nothing_is_forwarded_of_an_order_that_has_ended() {
    let asked = after(&placed(), requested(Instruction::Hold));
    let updated = after(&asked, notified(report(S::Completed), 4));
    assert!(updated.pending.is_empty() && updated.order.progress.messages.is_empty());
    let refused = updated.apply(requested(Instruction::Release), NOW).unwrap_err();
    assert_eq!(refused.to_string(), "released: not possible when COMPLETED");
}

#[test]
fn too_much_that_waits_is_refused() {
    let mut order = placed();
    for n in 0..MOST {
        let what = if n % 2 == 0 { Instruction::Hold } else { Instruction::Release };
        order = after(&order, requested(what));
    }
    let error = order.apply(requested(Instruction::Hold), NOW).unwrap_err();
    assert_eq!(error, BuyerOrderError::TooManyRequests);
}

#[test]
fn what_comes_with_an_end_is_taken_over_though_the_end_is_known() {
    let word = Box::new(SellerUpdate::of(S::Completed));
    let updated = after(&placed(), BuyerOrderEvent::StatusReported(word));
    let ovc = Assigned { seller_id: service("OVC-1"), buyer_id: None, item: None };
    let assignments = Assignments { ovcs: vec![ovc], ..Assignments::default() };
    let told = SellerReport { assignments: assignments.clone(), ..report(S::Completed) };
    let progress = after(&updated, notified(told, 4)).order.progress;
    assert_eq!((progress.assignments, progress.notification_version), (assignments, 4));
}

#[test]
fn a_seller_that_assigns_without_end_does_not_make_the_order_too_large() {
    let mut order = placed();
    for version in 1..10 {
        let ovc = |n: u32| Assigned {
            seller_id: service(&format!("OVC-{version}-{n}")),
            buyer_id: None,
            item: None,
        };
        let mut told = report(S::InProgress);
        told.assignments.ovcs = (0..99).map(ovc).collect();
        order = after(&order, notified(told, version));
    }
    let progress = order.order.progress;
    assert_eq!((progress.assignments.ovcs.len(), progress.notification_version), (495, 9));
}

#[test]
fn a_status_response_that_says_nothing_new_moves_nothing() {
    let reported = |status| BuyerOrderEvent::StatusReported(Box::new(SellerUpdate::of(status)));
    assert!(ignores(&placed(), reported(S::Acknowledged)));
    assert_eq!(after(&placed(), reported(S::Pending)).status(), S::Pending);
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
        let mut order = placed();
        for (status, version) in news {
            if let Ok(updated) = order.apply(notified(report(status), version), NOW) {
                let (old, new) = (&order.order.progress, &updated.order().order.progress);
                let released = old.hold.as_ref().is_some_and(|hold| hold.from == status);
                prop_assert!(released || stage(status) >= stage(old.status));
                prop_assert!(!old.status.is_final() || old.status == status);
                prop_assert!(new.notification_version > old.notification_version);
                order = updated.into_order();
            }
        }
    }
}
