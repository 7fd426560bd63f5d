//! The steps of an eSIM order against the SM-DP+ simulator, with a crash after every call: one
//! order never has two profiles.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

use std::time::Duration;

use domain::{
    esim::{
        Course, EsimOrderDetails, Fulfilment, Outcome, ProfileFate, ProfileType, Reservation,
        SmDpPlus, SmdpHost, Work, WorkContext,
    },
    network::NetworkAnswer,
};
use es2plus::{Es2Client, Es2Settings};
use orderwire_local::smdp::{
    self, Delivery, Fault, FaultMode, Profile, ProfileState, Refusal, RunningSmdp, SmdpOptions,
};
use time::macros::datetime;

struct World {
    smdp: RunningSmdp,
    client: Es2Client,
    pool: Vec<String>,
    taken: usize,
    details: EsimOrderDetails,
    profile_type: ProfileType,
    host: SmdpHost,
    plans: NetworkAnswer,
}

/// How an order ended.
#[derive(Debug, PartialEq)]
enum End {
    Completed(String),
    Failed(Option<ProfileFate>),
    Waiting,
}

impl World {
    async fn new() -> Self {
        let smdp = smdp::start(SmdpOptions::default()).await.unwrap();
        let (identity, ca) = (&smdp.client_identity_pem, &smdp.ca_pem);
        let mut settings = Es2Settings::new(&smdp.base_url, "1.3.6.1", identity, ca);
        settings.timeout = Duration::from_millis(500);
        let client = Es2Client::new(&settings).unwrap();
        let delivery = Delivery {
            profile_type: "consumer".to_owned(),
            iccids: Vec::new(),
            count: 5,
            prefix: "8946117771".to_owned(),
        };
        let pool = smdp.smdp.deliver(&delivery);
        Self {
            smdp,
            client,
            pool,
            taken: 0,
            details: details(),
            profile_type: "consumer".parse().unwrap(),
            host: "usual.example".parse().unwrap(),
            plans: NetworkAnswer::Done,
        }
    }

    /// Does what an order asks for; the worker dies after every call, its outcome unwritten, and
    /// another one begins with what is written.
    async fn carry_out(&mut self, dying: bool) -> End {
        let mut written = Fulfilment::START;
        // Whether the call may have been made since the step was written.
        let mut earlier = false;
        for _ in 0..40 {
            let step = written.clone();
            let context = WorkContext {
                details: &self.details.clone(),
                profile_type: Some(&self.profile_type.clone()),
                host: &self.host.clone(),
            };
            let work = step.next(&context);
            if work == Work::Complete {
                return End::Completed(step.reservation().unwrap().iccid.to_string());
            }
            let reserving = matches!(work, Work::ReserveProfile { .. });
            let outcome = self.work(work).await;
            // A reservation is one transaction: it dies before it or after it, not within.
            if dying && !earlier && !reserving {
                earlier = true;
                continue;
            }
            match step.after(outcome, earlier, &context) {
                Course::GoOn(next) | Course::TakeAnother { then: next, .. } => {
                    written = next;
                    earlier = false;
                }
                Course::Retry { .. } | Course::Await { .. } => earlier = true,
                Course::Intervene { .. } => return End::Waiting,
                Course::Fail { profile, .. } => return End::Failed(profile.map(|(_, fate)| fate)),
            }
        }
        panic!("no end")
    }

    async fn work(&mut self, work: Work) -> Outcome {
        match work {
            Work::ReserveProfile { profile_type, replaced } => {
                let iccid = self.pool[self.taken].parse().unwrap();
                self.taken += 1;
                let matching_id = format!("MATCH-{}", self.taken).parse().unwrap();
                let profile_type = profile_type.unwrap();
                Outcome::Reserved(Reservation { iccid, matching_id, profile_type, replaced })
            }
            Work::DownloadOrder(order) => {
                Outcome::Downloaded(self.client.download_order(&order, "TX").await)
            }
            Work::ConfirmOrder(order) => {
                Outcome::Confirmed(self.client.confirm_order(&order, "TX").await)
            }
            Work::CancelOrder(order) => {
                Outcome::Cancelled(self.client.cancel_order(&order, "TX").await)
            }
            Work::AddPlans { .. } => Outcome::PlanAdded(self.plans.clone()),
            Work::Complete => panic!("no work"),
        }
    }

    /// The profiles that are not as they were delivered.
    fn touched(&self) -> Vec<Profile> {
        let profiles = self.pool.iter().map(|iccid| self.smdp.smdp.profile(iccid).unwrap());
        profiles.filter(|profile| profile.state != ProfileState::Available).collect()
    }
}

/// With the EID of its device.
fn details() -> EsimOrderDetails {
    let mut details = testkit::esim_details(datetime!(2026-11-21 12:00 UTC));
    details.device.eid = Some("89049032123451234512345678901235".parse().unwrap());
    details
}

fn code(subject: &str, reason: &str) -> Refusal {
    Refusal { subject_code: subject.to_owned(), reason_code: reason.to_owned(), message: None }
}

#[tokio::test]
async fn a_crash_after_every_call_leaves_one_released_profile() {
    for dying in [false, true] {
        let mut world = World::new().await;
        let End::Completed(iccid) = world.carry_out(dying).await else { panic!("not completed") };
        let touched = world.touched();
        assert_eq!(touched.len(), 1, "{touched:?}");
        assert_eq!((touched[0].state, &touched[0].iccid), (ProfileState::Released, &iccid));
        assert_eq!((touched[0].orders, world.taken), (1, 1));
    }
}

#[tokio::test]
async fn a_lost_answer_to_any_call_takes_no_second_profile() {
    for function in ["downloadOrder", "confirmOrder"] {
        for mode in [
            FaultMode::AnswerLostAfterDoing,
            FaultMode::HangAfterDoing,
            FaultMode::Hang,
            FaultMode::Error500,
            FaultMode::Expired,
            FaultMode::Garbage,
            FaultMode::Failed(code("8.9", "5.1")),
        ] {
            let mut world = World::new().await;
            world.smdp.smdp.misbehave(vec![Fault::once(mode.clone(), function)]);
            let end = world.carry_out(false).await;
            assert!(matches!(end, End::Completed(_)), "{function} {mode:?}: {end:?}");
            let touched = world.touched();
            assert_eq!((touched.len(), world.taken), (1, 1), "{function} {mode:?}");
            assert_eq!(touched[0].state, ProfileState::Released);
        }
    }
}

#[tokio::test]
async fn an_unknown_profile_is_replaced_and_an_exhausted_type_waits() {
    let mut world = World::new().await;
    let unknown = FaultMode::Failed(code("8.2.1", "3.9"));
    world.smdp.smdp.misbehave(vec![Fault::once(unknown.clone(), "downloadOrder")]);
    let end = world.carry_out(false).await;
    assert_eq!((end, world.taken), (End::Completed(world.pool[1].clone()), 2));

    let mut world = World::new().await;
    world.smdp.smdp.misbehave(vec![Fault::always(unknown)]);
    assert_eq!((world.carry_out(false).await, world.taken), (End::Waiting, 4));

    let mut world = World::new().await;
    let exhausted = FaultMode::Failed(code("8.2.5", "3.7"));
    world.smdp.smdp.misbehave(vec![Fault::always(exhausted)]);
    assert_eq!((world.carry_out(false).await, world.taken), (End::Waiting, 1));
}

#[tokio::test]
async fn plans_that_are_refused_leave_no_profile_ordered() {
    for dying in [false, true] {
        let mut world = World::new().await;
        world.plans = NetworkAnswer::Refused { reason: "no such plan".to_owned() };
        let fate = match world.carry_out(dying).await {
            End::Failed(fate) => fate.unwrap(),
            end => panic!("{end:?}"),
        };
        assert!(world.touched().is_empty(), "undone at the SM-DP+");
        // After a crash nobody knows whether it was ours that was undone.
        let expected = if dying { ProfileFate::Quarantined } else { ProfileFate::Returned };
        assert_eq!(fate, expected);
    }
}

#[tokio::test]
async fn an_order_that_is_refused_at_any_point_is_undone() {
    for function in ["downloadOrder", "confirmOrder"] {
        for dying in [false, true] {
            let mut world = World::new().await;
            let refused = FaultMode::Failed(code("8.1.1", "3.10"));
            let fault = Fault { times: None, ..Fault::once(refused, function) };
            world.smdp.smdp.misbehave(vec![fault]);
            let end = world.carry_out(dying).await;
            assert!(matches!(end, End::Failed(_)), "{function} {dying}: {end:?}");
            assert!(world.touched().is_empty(), "{function} {dying}");
        }
    }
}
