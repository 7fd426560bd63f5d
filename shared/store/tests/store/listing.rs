//! Lists of a tenant's orders.

use domain::{
    clock::Clock,
    provisioning::{OrderFilter, OrderNumber, OrderStatus, ProvisioningOrder},
};
use store::{OrderDate, OrderPage, OrderRange};
use testkit::numbers;
use time::Duration;

use crate::scene::{Scene, new_number, tenant};

fn range(limit: usize, after: Option<String>) -> OrderRange {
    OrderRange { date: OrderDate::default(), limit, after }
}

/// Subscriptions of this tenant, a second between two: the orders that create them.
async fn placed(
    scene: &Scene,
    of: &str,
    numbers: std::ops::RangeInclusive<u64>,
) -> Vec<OrderNumber> {
    let mut ids = Vec::new();
    for n in numbers {
        let (subscription, order) = scene.creation(of, n);
        scene.place(&order, &subscription).await.unwrap();
        ids.push(order.id);
        scene.clock.advance(Duration::SECOND);
    }
    ids
}

async fn page(
    scene: &Scene,
    of: &str,
    range: &OrderRange,
    filter: &OrderFilter,
) -> OrderPage<ProvisioningOrder> {
    let matches = |order: &ProvisioningOrder| filter.matches(order);
    let passes: Option<&(dyn Fn(&ProvisioningOrder) -> bool + Sync)> =
        if filter.is_empty() { None } else { Some(&matches) };
    scene.orders.list(&tenant(of), range, passes, |_| 1_000).await.unwrap()
}

fn ids(page: &OrderPage<ProvisioningOrder>) -> Vec<OrderNumber> {
    page.items.iter().map(|order| order.id).collect()
}

#[tokio::test]
async fn orders_are_listed_newest_first_page_by_page_and_those_of_others_never() {
    let scene = Scene::new().await;
    let mut all = placed(&scene, "a", 1..=7).await;
    placed(&scene, "ab", 8..=9).await;
    all.reverse();
    let whole = page(&scene, "a", &range(100, None), &OrderFilter::default()).await;
    assert_eq!((ids(&whole), whole.next), (all.clone(), None));
    let (mut found, mut after) = (Vec::new(), None);
    for expected in [3, 3, 1] {
        scene.db.proxy.take_calls();
        let one = page(&scene, "a", &range(3, after.take()), &OrderFilter::default()).await;
        assert_eq!(scene.db.proxy.take_calls(), ["Query", "BatchGetItem"]);
        assert_eq!(one.items.len(), expected);
        found.extend(ids(&one));
        after = one.next;
    }
    assert_eq!((found, after), (all, None));
    let nobody = page(&scene, "c", &range(3, None), &OrderFilter::default()).await;
    assert_eq!((nobody.items, nobody.next), (Vec::new(), None));
}

#[tokio::test]
async fn an_order_keeps_its_place_when_it_changes_and_filters_find_it() {
    let scene = Scene::new().await;
    let first = scene.existing("a", 1).await;
    scene.clock.advance(Duration::SECOND);
    let change = scene.change(&first, new_number(5)).await;
    scene.clock.advance(Duration::SECOND);
    placed(&scene, "a", 2..=4).await;
    scene.complete(change.id).await;
    let by = async |filter: &OrderFilter| ids(&page(&scene, "a", &range(10, None), filter).await);
    let number = |n| OrderFilter { msisdn: Some(numbers::msisdn(n)), ..OrderFilter::default() };
    assert_eq!(by(&number(5)).await, [change.id], "the number that it gave");
    assert_eq!(by(&number(1)).await.len(), 2, "the number that it took, and the creation");
    let sim = OrderFilter { iccid: Some(numbers::iccid(3)), ..OrderFilter::default() };
    assert_eq!(by(&sim).await.len(), 1);
    let ended = OrderFilter { status: Some(OrderStatus::Completed), ..OrderFilter::default() };
    let ended = by(&ended).await;
    assert_eq!((ended.len(), ended[0]), (2, change.id));
    let other = OrderFilter { correlation_id: Some("x".to_owned()), ..OrderFilter::default() };
    assert!(by(&other).await.is_empty());
}

#[tokio::test]
async fn order_dates_bound_a_list_to_the_millisecond() {
    let scene = Scene::new().await;
    let start = scene.clock.now();
    let all = placed(&scene, "a", 1..=5).await;
    let second = |n: i64| Some(start + Duration::seconds(n));
    let within = async |from, before| {
        let range = OrderRange { date: OrderDate { from, before }, ..range(10, None) };
        let mut found = ids(&page(&scene, "a", &range, &OrderFilter::default()).await);
        found.reverse();
        found
    };
    assert_eq!(within(second(1), second(3)).await, all[1..3]);
    assert_eq!(within(None, second(1)).await, all[..1]);
    assert_eq!(within(second(4), None).await, all[4..]);
    let just_after = second(4).map(|at| at + Duration::MICROSECOND);
    assert!(within(just_after, None).await.is_empty());
    assert!(within(second(3), second(1)).await.is_empty());
    assert!(within(second(2), second(2)).await.is_empty());
}

#[tokio::test]
async fn a_page_that_finds_nothing_is_bounded_and_continues() {
    let scene = Scene::new().await;
    let one = placed(&scene, "a", 1..=1).await[0];
    let copy = |n: u64| vec![("pk", format!("ORDER#{n}")), ("ownerSort", format!("{n:016}"))];
    scene.db.copy_item((&format!("ORDER#{one}"), "ORDER"), (1..=1_050).map(copy)).await;
    let nothing = OrderFilter { status: Some(OrderStatus::Canceled), ..OrderFilter::default() };
    scene.db.proxy.take_calls();
    let first = page(&scene, "a", &range(10, None), &nothing).await;
    assert_eq!(scene.db.proxy.take_calls().len(), 20, "a thousand orders, a hundred at once");
    assert!(first.items.is_empty() && first.next.is_some());
    let last = page(&scene, "a", &range(10, first.next), &nothing).await;
    assert!(last.items.is_empty());
    assert_eq!(last.next, None);
}
