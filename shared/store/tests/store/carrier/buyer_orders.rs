//! Orders of Buyers here at remote Sellers.

use domain::{
    carrier::{
        AnyCarrierOrder, BuyerOrder, BuyerOrderEvent, Instruction, OrderStatus, RequestOutcome,
        SellerUpdate,
    },
    clock::Clock,
    order::Lifecycle,
};
use store::{CommittedNotification, DynamoWatchdog, Leased, ReceivedNotification};
use time::Duration;

use super::scene::{CarrierCommitted, Scene};

impl Scene {
    /// Whether something waits to be forwarded to the Seller, as the order's item says it.
    async fn forwards(&self, id: &str) -> bool {
        let watchdog = DynamoWatchdog::new(self.db.table.clone());
        watchdog.get(id).await.unwrap().unwrap().has_work()
    }

    /// Stores a notification of the Seller, with the status that the order comes to.
    async fn notified(
        &self,
        order: &BuyerOrder,
        received: &ReceivedNotification,
        to: OrderStatus,
    ) -> CommittedNotification {
        let event = BuyerOrderEvent::StatusReported(Box::new(SellerUpdate::of(to)));
        let applied = order.apply(event, self.clock.now()).unwrap();
        self.bought.commit_notification(&applied, received, None).await.unwrap()
    }

    /// The texts of an order's notifications, oldest first.
    async fn notifications(&self, order: &BuyerOrder) -> Vec<String> {
        let id = &order.order.header.id;
        let all = self.orders.notifications(id, None, 100).await.unwrap().items;
        all.into_iter().map(|stored| stored.body).collect()
    }
}

fn received(version: Option<u32>, body: &str) -> ReceivedNotification {
    ReceivedNotification { version, body: body.to_owned() }
}

#[tokio::test]
async fn what_waits_to_be_forwarded_is_stored_with_its_order() {
    let scene = Scene::new().await;
    let order = scene.bought("PO-2").await;
    let id = &order.order.header.id;
    assert!(scene.forwards(id.as_str()).await);
    let cancel = Instruction::Cancel { reason: Some("no need".to_owned()) };
    let requested = BuyerOrderEvent::Requested { what: cancel, view: None };
    assert_eq!(scene.commit_bought(&order, requested).await, CarrierCommitted::Done);
    for number in [1, 2] {
        let order = scene.read_bought(id).await;
        let request = order.next().unwrap().clone();
        assert_eq!(request.number, number);
        let (sent, answer) = (order.order.header.version.clone(), RequestOutcome::Done(None));
        let answered = BuyerOrderEvent::Answered { request, sent, answer };
        let expected = order.apply(answered.clone(), scene.clock.now()).unwrap().into_order();
        assert_eq!(scene.commit_bought(&order, answered).await, CarrierCommitted::Done);
        assert_eq!(scene.read_bought(id).await, expected);
        assert_eq!(scene.forwards(id.as_str()).await, number == 1);
    }
}

#[tokio::test]
async fn an_order_is_read_as_of_its_side_only() {
    let scene = Scene::new().await;
    let bought = scene.bought("PO-1").await;
    let sold = scene.placed("Verizon", "PO-2").await;
    let (theirs, ours) = (&bought.order.header.id, &sold.order.header.id);
    assert_eq!(scene.work.orders().get(theirs).await.unwrap(), None);
    assert_eq!(scene.bought.orders().get(ours).await.unwrap(), None);
    let lease = |id| scene.bought.lease(id, "one".to_owned(), Duration::MINUTE, scene.clock.now());
    assert_eq!(lease(ours).await.unwrap(), Leased::Absent);
    assert!(matches!(lease(theirs).await.unwrap(), Leased::Mine(..)));
    let either = scene.orders.get(ours).await.unwrap();
    assert_eq!(either, Some(AnyCarrierOrder::Seller(sold)));
}

#[tokio::test]
async fn a_notification_that_moves_nothing_is_kept_once() {
    let scene = Scene::new().await;
    let order = scene.bought("PO-1").await;
    for (body, kept) in [("first", true), ("second", false)] {
        let note = received(Some(7), body);
        assert_eq!(scene.bought.keep(&order, &note, None, scene.clock.now()).await.unwrap(), kept);
    }
    let stored = scene.read_bought(&order.order.header.id).await;
    assert_eq!(stored.revision(), order.revision());
    assert_eq!(scene.notifications(&order).await, ["first"]);
}

#[tokio::test]
async fn a_number_that_was_kept_does_not_stop_what_a_notification_moves() {
    let scene = Scene::new().await;
    let order = scene.bought("PO-1").await;
    let note = received(Some(7), "kept");
    assert!(scene.bought.keep(&order, &note, None, scene.clock.now()).await.unwrap());
    let other = received(Some(7), "moves");
    let done = scene.notified(&order, &other, OrderStatus::InProgress).await;
    assert!(matches!(done, CommittedNotification::Done(_)), "{done:?}");
    let stored = scene.read_bought(&order.order.header.id).await;
    assert_eq!(stored.status(), OrderStatus::InProgress);
    assert_eq!(scene.notifications(&order).await, ["kept"]);
}

#[tokio::test]
async fn notifications_without_numbers_are_stored_once_each_and_in_their_order() {
    let scene = Scene::new().await;
    let order = scene.bought("PO-1").await;
    let id = &order.order.header.id;
    let keep = async |version, body| {
        scene.clock.advance(Duration::milliseconds(1));
        let (order, now) = (scene.read_bought(id).await, scene.clock.now());
        scene.bought.keep(&order, &received(version, body), None, now).await.unwrap()
    };
    assert!(keep(Some(1), "1").await && keep(None, "c").await && keep(None, "a").await);
    scene.clock.advance(Duration::milliseconds(1));
    let (order, next) = (scene.read_bought(id).await, received(None, "b"));
    let done = scene.notified(&order, &next, OrderStatus::InProgress).await;
    assert!(matches!(done, CommittedNotification::Done(_)), "{done:?}");
    let order = scene.read_bought(id).await;
    for (known, to) in [("b", OrderStatus::Held), ("c", OrderStatus::Completed)] {
        let again = scene.notified(&order, &received(None, known), to).await;
        assert_eq!(again, CommittedNotification::Repeated);
        assert!(!keep(None, known).await);
    }
    assert_eq!(scene.read_bought(id).await.status(), OrderStatus::InProgress);
    assert!(keep(Some(2), "2").await);
    // None of them has taken a number of the Seller.
    assert_eq!(scene.notifications(&order).await, ["c", "a", "b", "1", "2"]);
    let latest = scene.orders.latest_notification(id).await.unwrap().unwrap().1;
    assert_eq!(latest.unwrap().body, "2");
    let mut paged = scene.orders.notifications(id, None, 2).await.unwrap();
    let mut bodies: Vec<_> = std::mem::take(&mut paged.items);
    while let Some(next) = paged.next {
        paged = scene.orders.notifications(id, Some(&next), 2).await.unwrap();
        bodies.append(&mut paged.items);
    }
    let bodies: Vec<_> = bodies.iter().map(|note| &*note.body).collect();
    assert_eq!(bodies, ["c", "a", "b", "1", "2"]);
}
