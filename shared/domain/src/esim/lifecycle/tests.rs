use time::Duration;
use uuid::Uuid;

use super::*;
use crate::{
    esim::{
        CustomerId, EsimOrderFilter, EsimOrderId, FailureKind, PlanId, Reservation, SentInput,
        sample::{NOW, details, topup},
    },
    order::next_attempt,
};

const ICCID: &str = "89461177710001700003";

fn order(operation: EsimOperation) -> EsimOrder {
    let new = operation == EsimOperation::NewEsim;
    EsimOrder {
        id: EsimOrderId(Uuid::from_u128(1)),
        tenant: "t".parse().unwrap(),
        customer: CustomerId(Uuid::from_u128(2)),
        details: details(operation, &["A"]),
        profile_type: new.then(|| "consumer".parse().unwrap()),
        plan_ids: vec![PlanId(Uuid::from_u128(3))],
        input: SentInput("{}".to_owned()),
        status: EsimOrderStatus::Accepted,
        fulfilment: Fulfilment::START,
        failure: None,
        installation: None,
        order_date: NOW,
        history: Vec::new(),
        needs_intervention: None,
        correlation_id: String::new(),
        attempts: 0,
        revision: 1,
    }
}

fn reservation() -> Reservation {
    Reservation {
        iccid: ICCID.parse().unwrap(),
        matching_id: "ABC-123".parse().unwrap(),
        profile_type: "consumer".parse().unwrap(),
        replaced: 0,
    }
}

fn failed(profile: Option<(Iccid, ProfileFate)>) -> EsimOrderEvent {
    let failure = Failure { kind: FailureKind::ProfileRefused, message: "no".to_owned() };
    EsimOrderEvent::Failed { failure, profile, by: None }
}

fn reserved() -> EsimOrder {
    let step = Fulfilment::ProfileReserved(reservation());
    let advanced = order(EsimOperation::NewEsim).apply(EsimOrderEvent::Advanced(step), NOW);
    advanced.unwrap().into_order()
}

#[test]
fn an_order_that_waited_for_stock_has_a_day_for_an_sm_dp_plus_that_is_away() {
    let late = NOW + Duration::days(3);
    let step = Fulfilment::ProfileReserved(reservation());
    let placed = order(EsimOperation::NewEsim);
    assert_eq!(next_attempt(&placed, true, late), None);
    let begun = placed.apply(EsimOrderEvent::Advanced(step), late).unwrap().into_order();
    let seven = late + Duration::minutes(7);
    assert_eq!(next_attempt(&begun, true, seven), Some(seven + Duration::minutes(2)));
    assert_eq!(next_attempt(&begun, true, late + Duration::hours(25)), None);
}

#[test]
fn the_first_step_reserves_a_profile_and_starts_the_order() {
    let step = Fulfilment::ProfileReserved(reservation());
    let order = order(EsimOperation::NewEsim);
    let applied = order.apply(EsimOrderEvent::Advanced(step.clone()), NOW).unwrap();
    let profile = applied.effect().profile.clone().unwrap();
    assert_eq!((profile.iccid, profile.event), (reservation().iccid, PoolEvent::Reserve(order.id)));
    let order = applied.into_order();
    assert_eq!((order.status, order.sequence()), (EsimOrderStatus::Fulfilling, 2));
    let next = order.apply(EsimOrderEvent::Advanced(Fulfilment::Downloaded(reservation())), NOW);
    let next = next.unwrap();
    assert_eq!((next.effect().clone(), next.order().sequence()), (EsimEffect::default(), 2));
}

#[test]
fn a_completed_order_creates_its_esim_and_uses_its_profile() {
    let applied = reserved().apply(EsimOrderEvent::Completed, NOW).unwrap();
    assert!(applied.ends());
    let EsimEffect { profile, esim } = applied.effect();
    assert_eq!(profile.as_ref().unwrap().event, PoolEvent::Use(applied.order().id));
    let Some(EsimChange::Created(esim)) = esim else { panic!("{esim:?}") };
    assert_eq!((esim.iccid.as_str(), esim.plans.len()), (ICCID, 1));
}

#[test]
fn what_is_not_begun_is_not_completed_but_a_top_up_by_hand() {
    for operation in [EsimOperation::NewEsim, topup()] {
        let completed = order(operation.clone()).apply(EsimOrderEvent::Completed, NOW);
        assert!(matches!(completed, Err(EsimOrderError::Transition(_))), "{completed:?}");
        let by_hand = EsimOrderEvent::CompletedByHand { by: "ann".to_owned() };
        let by_hand = order(operation.clone()).apply(by_hand, NOW);
        if operation == EsimOperation::NewEsim {
            assert_eq!(by_hand, Err(EsimOrderError::NoProfile));
            continue;
        }
        let order = by_hand.unwrap().into_order();
        assert_eq!(order.fulfilment, Fulfilment::PlanAdded { profile: None });
        let statuses: Vec<_> = order.history.iter().map(|change| change.status).collect();
        assert_eq!(statuses, [EsimOrderStatus::Fulfilling, EsimOrderStatus::Completed]);
    }
}

#[test]
fn a_failed_order_gives_up_its_profile_or_unlocks_its_esim() {
    for (fate, event) in [
        (ProfileFate::Returned, PoolEvent::Return(order(topup()).id)),
        (ProfileFate::Quarantined, PoolEvent::Quarantine(order(topup()).id)),
    ] {
        let profile = Some((reservation().iccid, fate));
        let applied = reserved().apply(failed(profile), NOW).unwrap();
        assert_eq!(applied.effect().profile.as_ref().unwrap().event, event);
        assert_eq!(applied.effect().esim, None);
        let reasons = applied.order().status_changes().pop().unwrap().reason;
        assert_eq!(reasons.as_deref(), Some("PROFILE_REFUSED"));
    }
    let applied = order(topup()).apply(failed(None), NOW).unwrap();
    assert_eq!(applied.effect().esim, Some(EsimChange::Unlocked));
    let none = order(EsimOperation::NewEsim);
    let profile = Some((reservation().iccid, ProfileFate::Returned));
    assert_eq!(none.apply(failed(profile), NOW), Err(EsimOrderError::NoProfile));
}

#[test]
fn only_an_order_of_a_new_esim_without_a_profile_awaits_stock() {
    let new = order(EsimOperation::NewEsim);
    assert_eq!(new.awaited_stock(), Some("consumer"));
    assert_eq!(order(topup()).awaited_stock(), None);
    assert_eq!(reserved().awaited_stock(), None);
    let then = Fulfilment::NotStarted { replaced: 1 };
    let replaced = EsimOrderEvent::ProfileReplaced { quarantined: reservation().iccid, then };
    let replaced = reserved().apply(replaced, NOW).unwrap();
    assert_eq!(replaced.order().awaited_stock(), Some("consumer"));
    let ended = new.apply(failed(None), NOW).unwrap().into_order();
    assert_eq!(ended.awaited_stock(), None);
}

#[test]
fn an_open_order_is_work_and_an_ended_one_is_finished() {
    let timing = Timing { now: NOW, watchdog: Duration::MINUTE };
    for status in EsimOrderStatus::ALL {
        let action = EsimOrder { status, ..order(topup()) }.next_action(&(), timing);
        let expected = if status.is_final() { NextAction::Finished } else { timing.work() };
        assert_eq!(action, expected, "{status}");
    }
}

fn cancel(order: &EsimOrder) -> Result<Applied<EsimOrder>, EsimOrderError> {
    order.apply(EsimOrder::cancellation(), NOW)
}

#[test]
fn a_client_cancels_an_order_for_which_nobody_outside_was_called_and_no_other() {
    // The worker of a new eSIM calls nobody before it has a profile.
    let waiting = EsimOrder { attempts: 3, ..order(EsimOperation::NewEsim) };
    for order in [order(EsimOperation::NewEsim), waiting] {
        let applied = cancel(&order).unwrap();
        assert_eq!(*applied.effect(), EsimEffect::default());
        let ended = applied.into_order();
        assert_eq!(ended.status, EsimOrderStatus::Failed);
        assert!(ended.is_canceled_by_client() && ended.awaited_stock().is_none());
        let changes = ended.status_changes();
        assert_eq!(changes.last().unwrap().reason.as_deref(), Some("CANCELED_BY_CLIENT"));
        assert!(matches!(cancel(&ended), Err(EsimOrderError::Transition(_))));
    }
    let replaced = EsimOrder {
        fulfilment: Fulfilment::NotStarted { replaced: 1 },
        ..order(EsimOperation::NewEsim)
    };
    for begun in [reserved(), replaced] {
        assert_eq!(cancel(&begun), Err(EsimOrderError::Begun));
    }
}

#[test]
fn a_client_cancels_a_topup_until_a_worker_takes_it() {
    let placed = order(topup());
    let applied = cancel(&placed).unwrap();
    assert_eq!(applied.effect().esim, Some(EsimChange::Unlocked));
    let begun = EsimOrder { attempts: 1, ..placed };
    assert_eq!(cancel(&begun), Err(EsimOrderError::Begun));
    let ended = begun.apply(failed(None), NOW).unwrap().into_order();
    assert!(!ended.is_canceled_by_client());
}

#[test]
fn an_order_is_found_by_the_esim_of_a_topup_or_the_one_it_has_produced() {
    let by = |text: &str| EsimOrderFilter { iccid: text.parse().ok(), ..Default::default() };
    for text in ["123456789", "123456789F"] {
        assert!(by(text).matches(&order(topup())), "{text}");
    }
    assert!(!by(ICCID).matches(&order(topup())) && !by(ICCID).matches(&reserved()));
    let done =
        Fulfilment::PlanAdded { profile: Some((reservation(), "smdp.example".parse().unwrap())) };
    let completed =
        EsimOrder { fulfilment: done, status: EsimOrderStatus::Completed, ..reserved() };
    assert!(by(ICCID).matches(&completed));
    let other = EsimOrderFilter { status: Some(EsimOrderStatus::Failed), ..by(ICCID) };
    assert!(!other.matches(&completed));
    assert!(EsimOrderFilter::default().is_empty() && !by(ICCID).is_empty());
}
