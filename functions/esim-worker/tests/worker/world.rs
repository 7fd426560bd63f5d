//! The worker, the table, the pool, the SM-DP+ and the network, put together.

use std::{
    collections::BTreeSet,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration as StdDuration,
};

use domain::{
    clock::Clock,
    esim::{
        CancelOrder, ConfirmOrder, ConfirmedOrder, DownloadOrder, Es2Answer, EsimIccid, EsimOrder,
        EsimOrderId, EsimOrderStatus, OrderedProfile, PlanNetwork, ProfileType, ReleaseProfile,
        SmDpPlus,
    },
    network::{Lookup, NetworkAnswer},
    numbering::Iccid,
};
use es2plus::{Es2Client, Es2Settings};
use esim_worker::{EsimWorker, HttpPlans, WorkTerms};
use futures::FutureExt;
use lambda::{
    Deadline,
    config::WorkLimits,
    message::OrderMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
};
use orderwire_local::{
    network::{self, Network},
    smdp::{self, Delivery, Profile, ProfileState, Refusal, RunningSmdp, SmdpOptions},
};
use serde_json::Value;
use store::{DynamoEsimOrders, DynamoEsimWork, DynamoStock, EsimPlacing, PlacedEsimOrder};
use testkit::{FixedClock, FixedRandom, TestTable, esim_details, esim_order};
use time::Duration;

pub(crate) const LEASE: Duration = Duration::seconds(90);
pub(crate) const WATCH: Duration = Duration::seconds(300);

/// What is left until the worker dies: it passes one point before and one after each call.
#[derive(Clone, Default)]
pub(crate) struct Fuse(Arc<AtomicI64>);

impl Fuse {
    fn burn(&self) {
        assert!(self.0.fetch_sub(1, Ordering::SeqCst) != 1, "killed");
    }
}

/// Somebody outside, seen by a worker that dies.
pub(crate) struct Mortal<S> {
    inner: S,
    fuse: Fuse,
}

impl<S> Mortal<S> {
    async fn call<T>(&self, call: impl Future<Output = T> + Send) -> T {
        self.fuse.burn();
        let answer = call.await;
        self.fuse.burn();
        answer
    }
}

impl SmDpPlus for Mortal<Es2Client> {
    async fn download_order(&self, order: &DownloadOrder, call: &str) -> Es2Answer<OrderedProfile> {
        self.call(self.inner.download_order(order, call)).await
    }

    async fn confirm_order(&self, order: &ConfirmOrder, call: &str) -> Es2Answer<ConfirmedOrder> {
        self.call(self.inner.confirm_order(order, call)).await
    }

    async fn cancel_order(&self, order: &CancelOrder, call: &str) -> Es2Answer<()> {
        self.call(self.inner.cancel_order(order, call)).await
    }

    async fn release_profile(&self, order: &ReleaseProfile, call: &str) -> Es2Answer<()> {
        self.call(self.inner.release_profile(order, call)).await
    }
}

impl PlanNetwork for Mortal<HttpPlans> {
    async fn add_plans(&self, order: &EsimOrder, iccid: &EsimIccid) -> NetworkAnswer {
        self.call(self.inner.add_plans(order, iccid)).await
    }

    async fn look_up(&self, order: &EsimOrder) -> Lookup {
        self.call(self.inner.look_up(order)).await
    }
}

pub(crate) struct World {
    pub(crate) db: TestTable,
    pub(crate) clock: FixedClock,
    random: FixedRandom,
    fuse: Fuse,
    pub(crate) smdp: RunningSmdp,
    _network: Network,
    network_url: String,
    worker: EsimWorker<Mortal<Es2Client>, Mortal<HttpPlans>>,
    orders: DynamoEsimOrders,
    pub(crate) stock: DynamoStock,
}

pub(crate) fn consumer() -> ProfileType {
    "consumer".parse().unwrap()
}

impl World {
    /// With this many profiles, at the SM-DP+ and in the pool.
    pub(crate) async fn new(profiles: usize) -> Self {
        let db = TestTable::create().await;
        let table = db.table.clone();
        let (clock, random, fuse) =
            (FixedClock::default(), FixedRandom::default(), Fuse::default());
        let smdp = smdp::start(SmdpOptions::default()).await.unwrap();
        let (identity, ca) = (&smdp.client_identity_pem, &smdp.ca_pem);
        let mut settings = Es2Settings::new(&smdp.base_url, "1.3.6.1", identity, ca);
        settings.timeout = StdDuration::from_millis(800);
        let es2 = Mortal { inner: Es2Client::new(&settings).unwrap(), fuse: fuse.clone() };
        let network = Network::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let network_url = format!("http://{}", listener.local_addr().unwrap());
        let router = network::router(network.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let plans = Mortal { inner: HttpPlans::new(&network_url).unwrap(), fuse: fuse.clone() };
        let terms = WorkTerms {
            host: "usual.example".parse().unwrap(),
            sandbox: domain::scenario::Sandbox::Off,
            limits: WorkLimits { lease: LEASE, max_receives: 10, watchdog: WATCH },
        };
        let work = DynamoEsimWork::new(table.clone(), WATCH);
        let worker = EsimWorker::new(work, es2, plans, terms)
            .with(Arc::new(clock.clone()), Arc::new(random.clone()));
        let orders = DynamoEsimOrders::new(table.clone());
        let stock = DynamoStock::new(table);
        let world = Self {
            db,
            clock,
            random,
            fuse,
            smdp,
            _network: network,
            network_url,
            worker,
            orders,
            stock,
        };
        world.deliver(profiles).await;
        world
    }

    pub(crate) async fn deliver(&self, profiles: usize) {
        let delivery = Delivery {
            profile_type: "consumer".to_owned(),
            iccids: Vec::new(),
            count: profiles,
            prefix: "8946117771".to_owned(),
        };
        let iccids: Vec<Iccid> =
            self.smdp.smdp.deliver(&delivery).iter().map(|i| i.parse().unwrap()).collect();
        for some in iccids.chunks(DynamoStock::MOST) {
            self.stock.import(&consumer(), some).await.unwrap();
        }
    }

    pub(crate) async fn placed(&self) -> EsimOrderId {
        let now = self.clock.now();
        let order = esim_order(esim_details(FixedClock::default().now()), &self.random, now);
        let placing = EsimPlacing {
            order: &order,
            customer: None,
            esim: None,
            parent: None,
            watchdog: WATCH,
            guard: None,
            now,
        };
        assert_eq!(self.orders.place(&placing).await.unwrap(), PlacedEsimOrder::Done);
        order.id
    }

    pub(crate) async fn receive(&self, id: EsimOrderId, receives: u32) -> Option<Outcome> {
        let message = OrderMessage {
            order_id: id.to_string(),
            revision: 1,
            correlation_id: "c".to_owned(),
            tenant: None,
            publication: None,
        };
        let record = RecordContext {
            message_id: "m".to_owned(),
            receipt_handle: "r".to_owned(),
            receive_count: receives,
            deadline: Deadline::after(StdDuration::from_secs(60)),
        };
        // A worker that dies says nothing.
        AssertUnwindSafe(self.worker.handle(message, &record)).catch_unwind().await.ok()
    }

    /// Receives until the message is done, dying `at` a point of each receive but the last.
    pub(crate) async fn carry_out(&self, id: EsimOrderId, at: i64, deaths: u32) -> Outcome {
        for receives in 1..40 {
            self.fuse.0.store(if receives <= deaths { at } else { 0 }, Ordering::SeqCst);
            let outcome = self.receive(id, receives).await;
            self.fuse.0.store(0, Ordering::SeqCst);
            match outcome {
                Some(Outcome::Done) => return Outcome::Done,
                Some(Outcome::Poison(why)) => return Outcome::Poison(why),
                _ => self.clock.advance(LEASE + Duration::SECOND),
            }
        }
        panic!("no end")
    }

    pub(crate) async fn order(&self, id: EsimOrderId) -> EsimOrder {
        self.orders.get(id).await.unwrap().unwrap()
    }

    /// The profiles at the SM-DP+ that are not as they were delivered.
    pub(crate) fn touched(&self) -> Vec<Profile> {
        let all = smdp::iccids("8946117771", 100);
        let all = all.iter().filter_map(|iccid| self.smdp.smdp.profile(iccid));
        all.filter(|profile| profile.state != ProfileState::Available).collect()
    }

    /// The profiles of the pool in a state, by number, each with its order.
    pub(crate) async fn pool(&self, state: &str) -> Vec<(String, String)> {
        let all = self.db.direct.scan().table_name(&self.db.name).send().await.unwrap();
        let all = all.items.unwrap_or_default().into_iter();
        let all = all.map(|item| serde_dynamo::from_item::<_, Value>(item).unwrap());
        let here = all.filter(|item| item["sk"] == "PROFILE" && item["state"] == state);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut found: Vec<_> =
            here.map(|item| (text(&item["iccid"]), text(&item["order"]))).collect();
        found.sort();
        found
    }

    /// The operations the network has carried out.
    async fn operations(&self) -> usize {
        let mut found = BTreeSet::new();
        let subscribers = self.network_get("/subscribers").await;
        for subscriber in subscribers["subscribers"].as_array().unwrap() {
            assert!(found.insert(subscriber["iccid"].to_string()), "twice");
            assert_eq!(subscriber["changes"], 0, "{subscriber}");
        }
        found.len()
    }

    async fn network_get(&self, path: &str) -> Value {
        let answer = reqwest::get(format!("{}{path}", self.network_url)).await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    pub(crate) async fn network_fault(&self, fault: Value) {
        let client = reqwest::Client::new();
        let put = client.put(format!("{}/faults", self.network_url)).json(&fault);
        assert!(put.send().await.unwrap().status().is_success());
    }

    /// Ledger and pool agree: one Released profile, one used one, and both are this order's.
    pub(crate) async fn has_one_profile(&self, id: EsimOrderId) {
        let order = self.order(id).await;
        assert_eq!(order.status, EsimOrderStatus::Completed);
        let iccid = order.output().unwrap().iccid.to_string();
        let touched = self.touched();
        assert_eq!(touched.len(), 1, "{touched:?}");
        assert_eq!((touched[0].state, &touched[0].iccid), (ProfileState::Released, &iccid));
        assert_eq!(touched[0].orders, 1, "ordered once");
        let matching = order.output().unwrap().activation.unwrap().matching_id;
        assert_eq!(touched[0].matching_id.as_deref(), Some(matching.as_str()));
        assert_eq!(self.pool("used").await, [(iccid, id.to_string())]);
        assert!(self.pool("reserved").await.is_empty(), "none is lost");
        assert_eq!(self.operations().await, 1);
    }
}

pub(crate) fn code(subject: &str, reason: &str) -> Refusal {
    Refusal { subject_code: subject.to_owned(), reason_code: reason.to_owned(), message: None }
}
