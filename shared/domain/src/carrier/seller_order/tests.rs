use time::Duration;

use super::*;
use crate::carrier::{
    ItemReference, OrderProgress, Side,
    sample::{NOW, id, order as view, seller},
};

const WATCHDOG: Duration = Duration::minutes(5);

fn timing() -> Timing {
    Timing { now: NOW, watchdog: WATCHDOG }
}

fn items() -> Vec<ItemReference> {
    view().references()
}

fn placed() -> SellerOrder {
    let accepted = Event::Accepted { warnings: Vec::new() };
    let progress = OrderProgress::place(items(), accepted, NOW).unwrap().progress;
    SellerOrder::new(CarrierOrder::new(view().header(id()), progress, "c".to_owned(), NOW))
}

fn after(order: &SellerOrder, event: Event) -> SellerOrder {
    order.apply(SellerOrderEvent::Happened(vec![event]), NOW).unwrap().into_order()
}

fn treated() -> SellerOrder {
    after(&placed(), Event::TreatmentStarted)
}

fn action(order: &SellerOrder, seller: Option<Party>) -> NextAction {
    order.next_action(&seller, timing())
}

#[test]
fn an_event_is_one_change_that_the_parties_see() {
    let order = treated();
    assert_eq!((order.order.entity_tag, order.revision(), order.sequence()), (2, 2, 2));
    let held = after(&order, Event::Held { by: Side::Buyer, expected: None, messages: vec![] });
    assert_eq!(held.history().last().unwrap().status, OrderStatus::Held);
    let date = CarrierDate::of(NOW);
    let dated = after(&order, Event::DateCommitted { expected: date });
    assert_eq!((dated.order.entity_tag, dated.sequence()), (3, 2), "no other status");
}

#[test]
fn an_order_begins_at_once_and_goes_on_at_the_pace_of_its_seller() {
    let paced = Some(Party { pace_seconds: Some(30), ..seller() });
    assert_eq!(action(&placed(), paced.clone()), timing().work());
    let paced_work = timing().work_after(Duration::seconds(30));
    assert_eq!(action(&treated(), paced), paced_work);
    assert_eq!(action(&treated(), Some(seller())), timing().work());
}

#[test]
fn an_order_of_an_unregistered_or_manual_seller_begins_and_then_awaits_others() {
    let manual = Party { fulfilment: FulfilmentPolicy::Manual, ..seller() };
    for seller in [None, Some(manual)] {
        assert_eq!(placed().next_step(seller.as_ref(), NOW), SellerStep::Begin);
        assert_eq!(action(&placed(), seller.clone()), timing().work());
        assert_eq!(treated().next_step(seller.as_ref(), NOW), SellerStep::Nothing);
        assert_eq!(action(&treated(), seller), NextAction::AwaitOthers);
    }
}

#[test]
fn a_correction_is_waited_for_until_it_is_due() {
    let due = NOW + Duration::days(45);
    let needed = Event::InformationNeeded { messages: Vec::new(), due };
    let pending = after(&treated(), needed);
    assert_eq!(action(&pending, Some(seller())), NextAction::Wait { until: due });
    let timing = Timing { now: due, watchdog: WATCHDOG };
    let late = pending.next_action(&None, timing);
    assert_eq!(late, timing.work());
    assert_eq!(pending.next_step(None, due), SellerStep::Expire);
}

#[test]
fn whoever_cancels_an_order_its_resources_are_released_and_then_it_is_finished() {
    let reason = || "why".to_owned();
    for event in [
        Event::CancelledByBuyer { who: "Verizon".to_owned() },
        Event::CancelledBySeller { reason: reason() },
    ] {
        for seller in [None, Some(seller())] {
            let cancelled = after(&treated(), event.clone());
            assert!(cancelled.holds_resources);
            let step = cancelled.next_step(seller.as_ref(), NOW);
            assert_eq!(step, SellerStep::ReleaseResources);
            assert_eq!(action(&cancelled, seller.clone()), timing().work());
            let released = cancelled.apply(SellerOrderEvent::ResourcesReleased, NOW).unwrap();
            assert!(!released.ends(), "it had ended before");
            let released = released.into_order();
            assert_eq!(action(&released, seller), NextAction::Finished);
            assert_eq!(released.sequence(), cancelled.sequence());
        }
    }
}

#[test]
fn a_fulfilled_order_holds_resources_only_if_services_had_others_before() {
    for releases in [true, false] {
        let done = treated().apply(SellerOrderEvent::Fulfilled { releases }, NOW).unwrap();
        assert!(done.ends());
        assert_eq!(done.order().status(), OrderStatus::Completed);
        assert_eq!(done.order().holds_resources, releases);
        let expected = if releases { timing().work() } else { NextAction::Finished };
        assert_eq!(action(done.order(), Some(seller())), expected);
    }
}

#[test]
fn a_held_order_awaits_the_side_that_holds_it() {
    let held = Event::Held { by: Side::Buyer, expected: None, messages: vec![] };
    assert_eq!(action(&after(&treated(), held), Some(seller())), NextAction::AwaitOthers);
}
