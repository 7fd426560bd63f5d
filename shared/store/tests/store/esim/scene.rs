//! A table with eSIM orders in it.

use domain::{
    clock::{Clock, RandomSource},
    esim::{
        ActivationDate, Customer, CustomerDetails, CustomerId, Device, DeviceType, Esim,
        EsimOperation, EsimOrder, EsimOrderDetails, EsimOrderEvent, EsimOrderId, Failure,
        Fulfilment, MatchingId, PlanRequest, ProfileFate, ProfileType, Reservation,
    },
    identity::Tenant,
    lease::Lease,
    numbering::Iccid,
    order::Lifecycle,
};
use store::{
    Authority, Committed, DynamoCustomers, DynamoEsimOrders, DynamoEsimWork, DynamoStock,
    EsimPlacing, Leased, PlacedEsimOrder, ReservedProfile, StoreError,
};
use testkit::{FixedClock, FixedRandom, TestTable};
use time::Duration;

pub(crate) const LEASE: Duration = Duration::seconds(90);
pub(crate) const WATCH: Duration = Duration::seconds(300);

pub(crate) struct Scene {
    pub(crate) db: TestTable,
    pub(crate) clock: FixedClock,
    pub(crate) random: FixedRandom,
    pub(crate) orders: DynamoEsimOrders,
    pub(crate) work: DynamoEsimWork,
    pub(crate) stock: DynamoStock,
}

pub(crate) fn tenant() -> Tenant {
    "t".parse().unwrap()
}

pub(crate) fn consumer() -> ProfileType {
    "consumer".parse().unwrap()
}

/// ICCIDs of 20 digits with check digits.
pub(crate) fn iccids(count: usize) -> Vec<Iccid> {
    (0..count * 10).filter_map(|n| format!("8946117771{n:010}").parse().ok()).take(count).collect()
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let db = TestTable::create().await;
        let table = db.table.clone();
        Self {
            clock: FixedClock::default(),
            random: FixedRandom::default(),
            orders: DynamoEsimOrders::new(table.clone()),
            work: DynamoEsimWork::new(table.clone(), WATCH),
            stock: DynamoStock::new(table),
            db,
        }
    }

    pub(crate) fn order(&self, operation: EsimOperation, customer: CustomerId) -> EsimOrder {
        let now = self.clock.now();
        let new = operation == EsimOperation::NewEsim;
        EsimOrder {
            customer,
            profile_type: new.then(consumer),
            ..testkit::esim_order(details(operation), &self.random, now)
        }
    }

    pub(crate) fn customer(&self) -> Customer {
        let id = CustomerId::generate(self.clock.now(), &self.random);
        Customer { id, tenant: tenant(), details: person() }
    }

    pub(crate) async fn place(
        &self,
        order: &EsimOrder,
        customer: Option<&Customer>,
        esim: Option<&Esim>,
    ) -> PlacedEsimOrder {
        let now = self.clock.now();
        let placing =
            EsimPlacing { order, customer, esim, parent: None, watchdog: WATCH, guard: None, now };
        self.orders.place(&placing).await.unwrap()
    }

    pub(crate) async fn placed(&self) -> EsimOrder {
        let order = self.order(EsimOperation::NewEsim, CustomerId(uuid::Uuid::nil()));
        assert_eq!(self.place(&order, None, None).await, PlacedEsimOrder::Done);
        order
    }

    pub(crate) async fn leased(&self, id: EsimOrderId) -> (EsimOrder, Lease) {
        let owner = format!("w{}", self.random.generate());
        match self.work.lease(id, owner, LEASE, self.clock.now()).await.unwrap() {
            Leased::Mine(order, lease) => (*order, lease),
            other => panic!("no lease: {other:?}"),
        }
    }

    pub(crate) async fn reserve(&self, order: &EsimOrder, lease: &Lease) -> ReservedProfile {
        let matching = MatchingId::generate(&self.random);
        let kind = (&consumer(), 0);
        self.work.reserve(order, lease, kind, &matching, self.clock.now()).await.unwrap()
    }

    pub(crate) async fn reserved(&self) -> (EsimOrder, Lease, Reservation) {
        let (order, lease) = self.leased(self.placed().await.id).await;
        let ReservedProfile::Mine(order) = self.reserve(&order, &lease).await else {
            panic!("not reserved")
        };
        let reservation = order.fulfilment.reservation().unwrap().clone();
        (*order, lease, reservation)
    }

    /// Commits an event; the order as it is then, if it was.
    pub(crate) async fn commit(
        &self,
        order: &EsimOrder,
        by: Authority<'_>,
        event: EsimOrderEvent,
    ) -> Result<Option<EsimOrder>, StoreError> {
        let applied = order.apply(event, self.clock.now()).unwrap();
        Ok(match self.work.commit(&applied, by, &()).await? {
            Committed::Done(order) => Some(*order),
            Committed::Superseded => None,
        })
    }

    pub(crate) async fn advance(
        &self,
        order: &EsimOrder,
        lease: &Lease,
        step: Fulfilment,
    ) -> EsimOrder {
        let step = EsimOrderEvent::Advanced(step);
        let order = self.commit(order, Authority::Worker(lease), step).await.unwrap();
        order.expect("not superseded")
    }

    /// Whether an order could be completed.
    pub(crate) async fn complete(&self, order: &EsimOrder, lease: &Lease) -> bool {
        let (by, event) = (Authority::Worker(lease), EsimOrderEvent::Completed);
        self.commit(order, by, event).await.unwrap().is_some()
    }

    /// Whether an order could be ended without effect.
    pub(crate) async fn fail(
        &self,
        order: &EsimOrder,
        lease: &Lease,
        failure: &Failure,
        profile: Option<(Iccid, ProfileFate)>,
    ) -> Result<bool, StoreError> {
        let event = EsimOrderEvent::Failed { failure: failure.clone(), profile, by: None };
        Ok(self.commit(order, Authority::Worker(lease), event).await?.is_some())
    }

    /// Gives a profile up.
    pub(crate) async fn take_another(
        &self,
        order: &EsimOrder,
        lease: &Lease,
        quarantined: &Iccid,
    ) -> EsimOrder {
        let then = Fulfilment::NotStarted { replaced: 1 };
        let event = EsimOrderEvent::ProfileReplaced { quarantined: quarantined.clone(), then };
        let order = self.commit(order, Authority::Worker(lease), event).await.unwrap();
        order.expect("not superseded")
    }

    /// A customer with one eSIM, by way of an order.
    pub(crate) async fn completed(&self) -> (Customer, Esim) {
        self.stock.import(&consumer(), &iccids(1)).await.unwrap();
        let customer = self.customer();
        let order = self.order(EsimOperation::NewEsim, customer.id);
        assert_eq!(self.place(&order, Some(&customer), None).await, PlacedEsimOrder::Done);
        let (order, lease) = self.leased(order.id).await;
        let ReservedProfile::Mine(order) = self.reserve(&order, &lease).await else {
            panic!("not reserved")
        };
        let reservation = order.fulfilment.reservation().unwrap().clone();
        let host = "smdp.example".parse().unwrap();
        let step = Fulfilment::PlanAdded { profile: Some((reservation, host)) };
        let order = self.advance(&order, &lease, step).await;
        assert!(self.complete(&order, &lease).await);
        let known = DynamoCustomers::new(self.db.table.clone());
        let known = known.find(&tenant(), &person().email).await.unwrap().unwrap();
        assert_eq!(known.customer, customer);
        (known.customer, known.esims.into_iter().next().unwrap())
    }

    pub(crate) async fn esim(&self, iccid: &domain::esim::EsimIccid) -> Esim {
        let details = details(EsimOperation::Topup { iccid: iccid.clone() });
        self.orders.known_for(&tenant(), &details).await.unwrap().esim.unwrap()
    }
}

pub(crate) fn person() -> CustomerDetails {
    CustomerDetails {
        email: "john@doe.com".parse().unwrap(),
        first_name: None,
        last_name: None,
        language: None,
        country_of_residence: None,
    }
}

pub(crate) fn details(operation: EsimOperation) -> EsimOrderDetails {
    let now = FixedClock::default().now();
    EsimOrderDetails {
        operation,
        country: "PT".parse().unwrap(),
        customer: person(),
        device: Device {
            kind: DeviceType::Ios,
            id: None,
            model: None,
            make: None,
            eid: Some("89049032123451234512345678901235".parse().unwrap()),
        },
        plans: vec![PlanRequest {
            product: "P".parse().unwrap(),
            activation: ActivationDate::immediate(now),
            money: None,
        }],
    }
}
