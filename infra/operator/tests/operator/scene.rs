//! A deployment to run commands on.

use std::sync::Arc;

use clap::Parser as _;
use domain::{
    clock::{Clock, RandomSource},
    lease::Lease,
    order::FailedAttempt,
    provisioning::{Operation, OrderNumber, OrderStatus, ProvisioningOrder},
    subscription::{
        Change, ChangeRequest, NewSubscription, OdbProfile, Subscription, SubscriptionId,
        SubscriptionRef,
    },
};
use lambda::config::Environment;
use operator::{Cli, CommandError, Context, Output};
use orderwire_local::caller;
use serde_json::Value;
use store::{
    DynamoPlacing, DynamoSubscriptions, DynamoWatchdog, DynamoWork, Leased, Placed, Placing,
};
use testkit::{FixedClock, FixedRandom, TestTable, end_order, numbers};
use time::Duration;

use crate::{queues::Queues, role};

pub(crate) const PEPPER: &str = "a pepper of at least thirty-two bytes";

pub(crate) struct Scene {
    pub(crate) db: TestTable,
    pub(crate) queues: Queues,
    pub(crate) clock: FixedClock,
    random: FixedRandom,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let db = TestTable::create().await;
        let guard = role::guard(&db.name);
        let before_queues = guard.clone();
        db.proxy.guard(Arc::new(move |authorization, target, body| {
            let denied = guard.admit(caller::caller(Some(authorization)), target, body).err();
            denied.map_or(Ok(()), |denied| Err(denied.to_string()))
        }));
        Self {
            db,
            queues: Queues::start(before_queues).await,
            clock: FixedClock::default(),
            random: FixedRandom::default(),
        }
    }

    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("ORDERS_TABLE_NAME", self.db.name.clone()),
            ("SUBSCRIPTION_WORK_QUEUE_URL", self.queues.url("work")),
            ("SUBSCRIPTION_WORK_DEAD_LETTER_QUEUE_URL", self.queues.url("dead")),
            ("CARRIER_WORK_QUEUE_URL", self.queues.url("carrier-work")),
            ("CARRIER_WORK_DEAD_LETTER_QUEUE_URL", self.queues.url("carrier-dead")),
            ("ESIM_WORK_QUEUE_URL", self.queues.url("esim-work")),
            ("ESIM_WORK_DEAD_LETTER_QUEUE_URL", self.queues.url("esim-dead")),
            ("SERVICE_WORK_QUEUE_URL", self.queues.url("service-work")),
            ("SERVICE_WORK_DEAD_LETTER_QUEUE_URL", self.queues.url("service-dead")),
            ("EVENTS_QUEUE_URL", self.queues.url("events")),
            ("EVENTS_DEAD_LETTER_QUEUE_URL", self.queues.url("events-dead")),
            ("DELIVERIES_QUEUE_URL", self.queues.url("deliveries")),
            ("DELIVERIES_DEAD_LETTER_QUEUE_URL", self.queues.url("deliveries-dead")),
            ("BATCHES_QUEUE_URL", self.queues.url("batches")),
            ("BATCHES_DEAD_LETTER_QUEUE_URL", self.queues.url("batches-dead")),
            ("RELAY_FAILURES_QUEUE_URL", self.queues.url("relay-failures")),
            ("CREDENTIAL_PEPPER", PEPPER.to_owned()),
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "operator".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.db.proxy.url().to_owned()),
            ("AWS_ENDPOINT_URL_SQS", self.queues.endpoint.clone()),
        ]
    }

    /// Runs a command as a shell would, words split at spaces; what it prints.
    pub(crate) async fn run(&self, words: &str) -> Result<String, CommandError> {
        let words = ["orderwire"].into_iter().chain(words.split(' '));
        let cli = Cli::try_parse_from(words).expect("the test writes a valid command");
        let (environment, json) = (Environment::of(self.environment()), cli.is_json());
        let context = Context::new(cli.deployment, environment)?;
        let context = context.with_clock(Arc::new(self.clock.clone()));
        let mut printed = Vec::new();
        cli.command.run(&context, &mut Output::new(json, &mut printed)).await?;
        Ok(String::from_utf8(printed).unwrap())
    }

    pub(crate) async fn json(&self, words: &str) -> Value {
        let printed = self.run(&format!("{words} --json")).await.unwrap();
        serde_json::from_str(&printed).unwrap()
    }

    pub(crate) async fn error(&self, words: &str) -> String {
        let error = self.run(words).await.expect_err("the command is refused").to_string();
        assert!(!error.contains('\n'), "{error}");
        error
    }

    /// An order that creates a subscription with SIM and number `n`.
    pub(crate) async fn creation(&self, n: u64) -> ProvisioningOrder {
        let number = self.number();
        let subscription = NewSubscription {
            iccid: numbers::iccid(n),
            msisdn: Some(numbers::msisdn(n)),
            imsi: Some(numbers::imsi(n)),
            odb_profile: OdbProfile::default(),
        }
        .into_subscription(
            SubscriptionId::new(self.clock.now(), &numbers::iccid(n)),
            "acme".parse().unwrap(),
            number,
        );
        self.placed(number, &subscription, Operation::Create).await
    }

    /// An order that gives an existing subscription another number.
    pub(crate) async fn change(&self, n: u64, new_number: u64) -> ProvisioningOrder {
        let creation = self.creation(n).await;
        self.end(creation.id, OrderStatus::Completed, "network").await;
        let subscription = self.subscription(n).await.unwrap();
        let change = Change { msisdn: Some(numbers::msisdn(new_number)), ..Change::default() };
        let change = subscription.difference(ChangeRequest::Values(Box::new(change))).unwrap();
        self.placed(self.number(), &subscription, Operation::Change(Box::new(change))).await
    }

    pub(crate) async fn subscription(&self, n: u64) -> Option<Subscription> {
        let by_sim = SubscriptionRef::Iccid(numbers::iccid(n));
        let subscriptions = DynamoSubscriptions::new(self.db.table.clone());
        subscriptions.find(&"acme".parse().unwrap(), &by_sim).await.unwrap()
    }

    pub(crate) async fn lease(&self, id: OrderNumber) -> (ProvisioningOrder, Lease) {
        let owner = format!("worker-{}", self.random.generate());
        let length = Duration::seconds(90);
        match self.work().lease(id, owner, length, self.clock.now()).await.unwrap() {
            Leased::Mine(order, lease) => (*order, lease),
            other => panic!("no lease: {other:?}"),
        }
    }

    pub(crate) async fn end(&self, id: OrderNumber, status: OrderStatus, why: &str) {
        end_order(&self.db.table, id, status, Some(why), self.clock.now()).await;
    }

    /// An attempt of a worker comes to nothing, and the next one is in two seconds.
    pub(crate) async fn fail(&self, id: OrderNumber, why: &str) {
        let (order, lease) = self.lease(id).await;
        let delay = Some(Duration::seconds(2));
        let attempt = FailedAttempt::new(self.clock.now(), why, delay);
        self.work().release_failed(&order, &lease, &(), &attempt).await.unwrap();
    }

    pub(crate) async fn mark_needs_intervention(&self, id: OrderNumber, why: &str) {
        let watchdog = DynamoWatchdog::new(self.db.table.clone());
        let order = watchdog.get(&id.to_string()).await.unwrap().unwrap();
        assert!(watchdog.mark_needs_intervention(&order, why, self.clock.now()).await.unwrap());
    }

    fn work(&self) -> DynamoWork {
        DynamoWork::new(self.db.table.clone(), Duration::minutes(5))
    }

    fn number(&self) -> OrderNumber {
        OrderNumber::generate(self.clock.now(), self.random.generate())
    }

    async fn placed(
        &self,
        number: OrderNumber,
        on: &Subscription,
        operation: Operation,
    ) -> ProvisioningOrder {
        let now = self.clock.now();
        let order = ProvisioningOrder::placed(number, on, operation, now, "trace-1".to_owned());
        let watchdog = Duration::minutes(5);
        let placing =
            Placing { order: &order, subscription: on, parent: None, watchdog, guard: None, now };
        let placed = DynamoPlacing::new(self.db.table.clone()).place(&placing).await.unwrap();
        assert_eq!(placed, Placed::Done);
        order
    }
}
