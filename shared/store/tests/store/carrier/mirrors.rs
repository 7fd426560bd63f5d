//! Orders that are kept at their Sellers elsewhere.

use domain::{
    carrier::{Heard, Instruction, SellersAnswer},
    clock::Clock,
};
use store::{CarrierCommit, CarrierCommitted, CarrierDue, NewNotification};

use super::scene::Scene;

impl Scene {
    /// Whether the order's item says that something waits to be passed on.
    async fn passing(&self, id: &str) -> Option<bool> {
        let get = self.db.direct.get_item().table_name(&self.db.name);
        let key = |value: &str| serde_dynamo::to_attribute_value(value).unwrap();
        let get = get.key("pk", key(&format!("ORDER#{id}"))).key("sk", key("ORDER"));
        let item = get.send().await.unwrap().item.unwrap();
        item.get("passing").map(|passing| *passing.as_bool().unwrap())
    }
}

#[tokio::test]
async fn what_waits_to_be_passed_on_is_stored_with_its_order() {
    let scene = Scene::new().await;
    let ours = scene.placed("Verizon", "PO-1").await;
    assert_eq!(scene.passing(ours.header.id.as_str()).await, None);
    let order = scene.order("Verizon", "PO-2").mirrored(scene.clock.now());
    scene.place(&order).await.unwrap();
    let id = order.header.id.as_str();
    assert_eq!(scene.passing(id).await, Some(true));
    let mut order = scene.read(&order.header.id).await;
    let mirror = order.mirror.take().unwrap();
    let wished = mirror.pass_on(&order.progress, Instruction::Hold, scene.clock.now());
    let Heard { mirror, progress } = wished.unwrap();
    (order.mirror, order.progress) = (Some(mirror), progress);
    for number in [1, 2] {
        let mirror = order.mirror.take().unwrap();
        let wish = mirror.next().unwrap().clone();
        assert_eq!(wish.number, number);
        let now = scene.clock.now();
        let answer = SellersAnswer::Done(None);
        let heard = mirror.answered(&order.progress, &wish, &order.header.version, answer, now);
        (order.mirror, order.progress) = (Some(heard.mirror), heard.progress);
        let commit = CarrierCommit {
            order: &order,
            document: None,
            notifications: &[],
            due: CarrierDue { work: None, telling: now },
            once: None,
            now,
            lease: None,
        };
        assert_eq!(scene.work.commit(&commit).await.unwrap(), CarrierCommitted::Done);
        let stored = scene.read(&order.header.id).await;
        assert_eq!((&stored.mirror, &stored.progress), (&order.mirror, &order.progress));
        assert_eq!(scene.passing(id).await, Some(number == 1));
        order = stored;
    }
}

#[tokio::test]
async fn a_notification_that_moves_nothing_is_kept_once() {
    let scene = Scene::new().await;
    let order = scene.placed("Verizon", "PO-1").await;
    let id = &order.header.id;
    for body in ["first", "second"] {
        let note = NewNotification { version: 7, body: body.to_owned(), pushed: false };
        scene.work.keep(id, &note).await.unwrap();
    }
    let (stored, kept) = scene.orders.with_notifications(id, false).await.unwrap().unwrap();
    assert_eq!((stored.revision, kept.len(), &*kept[0].body), (order.revision, 1, "first"));
}
