use domain::subscription::{SubscriptionFilter, SubscriptionState};
use store::{ListQuery, Listing, Page};

use crate::scene::{Scene, by_number, by_sim, new_number, tenant};

#[tokio::test]
async fn another_tenants_subscription_is_not_there() {
    let scene = Scene::new().await;
    scene.existing("a", 1).await;
    for _ in 0..2 {
        assert_eq!(scene.subscriptions.find(&tenant("b"), &by_sim(1)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_number_that_moved_is_followed_although_the_pointer_was_remembered() {
    let scene = Scene::new().await;
    let first = scene.existing("a", 1).await;
    assert!(scene.subscriptions.find(&tenant("a"), &by_number(1)).await.unwrap().is_some());
    let order = scene.change(&first, new_number(9)).await;
    assert_eq!(scene.subscriptions.find(&tenant("a"), &by_number(9)).await.unwrap(), None);
    scene.complete(order.id).await;
    assert_eq!(scene.subscriptions.find(&tenant("a"), &by_number(1)).await.unwrap(), None);
    let found = scene.subscriptions.find(&tenant("a"), &by_number(9)).await.unwrap();
    assert_eq!(found.unwrap().id, first.id);
}

#[tokio::test]
async fn a_known_subscription_is_read_in_one_call_and_an_order_always() {
    let scene = Scene::new().await;
    let subscription = scene.existing("a", 1).await;
    scene.db.proxy.take_calls();
    scene.found("a", 1).await;
    assert_eq!(scene.db.proxy.take_calls(), ["GetItem"]);
    scene.subscriptions.find(&tenant("a"), &by_number(1)).await.unwrap();
    assert_eq!(scene.db.proxy.take_calls(), ["GetItem", "GetItem"]);
    let order = scene.change(&subscription, new_number(3)).await;
    assert_eq!(scene.db.proxy.take_calls(), ["TransactWriteItems"]);
    scene.orders.get(order.id).await.unwrap();
    assert_eq!(scene.db.proxy.take_calls(), ["GetItem"]);
    scene.complete(order.id).await;
    assert_eq!(scene.db.proxy.take_calls(), ["UpdateItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn a_list_is_newest_first_and_pages_through_everything_once() {
    let scene = Scene::new().await;
    for n in 1..=7 {
        scene.existing("a", n).await;
    }
    scene.existing("b", 100).await;
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = page(&scene, ListQuery { after: cursor, ..Default::default() }).await;
        seen.extend(page.items.into_iter().map(|found| found.iccid));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (1..=7).rev().map(testkit::numbers::iccid).collect();
    assert_eq!(seen, expected);
    let state = Some(SubscriptionState::InUse);
    let filter = SubscriptionFilter { state, ..SubscriptionFilter::default() };
    let page = page(&scene, ListQuery { filter, ..Default::default() }).await;
    assert!(page.items.is_empty());
}

async fn page(scene: &Scene, query: ListQuery) -> Page {
    let query = ListQuery { limit: 3, ..query };
    match scene.subscriptions.list(&tenant("a"), &query).await.unwrap() {
        Listing::Page(page) => page,
        Listing::TooMany => panic!("too many"),
    }
}
