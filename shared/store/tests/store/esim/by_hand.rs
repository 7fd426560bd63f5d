//! What a person does: ending a top-up, and putting a profile back.

use domain::{
    clock::Clock,
    esim::{EsimOperation, EsimOrderEvent, EsimOrderStatus, Fulfilment},
};
use store::{Authority, DynamoQuarantine, PlacedEsimOrder, ReleasedProfile, ReservedProfile};

use super::scene::{Scene, consumer, iccids};

#[tokio::test]
async fn a_profile_leaves_the_quarantine_it_was_seen_in_and_no_other() {
    let scene = Scene::new().await;
    scene.stock.import(&consumer(), &iccids(1)).await.unwrap();
    let quarantine = DynamoQuarantine::new(scene.db.table.clone());
    assert_eq!(quarantine.list().await.unwrap(), []);
    let given_up = async || {
        let (order, lease, reservation) = scene.reserved().await;
        let order = scene.take_another(&order, &lease, &reservation.iccid).await;
        (order, lease)
    };
    let (order, lease) = given_up().await;
    let seen = quarantine.list().await.unwrap().remove(0);
    assert_eq!((seen.order, &seen.profile_type), (order.id, &consumer()));
    assert_eq!(quarantine.find(&seen.iccid).await.unwrap().as_ref(), Some(&seen));
    let now = scene.clock.now();
    let release = async || quarantine.release(&seen, ("ann", "looked"), now).await.unwrap();
    assert_eq!(release().await, ReleasedProfile::Done);
    assert_eq!(release().await, ReleasedProfile::Superseded, "twice");
    assert_eq!(quarantine.find(&seen.iccid).await.unwrap(), None);
    // Another order gives it up as well: that is another matter, which nobody has looked at.
    let (other, _) = given_up().await;
    assert_eq!(release().await, ReleasedProfile::Superseded);
    assert_eq!(quarantine.list().await.unwrap()[0].order, other.id);
    assert_eq!(scene.reserve(&order, &lease).await, ReservedProfile::NoStock);
}

#[tokio::test]
async fn a_top_up_that_no_worker_got_done_is_completed_by_hand_from_its_start() {
    let scene = Scene::new().await;
    let (customer, esim) = scene.completed().await;
    let order = scene.order(EsimOperation::Topup { iccid: esim.iccid.clone() }, customer.id);
    assert_eq!(scene.place(&order, None, Some(&esim)).await, PlacedEsimOrder::Done);
    let (order, lease) = scene.leased(order.id).await;
    let by_hand = || EsimOrderEvent::CompletedByHand { by: "ann".to_owned() };
    let ended = scene.commit(&order, Authority::Operator, by_hand()).await.unwrap();
    assert_eq!(ended, None, "a worker has it");
    let now = scene.clock.now();
    scene.work.mark_needs_intervention(&order, &lease, "nobody knows", now).await.unwrap();
    let order = scene.orders.get(order.id).await.unwrap().unwrap();
    let ended = scene.commit(&order, Authority::Operator, by_hand()).await.unwrap();
    assert!(ended.is_some());
    let stored = scene.orders.get(order.id).await.unwrap().unwrap();
    assert_eq!(stored.fulfilment, Fulfilment::PlanAdded { profile: None });
    assert_eq!((stored.needs_intervention.as_ref(), stored.output().is_some()), (None, true));
    let went: Vec<_> =
        stored.history.iter().map(|change| (change.status, change.decided_by())).collect();
    let through = [EsimOrderStatus::Fulfilling, EsimOrderStatus::Completed];
    assert_eq!(went, through.map(|status| (status, "ann")));
    let now = scene.esim(&esim.iccid).await;
    assert_eq!((now.outstanding_order, now.plans.len()), (None, 2));
}
