//! A switch in memory that loses answers, and that others write between a reading and a write.

use std::sync::{Arc, Mutex};

use domain::{
    carrier::SvlanRange,
    ethernet::{
        HeldUni, OvcAtUni, ServiceChange, Stamp, SwitchAim, SwitchSnapshot, UniChange, UniState,
    },
    lease::Fence,
};
use testkit::FixedClock;
use time::OffsetDateTime;

use super::*;

const ORDER: &str = "ORD-01HX000000000000000000000B";

#[derive(Default)]
struct State {
    found: SwitchSnapshot,
    writes: u32,
    /// Whether the next write is executed, and its answer lost.
    loses_answer: bool,
    /// Another worker's write before the next one of this.
    overtaken_by: Option<SwitchSnapshot>,
}

/// Clones share it.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<State>>);

struct Session {
    memory: Memory,
    read: SwitchSnapshot,
}

impl EthernetSwitch for Memory {
    type Session = Session;

    async fn open(&self) -> Result<Session, network::StepError> {
        Ok(Session { memory: self.clone(), read: SwitchSnapshot::default() })
    }
}

impl SwitchSession for Session {
    async fn read(&mut self, _: &SwitchTask) -> Result<SwitchSnapshot, network::StepError> {
        self.read = self.memory.0.lock().unwrap().found.clone();
        Ok(self.read.clone())
    }

    async fn write(
        &mut self,
        task: &SwitchTask,
        changes: &[UniChange],
    ) -> Result<SwitchWrite, network::StepError> {
        let mut state = self.memory.0.lock().unwrap();
        if let Some(other) = state.overtaken_by.take() {
            state.found = other;
        }
        if state.found != self.read {
            return Ok(SwitchWrite::Changed);
        }
        state.writes += 1;
        state.found.guard = Some(task.stamp.clone());
        for UniChange { uni, to, before, .. } in changes {
            if *to == UniState::Absent {
                state.found.unis.remove(uni);
                continue;
            }
            let stamp = Some(task.stamp.clone());
            let (state_, before) = (to.clone(), before.clone());
            let held = HeldUni { state: state_, stamp, before, drift: Vec::new() };
            state.found.unis.insert(uni.clone(), held);
        }
        if std::mem::take(&mut state.loses_answer) {
            return Err(network::StepError::Unanswered { why: "closed".to_owned() });
        }
        Ok(SwitchWrite::Stored)
    }

    async fn applied(&mut self) -> Result<(), network::StepError> {
        Ok(())
    }
}

fn task(fence: u64, aim: SwitchAim) -> SwitchTask {
    let stamp = Stamp { order: ORDER.parse().unwrap(), fence: Fence(fence) };
    SwitchTask { seller: "S".parse().unwrap(), buyer: "B".parse().unwrap(), stamp, aim }
}

fn installation() -> SwitchAim {
    SwitchAim::Fulfil(vec![ServiceChange::Ovc {
        ovc: "OVC-1".parse().unwrap(),
        uni: Some("UNI-1".parse().unwrap()),
        svlans: Some(("ENNI-1".parse().unwrap(), SvlanRange::one(7).unwrap())),
        bandwidth: None,
    }])
}

fn lease(fence: u64, until: OffsetDateTime) -> Lease {
    Lease { fence: Fence(fence), owner: String::new(), until, attempt: 1, watched: None }
}

async fn brought(memory: &Memory, task: &SwitchTask) -> Result<(), StepError> {
    let clock = FixedClock::default();
    let lease = lease(task.stamp.fence.0, clock.now() + Duration::seconds(90));
    bring(memory, task, &lease, &clock).await
}

fn service(memory: &Memory) -> Option<OvcAtUni> {
    let state = memory.0.lock().unwrap();
    let uni = state.found.unis.get(&"UNI-1".parse().unwrap())?;
    uni.state.service().cloned()
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_found_done() {
    let memory = Memory::default();
    memory.0.lock().unwrap().loses_answer = true;
    let lost = brought(&memory, &task(1, installation())).await;
    assert!(matches!(lost, Err(StepError::Away(_))));
    assert!(brought(&memory, &task(2, installation())).await.is_ok());
    assert_eq!(service(&memory).unwrap().svlans, SvlanRange::one(7).unwrap());
    assert_eq!(memory.0.lock().unwrap().writes, 1);
}

#[tokio::test]
async fn a_late_worker_changes_nothing_after_a_cancellation_that_found_nothing() {
    let memory = Memory::default();
    // The cancellation, between the reading and the write of the late worker.
    let cancelled = Memory::default();
    assert!(brought(&cancelled, &task(2, SwitchAim::Withdraw)).await.is_ok());
    memory.0.lock().unwrap().overtaken_by = Some(cancelled.0.lock().unwrap().found.clone());
    let late = brought(&memory, &task(1, installation())).await;
    assert!(matches!(late, Err(StepError::Superseded)));
    assert_eq!((service(&memory), memory.0.lock().unwrap().writes), (None, 0));
}

#[tokio::test]
async fn another_order_in_between_is_read_again() {
    let memory = Memory::default();
    let other = Stamp { order: "ORD-01HX000000000000000000000C".parse().unwrap(), fence: Fence(5) };
    let found = SwitchSnapshot { guard: Some(other), ..SwitchSnapshot::default() };
    memory.0.lock().unwrap().overtaken_by = Some(found);
    assert!(brought(&memory, &task(1, installation())).await.is_ok());
    assert!(service(&memory).is_some());
}

#[tokio::test]
async fn nothing_is_written_that_the_lease_does_not_outlast() {
    let (memory, clock) = (Memory::default(), FixedClock::default());
    let ending = lease(1, clock.now() + STEP);
    let result = bring(&memory, &task(1, installation()), &ending, &clock).await;
    assert!(matches!(result, Err(StepError::Away(_))));
    assert_eq!(memory.0.lock().unwrap().writes, 0);
}

#[tokio::test]
async fn a_difference_is_for_a_person_and_is_not_written_over() {
    let memory = Memory::default();
    assert!(brought(&memory, &task(1, installation())).await.is_ok());
    let uni = "UNI-1".parse().unwrap();
    let drift = "a UNI has another S-VLAN id";
    memory.0.lock().unwrap().found.unis.get_mut(&uni).unwrap().drift.push(drift);
    let Err(StepError::Broken(why)) = brought(&memory, &task(2, installation())).await else {
        panic!("not for a person")
    };
    assert_eq!(why, format!("the switch differs: {drift}"));
}
