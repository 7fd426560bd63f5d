//! A table with carrier orders in it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, Select, WriteRequest};
use domain::{
    carrier::{
        AnyCarrierOrder, BuyerOrder, BuyerOrderEvent, CarrierDate, CarrierOrder, DesiredResponses,
        Event, ItemReference, OrderHeader, OrderId, OrderProgress, OrderStatus, SellerOrder,
        SellerOrderEvent, ServiceId, Side, SvlanRange, SvlanRequest,
    },
    clock::{Clock, rfc3339},
    failure::Retryable,
    lease::Lease,
    order::Lifecycle,
};
use store::{
    Authority, CarrierCommit, CarrierPlacing, Committed, DynamoBuyerWork, DynamoCarrierOrders,
    DynamoSellerWork, DynamoSvlans, GuardedError, Leased, NewNotification, PlacedCarrierOrder,
    StoreError,
};
use testkit::{FixedClock, FixedRandom, TestTable};
use time::Duration;

pub(super) const DOCUMENT: &str = r#"{"projectId":"å","n":1.0}"#;
const LEASE: Duration = Duration::seconds(90);

/// What came of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CarrierCommitted {
    Done,
    Superseded,
}

impl<L> From<Committed<L>> for CarrierCommitted {
    fn from(committed: Committed<L>) -> Self {
        match committed {
            Committed::Done(_) => Self::Done,
            Committed::Superseded => Self::Superseded,
        }
    }
}

pub(super) struct Scene {
    pub(super) db: TestTable,
    pub(super) clock: FixedClock,
    pub(super) orders: DynamoCarrierOrders,
    pub(super) work: DynamoSellerWork,
    pub(super) bought: DynamoBuyerWork,
    pub(super) svlans: DynamoSvlans,
    random: FixedRandom,
}

pub(super) fn service(text: &str) -> ServiceId {
    text.parse().unwrap()
}

pub(super) fn item() -> ItemReference {
    "01".parse().unwrap()
}

/// Told with a step.
pub(super) fn told(version: u32) -> NewNotification {
    NewNotification { version, body: format!(r#"{{"n":{version}}}"#), pushed: true }
}

/// Asks again while the table is too busy, as callers do: 64 at once are many for one machine.
pub(super) async fn answered<T, E: Retryable, F: Future<Output = Result<T, E>>>(
    ask: impl Fn() -> F,
) -> T {
    loop {
        match ask().await {
            Err(error) if error.retryable() => {}
            answer => return answer.unwrap(),
        }
    }
}

impl Scene {
    pub(super) async fn new() -> Self {
        let db = TestTable::create().await;
        let table = db.table.clone();
        Self {
            clock: FixedClock::default(),
            random: FixedRandom::default(),
            orders: DynamoCarrierOrders::new(table.clone()),
            work: DynamoSellerWork::new(table.clone(), Duration::ZERO),
            bought: DynamoBuyerWork::new(table.clone(), Duration::ZERO),
            svlans: DynamoSvlans::new(table),
            db,
        }
    }

    /// An order that is not stored yet.
    pub(super) fn order(&self, buyer: &str, pon: &str) -> SellerOrder {
        SellerOrder::new(self.common(buyer, pon))
    }

    /// One of a Buyer here at a remote Seller.
    pub(super) fn buyers(&self, pon: &str) -> BuyerOrder {
        BuyerOrder::new(self.common("Verizon", pon), self.clock.now())
    }

    fn common(&self, buyer: &str, pon: &str) -> CarrierOrder {
        let event = Event::Accepted { warnings: Vec::new() };
        let now = self.clock.now();
        let progress = OrderProgress::place(vec![item()], event, now).unwrap().progress;
        let header = OrderHeader {
            id: OrderId::new(now, &self.random),
            buyer: buyer.parse().unwrap(),
            seller: "Cox".parse().unwrap(),
            pon: pon.parse().unwrap(),
            version: "1".parse().unwrap(),
            project: None,
            requested_completion: CarrierDate::read("2027-01-01"),
            desired: DesiredResponses::None,
        };
        CarrierOrder::new(header, progress, "correlation-1".to_owned(), self.clock.now())
    }

    pub(super) async fn place(
        &self,
        order: &SellerOrder,
    ) -> Result<PlacedCarrierOrder, GuardedError> {
        self.place_any(&AnyCarrierOrder::Seller(order.clone())).await
    }

    pub(super) async fn place_any(
        &self,
        order: &AnyCarrierOrder,
    ) -> Result<PlacedCarrierOrder, GuardedError> {
        let now = self.clock.now();
        let placing = CarrierPlacing {
            order,
            tenant: None,
            document: DOCUMENT,
            notifications: &[],
            seller: &None,
            watchdog: Duration::ZERO,
            listed_at: now,
            guard: None,
            now,
        };
        self.orders.place(&placing).await
    }

    /// An order that is stored.
    pub(super) async fn placed(&self, buyer: &str, pon: &str) -> SellerOrder {
        let order = self.order(buyer, pon);
        assert_eq!(self.place(&order).await.unwrap(), PlacedCarrierOrder::Done);
        order
    }

    /// A Buyer's order that is stored.
    pub(super) async fn bought(&self, pon: &str) -> BuyerOrder {
        let order = self.buyers(pon);
        let placed = self.place_any(&AnyCarrierOrder::Buyer(order.clone())).await;
        assert_eq!(placed.unwrap(), PlacedCarrierOrder::Done);
        order
    }

    pub(super) async fn read_bought(&self, id: &OrderId) -> BuyerOrder {
        self.bought.orders().get(id).await.unwrap().expect("the order is there")
    }

    pub(super) async fn read(&self, id: &OrderId) -> SellerOrder {
        self.work.orders().get(id).await.unwrap().expect("the order is there")
    }

    pub(super) async fn leased(&self, id: &OrderId) -> (SellerOrder, Lease) {
        let owner = uuid::Uuid::now_v7().to_string();
        match self.work.lease(id, owner, LEASE, self.clock.now()).await.unwrap() {
            Leased::Mine(order, lease) => (*order, lease),
            other => panic!("no lease: {other:?}"),
        }
    }

    /// Commits the event that leads to another status, or one that leaves it.
    pub(super) async fn step(
        &self,
        order: &SellerOrder,
        to: OrderStatus,
        lease: Option<&Lease>,
    ) -> Result<CarrierCommitted, StoreError> {
        let event = match (order.order.progress.status, to) {
            (from, to) if from == to => Event::DateAtRisk { expected: None, messages: vec![] },
            (OrderStatus::Acknowledged, OrderStatus::InProgress) => Event::TreatmentStarted,
            (OrderStatus::Held, _) => Event::Released { by: Side::Buyer },
            (_, OrderStatus::Held) => {
                Event::Held { by: Side::Buyer, expected: None, messages: vec![] }
            }
            (_, OrderStatus::Cancelled) => Event::CancelledByBuyer { who: "B".to_owned() },
            (_, OrderStatus::Completed) => Event::Finished { failed: vec![], completion: None },
            other => panic!("{other:?}"),
        };
        self.commit(order, SellerOrderEvent::Happened(vec![event]), lease).await
    }

    /// Commits an event with the notifications it causes.
    pub(super) async fn commit(
        &self,
        order: &SellerOrder,
        event: SellerOrderEvent,
        lease: Option<&Lease>,
    ) -> Result<CarrierCommitted, StoreError> {
        let applied = order.apply(event, self.clock.now()).unwrap();
        let told_of = applied.effect().iter();
        let notifications: Vec<_> = told_of.map(|new| told(new.version)).collect();
        let commit = CarrierCommit {
            applied: &applied,
            document: None,
            notifications: &notifications,
            by: lease.map_or(Authority::Party, Authority::Worker),
            context: &None,
        };
        Ok(self.work.commit_with_texts(&commit).await?.into())
    }

    /// Commits an event of a Buyer's order.
    pub(super) async fn commit_bought(
        &self,
        order: &BuyerOrder,
        event: BuyerOrderEvent,
    ) -> CarrierCommitted {
        let applied = order.apply(event, self.clock.now()).unwrap();
        let commit = CarrierCommit {
            applied: &applied,
            document: None,
            notifications: &[],
            by: Authority::Party,
            context: &None,
        };
        self.bought.commit_with_texts(&commit).await.unwrap().into()
    }

    /// How many items are stored, besides the counts of orders.
    pub(super) async fn items(&self) -> usize {
        let scan = self.db.direct.scan().table_name(&self.db.name);
        let scan = scan.filter_expression("NOT begins_with(pk, :rate)");
        let scan = scan.expression_attribute_values(":rate", AttributeValue::S("RATE#".to_owned()));
        let count = scan.select(Select::Count).send().await.unwrap();
        usize::try_from(count.count()).unwrap()
    }

    /// Puts at most 25 items around the API.
    pub(super) async fn put_directly(
        &self,
        items: impl IntoIterator<Item = HashMap<String, AttributeValue>>,
    ) {
        let puts = items.into_iter().map(|item| {
            let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        });
        let write = self.db.direct.batch_write_item();
        let write = write.request_items(&self.db.name, puts.collect()).send().await.unwrap();
        assert!(write.unprocessed_items.is_none_or(|rest| rest.is_empty()));
    }

    /// Puts as many orders like this one around the API: placing them one by one takes long.
    pub(super) async fn copies_of(&self, order: &SellerOrder, count: usize) {
        let id = order.order.header.id.as_str();
        let text = |text: String| AttributeValue::S(text);
        let mut items = Vec::new();
        for sk in ["ORDER", "BODY"] {
            let get = self.db.direct.get_item().table_name(&self.db.name);
            let get = get.key("pk", text(format!("ORDER#{id}"))).key("sk", text(sk.to_owned()));
            items.push(get.send().await.unwrap().item.unwrap());
        }
        let copies: Vec<_> = (0..count)
            .flat_map(|_| {
                let id = OrderId::new(self.clock.now(), &self.random);
                let place = format!("{}#{id}", rfc3339(self.clock.now()));
                items.clone().into_iter().map(move |mut item| {
                    item.insert("pk".to_owned(), text(format!("ORDER#{id}")));
                    item.insert("ownerSort".to_owned(), text(place.clone()));
                    item
                })
            })
            .collect();
        for chunk in copies.chunks(25) {
            self.put_directly(chunk.to_vec()).await;
        }
    }

    /// A request for any one id, or for these.
    pub(super) fn request(&self, ovc: &str, wish: Option<SvlanRange>, spread: u64) -> SvlanRequest {
        SvlanRequest {
            item: item(),
            ovc: service(ovc),
            enni: service("ENNI-1"),
            uni: None,
            wish,
            spread,
        }
    }
}
