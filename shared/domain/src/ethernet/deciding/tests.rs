use super::*;
use crate::{
    carrier::SvlanRange,
    ethernet::{Bandwidth, Stamp},
    lease::Fence,
};

const OLD: &str = "ORD-01HX000000000000000000000A";
const OWN: &str = "ORD-01HX000000000000000000000B";
const LATER: &str = "ORD-01HX000000000000000000000C";

fn service(text: &str) -> ServiceId {
    text.parse().unwrap()
}

fn stamp(order: &str, fence: u64) -> Stamp {
    Stamp { order: order.parse().unwrap(), fence: Fence(fence) }
}

fn task(fence: u64, aim: SwitchAim) -> SwitchTask {
    let (seller, buyer) = ("Seller".parse().unwrap(), "Buyer".parse().unwrap());
    SwitchTask { seller, buyer, stamp: stamp(OWN, fence), aim }
}

fn serving(ovc: &str, first: u16) -> UniState {
    UniState::Serving(OvcAtUni {
        buyer: "Buyer".parse().unwrap(),
        ovc: service(ovc),
        enni: service("ENNI-1"),
        svlans: SvlanRange::one(first).unwrap(),
        bandwidth: Some(Bandwidth { kbps: 100, burst_kbit: 0 }),
    })
}

fn install(ovc: &str, uni: &str, first: u16) -> ServiceChange {
    ServiceChange::Ovc {
        ovc: service(ovc),
        uni: Some(service(uni)),
        svlans: Some((service("ENNI-1"), SvlanRange::one(first).unwrap())),
        bandwidth: Some(Bandwidth { kbps: 100, burst_kbit: 0 }),
    }
}

fn end(id: &str) -> ServiceChange {
    ServiceChange::End { service: service(id) }
}

fn held(state: UniState, by: Stamp, before: UniState) -> HeldUni {
    HeldUni { state, stamp: Some(by), before, drift: Vec::new() }
}

fn found(unis: Vec<(&str, HeldUni)>) -> SwitchSnapshot {
    let unis = unis.into_iter().map(|(id, uni)| (service(id), uni)).collect();
    SwitchSnapshot { unis, guard: None }
}

fn change(uni: &str, from: UniState, to: UniState, before: UniState) -> SwitchDecision {
    SwitchDecision::Write(vec![UniChange { uni: service(uni), from, to, before }])
}

#[test]
fn an_installation_goes_from_nothing_to_its_target_and_is_then_complete() {
    let both = vec![install("OVC-1", "UNI-1", 7), ServiceChange::Uni { uni: service("UNI-1") }];
    let task = task(1, SwitchAim::Fulfil(both));
    let target = serving("OVC-1", 7);
    let expected = change("UNI-1", UniState::Absent, target.clone(), UniState::Absent);
    assert_eq!(task.decide(&found(Vec::new())), expected);
    let done = held(target, stamp(OWN, 1), UniState::Absent);
    assert_eq!(task.decide(&found(vec![("UNI-1", done)])), SwitchDecision::Complete);
}

#[test]
fn an_older_worker_is_superseded_by_a_port_or_by_the_guard() {
    let task = task(1, SwitchAim::Fulfil(vec![install("OVC-1", "UNI-1", 7)]));
    let newer = held(serving("OVC-1", 7), stamp(OWN, 2), UniState::Absent);
    assert_eq!(task.decide(&found(vec![("UNI-1", newer)])), SwitchDecision::Superseded);
    let guarded = |by| SwitchSnapshot { guard: Some(by), ..SwitchSnapshot::default() };
    assert_eq!(task.decide(&guarded(stamp(OWN, 2))), SwitchDecision::Superseded);
    // Another order under the same guard is no matter.
    let decision = task.decide(&guarded(stamp(LATER, 9)));
    assert!(matches!(decision, SwitchDecision::Write(_)), "{decision:?}");
}

#[test]
fn a_change_keeps_what_it_does_not_name_and_leaves_the_old_state_to_a_cancellation() {
    let old = held(serving("OVC-1", 7), stamp(OLD, 3), UniState::Absent);
    let (ovc, uni) = (service("OVC-1"), None);
    let bandwidth = Some(Bandwidth { kbps: 200, burst_kbit: 8 });
    let changes = vec![ServiceChange::Ovc { ovc, uni, svlans: None, bandwidth }];
    let task = task(1, SwitchAim::Fulfil(changes));
    let UniState::Serving(mut target) = serving("OVC-1", 7) else { unreachable!() };
    target.bandwidth = bandwidth;
    let target = UniState::Serving(target);
    let (from, before) = (serving("OVC-1", 7), serving("OVC-1", 7));
    let expected = change("UNI-1", from, target.clone(), before.clone());
    assert_eq!(task.decide(&found(vec![("UNI-1", old)])), expected);
    let changed = || found(vec![("UNI-1", held(target.clone(), stamp(OWN, 1), before.clone()))]);
    assert_eq!(task.decide(&changed()), SwitchDecision::Complete);
    let withdraw = SwitchTask { aim: SwitchAim::Withdraw, ..task };
    let expected = change("UNI-1", target.clone(), before.clone(), before.clone());
    assert_eq!(withdraw.decide(&changed()), expected);
}

#[test]
fn a_replaced_document_starts_from_the_state_before_the_order() {
    let first = held(serving("OVC-1", 7), stamp(OWN, 1), UniState::Absent);
    let task = task(2, SwitchAim::Fulfil(vec![install("OVC-1", "UNI-2", 9)]));
    let SwitchDecision::Write(changes) = task.decide(&found(vec![("UNI-1", first)])) else {
        panic!("nothing to write")
    };
    let states: Vec<_> = changes.iter().map(|one| (one.uni.as_str(), &one.to)).collect();
    assert_eq!(states, [("UNI-1", &UniState::Absent), ("UNI-2", &serving("OVC-1", 9))]);
}

#[test]
fn a_cancellation_that_finds_nothing_writes_its_stamp_once() {
    let task = task(2, SwitchAim::Withdraw);
    let mut empty = found(Vec::new());
    assert_eq!(task.decide(&empty), SwitchDecision::Write(Vec::new()));
    empty.guard = Some(stamp(OWN, 1));
    assert_eq!(task.decide(&empty), SwitchDecision::Write(Vec::new()));
    empty.guard = Some(stamp(OWN, 2));
    assert_eq!(task.decide(&empty), SwitchDecision::Complete);
}

#[test]
fn an_end_leaves_the_port_until_the_order_has_ended() {
    let old = || held(serving("OVC-1", 7), stamp(OLD, 3), UniState::Absent);
    let fulfil = task(1, SwitchAim::Fulfil(vec![end("UNI-1"), end("OVC-1")]));
    let before = serving("OVC-1", 7);
    let expected = change("UNI-1", before.clone(), UniState::Ending, before.clone());
    assert_eq!(fulfil.decide(&found(vec![("UNI-1", old())])), expected);
    let ending = || found(vec![("UNI-1", held(UniState::Ending, stamp(OWN, 1), before.clone()))]);
    assert_eq!(fulfil.decide(&ending()), SwitchDecision::Complete);
    let withdraw = SwitchTask { aim: SwitchAim::Withdraw, ..fulfil.clone() };
    let expected = change("UNI-1", UniState::Ending, before.clone(), before.clone());
    assert_eq!(withdraw.decide(&ending()), expected);
    let settle = SwitchTask { aim: SwitchAim::Settle, ..fulfil };
    let expected = change("UNI-1", UniState::Ending, UniState::Absent, before.clone());
    assert_eq!(settle.decide(&ending()), expected);
    assert_eq!(settle.decide(&found(Vec::new())), SwitchDecision::Complete);
    // Another order has taken the port over meanwhile.
    let taken = found(vec![("UNI-1", held(UniState::Idle, stamp(LATER, 1), UniState::Ending))]);
    assert_eq!(settle.decide(&taken), SwitchDecision::Complete);
}

#[test]
fn an_ovc_that_ends_leaves_its_uni() {
    let old = held(serving("OVC-1", 7), stamp(OLD, 3), UniState::Absent);
    let task = task(1, SwitchAim::Fulfil(vec![end("OVC-1")]));
    let before = serving("OVC-1", 7);
    let expected = change("UNI-1", before.clone(), UniState::Idle, before);
    assert_eq!(task.decide(&found(vec![("UNI-1", old)])), expected);
    // What is not there has ended.
    assert_eq!(task.decide(&found(Vec::new())), SwitchDecision::Complete);
}

#[test]
fn an_ovc_that_moves_leaves_its_old_uni() {
    let old = held(serving("OVC-1", 7), stamp(OLD, 3), UniState::Absent);
    let task = task(1, SwitchAim::Fulfil(vec![install("OVC-1", "UNI-2", 9)]));
    let SwitchDecision::Write(changes) = task.decide(&found(vec![("UNI-1", old)])) else {
        panic!("nothing to write")
    };
    let states: Vec<_> = changes.iter().map(|one| (one.uni.as_str(), &one.to)).collect();
    assert_eq!(states, [("UNI-1", &UniState::Idle), ("UNI-2", &serving("OVC-1", 9))]);
}

#[test]
fn what_no_order_of_ours_leaves_is_for_a_person() {
    let differs = |aim: SwitchAim, unis: Vec<(&str, HeldUni)>, expected: &str| {
        let decision = task(1, aim).decide(&found(unis));
        assert_eq!(decision, SwitchDecision::Differs { difference: expected.to_owned() });
    };
    let fulfil = |change: ServiceChange| SwitchAim::Fulfil(vec![change]);
    let old = || held(serving("OVC-1", 7), stamp(OLD, 3), UniState::Absent);
    let mut drifted = old();
    drifted.drift = vec!["a UNI has another S-VLAN id"];
    differs(SwitchAim::Withdraw, vec![("UNI-1", drifted)], "a UNI has another S-VLAN id");
    let other = "the UNI of an OVC has another OVC";
    differs(fulfil(install("OVC-2", "UNI-1", 9)), vec![("UNI-1", old())], other);
    let remains = "a UNI that ends has an OVC that does not";
    differs(fulfil(end("UNI-1")), vec![("UNI-1", old())], remains);
    let later = held(serving("OVC-1", 7), stamp(LATER, 1), UniState::Absent);
    let words = "a later order has configured a UNI of this one";
    differs(fulfil(install("OVC-1", "UNI-1", 9)), vec![("UNI-1", later)], words);
    let ovc =
        |uni| ServiceChange::Ovc { ovc: service("OVC-9"), uni, svlans: None, bandwidth: None };
    differs(fulfil(ovc(None)), vec![], "the UNI of an OVC is not known");
    let missing = "an OVC that changes is not in the switch";
    differs(fulfil(ovc(Some(service("UNI-1")))), vec![], missing);
}

#[test]
fn a_port_prepared_by_hand_is_configured() {
    let prepared =
        HeldUni { state: UniState::Idle, stamp: None, before: UniState::Idle, drift: Vec::new() };
    let task = task(1, SwitchAim::Fulfil(vec![install("OVC-1", "UNI-1", 7)]));
    let expected = change("UNI-1", UniState::Idle, serving("OVC-1", 7), UniState::Idle);
    assert_eq!(task.decide(&found(vec![("UNI-1", prepared)])), expected);
}
