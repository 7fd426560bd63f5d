use proptest::prelude::*;

use super::*;
use crate::esim::{
    EsimOrderId, PoolState,
    sample::{details, topup},
};

const ICCID: &str = "89461177710001700003";

fn reservation() -> Reservation {
    Reservation {
        iccid: ICCID.parse().unwrap(),
        matching_id: "ABC-123".parse().unwrap(),
        profile_type: "consumer".parse().unwrap(),
        replaced: 0,
    }
}

fn host() -> SmdpHost {
    "smdp.example.com".parse().unwrap()
}

fn after(step: &Fulfilment, outcome: Outcome, earlier: bool) -> Course {
    let (details, host) = (details(EsimOperation::NewEsim, &["A"]), host());
    step.after(
        outcome,
        earlier,
        &WorkContext { details: &details, profile_type: None, host: &host },
    )
}

fn next(step: &Fulfilment, operation: EsimOperation) -> Work {
    let (details, host) = (details(operation, &["A"]), host());
    let profile_type = "consumer".parse().unwrap();
    step.next(&WorkContext { details: &details, profile_type: Some(&profile_type), host: &host })
}

fn failed<T>(code: &str) -> Es2Answer<T> {
    Es2Answer::Failed { code: code.parse().unwrap(), message: Some(ICCID.to_owned()) }
}

fn went_on(course: Course) -> Fulfilment {
    match course {
        Course::GoOn(fulfilment) => fulfilment,
        other => panic!("did not go on: {other:?}"),
    }
}

fn released() -> Fulfilment {
    Fulfilment::Released { reservation: reservation(), host: host() }
}

fn undoing(linked: bool) -> Fulfilment {
    let failure = Failure { kind: FailureKind::PlanRefused, message: "no".to_owned() };
    Fulfilment::Undoing(UndoneOrder { reservation: reservation(), linked, failure })
}

#[test]
fn a_new_esim_goes_through_every_step_to_completion() {
    let mut step = Fulfilment::START;
    let mut calls = Vec::new();
    loop {
        let work = next(&step, EsimOperation::NewEsim);
        calls.push(format!("{work:?}").split(['(', ' ']).next().unwrap().to_owned());
        let outcome = match work {
            Work::ReserveProfile { profile_type, replaced } => {
                let profile_type = profile_type.unwrap();
                Outcome::Reserved(Reservation { profile_type, replaced, ..reservation() })
            }
            Work::DownloadOrder(order) => {
                Outcome::Downloaded(Es2Answer::Executed(OrderedProfile { iccid: order.iccid }))
            }
            Work::ConfirmOrder(order) => {
                assert!(order.release);
                Outcome::Confirmed(Es2Answer::Executed(ConfirmedOrder {
                    matching_id: order.matching_id,
                    smdp_address: Some("other.example.com".parse().unwrap()),
                }))
            }
            Work::AddPlans { iccid } => {
                assert_eq!(iccid.as_str(), ICCID);
                Outcome::PlanAdded(NetworkAnswer::Done)
            }
            Work::Complete => break,
            Work::CancelOrder(_) => panic!("nothing to undo"),
        };
        step = went_on(after(&step, outcome, false));
    }
    assert_eq!(calls, ["ReserveProfile", "DownloadOrder", "ConfirmOrder", "AddPlans", "Complete"]);
    let (profile, host) = step.released().unwrap();
    assert_eq!((profile, host.as_str()), (&reservation(), "other.example.com"));
}

#[test]
fn a_topup_touches_no_profile() {
    let work = next(&Fulfilment::START, topup());
    assert_eq!(work, Work::AddPlans { iccid: "123456789".parse().unwrap() });
    let done = after(&Fulfilment::START, Outcome::PlanAdded(NetworkAnswer::Done), false);
    let step = went_on(done);
    assert_eq!(next(&step, topup()), Work::Complete);
    assert_eq!((step.released(), step.reservation()), (None, None));
    let refusal = NetworkAnswer::Refused { reason: "no".to_owned() };
    assert!(matches!(
        after(&Fulfilment::START, Outcome::PlanAdded(refusal), false),
        Course::Fail { profile: None, .. }
    ));
}

#[test]
fn in_use_after_an_earlier_attempt_goes_on_with_the_same_profile() {
    for code in ["8.2.1/3.3", "8.2.6/3.3"] {
        let reserved = Fulfilment::ProfileReserved(reservation());
        let step = went_on(after(&reserved, Outcome::Downloaded(failed(code)), true));
        assert_eq!(step, Fulfilment::Downloaded(reservation()), "{code}");
        let step = went_on(after(&step, Outcome::Confirmed(failed(code)), true));
        assert_eq!(step, released(), "{code}");
    }
}

#[test]
fn in_use_at_the_first_attempt_is_somebody_elses_profile() {
    for code in ["8.2.1/3.3", "8.2.1/3.9", "8.2.1/1.2"] {
        let reserved = Fulfilment::ProfileReserved(reservation());
        assert_eq!(
            after(&reserved, Outcome::Downloaded(failed(code)), false),
            Course::TakeAnother {
                quarantined: ICCID.parse().unwrap(),
                then: Fulfilment::NotStarted { replaced: 1 },
            }
        );
    }
}

#[test]
fn an_order_gives_up_three_profiles_and_then_waits_for_a_person() {
    let last = Reservation { replaced: MOST_REPLACEMENTS, ..reservation() };
    let course =
        after(&Fulfilment::ProfileReserved(last), Outcome::Downloaded(failed("8.2.1/3.9")), false);
    assert!(matches!(course, Course::Intervene { .. }), "{course:?}");
}

#[test]
fn what_is_unknown_is_repeated_and_never_undone() {
    let unknown = || "timed out".to_owned();
    for (step, outcome) in [
        (
            Fulfilment::ProfileReserved(reservation()),
            Outcome::Downloaded(Es2Answer::Unknown { why: unknown() }),
        ),
        (
            Fulfilment::Downloaded(reservation()),
            Outcome::Confirmed(Es2Answer::Unknown { why: unknown() }),
        ),
        (released(), Outcome::PlanAdded(NetworkAnswer::Unknown { why: unknown() })),
        (released(), Outcome::PlanAdded(NetworkAnswer::Running)),
        (undoing(true), Outcome::Cancelled(Es2Answer::Unknown { why: unknown() })),
        (Fulfilment::Downloaded(reservation()), Outcome::Confirmed(failed("8.9/5.1"))),
    ] {
        let course = after(&step, outcome, true);
        assert!(matches!(course, Course::Retry { .. }), "{step:?}: {course:?}");
    }
}

#[test]
fn an_outside_that_is_away_is_waited_for_and_nothing_is_undone() {
    let away = || "no connection".to_owned();
    for (step, outcome) in [
        (
            Fulfilment::ProfileReserved(reservation()),
            Outcome::Downloaded(Es2Answer::Away { why: away() }),
        ),
        (
            Fulfilment::Downloaded(reservation()),
            Outcome::Confirmed(Es2Answer::Away { why: away() }),
        ),
        (released(), Outcome::PlanAdded(NetworkAnswer::Away { why: away() })),
        (Fulfilment::START, Outcome::PlanAdded(NetworkAnswer::Away { why: away() })),
        (undoing(true), Outcome::Cancelled(Es2Answer::Away { why: away() })),
    ] {
        for earlier in [false, true] {
            let course = after(&step, outcome.clone(), earlier);
            assert_eq!(course, Course::Await { why: away() }, "{step:?}");
        }
    }
}

#[test]
fn no_stock_and_an_exhausted_type_wait_for_a_person() {
    let reserved = Fulfilment::ProfileReserved(reservation());
    for course in [
        after(&Fulfilment::START, Outcome::NoStock, false),
        after(&reserved, Outcome::Downloaded(failed("8.2.5/3.7")), false),
    ] {
        assert!(matches!(course, Course::Intervene { .. }), "{course:?}");
    }
}

#[test]
fn a_first_attempt_that_is_refused_has_nothing_to_undo() {
    let reserved = Fulfilment::ProfileReserved(reservation());
    let Course::Fail { failure, profile } =
        after(&reserved, Outcome::Downloaded(failed("8.1.1/3.10")), false)
    else {
        panic!("not failed")
    };
    assert_eq!(profile, Some((ICCID.parse().unwrap(), ProfileFate::Returned)));
    assert!(!failure.message.contains(ICCID), "numbers stay with us");
    let again = after(&reserved, Outcome::Downloaded(failed("8.1.1/3.10")), true);
    assert!(matches!(went_on(again), Fulfilment::Undoing(UndoneOrder { linked: false, .. })));
}

#[test]
fn plans_that_are_refused_undo_the_profile() {
    let refusal = NetworkAnswer::Refused { reason: "no such plan".to_owned() };
    let step = went_on(after(&released(), Outcome::PlanAdded(refusal), false));
    let Work::CancelOrder(cancel) = next(&step, EsimOperation::NewEsim) else { panic!("{step:?}") };
    assert_eq!(cancel.matching_id, Some(reservation().matching_id));
    assert_eq!(cancel.final_status, FinalProfileStatus::Available);
    let Course::Fail { failure, profile } =
        after(&step, Outcome::Cancelled(Es2Answer::Executed(())), false)
    else {
        panic!("not failed")
    };
    assert_eq!((failure.kind, &*failure.message), (FailureKind::PlanRefused, "no such plan"));
    let (_, fate) = profile.unwrap();
    let order = EsimOrderId(uuid::Uuid::nil());
    assert_eq!(PoolState::Reserved { order }.after(fate.event(order)), Ok(PoolState::Free));
}

#[test]
fn what_a_device_has_downloaded_cannot_be_undone() {
    let course = after(&undoing(true), Outcome::Cancelled(failed("8.2.1/3.3")), false);
    assert!(matches!(course, Course::Intervene { .. }), "{course:?}");
}

#[test]
fn an_undo_ends_also_when_the_order_is_not_there_or_not_linked() {
    for linked in [true, false] {
        let gone = after(&undoing(linked), Outcome::Cancelled(failed("8.2.1/3.9")), true);
        assert!(matches!(gone, Course::Fail { profile: Some((_, ProfileFate::Quarantined)), .. }));
    }
    let wrong = || Outcome::Cancelled(failed("8.2.6/3.10"));
    assert_eq!(went_on(after(&undoing(true), wrong(), false)), undoing(false));
    assert!(matches!(after(&undoing(false), wrong(), false), Course::Intervene { .. }));
}

#[test]
fn an_smdp_that_did_something_else_is_for_a_person() {
    let other = OrderedProfile { iccid: "89461177710001700011".parse().unwrap() };
    let reserved = Fulfilment::ProfileReserved(reservation());
    let course = after(&reserved, Outcome::Downloaded(Es2Answer::Executed(other)), false);
    assert!(matches!(course, Course::Intervene { .. }));
    let other = ConfirmedOrder { matching_id: "X".parse().unwrap(), smdp_address: None };
    let step = Fulfilment::Downloaded(reservation());
    let course = after(&step, Outcome::Confirmed(Es2Answer::Executed(other)), false);
    assert!(matches!(course, Course::Intervene { .. }));
}

proptest! {
    /// Whatever an SM-DP+ says, a profile is returned to the pool only when it is certain that
    /// nothing was done with it, or that it was cancelled.
    #[test]
    fn no_answer_returns_a_profile_that_may_be_in_use(
        subject in "[1-9](\\.[1-9]){0,2}", reason in "[1-6]\\.[0-9]{1,2}", earlier: bool, linked: bool,
    ) {
        let code = format!("{subject}/{reason}");
        let reserved = Fulfilment::ProfileReserved(reservation());
        let ordering = after(&reserved, Outcome::Downloaded(failed(&code)), earlier);
        let confirming = after(
            &Fulfilment::Downloaded(reservation()), Outcome::Confirmed(failed(&code)), earlier,
        );
        let cancelling = after(&undoing(linked), Outcome::Cancelled(failed(&code)), earlier);
        let returned = |course: &Course| {
            matches!(course, Course::Fail { profile: Some((_, ProfileFate::Returned)), .. })
        };
        prop_assert!(!returned(&ordering) || !earlier);
        prop_assert!(!returned(&confirming));
        prop_assert!(!returned(&cancelling));
    }
}
