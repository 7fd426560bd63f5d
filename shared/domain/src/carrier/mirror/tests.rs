use proptest::prelude::*;

use super::{word::stage, *};
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

fn done(status: OrderStatus) -> SellersAnswer {
    SellersAnswer::Done(Some(Box::new((sellers_id(), SellersWord::of(status)))))
}

fn refused(messages: Vec<OrderMessage>) -> SellersAnswer {
    SellersAnswer::Refused { why: "409".to_owned(), messages }
}

/// A mirror whose order the Seller has taken.
fn placed() -> Heard {
    let mirror = Mirror::to_be_placed(NOW);
    let wish = mirror.next().unwrap().clone();
    mirror.answered(&accepted(), &wish, &version("1"), done(S::Acknowledged), NOW)
}

fn moved(told: Told) -> Heard {
    match told {
        Told::Moves(heard) => *heard,
        Told::Ignored => panic!("ignored"),
    }
}

fn codes(progress: &OrderProgress) -> Vec<&str> {
    progress.messages.iter().filter_map(|message| message.code.as_deref()).collect()
}

#[test]
fn an_order_is_mirrored_when_its_buyer_is_ours_and_its_seller_is_not() {
    let party = |hosting| Some(Party { hosting, ..seller() });
    let parties = [None, party(Hosting::Local), party(Hosting::Remote)];
    for (buyer, seller) in pairs(&parties) {
        let expected = buyer.as_ref().is_some_and(|b| b.hosting == Hosting::Local)
            && seller.as_ref().is_some_and(|s| s.hosting == Hosting::Remote);
        assert_eq!(is_mirrored(buyer.as_ref(), seller.as_ref()), expected);
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
        let told = placed().mirror.told(&progress, &report(to), 9, NOW);
        let ignored =
            (from.is_final() && to != from) || (to == S::Acknowledged && from != S::Acknowledged);
        match told {
            Told::Ignored => assert!(ignored, "{from} {to}"),
            Told::Moves(heard) => {
                assert!(!ignored, "{from} {to}");
                assert_eq!(heard.progress.status, to);
                assert_eq!(heard.progress.notification_version, 9);
                assert_eq!(heard.progress.hold.is_some(), to == S::Held);
                assert_eq!(heard.progress.cancellation.is_some(), to == S::Cancelled);
            }
        }
    }
}

#[test]
fn a_repeated_or_older_notification_moves_nothing_and_a_gap_is_none() {
    let Heard { mirror, progress } = placed();
    let heard = moved(mirror.told(&progress, &report(S::InProgress), 1, NOW));
    assert_eq!(heard.mirror.clone().told(&heard.progress, &report(S::Held), 1, NOW), Told::Ignored);
    let heard = moved(heard.mirror.told(&heard.progress, &report(S::Held), 7, NOW));
    assert_eq!(heard.mirror.told(&heard.progress, &report(S::Pending), 6, NOW), Told::Ignored);
}

#[test]
fn a_notification_may_overtake_the_answer_to_the_order() {
    let (mirror, progress) = (Mirror::to_be_placed(NOW), accepted());
    assert!(mirror.may_be(&sellers_id()));
    let heard = moved(mirror.told(&progress, &report(S::InProgress), 1, NOW));
    assert_eq!(heard.mirror.seller_order, Some(sellers_id()));
    assert!(!heard.mirror.may_be(&id()));
    let wish = heard.mirror.next().unwrap().clone();
    let after =
        heard.mirror.answered(&heard.progress, &wish, &version("1"), done(S::Acknowledged), NOW);
    assert_eq!((after.progress.status, after.mirror.passing.len()), (S::InProgress, 0));
}

#[test]
fn a_notification_of_a_version_that_the_seller_has_replaced_moves_nothing() {
    let Heard { mirror, .. } = placed();
    let heard = mirror.pass_on(&in_state(S::Pending), Instruction::Replace, NOW).unwrap();
    let wish = heard.mirror.next().unwrap().clone();
    let heard =
        heard.mirror.answered(&heard.progress, &wish, &version("2"), done(S::InProgress), NOW);
    assert_eq!(heard.progress.status, S::InProgress);
    let late = report(S::Pending);
    assert_eq!(heard.mirror.clone().told(&heard.progress, &late, 9, NOW), Told::Ignored);
    let again = SellerReport { version: version("2"), ..late };
    assert_eq!(
        moved(heard.mirror.told(&heard.progress, &again, 9, NOW)).progress.status,
        S::Pending
    );
}

#[test]
fn what_the_seller_assigns_and_says_is_taken_over() {
    let Heard { mirror, progress } = placed();
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
    let heard = moved(mirror.told(&progress, &told, 3, NOW)).progress;
    assert_eq!(heard.assignments, assignments);
    assert_eq!(heard.completion.as_ref().unwrap().text(), "2026-06-01");
    assert_eq!(codes(&heard), ["PRD099"]);
    let items: Vec<_> = heard.items.iter().map(|item| item.status).collect();
    assert_eq!(items, [S::Completed, S::Failed]);
}

#[test]
fn wishes_are_passed_on_in_order_and_said_until_they_are_answered() {
    let Heard { mirror, progress } = placed();
    let held = mirror.pass_on(&progress, Instruction::Hold, NOW).unwrap();
    assert_eq!((held.progress.status, codes(&held.progress)), (S::Acknowledged, vec!["REF021"]));
    let same = held.mirror.clone().pass_on(&held.progress, Instruction::Hold, NOW).unwrap();
    assert_eq!(same, held, "the same wish is one");
    let both = held.mirror.pass_on(&held.progress, Instruction::Release, NOW).unwrap();
    let numbers: Vec<_> = both.mirror.passing.iter().map(|wish| wish.number).collect();
    assert_eq!(numbers, [2, 3]);
    let wish = both.mirror.next().unwrap().clone();
    let one = both.mirror.answered(&both.progress, &wish, &version("1"), done(S::Held), NOW);
    assert_eq!(one.progress.hold.as_ref().unwrap().by, Side::Buyer);
    assert_eq!(codes(&one.progress), ["REF021", "REF021"]);
    let wish = one.mirror.next().unwrap().clone();
    let none = one.mirror.answered(&one.progress, &wish, &version("1"), done(S::InProgress), NOW);
    assert_eq!((none.mirror.passing.len(), codes(&none.progress).len()), (0, 0));
}

#[test]
fn the_answer_that_a_worker_brings_too_late_moves_nothing() {
    let Heard { mirror, progress } = placed();
    let held = mirror.pass_on(&progress, Instruction::Hold, NOW).unwrap();
    let late = held.mirror.next().unwrap().clone();
    let held = held.mirror.answered(&held.progress, &late, &version("1"), done(S::Held), NOW);
    let going = held.mirror.pass_on(&held.progress, Instruction::Release, NOW).unwrap();
    let wish = going.mirror.next().unwrap().clone();
    let going =
        going.mirror.answered(&going.progress, &wish, &version("1"), done(S::InProgress), NOW);
    let again = going.mirror.clone();
    assert_eq!(again.answered(&going.progress, &late, &version("1"), done(S::Held), NOW), going);
}

#[test]
fn an_order_held_before_anybody_worked_on_it_is_released_to_where_it_was() {
    let Heard { mirror, progress } = placed();
    let heard = moved(mirror.told(&progress, &report(S::Held), 1, NOW));
    // The answer to the order, given again, is older than that.
    let wish = Wish { number: 1, what: Instruction::Place, at: NOW };
    let again = Mirror { passing: vec![wish.clone()], ..heard.mirror.clone() };
    let again = again.answered(&heard.progress, &wish, &version("1"), done(S::Acknowledged), NOW);
    assert_eq!(again.progress.status, S::Held);
    let heard = moved(heard.mirror.told(&heard.progress, &report(S::Acknowledged), 2, NOW));
    assert_eq!(heard.progress.status, S::Acknowledged);
}

#[test]
fn a_document_that_waits_is_sent_in_its_newest_version_only() {
    let mirror = Mirror::to_be_placed(NOW);
    let old = mirror.next().unwrap().clone();
    let newer = mirror.pass_on(&accepted(), Instruction::Replace, NOW).unwrap();
    let [wish] = newer.mirror.passing.as_slice() else { panic!("{:?}", newer.mirror) };
    assert_eq!((wish.number, &wish.what), (2, &Instruction::Place));
    // The older one was on its way: the newer one still has to be sent.
    let answer = done(S::Acknowledged);
    let heard = newer.mirror.answered(&newer.progress, &old, &version("1"), answer, NOW);
    assert_eq!(heard.mirror.seller_order, Some(sellers_id()));
    assert_eq!(heard.mirror.passing.len(), 1);
    let late =
        heard.mirror.clone().answered(&heard.progress, &old, &version("1"), refused(vec![]), NOW);
    assert_eq!(late.progress.status, S::Acknowledged, "a refusal of what nobody wants any more");
}

#[test]
fn an_order_that_the_seller_refuses_is_rejected_with_the_sellers_messages() {
    let mirror = Mirror::to_be_placed(NOW);
    let wish = mirror.next().unwrap().clone();
    let said = vec![registry::MALFORMED.message().at("/orderDate")];
    let heard = mirror.answered(&accepted(), &wish, &version("1"), refused(said), NOW);
    assert_eq!(heard.progress.status, S::Rejected);
    assert_eq!(codes(&heard.progress), ["FMT001", "REF022"]);
    assert!(heard.mirror.passing.is_empty());
}

#[test]
fn a_wish_that_the_seller_refuses_leaves_the_state_and_says_so_until_one_is_granted() {
    let Heard { mirror, progress } = placed();
    let cancel = Instruction::Cancel { reason: None };
    let asked = mirror.pass_on(&progress, cancel, NOW).unwrap();
    let wish = asked.mirror.next().unwrap().clone();
    let heard = asked.mirror.answered(&asked.progress, &wish, &version("1"), refused(vec![]), NOW);
    assert_eq!(heard.progress.status, S::Acknowledged);
    assert_eq!(codes(&heard.progress), ["REF022"]);
    assert_eq!(heard.progress.messages[0].message_information.as_deref(), Some("cancel: 409"));
    let asked = heard.mirror.pass_on(&heard.progress, Instruction::Hold, NOW).unwrap();
    let wish = asked.mirror.next().unwrap().clone();
    let heard = asked.mirror.answered(&asked.progress, &wish, &version("1"), done(S::Held), NOW);
    assert!(codes(&heard.progress).is_empty());
}

#[test]
fn nothing_is_passed_on_of_an_order_that_has_ended() {
    let Heard { mirror, progress } = placed();
    let asked = mirror.pass_on(&progress, Instruction::Hold, NOW).unwrap();
    let heard = moved(asked.mirror.told(&asked.progress, &report(S::Completed), 4, NOW));
    assert!(heard.mirror.passing.is_empty() && heard.progress.messages.is_empty());
    let refused = heard.mirror.pass_on(&heard.progress, Instruction::Release, NOW).unwrap_err();
    assert_eq!(refused.to_string(), "released: not possible when COMPLETED");
}

#[test]
fn too_much_that_waits_is_refused() {
    let Heard { mut mirror, mut progress } = placed();
    for n in 0..MOST {
        let what = if n % 2 == 0 { Instruction::Hold } else { Instruction::Release };
        Heard { mirror, progress } = mirror.pass_on(&progress, what, NOW).unwrap();
    }
    assert_eq!(mirror.pass_on(&progress, Instruction::Hold, NOW), Err(PassError::TooMany));
}

#[test]
fn what_comes_with_an_end_is_taken_over_though_the_end_is_known() {
    let Heard { mirror, progress } = placed();
    let heard = mirror.learned(&progress, &SellersWord::of(S::Completed), NOW).unwrap();
    let ovc = Assigned { seller_id: service("OVC-1"), buyer_id: None, item: None };
    let assignments = Assignments { ovcs: vec![ovc], ..Assignments::default() };
    let told = SellerReport { assignments: assignments.clone(), ..report(S::Completed) };
    let heard = moved(heard.mirror.told(&heard.progress, &told, 4, NOW));
    assert_eq!((heard.progress.assignments, heard.progress.notification_version), (assignments, 4));
}

#[test]
fn a_seller_that_assigns_without_end_does_not_make_the_order_too_large() {
    let Heard { mut mirror, mut progress } = placed();
    for version in 1..10 {
        let ovc = |n: u32| Assigned {
            seller_id: service(&format!("OVC-{version}-{n}")),
            buyer_id: None,
            item: None,
        };
        let mut told = report(S::InProgress);
        told.assignments.ovcs = (0..99).map(ovc).collect();
        Heard { mirror, progress } = moved(mirror.told(&progress, &told, version, NOW));
    }
    assert_eq!((progress.assignments.ovcs.len(), progress.notification_version), (495, 9));
}

#[test]
fn a_status_response_that_says_nothing_new_moves_nothing() {
    let Heard { mirror, progress } = placed();
    let word = SellersWord::of(S::Acknowledged);
    assert_eq!(mirror.clone().learned(&progress, &word, NOW), None);
    let learned = mirror.learned(&progress, &SellersWord::of(S::Pending), NOW).unwrap();
    assert_eq!(learned.progress.status, S::Pending);
}

fn any_status() -> impl Strategy<Value = OrderStatus> {
    (0..OrderStatus::WORDS.len()).prop_map(|n| OrderStatus::WORDS[n].1)
}

proptest! {
    /// Whatever comes, in whatever order: stages never fall, an end is an end, and the version of
    /// what was taken over only rises.
    #[test]
    fn no_sequence_of_notifications_moves_a_mirror_backwards(
        news in proptest::collection::vec((any_status(), 1_u32..20), 0..40),
    ) {
        let Heard { mut mirror, mut progress } = placed();
        for (status, version) in news {
            if let Told::Moves(heard) = mirror.clone().told(&progress, &report(status), version, NOW) {
                let released = progress.hold.as_ref().is_some_and(|hold| hold.from == status);
                prop_assert!(released || stage(status) >= stage(progress.status));
                prop_assert!(!progress.status.is_final() || progress.status == status);
                prop_assert!(heard.progress.notification_version > progress.notification_version);
                Heard { mirror, progress } = *heard;
            }
        }
    }
}
