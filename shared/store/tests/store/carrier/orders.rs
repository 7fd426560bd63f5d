use std::sync::Arc;

use domain::{
    carrier::{AnyCarrierOrder, Event, OrderStatus, SellerOrderEvent, Side},
    order::Lifecycle,
};
use futures::future::join_all;
use store::{
    Authority, CarrierCommit, CarrierList, CarrierListFilter, CarrierPlacing, ItemSize, OrderDate,
    PlacedCarrierOrder, escaped_len,
};
use time::Duration;

use super::scene::{CarrierCommitted, DOCUMENT, Scene, answered, told};
use domain::clock::Clock;

const SIZE: ItemSize = |_, document| escaped_len(document);

#[tokio::test]
async fn an_order_comes_back_as_it_was_placed_in_one_call() {
    let scene = Scene::new().await;
    let order = scene.placed("Verizon", "PO-1").await;
    assert_eq!(scene.db.proxy.take_calls(), ["TransactWriteItems"]);
    let found = scene.orders.get_whole(&order.order.header.id).await.unwrap();
    assert_eq!(scene.db.proxy.take_calls(), ["BatchGetItem"]);
    assert_eq!(found, Some((AnyCarrierOrder::Seller(order.clone()), DOCUMENT.to_owned())));
    let by_pon =
        scene.orders.by_pon(&order.order.header.buyer, &order.order.header.pon).await.unwrap();
    assert_eq!(by_pon, Some(order.order.header.id));
}

#[tokio::test]
async fn of_64_orders_under_one_number_of_a_buyer_one_is_placed() {
    let scene = Scene::new().await;
    let orders: Vec<_> = (0..64).map(|_| scene.order("Verizon", "PO-1")).collect();
    let placed = join_all(orders.iter().map(|order| answered(|| scene.place(order)))).await;
    let first = &orders[0].order.header;
    let id = scene.orders.by_pon(&first.buyer, &first.pon).await.unwrap().unwrap();
    assert!(placed.iter().filter(|placed| **placed == PlacedCarrierOrder::Done).count() <= 1);
    for (order, placed) in orders.iter().zip(placed) {
        if placed != PlacedCarrierOrder::Done {
            assert_eq!(placed, PlacedCarrierOrder::PonTaken(id.clone()));
        }
        let stored = scene.orders.get(&order.order.header.id).await.unwrap().is_some();
        assert_eq!(stored, order.order.header.id == id);
    }
    assert_eq!(scene.items().await, 3, "the claim, the order, its document");
    scene.placed("Sprint", "PO-1").await;
}

#[tokio::test]
async fn of_two_steps_from_one_state_one_is_taken() {
    let scene = Scene::new().await;
    let order = scene.placed("Verizon", "PO-1").await;
    let steps = [OrderStatus::Held, OrderStatus::Cancelled];
    let steps = join_all(steps.map(|to| scene.step(&order, to, None))).await;
    let mut steps: Vec<_> = steps.into_iter().map(Result::unwrap).collect();
    steps.sort_by_key(|committed| *committed != CarrierCommitted::Done);
    assert_eq!(steps, [CarrierCommitted::Done, CarrierCommitted::Superseded]);
    let told = scene.orders.notifications(&order.order.header.id, None, 100).await.unwrap().items;
    assert_eq!(told.len(), 1);
    assert_eq!(scene.read(&order.order.header.id).await.order.entity_tag, 2);
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_cannot_go_on() {
    let scene = Scene::new().await;
    let id = scene.placed("Verizon", "PO-1").await.order.header.id;
    let (late, lost) = scene.leased(&id).await;
    scene.clock.advance(Duration::seconds(91));
    let (order, lease) = scene.leased(&id).await;
    let step = scene.step(&late, OrderStatus::InProgress, Some(&lost)).await.unwrap();
    assert_eq!(step, CarrierCommitted::Superseded);
    scene.work.release_lease(&late, &lost, &None, scene.clock.now()).await.unwrap();
    let step = scene.step(&order, OrderStatus::InProgress, Some(&lease)).await.unwrap();
    assert_eq!(step, CarrierCommitted::Done);
    assert_eq!(scene.read(&id).await.order.progress.status, OrderStatus::InProgress);
}

#[tokio::test]
async fn a_call_of_a_party_takes_the_order_from_its_worker() {
    let scene = Scene::new().await;
    let id = scene.placed("Verizon", "PO-1").await.order.header.id;
    let (order, lease) = scene.leased(&id).await;
    let cancelled = scene.step(&scene.read(&id).await, OrderStatus::Cancelled, None).await;
    assert_eq!(cancelled.unwrap(), CarrierCommitted::Done);
    let step = scene.step(&order, OrderStatus::InProgress, Some(&lease)).await.unwrap();
    assert_eq!(step, CarrierCommitted::Superseded);
    assert_eq!(scene.read(&id).await.order.progress.status, OrderStatus::Cancelled);
}

#[tokio::test]
async fn a_step_of_no_order_stores_nothing() {
    let scene = Scene::new().await;
    let order = scene.order("Verizon", "PO-1");
    let started = SellerOrderEvent::Happened(vec![Event::TreatmentStarted]);
    let applied = order.apply(started, scene.clock.now()).unwrap();
    let commit = CarrierCommit {
        applied: &applied,
        document: Some(DOCUMENT),
        notifications: &[told(1)],
        by: Authority::Party,
        context: &None,
    };
    let committed = scene.work.commit_with_texts(&commit).await.unwrap();
    assert_eq!(CarrierCommitted::from(committed), CarrierCommitted::Superseded);
    assert_eq!(scene.items().await, 0);
}

#[tokio::test]
async fn a_lease_is_no_step_that_anybody_sees() {
    let scene = Scene::new().await;
    let placed = scene.placed("Verizon", "PO-1").await;
    let (leased, lease) = scene.leased(&placed.order.header.id).await;
    scene.work.release_lease(&leased, &lease, &None, scene.clock.now()).await.unwrap();
    let after = scene.read(&placed.order.header.id).await;
    let tag = placed.order.entity_tag;
    assert_eq!((leased.order.entity_tag, after.order.entity_tag), (tag, tag));
    assert!(after.revision() > leased.revision() && leased.revision() > placed.revision());
}

#[tokio::test]
async fn a_list_goes_page_by_page_through_all_orders_newest_first() {
    let scene = Scene::new().await;
    let mut placed = Vec::new();
    for n in 0..25 {
        scene.clock.advance(Duration::seconds(n % 3));
        let order = scene.placed("Verizon", &format!("PO-{n}")).await;
        placed.push((scene.clock.now(), order.order.header.id));
    }
    scene.placed("Sprint", "PO-1").await;
    placed.sort_by(|one, other| other.cmp(one));
    let filters = [
        CarrierListFilter {
            of: vec![("Verizon".parse().unwrap(), Side::Buyer)],
            ..CarrierListFilter::default()
        },
        CarrierListFilter {
            of: vec![("Cox".parse().unwrap(), Side::Seller)],
            buyer: Some("Verizon".parse().unwrap()),
            status: Some(OrderStatus::Acknowledged),
            ..CarrierListFilter::default()
        },
    ];
    for filter in filters {
        let (mut seen, mut next) = (Vec::new(), None);
        loop {
            let page = scene.orders.list(&filter, 10, next.as_deref(), SIZE).await.unwrap();
            assert_eq!((page.available, page.available_is_minimum), (25, false));
            seen.extend(page.items.into_iter().map(|(order, _)| order.header.id));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert!(seen.iter().eq(placed.iter().map(|(_, id)| id)));
    }
}

#[tokio::test]
async fn a_range_of_dates_that_is_empty_holds_no_orders() {
    let scene = Scene::new().await;
    scene.placed("Verizon", "PO-1").await;
    let now = scene.clock.now();
    let listed = async |from, before| {
        let filter = CarrierListFilter {
            of: vec![("Verizon".parse().unwrap(), Side::Buyer)],
            date: OrderDate { from: Some(from), before: Some(before) },
            ..CarrierListFilter::default()
        };
        scene.orders.list(&filter, 10, None, SIZE).await.unwrap().items.len()
    };
    let second = Duration::seconds(1);
    assert_eq!(listed(now, now + second).await, 1);
    assert_eq!(listed(now - second, now).await, 0);
    assert_eq!(listed(now, now).await, 0);
    assert_eq!(listed(now + second, now - second).await, 0);
}

#[tokio::test]
async fn a_list_counts_1000_and_goes_on_beyond() {
    let scene = Scene::new().await;
    scene.copies_of(&scene.placed("Verizon", "PO-1").await, 1_049).await;
    for status in [None, Some(OrderStatus::Acknowledged)] {
        let filter = CarrierListFilter {
            of: vec![("Verizon".parse().unwrap(), Side::Buyer)],
            status,
            ..CarrierListFilter::default()
        };
        let (mut seen, mut next) = (0, None);
        loop {
            let page = scene.orders.list(&filter, 100, next.as_deref(), SIZE).await.unwrap();
            assert_eq!((page.available, page.available_is_minimum), (1_000, true));
            seen += page.items.len();
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, 1_050);
    }
}

#[tokio::test]
async fn a_page_of_large_documents_ends_before_an_answer_would_be_too_large() {
    let scene = Scene::new().await;
    // Of 250 KiB, which the gateway counts as 500.
    let large = format!(r#"{{"a":"{}"}}"#, r#"\""#.repeat(125 * 1024));
    for n in 0..20 {
        let order = AnyCarrierOrder::Seller(scene.order("Verizon", &format!("PO-{n}")));
        let now = scene.clock.now();
        let placing = CarrierPlacing {
            order: &order,
            tenant: None,
            document: &large,
            notifications: &[],
            seller: &None,
            watchdog: Duration::ZERO,
            listed_at: now,
            guard: None,
            now,
        };
        scene.orders.place(&placing).await.unwrap();
    }
    let filter = CarrierListFilter {
        of: vec![("Verizon".parse().unwrap(), Side::Buyer)],
        ..CarrierListFilter::default()
    };
    let first = scene.orders.list(&filter, 100, None, SIZE).await.unwrap();
    assert_eq!((first.items.len(), first.available), (12, 20));
    assert!(12 * escaped_len(&large) <= 6_291_556);
    let rest = scene.orders.list(&filter, 100, first.next.as_deref(), SIZE).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (8, None));
}

#[tokio::test]
async fn documents_that_do_not_arrive_together_are_listed_all_the_same() {
    let scene = Scene::new().await;
    for n in 0..25 {
        scene.placed("Verizon", &format!("PO-{n}")).await;
    }
    let filter = CarrierListFilter {
        of: vec![("Verizon".parse().unwrap(), Side::Buyer)],
        ..CarrierListFilter::default()
    };
    let whole = scene.orders.list(&filter, 25, None, SIZE).await.unwrap();
    // In place of the time that some megabytes take.
    scene.db.proxy.guard(Arc::new(|_, target, request| {
        let documents = String::from_utf8_lossy(request).matches("\"BODY\"").count();
        match target.ends_with("BatchGetItem") && documents > 7 {
            true => Err(format!("{documents} documents at once")),
            false => Ok(()),
        }
    }));
    let parts = scene.orders.list(&filter, 25, None, SIZE).await.unwrap();
    let texts = |page: &CarrierList| {
        Vec::from_iter(
            page.items.iter().map(|(order, text)| (order.header.id.clone(), text.clone())),
        )
    };
    assert_eq!(texts(&parts).len(), 25);
    assert_eq!(texts(&parts), texts(&whole));
}
