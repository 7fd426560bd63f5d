//! Drift: the register is changed behind our back, found, repaired by orders, and agrees again.

use std::{
    collections::BTreeMap,
    env,
    sync::Arc,
    time::{Duration as StdDuration, Instant},
};

use domain::{
    clock::RandomSource,
    drift::{DriftSubject, Finding, Pass, RepairState},
    identity::Role,
    network::{DriftKind, DriftPolicy, StepChange},
    provisioning::{OrderNumber, OrderStatus},
    subscription::{Change, NewSubscription, OdbProfile, SubscriptionRef},
};
use drift_sweeper::DriftSweeper;
use ecc::Command;
use futures::{StreamExt as _, stream};
use hlr::OsmoHlr;
use lambda::{Deadline, scheduled, sqs_batch::Outcome, system::SystemRandom};
use network::NotCarried;
use store::{DynamoFindings, DynamoPass};
use testkit::{FixedClock, numbers};
use time::Duration;

use crate::scene::{Functions, Scene, sim, tenant};

/// Subscriptions of the short tier, and how many of them are changed for each that is.
const SUBSCRIPTIONS: u64 = 400;
const ONE_OF: u64 = 20;
const MOST_CHANGED: u64 = 50;
const INTERVAL: Duration = Duration::hours(1);
/// Orders that are carried out at the same time.
const WORKERS: usize = 8;
/// Numbers that nobody has.
const FRESH: u64 = 500_000;

fn subscriptions() -> u64 {
    env::var("HLR_SUBSCRIPTIONS").map_or(SUBSCRIPTIONS, |text| text.parse().unwrap())
}

/// The comparison, beside the functions of a scene.
struct Drift {
    scene: Scene,
    app: Functions,
    /// The clock of the comparison.
    clock: FixedClock,
    findings: DynamoFindings,
}

fn subject(n: u64) -> DriftSubject {
    DriftSubject::Sim(numbers::iccid(n))
}

fn new(n: u64) -> Command {
    Command::Create(NewSubscription {
        iccid: numbers::iccid(n),
        msisdn: Some(numbers::msisdn(n)),
        imsi: None,
        odb_profile: OdbProfile::default(),
    })
}

fn blocking(n: u64, blocked: bool) -> Command {
    let change = Change { blocked: Some(blocked), ..Change::default() };
    let reference = SubscriptionRef::Iccid(numbers::iccid(n));
    Command::Change(reference, domain::subscription::ChangeRequest::Values(Box::new(change)))
}

impl Drift {
    /// With the data of `sims` SIMs, of which the first `subscriptions` are in the register.
    async fn start(sims: u64, subscriptions: u64) -> Self {
        let scene = Scene::start(0..sims).await;
        harness::app::judge_calls(&scene.db);
        scene.db.client("client", tenant().as_str(), &[Role::Ecc], &[]).await;
        scene.db.client("other", "a-tenant-without-subscriptions", &[Role::Ecc], &[]).await;
        let app = scene.functions(&scene.control, NotCarried::Refuse);
        let findings = DynamoFindings::new(scene.db.table.clone());
        let clock = app.clock.clone();
        let drift = Self { scene, app, clock, findings };
        let made = stream::iter(0..subscriptions).map(|n| drift.done(new(n)));
        made.buffer_unordered(WORKERS).collect::<Vec<_>>().await;
        drift
    }

    /// Places an order and carries it out.
    async fn done(&self, command: Command) {
        let order = self.app.placed(command).await;
        self.carried_out(order).await;
    }

    async fn carried_out(&self, order: OrderNumber) {
        assert_eq!(self.app.work(order).await, Some(Outcome::Done));
        let ended = self.scene.order(order).await;
        assert_eq!(ended.status, OrderStatus::Completed, "{:?}", ended.reason());
    }

    /// Runs the function once.
    async fn run(&self, policy: DriftPolicy) {
        let ranges = format!(r#"[{{ "iccid": "89", "osmoHlr": "{}" }}]"#, self.scene.control);
        let config = drift_sweeper::Config {
            policy,
            ranges: ranges.parse().unwrap(),
            interval: INTERVAL,
            watchdog: Duration::minutes(5),
        };
        let clock = Arc::new(self.clock.clone());
        let random = Arc::new(SystemRandom) as Arc<dyn RandomSource>;
        let table = self.scene.db.table_of("drift-sweeper");
        let reach = |address: &str| OsmoHlr::new(address);
        let sweeper = DriftSweeper::new(&table, config, reach, clock, random);
        let deadline = Deadline::after(StdDuration::from_secs(120));
        scheduled::once(&sweeper, deadline).await.unwrap();
    }

    /// Lets the next comparison be due, and runs it.
    async fn compare(&self, policy: DriftPolicy) -> Pass {
        self.clock.advance(INTERVAL);
        self.run(policy).await;
        let pass = DynamoPass::new(self.scene.db.table.clone()).get().await.unwrap().unwrap();
        assert!(pass.ended_at.is_some() && pass.not_listed.is_empty());
        pass
    }

    async fn found(&self) -> BTreeMap<DriftSubject, Finding> {
        let all = self.findings.all().await.unwrap();
        all.into_iter().map(|finding| (finding.subject.clone(), finding)).collect()
    }

    /// The orders of all findings, once they are placed.
    async fn repairs(&self) -> Vec<OrderNumber> {
        let order = |finding: Finding| match finding.repair {
            RepairState::Ordered(order) => order,
            other => panic!("{:?}: {other:?}", finding.subject),
        };
        self.found().await.into_values().map(order).collect()
    }

    /// Changes the register behind our back.
    async fn meddle(&self, n: u64, changes: impl IntoIterator<Item = StepChange>) {
        let mut session = OsmoHlr::new(self.scene.control.as_str()).connect().await.unwrap();
        for change in changes {
            session.change(&sim(n), &change).await.unwrap();
        }
    }

    /// Changes subscriber `n` in one of five ways; what is to be found, and of which SIM.
    async fn change(&self, n: u64, foreign: u64) -> (DriftSubject, DriftKind) {
        let (n, kind, changes) = match n % 5 {
            0 => {
                let number = Some(numbers::msisdn(FRESH + n));
                (n, DriftKind::Different, vec![StepChange::Msisdn(number)])
            }
            1 => {
                let barred = vec![StepChange::Circuit(false), StepChange::Packet(false)];
                (n, DriftKind::Different, barred)
            }
            2 => (n, DriftKind::Missing, vec![StepChange::Delete]),
            3 => (n, DriftKind::HalfDone, vec![StepChange::Packet(false)]),
            _ => {
                let number = Some(numbers::msisdn(FRESH + n));
                let created =
                    vec![StepChange::Create, StepChange::Msisdn(number), StepChange::Keys];
                (foreign, DriftKind::Foreign, created)
            }
        };
        self.meddle(n, changes).await;
        (subject(n), kind)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_behind_our_back_is_found_repaired_and_found_no_more() {
    let subscriptions = subscriptions();
    let changed = (subscriptions / ONE_OF).min(MOST_CHANGED);
    let began = Instant::now();
    let drift = Drift::start(subscriptions + changed, subscriptions).await;
    let filled = began.elapsed();
    let clean = drift.compare(DriftPolicy::Propose).await;
    assert_eq!((clean.counts.subscriptions, clean.counts.found), (subscriptions, 0));
    let mut expected = BTreeMap::new();
    for index in 0..changed {
        // Spread over all of them, and of every kind in turn.
        let n = index * (subscriptions / changed / 5 * 5) + index % 5;
        let (subject, kind) = drift.change(n, subscriptions + index).await;
        expected.insert(subject, kind);
    }
    assert_eq!(u64::try_from(expected.len()).unwrap(), changed);
    let began = Instant::now();
    let pass = drift.compare(DriftPolicy::Propose).await;
    let compared = began.elapsed();
    let found = drift.found().await;
    let kinds: BTreeMap<_, _> =
        found.iter().map(|(subject, found)| (subject.clone(), found.drift.kind)).collect();
    assert_eq!(kinds, expected);
    assert_eq!((pass.counts.found, pass.counts.skipped), (changed, 0));
    for finding in found.values() {
        assert!(finding.is_repairable && finding.repair == RepairState::Proposed, "{finding:?}");
        let is_foreign = finding.drift.kind == DriftKind::Foreign;
        // The order that created it is the last one of each subscription.
        assert_eq!(finding.last_order.is_none(), is_foreign, "{finding:?}");
        assert_eq!(finding.tenant.is_none(), is_foreign);
        let tenant = is_foreign.then(tenant);
        assert!(drift.findings.approve(finding, "ann", tenant.as_ref()).await.unwrap());
    }
    drift.run(DriftPolicy::Propose).await;
    let repairs = drift.repairs().await;
    assert_eq!(u64::try_from(repairs.len()).unwrap(), changed);
    // While the orders are outstanding, nothing is removed and nothing is added.
    drift.compare(DriftPolicy::Propose).await;
    assert_eq!(u64::try_from(drift.found().await.len()).unwrap(), changed);
    for order in repairs {
        drift.carried_out(order).await;
    }
    let healed = drift.compare(DriftPolicy::Propose).await;
    assert_eq!((healed.counts.found, drift.found().await.len()), (0, 0));
    for subject in expected.keys() {
        let n = (0..subscriptions + changed).find(|n| self::subject(*n) == *subject).unwrap();
        drift.scene.agrees(n).await;
    }
    // A SIM that was foreign is free: a subscription is created with it.
    drift.done(new(subscriptions + 4)).await;
    drift.scene.agrees(subscriptions + 4).await;
    eprintln!(
        "{subscriptions} subscriptions created in {:.1} s; {changed} of them changed, found in {:.1} s, \
         which looks at {} subscribers",
        filled.as_secs_f64(),
        compared.as_secs_f64(),
        pass.counts.subscribers,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_in_flight_are_never_drift() {
    let count = subscriptions().min(1_000) / 2;
    // Half of them are blocked meanwhile, the other half created, and their SIMs known before.
    let mut drift = Drift::start(count * 2, count).await;
    // No lease ends because the next comparison is due.
    drift.clock = FixedClock::default();
    let commands = (0..count).map(|n| blocking(n, true)).chain((count..count * 2).map(new));
    let mut orders = Vec::new();
    for command in commands {
        orders.push(drift.app.placed(command).await);
    }
    let pass = drift.compare(DriftPolicy::Repair).await;
    assert_eq!((pass.counts.found, drift.found().await.len()), (0, 0), "all outstanding");
    // Workers carry them out while everything is compared.
    let work = stream::iter(&orders).map(|order| drift.carried_out(*order));
    let work = work.buffer_unordered(2).collect::<Vec<_>>();
    let (pass, _) = tokio::join!(drift.compare(DriftPolicy::Repair), work);
    assert_eq!((pass.counts.found, drift.found().await.len()), (0, 0), "carried out meanwhile");
    let pass = drift.compare(DriftPolicy::Repair).await;
    assert_eq!((pass.counts.found, pass.counts.subscriptions), (0, count * 2));
}

#[tokio::test]
async fn by_policy_each_finding_of_a_subscription_is_repaired_once() {
    let drift = Drift::start(5, 3).await;
    drift.meddle(0, [StepChange::Msisdn(None), StepChange::Circuit(false)]).await;
    // What a dead worker may leave of a creation.
    drift.meddle(1, [StepChange::Delete, StepChange::Create]).await;
    // A stranger has the number of a subscription that is gone.
    drift.meddle(2, [StepChange::Delete]).await;
    let stolen = StepChange::Msisdn(Some(numbers::msisdn(2)));
    drift.meddle(3, [StepChange::Create, stolen]).await;
    drift.run(DriftPolicy::Off).await;
    assert!(drift.found().await.is_empty());
    drift.compare(DriftPolicy::Repair).await;
    let found = drift.found().await;
    let ordered = |n: u64| match &found[&subject(n)].repair {
        RepairState::Ordered(order) => Some(*order),
        _ => None,
    };
    assert_eq!(found[&subject(1)].drift.kind, DriftKind::HalfDone);
    assert_eq!(found[&subject(3)].drift.kind, DriftKind::Foreign);
    assert_eq!(ordered(3), None, "nothing that is foreign is deleted without approval");
    for n in [0, 1] {
        drift.carried_out(ordered(n).unwrap()).await;
        drift.scene.agrees(n).await;
    }
    let refused = ordered(2).unwrap();
    assert_eq!(drift.app.work(refused).await, Some(Outcome::Done));
    let refused = drift.scene.order(refused).await;
    assert_eq!(refused.status, OrderStatus::Canceled);
    assert_eq!(refused.reason(), Some("another subscriber of the network has the number"));
    drift.compare(DriftPolicy::Repair).await;
    let found = drift.found().await;
    let left: Vec<_> = found.keys().cloned().collect();
    assert_eq!(left, [subject(2), subject(3)]);
    assert_eq!(found[&subject(2)].repair, RepairState::Ordered(refused.id), "not again by itself");
    // The stranger is taken away first, then the repair is approved once more.
    let tenant = tenant();
    for (n, tenant) in [(3, Some(&tenant)), (2, None)] {
        let finding = &drift.found().await[&subject(n)];
        assert!(drift.findings.approve(finding, "ann", tenant).await.unwrap());
        assert!(!drift.findings.approve(finding, "bob", tenant).await.unwrap(), "it changed");
        drift.run(DriftPolicy::Propose).await;
        let RepairState::Ordered(order) = drift.found().await[&subject(n)].repair else { panic!() };
        drift.carried_out(order).await;
        drift.scene.agrees(n).await;
    }
    drift.run(DriftPolicy::Propose).await;
    assert!(drift.found().await.is_empty());
}

#[tokio::test]
async fn what_is_not_ours_or_has_ended_is_left_to_the_operator() {
    let drift = Drift::start(3, 2).await;
    let reference = SubscriptionRef::Iccid(numbers::iccid(1));
    let swap = Change { iccid: Some(numbers::iccid(2)), ..Change::default() };
    let swap = domain::subscription::ChangeRequest::Values(Box::new(swap));
    drift.done(Command::Change(reference, swap)).await;
    let ending = drift.app.placed(Command::Delete(SubscriptionRef::Iccid(numbers::iccid(2)))).await;
    drift.carried_out(ending).await;
    // Both SIMs of the subscription that ended are back, and one that nobody knows.
    for n in [1, 2, 70] {
        drift.meddle(n, [StepChange::Create]).await;
    }
    let pass = drift.compare(DriftPolicy::Repair).await;
    assert_eq!(pass.counts.found, 3);
    let found = drift.found().await;
    let unknown = DriftSubject::Unknown(numbers::imsi(70));
    let expected: BTreeMap<_, _> =
        [(subject(1), true), (subject(2), true), (unknown.clone(), false)].into();
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for finding in found.values() {
        assert_eq!(finding.drift.kind, DriftKind::Foreign);
        assert!(!finding.is_repairable);
        assert_eq!(finding.last_order.is_some(), expected[&finding.subject], "{finding:?}");
        assert!(drift.findings.approve(finding, "ann", Some(&tenant())).await.unwrap());
    }
    assert_eq!(found[&subject(2)].last_order, Some(ending));
    drift.run(DriftPolicy::Repair).await;
    assert_eq!(drift.found().await.len(), 3, "no order is placed");
    for n in [1, 2, 70] {
        drift.meddle(n, [StepChange::Delete]).await;
    }
    drift.run(DriftPolicy::Repair).await;
    assert!(drift.found().await.is_empty());
}
