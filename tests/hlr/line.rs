//! One subscriber's line, and random orders on it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::{
    provisioning::{OrderNumber, OrderStatus},
    subscription::{Change, ChangeRequest, NewSubscription, OdbProfile, SubscriptionRef},
};
use ecc::Command;
use fastrand::Rng;
use lambda::sqs_batch::Outcome;
use network::NotCarried;
use testkit::numbers;

use crate::{
    mortal::Event,
    scene::{Functions, Scene},
};

/// SIMs and numbers of a line: `index * SIMS` and following.
pub(crate) const SIMS: u64 = 10_000;
/// Attempts that an order may need, however much dies.
const MOST_ATTEMPTS: u32 = 200;
/// Calls within which a worker dies that dies.
const CALLS: usize = 14;

/// What happened to workers and registers.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) orders: AtomicU64,
    pub(crate) attempts: AtomicU64,
    pub(crate) deaths: AtomicU64,
}

pub(crate) struct Line {
    scene: Arc<Scene>,
    counts: Arc<Counts>,
    functions: Functions,
    rng: Rng,
    /// The SIM that it has.
    current: Option<u64>,
    next: u64,
    blocked: bool,
}

impl Line {
    pub(crate) fn new(
        index: u64,
        scene: Arc<Scene>,
        counts: Arc<Counts>,
        control: &str,
        rng: Rng,
    ) -> Self {
        let functions = scene.functions(control, NotCarried::Refuse);
        let next = index * SIMS;
        Self { scene, counts, functions, rng, current: None, next, blocked: false }
    }

    /// Places an order of any kind, carries it out, and looks at all three sides.
    pub(crate) async fn order(&mut self) {
        let before = self.current;
        let command = match self.current {
            None => self.creation(),
            Some(n) => self.change(n),
        };
        let said = format!("{command:?}");
        let order = self.functions.placed(command).await;
        self.carry_out(order, &said).await;
        self.counts.orders.fetch_add(1, Ordering::Relaxed);
        for n in [before, self.current].into_iter().flatten() {
            self.scene.agrees(n).await;
        }
    }

    fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    fn creation(&mut self) -> Command {
        let n = self.fresh();
        (self.current, self.blocked) = (Some(n), false);
        Command::Create(NewSubscription {
            iccid: numbers::iccid(n),
            msisdn: (self.rng.u8(..4) > 0).then(|| numbers::msisdn(n)),
            imsi: self.rng.bool().then(|| numbers::imsi(n)),
            odb_profile: OdbProfile::default(),
        })
    }

    fn change(&mut self, n: u64) -> Command {
        let reference = SubscriptionRef::Iccid(numbers::iccid(n));
        let mut change = Change::default();
        let kind = self.rng.u8(..9);
        if kind == 8 {
            self.current = None;
            return Command::Delete(reference);
        }
        if matches!(kind, 0 | 1 | 5 | 6) {
            let number = self.fresh();
            change.msisdn = Some(numbers::msisdn(number));
        }
        if matches!(kind, 2 | 5 | 7) {
            let sim = self.fresh();
            change.iccid = Some(numbers::iccid(sim));
            self.current = Some(sim);
        }
        if matches!(kind, 3 | 4 | 6 | 7) {
            self.blocked = !self.blocked;
            change.blocked = Some(self.blocked);
        }
        Command::Change(reference, ChangeRequest::Values(Box::new(change)))
    }

    /// The worker receives the order until it has ended, and dies on the way as often as not.
    async fn carry_out(&mut self, order: OrderNumber, said: &str) {
        for _ in 0..MOST_ATTEMPTS {
            if self.rng.bool() {
                self.functions.network.happen(self.rng.usize(..CALLS), Event::Death);
            }
            self.counts.attempts.fetch_add(1, Ordering::Relaxed);
            match self.functions.work(order).await {
                None => {
                    self.counts.deaths.fetch_add(1, Ordering::Relaxed);
                }
                Some(Outcome::Done | Outcome::Retry(_)) => {}
                Some(Outcome::Poison(why)) => panic!("{said}: {}", why.text()),
            }
            self.functions.network.survive();
            self.functions.wait();
            let stored = self.scene.order(order).await;
            assert_eq!(stored.needs_intervention, None, "{said}");
            if stored.status.is_final() {
                assert_eq!(stored.status, OrderStatus::Completed, "{said}: {:?}", stored.reason());
                return;
            }
        }
        panic!("{said} does not end at {}", self.functions.now());
    }

    /// Every SIM that the line has had.
    pub(crate) fn sims(index: u64, next: u64) -> impl Iterator<Item = u64> {
        index * SIMS..next
    }

    pub(crate) const fn next(&self) -> u64 {
        self.next
    }
}
