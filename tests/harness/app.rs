//! The whole application in this process: every function over one table, with captured queues, a
//! fixed clock, a random source that repeats itself, and an outside that the test plays.

mod functions;
mod guard;
mod outside;
mod queues;
mod workers;

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use api::identity::{Rate, SecretHasher, generate_secret};
use domain::{
    clock::{Clock, RandomSource},
    identity::{Client, ClientId, Role},
    provisioning::OrderStatus,
};
use futures::future::BoxFuture;
use orderwire_local::{
    front::{RouteTable, payload},
    gate::Guard,
    template::Plan,
};
use seller::SellerApi;
use serde_json::{Value, json};
use store::{ClientAdministration, Table};
use testkit::{
    CapturedQueue, FixedClock, FixedRandom, TestTable, clients::PEPPER, end_order, queue::sqs_event,
};
use time::{Duration, OffsetDateTime};
use tracing::Instrument as _;

pub use outside::{NoSeller, Post, Receivers, ScriptedNetwork, ScriptedSmDp};
pub use queues::Queues;

use crate::{Call, Credentials, Response, log::of_function, template};
use guard::OwnQueue;
use queues::{Pending, Turns};
use workers::Workers;

/// Receives after which a message is a dead letter.
pub const MAX_RECEIVES: u32 = 3;
/// The watchdog's time of every function.
pub const WATCHDOG: Duration = Duration::minutes(5);
/// The lease of every worker.
pub const LEASE: Duration = Duration::seconds(90);
/// Rounds of relay and workers after which an app counts as never quiet.
const MAX_ROUNDS: usize = 200;

static PLAN: LazyLock<Plan> = LazyLock::new(template::plan);

/// Has the calls of functions to a table judged by their roles, without an app: `table_of` is the table as a
/// function reaches it.
pub fn judge_calls(db: &TestTable) {
    guard::place_before(db, guard::of_table(&PLAN, &db.name));
}

/// Answers an event of the gateway, as text, as the function would.
type Invoke = Box<dyn Fn(String) -> BoxFuture<'static, Value> + Send + Sync>;

/// Answers an event of a queue or a stream as the function would.
type Consume = Box<dyn Fn(Value) -> BoxFuture<'static, Value> + Send + Sync>;

/// What an app starts with.
#[derive(Debug, Clone)]
pub struct AppSetup<S> {
    /// The Sellers of other deployments.
    pub seller: S,
    /// The time at the start.
    pub now: OffsetDateTime,
    /// Limit of calls per client.
    pub rate: Rate,
}

impl Default for AppSetup<NoSeller> {
    fn default() -> Self {
        let rate = Rate { per_second: 1e9, burst: 1e9 };
        Self { seller: NoSeller, now: FixedClock::default().now(), rate }
    }
}

/// What the functions of an app share.
struct Parts {
    db: Arc<TestTable>,
    guard: Guard,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
    rate: Rate,
    queues: Queues,
    receivers: Receivers,
    network: ScriptedNetwork,
    smdp: ScriptedSmDp,
}

impl Parts {
    /// The table as this function reaches it, under its own role.
    fn table(&self, function: &str) -> Table {
        self.db.table_of(function)
    }

    /// A queue of the template as this function reaches it.
    fn queue(&self, function: &str, queue: &CapturedQueue, name: &str) -> OwnQueue {
        OwnQueue::new(&self.guard, function, queue, name)
    }
}

/// The application. Dropping it with messages that no function has handled fails the test, unless
/// [`TestApp::allow_leftovers`] was called.
pub struct TestApp {
    /// The table.
    pub db: Arc<TestTable>,
    /// The clock of every function.
    pub clock: FixedClock,
    /// The random source of every function.
    pub random: FixedRandom,
    /// The receivers of webhooks and pushes.
    pub receivers: Receivers,
    /// The operator's network.
    pub network: ScriptedNetwork,
    /// The SM-DP+.
    pub smdp: ScriptedSmDp,
    /// The queues.
    pub queues: Queues,
    routes: RouteTable,
    functions: BTreeMap<&'static str, Invoke>,
    workers: Workers,
    leftovers_allowed: AtomicBool,
    invocations: Mutex<BTreeMap<String, usize>>,
}

impl TestApp {
    /// With the defaults of [`AppSetup`].
    pub async fn new() -> Self {
        Self::start(AppSetup::default()).await
    }

    /// With this limit of calls per client.
    pub async fn with_rate(rate: Rate) -> Self {
        Self::start(AppSetup { rate, ..AppSetup::default() }).await
    }

    /// With this setup.
    pub async fn start<S: SellerApi>(setup: AppSetup<S>) -> Self {
        let (clock, random) = (FixedClock::default(), FixedRandom::default());
        clock.advance(setup.now - clock.now());
        let db = TestTable::create().await;
        let guard = guard::of_table(&PLAN, &db.name);
        guard::place_before(&db, guard.clone());
        let parts = Parts {
            db: Arc::new(db),
            guard,
            clock: Arc::new(clock.clone()),
            random: Arc::new(random.clone()),
            rate: setup.rate,
            queues: Queues::default(),
            receivers: Receivers::default(),
            network: ScriptedNetwork::default(),
            smdp: ScriptedSmDp::default(),
        };
        Self {
            clock,
            random,
            routes: RouteTable::new(&PLAN.routes),
            functions: functions::all(&parts, &PLAN),
            workers: Workers::new(&parts, setup.seller),
            leftovers_allowed: AtomicBool::new(false),
            invocations: Mutex::default(),
            db: parts.db,
            queues: parts.queues,
            receivers: parts.receivers,
            network: parts.network,
            smdp: parts.smdp,
        }
    }

    /// Lets messages remain that no function has handled.
    pub fn allow_leftovers(&self) {
        self.leftovers_allowed.store(true, Ordering::Relaxed);
    }

    /// Returns how often each function was invoked since the last call of this function.
    pub fn take_invocations(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut *self.invocations())
    }

    fn invocations(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.invocations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, function: &str) {
        *self.invocations().entry(function.to_owned()).or_default() += 1;
    }

    /// Registers a client of this tenant with this role.
    pub async fn client(&self, id: &str, tenant: &str, role: Role) -> Credentials {
        self.client_for(id, tenant, role, &[]).await
    }

    /// Registers a client that may act for these carriers.
    ///
    /// # Panics
    /// The table refuses.
    pub async fn client_for(
        &self,
        id: &str,
        tenant: &str,
        role: Role,
        parties: &[&str],
    ) -> Credentials {
        let secret = generate_secret();
        let client = Client {
            id: id.parse::<ClientId>().unwrap(),
            tenant: tenant.parse().unwrap(),
            roles: [role].into(),
            parties: parties.iter().map(|party| (*party).to_owned()).collect(),
            secrets: vec![SecretHasher::new(PEPPER).hash(&secret)],
            disabled: false,
        };
        ClientAdministration::new(self.db.table.clone()).add(&client).await.unwrap();
        Credentials { id: id.to_owned(), secret, tenant: tenant.to_owned() }
    }

    /// Ends a provisioning order as its worker does when the network has carried it out.
    pub async fn complete(&self, order: u64) {
        let id = order.to_string().parse().unwrap();
        end_order(&self.db.table, id, OrderStatus::Completed, None, self.clock.now()).await;
    }

    /// Sends a call to the function that the template routes it to, as the gateway does.
    pub async fn send(&self, call: Call) -> Response {
        let (function, event) = self.event(call);
        self.invoke(&function, &event.to_string()).await
    }

    /// The function a call goes to, and the gateway's event.
    ///
    /// # Panics
    /// The template has no route for it.
    pub fn event(&self, call: Call) -> (String, Value) {
        let mut request = http::Request::builder().method(call.method.as_str()).uri(&call.path);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let (parts, ()) = request.header("host", "api.example.com").body(()).unwrap().into_parts();
        let matched = self.routes.find(parts.method.as_str(), parts.uri.path()).unwrap();
        let source = Ipv4Addr::LOCALHOST.into();
        let mut event = payload(&parts, &call.body, &matched, source, "request", "000000000000");
        // As at AWS: the local cloud's front, which this event is made by, has no certificate.
        event["headers"]["x-forwarded-proto"] = json!("https");
        (matched.function.to_owned(), event)
    }

    /// Lets an API function answer any event.
    ///
    /// # Panics
    /// There is no such function.
    pub async fn invoke(&self, function: &str, event: &str) -> Response {
        self.count(function);
        let invocation = self.functions[function](event.to_owned());
        Response::from_event(&invocation.instrument(of_function(function)).await)
    }

    /// Lets a function that consumes a queue answer any event.
    ///
    /// # Panics
    /// There is no such function.
    pub async fn work(&self, function: &str, event: Value) -> Value {
        self.count(function);
        self.workers.invoke(function, event).await
    }

    /// Relays changes and handles messages that are due, until nothing is left to do now.
    ///
    /// # Panics
    /// It never ends.
    pub async fn drain(&self) {
        self.drain_by(Turns::Any).await;
    }

    /// The same, with each status change published and delivered before a worker takes the next
    /// step: as on a system that has nothing else to do.
    ///
    /// # Panics
    /// It never ends.
    pub async fn drain_in_turn(&self) {
        self.drain_by(Turns::WorkersLast).await;
    }

    async fn drain_by(&self, turns: Turns) {
        for _ in 0..MAX_ROUNDS {
            if self.relay().await + self.handle_due(turns).await == 0 {
                return;
            }
        }
        panic!("the app comes to no rest: {:?}", self.queues.leftovers());
    }

    /// Runs the sweeper once.
    ///
    /// # Panics
    /// The run fails.
    pub async fn sweep(&self) {
        self.workers.sweep().await;
    }

    /// Runs the dead-letter consumer once, over the dead letters of all queues.
    ///
    /// # Panics
    /// The run fails.
    pub async fn consume_dead_letters(&self) {
        self.workers.consume_dead_letters().await;
    }

    /// Gives the changes of the table to the relay. Returns how many it took.
    async fn relay(&self) -> usize {
        self.queues.append_changes(self.db.changes().await);
        let records = self.queues.changes();
        if records.is_empty() {
            return 0;
        }
        let response = self.work("outbox-relay", json!({ "Records": records })).await;
        let failed = testkit::queue::failures(&response);
        self.queues.relayed(failed.first().copied())
    }

    /// Gives each message that is due to its function. Returns how many were handled.
    async fn handle_due(&self, turns: Turns) -> usize {
        let due = self.queues.take_due(self.clock.now(), turns);
        let mut handled = 0;
        for Pending { function, body, receives, .. } in due {
            let receives = receives + 1;
            let response = self.work(function, sqs_event(&[&body], receives)).await;
            if testkit::queue::failures(&response).is_empty() {
                handled += 1;
            } else if receives < MAX_RECEIVES {
                self.queues.put_back(function, body, receives, self.clock.now());
                handled += 1;
            } else {
                self.queues.add_dead_letter(function, body);
            }
        }
        handled
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() || self.leftovers_allowed.load(Ordering::Relaxed) {
            return;
        }
        let leftovers = self.queues.leftovers();
        assert!(leftovers.is_empty(), "messages that no function has handled: {leftovers:?}");
    }
}
