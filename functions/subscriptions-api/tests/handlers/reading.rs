use api::Api;
use domain::identity::Role;
use serde_json::json;
use subscriptions_api::SubscriptionsApi;
use testkit::{Call, numbers};

use crate::scene::{Scene, sim};

#[tokio::test]
async fn another_tenants_subscription_is_answered_like_one_that_does_not_exist() {
    let scene = Scene::new().await;
    scene.existing(1).await;
    for route in SubscriptionsApi::ROUTES {
        if !route.path.contains("{subscription}") {
            continue;
        }
        let path = |n: u64| {
            let reference = format!("msisdn:{}", numbers::msisdn(n));
            let path = route.path.replace("{subscription}", &reference);
            path.replace("{service}", "SMS").replace("{instance}", "1").replace("{tag}", "t")
        };
        let body = match route.id {
            "change_subscription" => json!({ "blocked": true }),
            "add_services" => json!({ "services": [{ "id": "SMS" }] }),
            _ => json!({ "limit": 1 }),
        };
        let ask = |path: String| {
            let call = Call::new(route.method.as_str(), &path).as_client("bob").json(&body);
            let function = &scene.function;
            async move { call.to(function).await }
        };
        let (foreign, unknown) = (ask(path(1)).await, ask(path(2)).await);
        assert_eq!(foreign.status, 404, "{} {}", route.method, route.path);
        assert_eq!(foreign.body, unknown.body);
    }
}

#[tokio::test]
async fn a_path_that_names_no_subscription_is_malformed() {
    let scene = Scene::new().await;
    for reference in
        ["46708421488", "msisdn:12", "iccid:89461177710001700013", "tel:1", "msisdn:%00"]
    {
        let answer = scene.get(&format!("/ecc/v1/subscriptions/{reference}")).await;
        assert_eq!(answer.status, 400, "{reference}: {:?}", answer.body);
    }
}

#[tokio::test]
async fn a_list_pages_newest_first_and_its_cursors_are_the_tenants_own() {
    let scene = Scene::new().await;
    for n in 1..=5 {
        scene.existing(n).await;
    }
    let first = scene.get("/ecc/v1/subscriptions?limit=2").await;
    let shown = |answer: &testkit::Response| -> Vec<String> {
        let list = answer.body["subscriptions"].as_array().unwrap();
        list.iter().map(|found| found["iccid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(shown(&first), [numbers::iccid(5).as_str(), numbers::iccid(4).as_str()]);
    let cursor = first.body["cursor"].as_str().unwrap();
    let next = format!("/ecc/v1/subscriptions?limit=3&cursor={cursor}");
    let second = scene.get(&next).await;
    assert_eq!(shown(&second).len(), 3);
    let foreign = Call::new("GET", &next).as_client("bob").to(&scene.function).await;
    assert_eq!((foreign.status, foreign.pointers()), (400, vec!["query/cursor"]));
    let wrong = scene.get("/ecc/v1/subscriptions?limit=0&tag=a%20b&state=USED&cursor=x").await;
    assert_eq!(wrong.pointers(), ["query/limit", "query/tag", "query/state", "query/cursor"]);
    let filtered = scene.get("/ecc/v1/subscriptions?state=IN_USE").await;
    assert_eq!(filtered.body, json!({ "subscriptions": [] }));
}

#[tokio::test]
async fn the_services_that_may_be_assigned_are_listed() {
    let scene = Scene::new().await;
    let answer = scene.get("/ecc/v1/services").await;
    assert_eq!(answer.body, json!({ "services": [{ "id": "VOICE" }, { "id": "SMS" }] }));
}

#[tokio::test]
async fn a_client_without_the_role_is_forbidden_everything() {
    let scene = Scene::new().await;
    scene.db.client("eve", "a", &[Role::Reseller], &[]).await;
    scene.existing(1).await;
    let answer = Call::new("GET", sim(1)).as_client("eve").to(&scene.function).await;
    assert_eq!((answer.status, answer.code()), (403, "FORBIDDEN"));
}
