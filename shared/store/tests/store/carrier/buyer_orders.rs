//! Orders that are kept at their Sellers elsewhere.

use domain::{
    carrier::{CarrierOrderEvent, Instruction, RequestOutcome},
    clock::Clock,
    order::Lifecycle,
};
use store::{DynamoWatchdog, NewNotification};

use super::scene::{CarrierCommitted, Scene};

impl Scene {
    /// Whether something waits to be forwarded to the Seller, as the order's item says it.
    async fn forwards(&self, id: &str) -> bool {
        let watchdog = DynamoWatchdog::new(self.db.table.clone());
        watchdog.get(id).await.unwrap().unwrap().has_work()
    }
}

#[tokio::test]
async fn what_waits_to_be_forwarded_is_stored_with_its_order() {
    let scene = Scene::new().await;
    let order = scene.order("Verizon", "PO-2").for_remote_seller(scene.clock.now());
    scene.place(&order).await.unwrap();
    let id = order.header.id.as_str();
    assert!(scene.forwards(id).await);
    let hold = CarrierOrderEvent::Requested { what: Instruction::Hold, view: None };
    let held = scene.commit(&order, hold, None).await.unwrap();
    assert_eq!(held, CarrierCommitted::Done);
    for number in [1, 2] {
        let order = scene.read(&order.header.id).await;
        let request = order.buyer_order.as_ref().unwrap().next().unwrap().clone();
        assert_eq!(request.number, number);
        let (sent, answer) = (order.header.version.clone(), RequestOutcome::Done(None));
        let answered = CarrierOrderEvent::SellerAnswered { request, sent, answer };
        let expected = order.apply(answered.clone(), scene.clock.now()).unwrap().into_order();
        let committed = scene.commit(&order, answered, None).await.unwrap();
        assert_eq!(committed, CarrierCommitted::Done);
        let stored = scene.read(&order.header.id).await;
        assert_eq!(
            (&stored.buyer_order, &stored.progress),
            (&expected.buyer_order, &expected.progress)
        );
        assert_eq!(scene.forwards(id).await, number == 1);
    }
}

#[tokio::test]
async fn a_notification_that_moves_nothing_is_kept_once() {
    let scene = Scene::new().await;
    let order = scene.placed("Verizon", "PO-1").await;
    let id = &order.header.id;
    for (body, kept) in [("first", true), ("second", false)] {
        let note = NewNotification { version: 7, body: body.to_owned(), pushed: false };
        assert_eq!(scene.work.keep(id, &note, None, scene.clock.now()).await.unwrap(), kept);
    }
    let (stored, kept) = scene.orders.with_notifications(id, false).await.unwrap().unwrap();
    assert_eq!((stored.revision, kept.len(), &*kept[0].body), (order.revision, 1, "first"));
}
