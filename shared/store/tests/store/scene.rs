//! A table with what the tests need in it.

use std::collections::BTreeMap;

use domain::{
    clock::{Clock, RandomSource},
    idempotency::{Audience, IdempotencyGuard, IdempotentRequest, StoredResponse},
    identity::Tenant,
    lease::Lease,
    order::Lifecycle,
    provisioning::{Decision, Operation, OrderNumber, OrderStatus, ProvisioningOrder},
    subscription::{
        Change, ChangeRequest, NewSubscription, OdbProfile, Subscription, SubscriptionId,
        SubscriptionRef,
    },
};
use store::{
    Authority, Committed, DynamoOrders, DynamoPlacing, DynamoPublisher, DynamoSubscriptions,
    DynamoWatchdog, DynamoWork, GuardedError, Leased, Placed, Placing, StoreError,
};
use testkit::{FixedClock, FixedRandom, TestTable, numbers};
use time::Duration;

pub(crate) const LEASE: Duration = Duration::seconds(90);
pub(crate) const WATCH: Duration = Duration::seconds(300);

/// What came of ending an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    Superseded,
}

impl<L> From<Committed<L>> for Ending {
    fn from(committed: Committed<L>) -> Self {
        match committed {
            Committed::Done(_) => Self::Done,
            Committed::Superseded => Self::Superseded,
        }
    }
}

pub(crate) struct Scene {
    pub(crate) db: TestTable,
    pub(crate) clock: FixedClock,
    pub(crate) random: FixedRandom,
    pub(crate) placing: DynamoPlacing,
    pub(crate) subscriptions: DynamoSubscriptions,
    pub(crate) orders: DynamoOrders,
    pub(crate) work: DynamoWork,
    pub(crate) watchdog: DynamoWatchdog,
    pub(crate) publisher: DynamoPublisher,
}

pub(crate) fn tenant(name: &str) -> Tenant {
    name.parse().unwrap()
}

pub(crate) fn by_sim(n: u64) -> SubscriptionRef {
    SubscriptionRef::Iccid(numbers::iccid(n))
}

pub(crate) fn by_number(n: u64) -> SubscriptionRef {
    SubscriptionRef::Msisdn(numbers::msisdn(n))
}

pub(crate) fn blocking() -> Change {
    Change { blocked: Some(true), ..Change::default() }
}

pub(crate) fn new_number(n: u64) -> Change {
    Change { msisdn: Some(numbers::msisdn(n)), ..Change::default() }
}

pub(crate) fn new_sim(n: u64) -> Change {
    Change { iccid: Some(numbers::iccid(n)), ..Change::default() }
}

/// What stores a response under a tenant's key.
pub(crate) fn guard(of: &str, key: &str, fingerprint: &str) -> IdempotencyGuard {
    let fingerprint = fingerprint.to_owned();
    let location = ("location".to_owned(), "/ecc/v1/orders/1".to_owned());
    let etag = ("etag".to_owned(), "\"1\"".to_owned());
    IdempotencyGuard {
        tenant: tenant(of),
        request: IdempotentRequest { key: key.parse().unwrap(), fingerprint: fingerprint.clone() },
        response: StoredResponse {
            fingerprint,
            status: 202,
            headers: BTreeMap::from([location, etag]),
            body: "{}".to_owned(),
            audience: Audience::Tenant,
        },
    }
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let db = TestTable::create().await;
        let table = db.table.clone();
        Self {
            clock: FixedClock::default(),
            random: FixedRandom::default(),
            placing: DynamoPlacing::new(table.clone()),
            subscriptions: DynamoSubscriptions::new(table.clone()),
            orders: DynamoOrders::new(table.clone()),
            work: DynamoWork::new(table.clone(), WATCH),
            watchdog: DynamoWatchdog::new(table.clone()),
            publisher: DynamoPublisher::new(table),
            db,
        }
    }

    pub(crate) fn number(&self) -> OrderNumber {
        OrderNumber::generate(self.clock.now(), self.random.generate())
    }

    /// A subscription with SIM and number `n`, not stored, and the order that creates it.
    pub(crate) fn creation(&self, of: &str, n: u64) -> (Subscription, ProvisioningOrder) {
        let order = self.number();
        let subscription = NewSubscription {
            iccid: numbers::iccid(n),
            msisdn: Some(numbers::msisdn(n)),
            imsi: Some(numbers::imsi(n)),
            odb_profile: OdbProfile::default(),
        }
        .into_subscription(
            SubscriptionId::new(self.clock.now(), &numbers::iccid(n)),
            tenant(of),
            order,
        );
        let order = self.order(&subscription, order, Operation::Create);
        (subscription, order)
    }

    pub(crate) fn order(
        &self,
        on: &Subscription,
        number: OrderNumber,
        operation: Operation,
    ) -> ProvisioningOrder {
        let now = self.clock.now();
        ProvisioningOrder::placed(number, on, operation, now, "correlation-1".to_owned())
    }

    pub(crate) async fn place(
        &self,
        order: &ProvisioningOrder,
        subscription: &Subscription,
    ) -> Result<Placed, GuardedError> {
        let now = self.clock.now();
        let placing =
            Placing { order, subscription, parent: None, watchdog: WATCH, guard: None, now };
        self.placing.place(&placing).await
    }

    pub(crate) async fn place_guarded(
        &self,
        order: &ProvisioningOrder,
        subscription: &Subscription,
        guard: &IdempotencyGuard,
    ) -> Result<Placed, GuardedError> {
        let now = self.clock.now();
        let guard = Some(guard);
        let placing = Placing { order, subscription, parent: None, watchdog: WATCH, guard, now };
        self.placing.place(&placing).await
    }

    /// A subscription that exists and is not locked.
    pub(crate) async fn existing(&self, of: &str, n: u64) -> Subscription {
        let (subscription, order) = self.creation(of, n);
        assert_eq!(self.place(&order, &subscription).await.unwrap(), Placed::Done);
        self.complete(order.id).await;
        self.publish(order.id).await;
        self.found(of, n).await
    }

    pub(crate) async fn found(&self, of: &str, n: u64) -> Subscription {
        let found = self.subscriptions.find(&tenant(of), &by_sim(n)).await.unwrap();
        found.expect("the subscription is there")
    }

    /// Places a change of a subscription that was read just now.
    pub(crate) async fn change(&self, on: &Subscription, change: Change) -> ProvisioningOrder {
        let change = on.difference(ChangeRequest::Values(Box::new(change))).unwrap();
        let order = self.order(on, self.number(), Operation::Change(Box::new(change)));
        assert_eq!(self.place(&order, on).await.unwrap(), Placed::Done);
        order
    }

    pub(crate) async fn leased(&self, id: OrderNumber) -> (ProvisioningOrder, Lease) {
        let owner = format!("worker-{}", self.random.generate());
        match self.work.lease(id, owner, LEASE, self.clock.now()).await.unwrap() {
            Leased::Mine(order, lease) => (*order, lease),
            other => panic!("no lease: {other:?}"),
        }
    }

    /// Ends an order as it was read.
    pub(crate) async fn end_as(
        &self,
        order: &ProvisioningOrder,
        by: Authority<'_>,
        status: OrderStatus,
    ) -> Result<Ending, StoreError> {
        let reason = (status == OrderStatus::Canceled).then(|| "refused".to_owned());
        let event = testkit::orders::ending(status);
        let decision = Decision { event, reason, by: "network".to_owned() };
        let applied = order.apply(decision, self.clock.now()).unwrap();
        Ok(Ending::from(self.work.commit(&applied, by, &()).await?))
    }

    pub(crate) async fn end(&self, id: OrderNumber, status: OrderStatus) {
        let (order, lease) = self.leased(id).await;
        let ended = self.end_as(&order, Authority::Worker(&lease), status).await;
        assert_eq!(ended.unwrap(), Ending::Done);
    }

    pub(crate) async fn complete(&self, id: OrderNumber) {
        self.end(id, OrderStatus::Completed).await;
    }

    /// Marks everything as published, without receivers.
    pub(crate) async fn publish(&self, id: OrderNumber) {
        let pending = self.publisher.pending(&id.to_string()).await.unwrap().unwrap();
        for change in pending.changes.chunks(1) {
            let published = self.publisher.publish(&pending, change, &[], self.clock.now()).await;
            assert!(published.unwrap());
        }
    }

    pub(crate) async fn status(&self, id: OrderNumber) -> OrderStatus {
        self.orders.get(id).await.unwrap().unwrap().status
    }

    /// How many items are stored, besides the counts of orders.
    pub(crate) async fn items(&self) -> usize {
        let all = self.db.direct.scan().table_name(&self.db.name).send().await.unwrap();
        let is_count = |pk: &str| pk.starts_with("RATE#");
        all.items().iter().filter(|item| !is_count(item["pk"].as_s().unwrap())).count()
    }
}
