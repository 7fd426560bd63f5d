//! The worker on a real engine, against the simulated SM-DP+ and network, dying everywhere.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

#[path = "worker/world.rs"]
mod world;

use std::collections::BTreeSet;

use domain::{
    clock::Clock,
    esim::{EsimOrderStatus, FailureKind},
};
use futures::future::join_all;
use lambda::sqs_batch::Outcome;
use orderwire_local::smdp::{Fault, FaultMode, ProfileState};
use time::Duration;

use world::{World, code};

#[tokio::test]
async fn an_order_is_carried_out_and_a_second_message_finds_it_done() {
    let world = World::new(3).await;
    let id = world.placed().await;
    assert_eq!(world.carry_out(id, 0, 0).await, Outcome::Done);
    world.has_one_profile(id).await;
    assert_eq!(world.carry_out(id, 0, 0).await, Outcome::Done);
    world.has_one_profile(id).await;
    let order = world.order(id).await;
    let states: Vec<_> = order.history.iter().map(|change| change.status).collect();
    assert_eq!(states, [EsimOrderStatus::Fulfilling, EsimOrderStatus::Completed]);
    // The SM-DP+ named another host than the usual one.
    let host = order.output().unwrap().activation.unwrap().host;
    assert_eq!(host.as_str(), "smdp.orderwire.example");
}

#[tokio::test]
async fn a_worker_killed_at_any_step_leaves_one_order_with_one_released_profile() {
    // Six points lie on the way; after a death at the plans the network is asked first, which
    // makes eight. Each is died at once, and again and again.
    for at in 1..=8 {
        for deaths in [1, 3] {
            let world = World::new(3).await;
            let id = world.placed().await;
            assert_eq!(world.carry_out(id, at, deaths).await, Outcome::Done, "at {at}");
            world.has_one_profile(id).await;
        }
    }
}

#[tokio::test]
async fn lost_answers_of_the_database_change_nothing() {
    for skipped in 0..3 {
        let world = World::new(3).await;
        let id = world.placed().await;
        for operation in ["UpdateItem", "TransactWriteItems"] {
            for _ in 0..=skipped {
                world.db.proxy.fail_next(operation, testkit::Fault::AnswerLost);
            }
        }
        assert_eq!(world.carry_out(id, 0, 0).await, Outcome::Done);
        world.has_one_profile(id).await;
    }
}

#[tokio::test]
async fn lost_answers_of_the_sm_dp_plus_take_no_second_profile() {
    for function in ["downloadOrder", "confirmOrder"] {
        for mode in [
            FaultMode::AnswerLostAfterDoing,
            FaultMode::HangAfterDoing,
            FaultMode::Error500,
            FaultMode::Failed(code("8.9", "4.2")),
        ] {
            let world = World::new(3).await;
            world.smdp.smdp.misbehave(vec![Fault::once(mode.clone(), function)]);
            let id = world.placed().await;
            assert_eq!(world.carry_out(id, 0, 0).await, Outcome::Done, "{function} {mode:?}");
            world.has_one_profile(id).await;
        }
    }
}

#[tokio::test]
async fn an_unknown_profile_is_quarantined_and_another_taken() {
    let world = World::new(3).await;
    let fault = Fault::once(FaultMode::Failed(code("8.2.1", "3.9")), "downloadOrder");
    world.smdp.smdp.misbehave(vec![fault]);
    let id = world.placed().await;
    assert_eq!(world.carry_out(id, 0, 0).await, Outcome::Done);
    world.has_one_profile(id).await;
    assert_eq!(world.pool("quarantined").await.len(), 1);
}

#[tokio::test]
async fn a_plan_that_is_refused_undoes_the_profile_at_every_death() {
    for at in 0..=8 {
        let world = World::new(1).await;
        world.network_fault(serde_json::json!({ "mode": "refuse", "reason": "no" })).await;
        let id = world.placed().await;
        assert_eq!(world.carry_out(id, at, 1).await, Outcome::Done, "at {at}");
        let order = world.order(id).await;
        assert_eq!(order.status, EsimOrderStatus::Failed, "at {at}");
        assert_eq!(order.failure.unwrap().kind, FailureKind::PlanRefused);
        assert!(world.touched().is_empty(), "undone at the SM-DP+, at {at}");
        assert!(world.pool("reserved").await.is_empty(), "none is lost, at {at}");
        let kept = world.pool("free").await.len() + world.pool("quarantined").await.len();
        assert_eq!(kept, 1, "at {at}");
    }
}

#[tokio::test]
async fn of_64_orders_on_50_profiles_14_wait_for_stock_and_imported_profiles_finish_them() {
    let world = World::new(50).await;
    let mut ids = Vec::new();
    for _ in 0..64 {
        ids.push(world.placed().await);
    }
    let outcomes = join_all(ids.iter().map(|id| world.receive(*id, 1))).await;
    // Others may have been faster each time: those come again.
    for (id, outcome) in ids.iter().zip(outcomes) {
        if outcome != Some(Outcome::Done) {
            assert_eq!(world.carry_out(*id, 0, 0).await, Outcome::Done);
        }
    }
    let watchdog = store::DynamoWatchdog::new(world.db.table.clone());
    let mut waiting = Vec::new();
    let mut given = BTreeSet::new();
    for id in &ids {
        let order = world.order(*id).await;
        match order.output() {
            Some(output) => assert!(given.insert(output.iccid.to_string()), "given twice"),
            None => {
                assert!(order.needs_intervention.is_some());
                let watched = watchdog.get(&id.to_string()).await.unwrap().unwrap();
                assert_eq!(watched.awaited_stock.as_deref(), Some("consumer"));
                waiting.push(*id);
            }
        }
    }
    assert_eq!((given.len(), waiting.len()), (50, 14));
    assert_eq!(world.touched().len(), 50);
    assert!(!world.stock.has_free("consumer").await.unwrap());
    world.deliver(70).await;
    assert!(world.stock.has_free("consumer").await.unwrap());
    // What the sweeper then sends.
    for id in waiting {
        assert_eq!(world.carry_out(id, 0, 0).await, Outcome::Done);
        let order = world.order(id).await;
        assert_eq!(order.needs_intervention, None);
        assert!(given.insert(order.output().unwrap().iccid.to_string()), "given twice");
    }
    let used: BTreeSet<_> = world.pool("used").await.into_iter().map(|(iccid, _)| iccid).collect();
    assert_eq!(used, given);
    let released = world.touched();
    assert!(released.iter().all(|profile| profile.state == ProfileState::Released));
    assert_eq!(released.into_iter().map(|p| p.iccid).collect::<BTreeSet<_>>(), given);
}

#[tokio::test]
async fn an_exhausted_type_needs_intervention_and_its_message_becomes_a_dead_letter() {
    let world = World::new(2).await;
    let fault = Fault::always(FaultMode::Failed(code("8.2.5", "3.7")));
    world.smdp.smdp.misbehave(vec![fault]);
    let id = world.placed().await;
    let poison = |outcome| matches!(outcome, Some(Outcome::Poison(_)));
    assert!(poison(world.receive(id, 1).await));
    let calls = world.smdp.smdp.calls().len();
    assert!(poison(world.receive(id, 2).await), "nobody is asked again");
    assert_eq!(world.smdp.smdp.calls().len(), calls);
    let order = world.order(id).await;
    assert!(order.needs_intervention.is_some() && !order.status.is_final());
    // The operator has seen to it, and drives the dead letter again.
    world.smdp.smdp.misbehave(Vec::new());
    assert_eq!(world.carry_out(id, 0, 0).await, Outcome::Done);
    assert_eq!(world.order(id).await.needs_intervention, None);
    world.has_one_profile(id).await;
}

#[tokio::test]
async fn the_last_attempt_leaves_the_order_to_a_person_with_its_profile() {
    let world = World::new(2).await;
    world.smdp.smdp.misbehave(vec![Fault::always(FaultMode::Error500)]);
    let id = world.placed().await;
    assert!(matches!(world.receive(id, 9).await, Some(Outcome::Retry(_))));
    assert!(matches!(world.receive(id, 10).await, Some(Outcome::Poison(_))));
    let order = world.order(id).await;
    assert!(order.needs_intervention.is_some());
    assert_eq!(world.pool("reserved").await.len(), 1);
}

#[tokio::test]
async fn an_order_waits_for_a_day_for_an_sm_dp_plus_that_is_away_and_is_no_dead_letter() {
    let world = World::new(2).await;
    world.smdp.smdp.misbehave(vec![Fault::always(FaultMode::AnswerLostAfterDoing)]);
    let id = world.placed().await;
    let watchdog = store::DynamoWatchdog::new(world.db.table.clone());
    let placed = world.clock.now();
    let outcome = world.receive(id, 1).await;
    assert!(matches!(outcome, Some(Outcome::Retry(_))), "it is tried again: {outcome:?}");
    world.clock.advance(Duration::minutes(7));
    let mut attempts = 0;
    while world.clock.now() - placed <= Duration::DAY {
        // After half an hour, one attempt of each message is enough.
        let is_young = world.clock.now() - placed <= Duration::minutes(30);
        let receives = if is_young { 10 } else { 1 };
        assert_eq!(world.receive(id, receives).await, Some(Outcome::Done));
        let waiting = watchdog.get(&id.to_string()).await.unwrap().unwrap();
        assert_eq!(waiting.needs_intervention, None);
        let until = waiting.due().unwrap();
        assert!(!waiting.works(until - Duration::SECOND) && waiting.works(until));
        world.clock.advance(until - world.clock.now());
        attempts += 1;
    }
    assert!((40..80).contains(&attempts), "{attempts}");
    assert!(matches!(world.receive(id, 10).await, Some(Outcome::Poison(_))));
    assert!(world.order(id).await.needs_intervention.is_some(), "a person must look");
    assert_eq!(world.pool("reserved").await.len(), 1);
}

#[tokio::test]
async fn an_order_that_waited_is_carried_out_once_the_sm_dp_plus_is_back() {
    for mode in [FaultMode::AnswerLostAfterDoing, FaultMode::Hang, FaultMode::Unavailable] {
        let world = World::new(2).await;
        world.smdp.smdp.misbehave(vec![Fault::always(mode.clone())]);
        let id = world.placed().await;
        assert_eq!(world.receive(id, 10).await, Some(Outcome::Done), "{mode:?}");
        world.smdp.smdp.misbehave(Vec::new());
        world.clock.advance(Duration::minutes(2));
        assert_eq!(world.receive(id, 1).await, Some(Outcome::Done), "{mode:?}");
        world.has_one_profile(id).await;
    }
}

#[tokio::test]
async fn an_order_that_the_operator_drives_again_has_all_its_attempts_again() {
    let world = World::new(2).await;
    world.smdp.smdp.misbehave(vec![Fault::always(FaultMode::Error500)]);
    let id = world.placed().await;
    let poison = |outcome| matches!(outcome, Some(Outcome::Poison(_)));
    assert!(poison(world.receive(id, 10).await));
    assert!(poison(world.receive(id, 11).await), "until it is driven again");
    let since = world.order(id).await.needs_intervention.unwrap().since;
    // A new message, whose first attempts fail as well.
    for receives in 1..10 {
        let outcome = world.receive(id, receives).await;
        assert!(matches!(outcome, Some(Outcome::Retry(_))), "{receives}: {outcome:?}");
        let mark = world.order(id).await.needs_intervention.unwrap();
        assert!(mark.retried && mark.since == since, "{receives}: listed until it goes on");
    }
    assert!(poison(world.receive(id, 10).await));
    assert!(world.order(id).await.needs_intervention.is_some_and(|mark| !mark.retried));
    world.smdp.smdp.misbehave(Vec::new());
    assert_eq!(world.carry_out(id, 0, 0).await, Outcome::Done);
    world.has_one_profile(id).await;
}
