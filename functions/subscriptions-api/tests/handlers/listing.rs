use domain::{provisioning::OrderStatus, subscription::SubscriptionId};
use serde_json::json;
use testkit::{Call, Response, numbers};

use crate::scene::{Scene, sim};

const ALL: &str = "/ecc/v1/subscriptions";

/// The SIMs of a list, each as its number in the test.
fn sims(answer: &Response) -> Vec<u64> {
    let list = answer.body["subscriptions"].as_array().unwrap();
    let number = |iccid: &str| (1..=20_000).find(|n| numbers::iccid(*n).as_str() == iccid).unwrap();
    list.iter().map(|found| number(found["iccid"].as_str().unwrap())).collect()
}

impl Scene {
    async fn list(&self, query: &str) -> Response {
        let answer = self.get(&format!("{ALL}?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {:?}", answer.body);
        answer
    }

    async fn listed(&self, query: &str) -> Vec<u64> {
        sims(&self.list(query).await)
    }

    /// Stores older copies of a subscription, with SIM and number `n` each.
    async fn copies(&self, numbers: std::ops::RangeInclusive<u64>) {
        let copy = |n: u64| {
            let (sim, millis) = (numbers::iccid(n), i64::try_from(n).unwrap());
            let created_at =
                time::OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(millis);
            let id = SubscriptionId::new(created_at, &sim);
            vec![
                ("pk", format!("ICCID#{sim}")),
                ("id", id.0.to_string()),
                ("ownerSort", id.to_string()),
                ("iccid", sim.to_string()),
                ("msisdn", numbers::msisdn(n).to_string()),
            ]
        };
        let all = self.db.direct.scan().table_name(&self.db.name).send().await.unwrap();
        let mut all = all.items().iter();
        let first = all
            .find(|item| {
                item["sk"].as_s().is_ok_and(|sk| sk == "CLAIM") && item.contains_key("iccid")
            })
            .unwrap();
        let key = (first["pk"].as_s().unwrap().as_str(), "CLAIM");
        self.db.copy_item(key, numbers.map(copy)).await;
    }
}

#[tokio::test]
async fn a_list_is_sorted_filtered_and_cut_as_asked_for() {
    let scene = Scene::new().await;
    for n in [3, 1, 4, 2] {
        // Ids sort by the millisecond, and within one by the SIM.
        scene.clock.advance(time::Duration::MILLISECOND);
        scene.existing(n).await;
    }
    scene.changed(scene.patch(&sim(4), json!({ "blocked": true, "tags": ["a", "b"] })).await).await;
    scene.changed(scene.patch(&sim(1), json!({ "tags": ["a"] })).await).await;
    for (query, expected) in [
        ("", vec![2, 4, 1, 3]),
        ("offset=1&limit=2", vec![4, 1]),
        ("offset=4", vec![]),
        ("offset=4294967295", vec![]),
        ("order-by=iccid", vec![1, 2, 3, 4]),
        ("order-by=msisdn:desc&offset=1&limit=2", vec![3, 2]),
        ("order-by=blocked:desc,iccid:asc", vec![4, 1, 2, 3]),
        ("order-by=blocked:desc&order-by=iccid:desc", vec![4, 3, 2, 1]),
        ("order-by=blocked&offset=0", vec![2, 1, 3, 4]),
        ("blocked=true", vec![4]),
        ("blocked=false&order-by=iccid", vec![1, 2, 3]),
        ("blocked=false&offset=1", vec![1, 3]),
        ("tag=a", vec![4, 1]),
        ("tag=a&tag=b", vec![4]),
        ("tag=a&blocked=false", vec![1]),
        ("msisdn=prefix:4670000000&order-by=msisdn", vec![1, 2, 3, 4]),
        ("msisdn=prefix:%2B46700000002", vec![2]),
        ("msisdn=prefix:47", vec![]),
        ("iccid=prefix:8946&limit=1&offset=1", vec![4]),
        ("iccid=prefix:8946&state=IN_USE", vec![]),
    ] {
        assert_eq!(scene.listed(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_whole_number_is_found_without_the_index() {
    let scene = Scene::new().await;
    for n in 1..=3 {
        scene.existing(n).await;
    }
    let sim = format!("iccid={}FF", numbers::iccid(2));
    let number = format!("msisdn=%2B{}", numbers::msisdn(2));
    scene.db.proxy.take_calls();
    assert_eq!(scene.listed(&format!("{sim}&order-by=blocked")).await, [2]);
    assert_eq!(scene.db.proxy.take_calls(), ["GetItem"]);
    assert_eq!(scene.listed(&number).await, [2]);
    assert_eq!(scene.listed(&format!("{sim}&{number}&limit=1")).await, [2]);
    for query in [
        format!("{sim}&blocked=true"),
        format!("{sim}&offset=1"),
        format!("{sim}&msisdn={}", numbers::msisdn(3)),
        format!("iccid={}", numbers::iccid(9)),
    ] {
        assert!(scene.listed(&query).await.is_empty(), "{query}");
    }
    let foreign = Call::new("GET", format!("{ALL}?{number}")).as_client("bob");
    assert_eq!(foreign.to(&scene.function).await.body, json!({ "subscriptions": [] }));
}

#[tokio::test]
async fn a_listed_subscription_has_its_ongoing_orders() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    let shown = scene.list("").await.body["subscriptions"][0].clone();
    assert_eq!((&shown["ongoing-orders"], &shown["outstandingOrder"]), (&json!([]), &json!(null)));
    let placed = scene.patch(&sim(1), json!({ "blocked": true })).await;
    let order = &placed.body["orderId"];
    let shown = scene.list("order-by=iccid").await.body["subscriptions"][0].clone();
    assert_eq!((&shown["ongoing-orders"], &shown["outstandingOrder"]), (&json!([order]), order));
    scene.carry_out(&placed, OrderStatus::Canceled).await;
    assert_eq!(scene.list("").await.body["subscriptions"][0]["ongoing-orders"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_with_a_list_is_named() {
    let scene = Scene::new().await;
    for n in 1..=2 {
        scene.existing(n).await;
    }
    let cursor = scene.list("limit=1").await.body["cursor"].as_str().unwrap().to_owned();
    let eleven = ["tag=t"; 10].join("&") + "&blocked=true";
    for (query, expected) in [
        ("offset=-1&order-by=imsi&iccid=1&msisdn=prefix:&blocked=yes&sort=iccid".to_owned(), {
            vec!["offset", "order-by", "iccid", "msisdn", "blocked", "sort"]
        }),
        ("offset=4294967296".to_owned(), vec!["offset"]),
        ("order-by=iccid&order-by=up".to_owned(), vec!["order-by"]),
        ("order-by=iccid:up".to_owned(), vec!["order-by"]),
        ("order-by=".to_owned(), vec!["order-by"]),
        (format!("iccid={}", "89461177710001700013"), vec!["iccid"]),
        ("blocked=true&blocked=false".to_owned(), vec!["blocked"]),
        ("tag=a&tag=b%20c".to_owned(), vec!["tag"]),
        (eleven, vec!["blocked"]),
        (["tag=t"; 11].join("&"), vec!["tag", "tag"]),
        (format!("cursor={cursor}&offset=1"), vec!["cursor"]),
        (format!("cursor={cursor}&order-by=iccid"), vec!["cursor"]),
    ] {
        let answer = scene.get(&format!("{ALL}?{query}")).await;
        let expected: Vec<_> = expected.iter().map(|name| format!("query/{name}")).collect();
        assert_eq!(
            (answer.status, answer.pointers()),
            (400, expected.iter().map(String::as_str).collect()),
            "{query}"
        );
    }
    assert_eq!(scene.listed(&format!("cursor={cursor}&offset=0")).await, [1]);
}

#[tokio::test]
async fn ten_thousand_subscriptions_are_looked_at_and_more_are_refused_with_the_alternative() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    scene.copies(2..=10_000).await;
    scene.db.proxy.take_calls();
    assert_eq!(scene.listed("order-by=iccid:desc&limit=2").await, [10_000, 9_999]);
    // Eleven pages of the index, a hundred items at a time, and the page itself.
    assert_eq!(scene.db.proxy.take_calls().len(), 11 + 100 + 1);
    let end = scene.list("offset=9998&limit=100").await;
    assert_eq!((sims(&end), end.body.get("cursor")), (vec![3, 2], None));

    scene.copies(10_001..=10_001).await;
    for (query, named) in [
        ("order-by=iccid", "query/order-by"),
        ("order-by=blocked:desc&tag=t&offset=3", "query/order-by"),
        ("offset=9998&limit=100", "query/offset"),
        ("tag=t&offset=1", "query/offset"),
    ] {
        let answer = scene.get(&format!("{ALL}?{query}")).await;
        assert_eq!((answer.status, answer.pointers()), (400, vec![named]), "{query}");
        assert!(answer.body.to_string().contains("cursor"), "{query}: {}", answer.body);
    }
    assert_eq!(scene.listed("offset=9000&limit=1").await, [1_002]);
    let whole = format!("iccid={}&order-by=iccid&offset=0", numbers::iccid(1));
    assert_eq!(scene.listed(&whole).await, [1]);
    let short = scene.list("msisdn=prefix:46700000002").await;
    assert_eq!(sims(&short), [2]);
    assert!(short.body["cursor"].is_string(), "it continues a page that ends at the limit");
}
