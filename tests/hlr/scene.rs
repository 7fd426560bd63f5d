//! A table, a register, and the functions between them.

use std::sync::Arc;

use domain::{
    clock::{Clock as _, RandomSource},
    identity::Tenant,
    numbering::Iccid,
    provisioning::{OrderNumber, ProvisioningOrder},
    sim::{Sim, SimAlgorithm, SimIdentity, SimKeys},
    subscription::{Subscription, SubscriptionRef},
};
use ecc::{Command, CommandContext, CommandOutcome, PlaceOrderError, SubscriptionOrders};
use hlr::{OsmoHlr, Record};
use lambda::{
    Deadline,
    config::WorkLimits,
    message::OrderMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler as _},
};
use network::{NetworkRanges, NotCarried};
use orderwire_local::{
    osmo_hlr::RunningOsmoHlr,
    phone::{Attachment, Domain, Phone},
    process::Processes,
};
use store::{DynamoOrders, DynamoPlacing, DynamoSimData, DynamoSubscriptions, DynamoWork};
use subscription_worker::{Config, StepNetwork, SubscriptionWorker};
use testkit::{FixedClock, FixedRandom, TestTable, numbers};
use time::Duration;
use tokio::sync::Mutex;

use crate::mortal::Mortal;

pub(crate) const LEASE: Duration = Duration::seconds(90);
const WATCHDOG: Duration = Duration::minutes(5);
/// How often the register is asked that was killed.
const MOST_QUESTIONS: u32 = 100;

pub(crate) struct Scene {
    pub(crate) db: TestTable,
    pub(crate) register: Mutex<RunningOsmoHlr>,
    pub(crate) processes: Processes,
    pub(crate) control: String,
    pub(crate) gsup: String,
    random: FixedRandom,
}

/// The functions with a clock of their own: what one line does is no matter of another's leases.
pub(crate) struct Functions {
    pub(crate) clock: FixedClock,
    pub(crate) network: Mortal,
    orders: SubscriptionOrders,
    worker: SubscriptionWorker<StepNetwork<Mortal>>,
}

pub(crate) fn tenant() -> Tenant {
    "t".parse().unwrap()
}

/// The SIM with number `n`.
pub(crate) fn sim(n: u64) -> Sim {
    let identity = SimIdentity {
        iccid: numbers::iccid(n),
        imsi: numbers::imsi(n),
        algorithm: SimAlgorithm::Milenage,
    };
    let key = |high: u64| format!("{high:016x}{n:016x}").parse().unwrap();
    Sim { identity, keys: SimKeys { k: key(1), opc: key(2) } }
}

/// A while between two questions to a register that was killed.
async fn patience() {
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
}

impl Scene {
    /// With the data of these SIMs.
    pub(crate) async fn start(sims: impl IntoIterator<Item = u64>) -> Self {
        let (db, processes) = (TestTable::create().await, Processes::default());
        let register = match RunningOsmoHlr::start(None, &processes).await {
            Ok(register) => register,
            Err(error) => panic!("{error}"),
        };
        let address = register.address();
        let sims: Vec<Sim> = sims.into_iter().map(sim).collect();
        let data = DynamoSimData::new(db.table.clone());
        for some in sims.chunks(DynamoSimData::MOST) {
            data.import(some).await.unwrap();
        }
        let (control, gsup) = (address.control, address.gsup);
        let random = FixedRandom::default();
        Self { db, register: Mutex::new(register), processes, control, gsup, random }
    }

    /// Functions that reach the register at this address.
    pub(crate) fn functions(&self, control: &str, not_carried: NotCarried) -> Functions {
        let (clock, network) = (FixedClock::default(), Mortal::new(control));
        let table = &self.db.table;
        let config = Config {
            table: String::new(),
            queue: String::new(),
            network: String::new(),
            ranges: NetworkRanges::default(),
            sandbox: domain::scenario::Sandbox::Off,
            limits: WorkLimits { lease: LEASE, max_receives: 10, watchdog: WATCHDOG },
        };
        let steps = StepNetwork::new(network.clone(), table, not_carried)
            .with_clock(Arc::new(clock.clone()));
        let worker =
            SubscriptionWorker::new(DynamoWork::new(table.clone(), WATCHDOG), steps, &config)
                .with_clock(Arc::new(clock.clone()));
        let orders = SubscriptionOrders {
            subscriptions: DynamoSubscriptions::new(table.clone()),
            placing: DynamoPlacing::new(table.clone()),
            services: vec!["VOICE".parse().unwrap()],
            sandbox: domain::scenario::Sandbox::Off,
            watchdog: WATCHDOG,
            clock: Arc::new(clock.clone()),
            random: Arc::new(self.random.clone()) as Arc<dyn RandomSource>,
        };
        Functions { clock, network, orders, worker }
    }

    pub(crate) async fn order(&self, id: OrderNumber) -> ProvisioningOrder {
        DynamoOrders::new(self.db.table.clone()).get(id).await.unwrap().unwrap()
    }

    /// The subscription with this SIM, as the API says.
    pub(crate) async fn subscription(&self, iccid: Iccid) -> Option<Subscription> {
        let subscriptions = DynamoSubscriptions::new(self.db.table.clone());
        subscriptions.find(&tenant(), &SubscriptionRef::Iccid(iccid)).await.unwrap()
    }

    /// What the register has of a SIM, asked until it answers: it may be killed.
    pub(crate) async fn record(&self, n: u64) -> Option<Record> {
        for _ in 0..MOST_QUESTIONS {
            if let Ok(mut session) = OsmoHlr::new(self.control.as_str()).connect().await
                && let Ok(record) = session.by_imsi(&numbers::imsi(n)).await
            {
                return record;
            }
            patience().await;
        }
        panic!("the register does not answer");
    }

    /// What comes of switching a phone with this SIM on, tried until the register answers.
    pub(crate) async fn attach(&self, n: u64) -> Attachment {
        let phone = Phone { imsi: numbers::imsi(n) };
        for _ in 0..MOST_QUESTIONS {
            let exchange = format!("MSC-{}", self.random.generate());
            let attached = phone.attach(&self.gsup, &exchange, Domain::Circuit).await;
            if let Ok(attachment) = attached {
                return attachment;
            }
            patience().await;
        }
        panic!("no phone gets an answer");
    }

    /// Holds API, register and phone of a SIM against each other.
    pub(crate) async fn agrees(&self, n: u64) {
        let subscription = self.subscription(numbers::iccid(n)).await;
        let record = self.record(n).await;
        let held = record.clone().map(|record| record.into_subscriber(&sim(n)));
        let expected = subscription.as_ref().map(|subscription| {
            domain::network::Subscriber::complete(subscription.msisdn.clone(), subscription.blocked)
        });
        assert_eq!(held, expected, "SIM {n}");
        let attached = self.attach(n).await == Attachment::Attached;
        assert_eq!(attached, subscription.is_some_and(|one| !one.blocked), "the phone of SIM {n}");
    }

    /// Kills the register and starts it again.
    pub(crate) async fn kill_register(&self) {
        let mut register = self.register.lock().await;
        register.kill();
        if let Err(error) = register.restart(&self.processes).await {
            panic!("{error}");
        }
    }
}

impl Functions {
    /// Places the order of a command.
    pub(crate) async fn place(&self, command: Command) -> Result<CommandOutcome, PlaceOrderError> {
        let tenant = tenant();
        let context = CommandContext {
            tenant: &tenant,
            correlation_id: "c",
            idempotency: None,
            batch: None,
            parent: None,
        };
        self.orders.execute(&context, command).await
    }

    /// The number of the order that a command needs.
    pub(crate) async fn placed(&self, command: Command) -> OrderNumber {
        match self.place(command).await {
            Ok(CommandOutcome::Accepted(order)) => order,
            other => panic!("{other:?}"),
        }
    }

    /// The worker receives the order's message; none if it died.
    pub(crate) async fn work(&self, id: OrderNumber) -> Option<Outcome> {
        let message = OrderMessage {
            order_id: id.to_string(),
            revision: 1,
            correlation_id: "c".to_owned(),
            tenant: None,
            publication: None,
        };
        let record = RecordContext {
            message_id: "message".to_owned(),
            receipt_handle: "receipt".to_owned(),
            receive_count: 1,
            deadline: Deadline::after(std::time::Duration::from_secs(30)),
        };
        tokio::select! {
            outcome = self.worker.handle(message, &record) => Some(outcome),
            () = self.network.died() => None,
        }
    }

    /// Time passes: a lease of a dead worker ends, and a failed attempt is due again.
    pub(crate) fn wait(&self) {
        self.clock.advance(LEASE + Duration::minutes(3));
    }

    pub(crate) fn now(&self) -> time::OffsetDateTime {
        self.clock.now()
    }
}
