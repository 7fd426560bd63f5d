//! One order at a time.

use domain::{
    carrier::OrderStatus,
    ethernet::{
        EthernetSwitch as _, ServiceChange, Stamp, SwitchAim, SwitchDecision, SwitchSession as _,
        SwitchTask, SwitchWrite,
    },
    lease::Fence,
};
use lambda::sqs_batch::Outcome;
use ovs::{Ovs, port_of_enni, port_of_uni, service_key};
use serde_json::json;

use crate::{
    scene::{BUYER, SELLER, Scene, Worker, change, disconnection, installation, rate},
    switch,
};

const ENNI: &str = "ENNI-1";

/// The port of the UNI that an order installs, the UNI and the OVC.
fn ids(order: &str) -> (String, String, String) {
    let unique = order.trim_start_matches("ORD-");
    let (uni, ovc) = (format!("UNI-{unique}-02"), format!("OVC-{unique}-01"));
    (port_of_uni(&key(&uni)), uni, ovc)
}

fn key(id: &str) -> String {
    service_key(&SELLER.parse().unwrap(), &id.parse().unwrap())
}

async fn scene() -> (Scene, Worker) {
    let scene = Scene::start().await;
    let worker = scene.worker(&scene.address.ovsdb);
    (scene, worker)
}

/// Installs an Access EPL; its order.
async fn installed(scene: &Scene, worker: &Worker) -> String {
    let (id, _) = scene.placed("INSTALL", &installation(ENNI, &rate(100))).await;
    let order = worker.finish(scene, &id).await;
    assert_eq!(order.order.progress.status, OrderStatus::Completed);
    id
}

#[tokio::test]
async fn a_frame_carries_the_s_vlan_id_of_its_configuration_until_it_is_disconnected() {
    let (scene, worker) = scene().await;
    let id = installed(&scene, &worker).await;
    let (port, uni, ovc) = ids(&id);
    let svlan = scene.configured(&id).await;
    assert_eq!(switch::s_tag(&scene.address, &port), Some(svlan));
    assert_eq!(switch::interface(&scene.address, &port, "ingress_policing_rate"), "100000");
    assert_eq!(switch::interface(&scene.address, &port, "ingress_policing_burst"), "98");
    assert_eq!(scene.agrees(&[ENNI]).await, 1);
    // An untagged frame at the ENNI reaches nobody.
    assert_eq!(switch::trace(&scene.address, &port_of_enni(&key(ENNI))), "drop");

    let (end, _) = scene.placed("DISCONNECT", &disconnection(&[&ovc])).await;
    worker.finish(&scene, &end).await;
    assert_eq!(switch::s_tag(&scene.address, &port), None);
    assert_eq!(switch::interface(&scene.address, &port, "ingress_policing_rate"), "0");
    assert_eq!(scene.agrees(&[ENNI]).await, 0);

    let (end, _) = scene.placed("DISCONNECT", &disconnection(&[&uni])).await;
    worker.finish(&scene, &end).await;
    assert!(!switch::has_port(&scene.address, &port));
}

#[tokio::test]
async fn a_change_changes_the_frame_and_keeps_what_it_does_not_name() {
    let (scene, worker) = scene().await;
    let id = installed(&scene, &worker).await;
    let (port, uni, ovc) = ids(&id);
    let svlan = scene.configured(&id).await;
    let (faster, _) = scene.placed("CHANGE", &change(&ovc, &uni, ENNI, &rate(200))).await;
    worker.finish(&scene, &faster).await;
    assert_eq!(switch::interface(&scene.address, &port, "ingress_policing_rate"), "200000");
    assert_eq!(switch::s_tag(&scene.address, &port), Some(svlan));
    let range = json!({ "enniSvlanId": 3000, "enniSvlanIdLast": 3004 });
    let (other, _) = scene.placed("CHANGE", &change(&ovc, &uni, ENNI, &range)).await;
    worker.finish(&scene, &other).await;
    assert_eq!(switch::s_tag(&scene.address, &port), Some(3000));
    assert_eq!(switch::interface(&scene.address, &port, "ingress_policing_rate"), "200000");
    assert_eq!(scene.agrees(&[ENNI]).await, 5);
}

/// Works on an order until it is about to be finished: the next message writes to the switch.
async fn about_to_finish(scene: &Scene, worker: &Worker, id: &str) {
    while scene.order(id).await.order.progress.assignments.is_empty() {
        worker.work(id).await;
    }
}

#[tokio::test]
async fn a_cancelled_order_leaves_the_switch_as_it_was() {
    let (scene, worker) = scene().await;
    let first = installed(&scene, &worker).await;
    let (port, uni, ovc) = ids(&first);
    let svlan = scene.configured(&first).await;
    // The worker dies after its write, and the Buyer cancels.
    let range = json!({ "enniSvlanId": 3000 });
    let (id, _) = scene.placed("CHANGE", &change(&ovc, &uni, ENNI, &range)).await;
    about_to_finish(&scene, &worker, &id).await;
    worker.switch.die(3);
    assert!(worker.work(&id).await.is_none());
    assert_eq!(switch::s_tag(&scene.address, &port), Some(3000));
    let cancelled = scene.call("POST", &format!("/orders/{id}/cancel"), None).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    worker.wait();
    let order = worker.finish(&scene, &id).await;
    assert_eq!(order.order.progress.status, OrderStatus::Cancelled);
    assert_eq!(switch::s_tag(&scene.address, &port), Some(svlan));
    assert_eq!(scene.agrees(&[ENNI]).await, 1);
}

#[tokio::test]
async fn a_replaced_disconnection_gives_back_what_its_first_version_ended() {
    let (scene, worker) = scene().await;
    let (first, second) = (installed(&scene, &worker).await, installed(&scene, &worker).await);
    let (port, _, ovc) = ids(&first);
    let (other_port, _, other_ovc) = ids(&second);
    let svlan = scene.configured(&first).await;
    let (id, mut document) = scene.placed("DISCONNECT", &disconnection(&[&ovc])).await;
    assert!(matches!(worker.work(&id).await, Some(Outcome::Done)));
    worker.switch.die(3);
    assert!(worker.work(&id).await.is_none());
    assert_eq!(switch::s_tag(&scene.address, &port), None);
    document["buyerOrderVersion"] = json!("2");
    document["orderItems"] = json!(disconnection(&[&other_ovc]));
    let replaced = scene.call("PUT", &format!("/orders/{id}"), Some(&document)).await;
    assert_eq!(replaced.status, 200, "{}", replaced.body);
    worker.wait();
    let order = worker.finish(&scene, &id).await;
    assert_eq!(order.order.progress.status, OrderStatus::Completed);
    assert_eq!(switch::s_tag(&scene.address, &port), Some(svlan));
    assert_eq!(switch::s_tag(&scene.address, &other_port), None);
    assert_eq!(scene.agrees(&[ENNI]).await, 1);
}

#[tokio::test]
async fn what_was_changed_by_hand_is_for_a_person() {
    let (scene, worker) = scene().await;
    let first = installed(&scene, &worker).await;
    let (port, uni, ovc) = ids(&first);
    switch::change(&scene.address, &["set", "port", &port, "tag=3999"]);
    let (id, _) = scene.placed("CHANGE", &change(&ovc, &uni, ENNI, &rate(200))).await;
    let order = worker.finish(&scene, &id).await;
    let intervention = order.order.needs_intervention.unwrap();
    assert_eq!(intervention.why, "the switch differs: a UNI has another S-VLAN id");
    assert_eq!(order.order.progress.status, OrderStatus::InProgress);
    assert_eq!(switch::s_tag(&scene.address, &port), Some(3999), "not written over");
}

#[tokio::test]
async fn an_order_waits_for_a_switch_that_is_away_and_is_completed_when_it_forwards() {
    let (scene, worker) = scene().await;
    let (id, _) = scene.placed("INSTALL", &installation(ENNI, &json!({}))).await;
    about_to_finish(&scene, &worker, &id).await;
    scene.running.lock().await.kill();
    assert!(matches!(worker.work(&id).await, Some(Outcome::Retry(_))));
    assert_eq!(scene.order(&id).await.order.progress.status, OrderStatus::InProgress);
    scene.kill_switch().await;
    worker.wait();
    let order = worker.finish(&scene, &id).await;
    assert_eq!(order.order.progress.status, OrderStatus::Completed);
    let svlan = scene.configured(&id).await;
    assert_eq!(switch::s_tag(&scene.address, &ids(&id).0), Some(svlan));
    // The switch keeps it.
    scene.kill_switch().await;
    assert_eq!(switch::s_tag(&scene.address, &ids(&id).0), Some(svlan));
}

fn task(fence: u64, aim: SwitchAim) -> SwitchTask {
    let stamp =
        Stamp { order: "ORD-01HX000000000000000000000A".parse().unwrap(), fence: Fence(fence) };
    let (seller, buyer) = (SELLER.parse().unwrap(), BUYER.parse().unwrap());
    SwitchTask { seller, buyer, stamp, aim }
}

#[tokio::test]
async fn the_write_of_a_late_worker_fails() {
    let scene = Scene::start().await;
    let ovs = Ovs::new(scene.address.ovsdb.as_str());
    let uni: domain::carrier::ServiceId = "UNI-1".parse().unwrap();
    let aim = SwitchAim::Fulfil(vec![ServiceChange::Uni { uni: uni.clone() }]);
    let (mut late, mut next) = (ovs.open().await.unwrap(), ovs.open().await.unwrap());
    let old = task(1, aim.clone());
    let found = late.read(&old).await.unwrap();
    let SwitchDecision::Write(changes) = old.decide(&found) else { panic!("{found:?}") };
    // Each of what the next worker may do meanwhile: the same, or nothing but its stamp.
    for aim in [SwitchAim::Withdraw, aim] {
        let newer = task(2, aim);
        let found = next.read(&newer).await.unwrap();
        let SwitchDecision::Write(changes_) = newer.decide(&found) else { panic!("{found:?}") };
        assert_eq!(next.write(&newer, &changes_).await, Ok(SwitchWrite::Stored));
        assert_eq!(late.write(&old, &changes).await, Ok(SwitchWrite::Changed));
    }
    let found = late.read(&old).await.unwrap();
    assert_eq!(old.decide(&found), SwitchDecision::Superseded);
    assert!(switch::has_port(&scene.address, &port_of_uni(&key("UNI-1"))));
}
