//! Faults between the functions of a local cloud and what they call: table, queues, network and
//! receivers of webhooks. What happens to a call depends on the seed, the function, the operation
//! and how many such calls there were before, not on time: a seed repeats the decisions.
//!
//! A function is killed and paused at its calls, from outside: it has no fail points in its code,
//! so the programs that are tested are those that run (decision 135). Linux only: processes are
//! looked up in `/proc`.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

mod alter;
mod caller;
mod draw;
mod proxy;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{task::spawn_blocking, time::Instant};

pub use draw::{Fault, Odds, Point};

use caller::Caller;
use draw::Draws;
use proxy::Listener;

/// What stands between the functions and what they call. Clones share it.
#[derive(Debug, Clone)]
pub struct Faults {
    shared: Arc<Shared>,
    table: String,
    queues: String,
    network: String,
    receiver: String,
}

/// What a proxy forwards to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Service {
    Table,
    Queues,
    Network,
    Receiver,
}

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    upstreams: OnceLock<[String; 4]>,
    calm: AtomicBool,
    blackout: AtomicBool,
    pause: Duration,
    draws: Mutex<Draws>,
    /// Responses of earlier reads, by request.
    read: Mutex<HashMap<Bytes, (Instant, Bytes)>>,
}

impl Faults {
    /// Proxies on free ports, which forward everything until [`Faults::begin`].
    pub async fn start(seed: u64, odds: Odds, pause: Duration) -> Self {
        let shared = Arc::new(Shared {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            upstreams: OnceLock::new(),
            calm: AtomicBool::new(true),
            blackout: AtomicBool::new(false),
            pause,
            draws: Mutex::new(Draws::new(seed, odds)),
            read: Mutex::default(),
        });
        let [table, queues, network, receiver] =
            [Service::Table, Service::Queues, Service::Network, Service::Receiver]
                .map(|service| Listener::start(service, shared.clone()));
        Self {
            table: table.await,
            queues: queues.await,
            network: network.await,
            receiver: receiver.await,
            shared,
        }
    }

    /// The variables that lead a function's AWS clients through the proxies.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("AWS_ENDPOINT_URL_DYNAMODB", self.table.clone()),
            ("AWS_ENDPOINT_URL_SQS", self.queues.clone()),
        ]
    }

    /// The base URL of the network, with the faults before it.
    pub fn network(&self) -> &str {
        &self.network
    }

    /// What the proxies forward to: table, queues, network, receiver.
    ///
    /// # Panics
    /// It was said before.
    pub fn forward_to(&self, upstreams: [String; 4]) {
        self.shared.upstreams.set(upstreams).unwrap();
    }

    /// The URL of a webhook endpoint at the sink, with the faults before it.
    pub fn endpoint(&self, name: &str) -> String {
        format!("{}/{name}", self.receiver)
    }

    /// From now on faults are drawn.
    pub fn begin(&self) {
        self.shared.calm.store(false, Ordering::Relaxed);
    }

    /// From now on every call is forwarded.
    pub fn end(&self) {
        self.shared.calm.store(true, Ordering::Relaxed);
    }

    /// Whether table and queues respond to nobody, from now on.
    pub fn blackout(&self, dark: bool) {
        self.shared.blackout.store(dark, Ordering::Relaxed);
    }

    /// How often each fault happened, by function, operation and fault.
    pub fn happened(&self) -> BTreeMap<Point, u64> {
        self.shared.draws().happened.clone()
    }

    /// How many functions were killed at one of their calls, and at how many different points.
    pub fn kills(&self) -> (u64, usize) {
        let happened = self.happened();
        let kills = happened.iter().filter(|(point, _)| point.fault.kills());
        (kills.clone().map(|(_, count)| count).sum(), kills.count())
    }

    /// How many faults there were that are neither kills nor pauses.
    pub fn count(&self) -> u64 {
        let happened = self.happened();
        let faults = happened.iter().filter(|(point, _)| !point.fault.signals());
        faults.map(|(_, count)| count).sum()
    }

    /// How many functions were paused at one of their calls.
    pub fn pauses(&self) -> u64 {
        let happened = self.happened();
        let pauses =
            happened.iter().filter(|(point, _)| point.fault.signals() && !point.fault.kills());
        pauses.map(|(_, count)| count).sum()
    }
}

impl Shared {
    fn draws(&self) -> MutexGuard<'_, Draws> {
        self.draws.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> MutexGuard<'_, HashMap<Bytes, (Instant, Bytes)>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a signal to a function. One that has ended meanwhile needs none.
async fn signal(caller: &Caller, signal: Signal) {
    let caller = caller.clone();
    let sent = spawn_blocking(move || {
        let pid = caller.pid().and_then(Pid::from_raw);
        pid.map(|pid| kill_process(pid, signal))
    });
    let _ = sent.await;
}
