use std::collections::BTreeSet;

use super::*;
use crate::{
    esim::{Es2Answer, Es2Function},
    network::{Lookup, NetworkAnswer},
};

fn second(seconds: i64) -> Duration {
    Duration::seconds(seconds)
}

fn ecc(number: u8) -> NetworkCourse {
    ECC.iter().find(|row| row.number == number).unwrap().course
}

fn esim(number: u8) -> EsimCourse {
    ESIM.iter().find(|row| row.number == number).unwrap().course
}

#[test]
fn every_scenario_of_an_api_has_its_own_number_of_two_digits() {
    fn check<C>(all: &[Scenario<C>]) {
        let numbers: BTreeSet<u8> = all.iter().map(|row| row.number).collect();
        assert_eq!(numbers.len(), all.len());
        assert!(numbers.iter().all(|number| (1..=99).contains(number)));
        assert!(all.iter().all(|row| row.seconds.0 <= row.seconds.1));
    }
    check(&ECC);
    check(&ESIM);
    check(&CARRIER);
    assert!(ECC.len() + ESIM.len() + CARRIER.len() >= 25);
}

#[test]
fn a_reserved_value_is_refused_outside_a_sandbox_and_without_a_scenario() {
    let known: Iccid = "89999010000000000013".parse().unwrap();
    let number: Msisdn = "99999000001".parse().unwrap();
    let (off, on) = (Sandbox::Off, Sandbox::On);
    assert_eq!(off.check_subscription(Some(&known), None), Err(ReservedValueError::NotASandbox));
    assert_eq!(on.check_subscription(Some(&known), None), Ok(()));
    assert_eq!(
        on.check_subscription(Some(&known), Some(&number)),
        Err(ReservedValueError::NoScenario)
    );
    let (pon, email) = ("SANDBOX01-1".parse().unwrap(), "a@s01.scenario.test".parse().unwrap());
    assert_eq!(off.check_pon(&pon), Err(ReservedValueError::NotASandbox));
    assert_eq!(off.check_customer(&email), Err(ReservedValueError::NotASandbox));
    assert_eq!((on.check_pon(&pon), on.check_customer(&email)), (Ok(()), Ok(())));
    let ordinary: Iccid = "89461177710001700003".parse().unwrap();
    assert_eq!(off.check_subscription(Some(&ordinary), None), Ok(()));
    // Without a sandbox no order has a scenario, whatever is stored.
    assert!(off.of_pon(&pon).is_none() && off.of_customer(&email).is_none());
    assert!(on.of_pon(&pon).is_some() && on.of_customer(&email).is_some());
}

#[test]
fn what_is_done_later_is_waited_for_shortly_and_asked_for_again_after_that() {
    let (five, sixty) = (ecc(2), ecc(3));
    assert_eq!(five.wait(second(1)), second(4));
    assert_eq!(five.carry_out(1, second(5)), NetworkAnswer::Done);
    assert_eq!(sixty.wait(second(1)), Duration::ZERO);
    assert_eq!(sixty.carry_out(1, second(1)), NetworkAnswer::Running);
    assert_eq!(sixty.wait(second(55)), second(5));
    assert_eq!(sixty.look_up(7, second(60)), Lookup::Known(NetworkAnswer::Done));
}

#[test]
fn an_unknown_outcome_is_asked_for_before_it_is_repeated() {
    let age = second(1);
    for number in [21, 22, 23] {
        assert!(matches!(ecc(number).carry_out(1, age), NetworkAnswer::Unknown { .. }));
    }
    // It did nothing: the order is sent again.
    assert_eq!(ecc(21).look_up(2, age), Lookup::Never);
    assert_eq!(ecc(21).carry_out(2, age), NetworkAnswer::Done);
    assert!(matches!(ecc(22).carry_out(2, age), NetworkAnswer::Refused { .. }));
    // It did it.
    assert_eq!(ecc(23).look_up(2, age), Lookup::Known(NetworkAnswer::Done));
    assert!(matches!(ecc(25).look_up(2, age), Lookup::Away { .. }));
    assert_eq!(ecc(25).look_up(3, age), Lookup::Known(NetworkAnswer::Done));
    assert!(matches!(ecc(31).carry_out(1, age), NetworkAnswer::Differs { .. }));
}

#[test]
fn an_smdp_fails_in_its_function_and_as_often_as_the_scenario_says() {
    let order = Es2Function::DownloadOrder;
    let fails = |number, function, attempt, replaced| {
        matches!(esim(number).call(function, (attempt, replaced), ()), Es2Answer::Failed { .. })
    };
    assert!(fails(12, order, 1, 0) && fails(12, order, 9, 0));
    assert!(
        !fails(12, Es2Function::ConfirmOrder, 1, 0) && fails(14, Es2Function::ConfirmOrder, 1, 0)
    );
    assert!(fails(21, order, 1, 0) && !fails(21, order, 2, 0));
    assert!(fails(26, order, 1, 0) && !fails(26, order, 1, 1));
    assert!(matches!(esim(22).call(order, (1, 0), ()), Es2Answer::Away { .. }));
    assert!(fails(22, order, 2, 0));
    assert_eq!(esim(1).call(order, (1, 0), 7), Es2Answer::Executed(7));
}

#[test]
fn the_page_has_a_row_for_every_scenario() {
    let page = page();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains("` | "));
    assert!(rows.count() >= ECC.len() + ESIM.len() + CARRIER.len());
    for value in ["`8999903`", "`99941`", "`@s45.scenario.test`", "`SANDBOX61`"] {
        assert!(page.contains(value), "{value}");
    }
    assert!(page.contains("order.accepted, order.canceled"));
}
