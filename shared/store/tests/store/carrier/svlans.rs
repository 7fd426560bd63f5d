use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::carrier::{OrderHeader, OrderStatus, SvlanRange, SvlanRequest};
use futures::future::join_all;
use store::Granted;
use time::Duration;

use super::scene::{CarrierCommitted, Scene, answered, service};

const LEAST: u16 = SvlanRange::LEAST;
const GREATEST: u16 = SvlanRange::GREATEST;

fn range(first: u16, last: u16) -> SvlanRange {
    SvlanRange::new(first, last).unwrap()
}

#[tokio::test]
async fn no_s_vlan_is_claimed_for_an_order_that_was_taken_away() {
    let scene = Scene::new().await;
    let id = scene.placed("Verizon", "PO-1").await.order.header.id;
    let (order, lease) = scene.leased(&id).await;
    let cancelled = scene.step(&order, OrderStatus::Cancelled, None).await.unwrap();
    assert_eq!(cancelled, CarrierCommitted::Done);
    let stored = scene.items().await;
    for wish in [None, Some(range(100, 300))] {
        let request = scene.request("OVC-1", wish, 0);
        let granted = scene.svlans.grant(&order.order.header, &lease, &request).await.unwrap();
        assert_eq!(granted, Granted::Superseded);
    }
    assert_eq!(scene.items().await, stored);
}

#[tokio::test]
async fn of_64_orders_on_one_enni_none_overlap() {
    let scene = Scene::new().await;
    let mut workers = Vec::new();
    for n in 0..64_u64 {
        let id = scene.placed("Verizon", &format!("PO-{n}")).await.order.header.id;
        let (order, lease) = scene.leased(&id).await;
        // All begin to search at one of sixteen places.
        workers.push((order, lease, scene.request(&format!("OVC-{n}"), None, n % 16)));
    }
    let grants = workers.iter().map(async |(order, lease, request)| {
        match answered(|| scene.svlans.grant(&order.order.header, lease, request)).await {
            Granted::Range(range) => range.first(),
            other => panic!("{other:?}"),
        }
    });
    let granted = join_all(grants).await;
    assert_eq!(granted.iter().collect::<BTreeSet<_>>().len(), 64, "{granted:?}");
    // Asking again is asking once.
    let (order, lease, request) = &workers[9];
    let again = scene.svlans.grant(&order.order.header, lease, request).await.unwrap();
    assert_eq!(again, Granted::Range(SvlanRange::one(granted[9]).unwrap()));
}

#[tokio::test]
async fn a_range_is_taken_as_a_whole_or_not_at_all() {
    let scene = Scene::new().await;
    let (one, first) = scene.leased(&scene.placed("Verizon", "PO-1").await.order.header.id).await;
    let (other, second) =
        scene.leased(&scene.placed("Verizon", "PO-2").await.order.header.id).await;
    let wish = |ovc: &str, first, last| scene.request(ovc, Some(range(first, last)), 0);
    let request = wish("OVC-1", 100, 104);
    for _ in 0..2 {
        let granted = scene.svlans.grant(&one.order.header, &first, &request).await.unwrap();
        assert_eq!(granted, Granted::Range(range(100, 104)));
    }
    let stored = scene.items().await;
    let request = wish("OVC-2", 104, 106);
    let granted = scene.svlans.grant(&other.order.header, &second, &request).await.unwrap();
    assert_eq!(granted, Granted::Taken(104));
    assert_eq!(scene.items().await, stored);
}

#[tokio::test]
async fn an_enni_that_is_full_is_an_answer() {
    let scene = Scene::new().await;
    let (order, lease) = scene.leased(&scene.placed("Verizon", "PO-1").await.order.header.id).await;
    let text = |text: String| AttributeValue::S(text);
    // All but the last two, around the API: 4,092 transactions would test nothing more.
    let ids: Vec<u16> = (LEAST..=GREATEST - 2).collect();
    for chunk in ids.chunks(25) {
        let claims = chunk.iter().map(|id| {
            HashMap::from([
                ("pk".to_owned(), text("ENNI#Cox#ENNI-1".to_owned())),
                ("sk".to_owned(), text(format!("SVLAN#{id:04}"))),
                ("ovc".to_owned(), text(format!("OVC-OF-{id}"))),
                ("buyer".to_owned(), text("Sprint".to_owned())),
                ("order".to_owned(), text(format!("ORD-{id}"))),
            ])
        });
        scene.put_directly(claims).await;
    }
    let mut granted = BTreeSet::new();
    for n in 0..2 {
        let request = scene.request(&format!("OVC-{n}"), None, 2_000);
        match scene.svlans.grant(&order.order.header, &lease, &request).await.unwrap() {
            Granted::Range(range) => granted.extend(range.ids()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(granted, BTreeSet::from([GREATEST - 1, GREATEST]));
    let request = scene.request("OVC-3", None, 2_000);
    let one_more = scene.svlans.grant(&order.order.header, &lease, &request).await.unwrap();
    assert_eq!(one_more, Granted::Full);
}

#[tokio::test]
async fn an_s_vlan_is_freed_only_by_its_owner() {
    let scene = Scene::new().await;
    let (one, mine) = scene.leased(&scene.placed("Verizon", "PO-1").await.order.header.id).await;
    let (other, theirs) = scene.leased(&scene.placed("Sprint", "PO-1").await.order.header.id).await;
    // Both call their line by one name.
    let request = scene.request("OVC-1", Some(range(100, 104)), 0);
    let granted = scene.svlans.grant(&one.order.header, &mine, &request).await.unwrap();
    assert_eq!(granted, Granted::Range(range(100, 104)));
    let stored = scene.items().await;
    let rival = scene.svlans.grant(&other.order.header, &theirs, &request).await.unwrap();
    assert_eq!(rival, Granted::Taken(100));
    let ovc = service("OVC-1");
    for _ in 0..2 {
        assert!(scene.svlans.free_service(&other.order.header, &theirs, &ovc, &[]).await.unwrap());
        assert!(scene.svlans.free_claimed(&other.order.header, &theirs, &[]).await.unwrap());
    }
    assert_eq!(scene.items().await, stored);
    for _ in 0..2 {
        assert!(scene.svlans.free_claimed(&one.order.header, &mine, &[]).await.unwrap());
    }
    assert_eq!(scene.items().await, stored - 5);
}

#[tokio::test]
async fn a_cancelled_change_keeps_what_the_service_had_before() {
    let scene = Scene::new().await;
    let (install, lease) =
        scene.leased(&scene.placed("Verizon", "PO-1").await.order.header.id).await;
    let request = scene.request("OVC-1", Some(range(100, 101)), 0);
    scene.svlans.grant(&install.order.header, &lease, &request).await.unwrap();
    let (change, lease) =
        scene.leased(&scene.placed("Verizon", "PO-2").await.order.header.id).await;
    let wider = scene.request("OVC-1", Some(range(100, 250)), 0);
    let granted = scene.svlans.grant(&change.order.header, &lease, &wider).await.unwrap();
    assert_eq!(granted, Granted::Range(range(100, 250)));
    let stored = scene.items().await;
    assert!(scene.svlans.free_claimed(&change.order.header, &lease, &[]).await.unwrap());
    assert_eq!(scene.items().await, stored - 149);
}

#[tokio::test]
async fn the_end_of_a_service_frees_all_it_has_but_what_a_later_order_claimed() {
    let scene = Scene::new().await;
    let mut orders = Vec::new();
    for n in 1..=3 {
        scene.clock.advance(Duration::SECOND);
        let placed = scene.placed("Verizon", &format!("PO-{n}")).await;
        orders.push(scene.leased(&placed.order.header.id).await);
    }
    let at = |enni: &str, first, last| SvlanRequest {
        enni: service(enni),
        ..scene.request("OVC-1", Some(range(first, last)), 0)
    };
    for ((order, lease), request) in
        orders.iter().zip([at("ENNI-1", 100, 101), at("ENNI-2", 200, 299), at("ENNI-3", 300, 301)])
    {
        scene.svlans.grant(&order.order.header, lease, &request).await.unwrap();
    }
    let (stored, ovc) = (scene.items().await, service("OVC-1"));
    let (change, lease) = &orders[1];
    let kept = [(service("ENNI-2"), range(200, 299))];
    for _ in 0..2 {
        assert!(scene.svlans.free_service(&change.order.header, lease, &ovc, &kept).await.unwrap());
        assert_eq!(scene.items().await, stored - 2, "the ids of before");
    }
    assert!(scene.svlans.free_service(&change.order.header, lease, &ovc, &[]).await.unwrap());
    assert_eq!(scene.items().await, stored - 102, "a later order's ids are its own");
    let (last, lease) = &orders[2];
    assert!(scene.svlans.free_service(&last.order.header, lease, &ovc, &[]).await.unwrap());
    assert_eq!(scene.items().await, stored - 104);
}

#[tokio::test]
async fn a_late_worker_frees_nothing() {
    let scene = Scene::new().await;
    let id = scene.placed("Verizon", "PO-1").await.order.header.id;
    let (order, lost) = scene.leased(&id).await;
    let request = scene.request("OVC-1", Some(range(7, 8)), 0);
    scene.svlans.grant(&order.order.header, &lost, &request).await.unwrap();
    scene.clock.advance(Duration::seconds(91));
    scene.leased(&id).await;
    let stored = scene.items().await;
    assert!(!scene.svlans.free_claimed(&order.order.header, &lost, &[]).await.unwrap());
    assert_eq!(scene.items().await, stored);
}

#[tokio::test]
async fn what_was_claimed_for_a_replaced_version_is_freed_as_well() {
    let scene = Scene::new().await;
    let (order, lease) = scene.leased(&scene.placed("Verizon", "PO-1").await.order.header.id).await;
    let before = scene.items().await;
    let at = |enni: &str, ovc: &str| SvlanRequest {
        enni: service(enni),
        ..scene.request(ovc, Some(range(100, 104)), 0)
    };
    // Three versions of the document: another ENNI, another item.
    for request in [at("ENNI-1", "OVC-1"), at("ENNI-2", "OVC-1"), at("ENNI-3", "OVC-2")] {
        scene.svlans.grant(&order.order.header, &lease, &request).await.unwrap();
    }
    assert_eq!(scene.items().await, before + 15);
    let kept = [(service("ENNI-3"), range(100, 102))];
    for _ in 0..2 {
        assert!(scene.svlans.free_claimed(&order.order.header, &lease, &kept).await.unwrap());
        assert_eq!(scene.items().await, before + 3, "what the order keeps");
    }
    assert!(scene.svlans.free_claimed(&order.order.header, &lease, &[]).await.unwrap());
    assert_eq!(scene.items().await, before);
}

#[tokio::test]
async fn two_sellers_may_give_an_enni_the_same_name() {
    let scene = Scene::new().await;
    let (one, mine) = scene.leased(&scene.placed("Verizon", "PO-1").await.order.header.id).await;
    let (other, theirs) = scene.leased(&scene.placed("Sprint", "PO-1").await.order.header.id).await;
    let elsewhere = OrderHeader { seller: "AT&T".parse().unwrap(), ..other.order.header };
    let request = scene.request("OVC-1", Some(range(100, 104)), 0);
    for (header, lease) in [(&one.order.header, &mine), (&elsewhere, &theirs)] {
        let granted = scene.svlans.grant(header, lease, &request).await.unwrap();
        assert_eq!(granted, Granted::Range(range(100, 104)));
    }
    let stored = scene.items().await;
    assert!(scene.svlans.free_claimed(&elsewhere, &theirs, &[]).await.unwrap());
    assert_eq!(scene.items().await, stored - 5);
}
