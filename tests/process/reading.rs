//! Reading one order.

use serde_json::json;
use testkit::Call;

use crate::fixture::{Fixture, PUSH, codes, manual, order_with};

#[tokio::test]
async fn an_order_that_the_caller_has_as_it_is_is_not_sent_again() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    let get = async |tag: &str| {
        let path = placed.path("");
        let call = Call::new("GET", &path).as_client("cox").header("if-none-match", tag);
        app.send(call).await
    };
    let tag = placed.etag().await;
    for same in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let answer = get(&same).await;
        assert_eq!((answer.status, answer.header("etag")), (304, &*tag), "{same}");
    }
    assert_eq!(get("\"x\"").await.status, 200);
    placed.worked().await;
    assert_eq!(get(&tag).await.status, 200);
}

#[tokio::test]
async fn an_order_of_others_does_not_exist_and_cannot_be_touched() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    let etag = placed.etag().await;
    let unknown = app.get("/orders/ORD-NONE").await;
    assert_eq!((unknown.status, codes(&unknown.body)), (404, vec!["REF010"]));
    let status = format!("/orders/status?orderId={}", placed.id);
    for (client, method, path) in [
        ("sprint", "GET", placed.path("")),
        ("att", "GET", placed.path("")),
        ("sprint", "GET", placed.path("/status")),
        ("sprint", "GET", status),
        ("sprint", "GET", placed.path("/notifications?view=history")),
        ("att", "POST", placed.path("/cancel")),
        ("sprint", "POST", placed.path("/hold")),
        ("sprint", "POST", placed.path("/release")),
    ] {
        let answer = app.call(client, method, &path).await;
        assert_eq!((answer.status, &answer.body), (404, &unknown.body), "{client} {method} {path}");
    }
    let change = json!({ "buyerOrderVersion": "2" });
    let answer = app.call_with("sprint", "PATCH", &placed.path(""), &change).await;
    assert_eq!((answer.status, &answer.body), (404, &unknown.body));
    assert_eq!(placed.etag().await, etag);
}

#[tokio::test]
async fn all_notifications_are_readable_whatever_is_pushed() {
    let app = Fixture::new().await;
    for (n, desired) in
        ["NONE", "CONFIRMATION_ONLY", "CONFIRMATION_AND_ENGINEERING_DESIGN"].iter().enumerate()
    {
        let order = order_with(
            &format!("PO-{n}"),
            &[
                ("/desiredResponses", (*desired).into()),
                ("/orderItems/0/orderItemDetail/enniSvlanId", (10 * n + 1).into()),
                ("/orderItems/0/orderItemDetail/enniSvlanIdLast", (10 * n + 2).into()),
            ],
        );
        let placed = app.placed(&order, "ACKNOWLEDGED").await;
        placed.worked().await;
        let kinds: Vec<String> = placed.told().await.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds[..3], PUSH);
        let orders = store::DynamoCarrierOrders::new(app.db.table.clone());
        let id = placed.id.parse().unwrap();
        let told = orders.notifications(&id, None, 100).await.unwrap().items;
        let pushed: Vec<bool> = told.iter().map(|told| told.pushed).collect();
        assert_eq!(pushed, [true, n > 0, n > 1, true], "{desired}");
    }
    let one = app.get("/orders?limit=1").await.body["items"][0]["id"].clone();
    let path = format!("/orders/{}/notifications?view=all", one.as_str().unwrap());
    assert_eq!(app.get(&path).await.status, 400);
}

#[tokio::test]
async fn the_history_of_notifications_comes_in_pages() {
    let app = Fixture::new().await;
    let placed = app.placed(&manual("PO-1"), "ACKNOWLEDGED").await;
    for action in ["/hold", "/release", "/hold", "/release", "/hold"] {
        assert_eq!(placed.act("verizon", action).await.status, 200);
    }
    let (mut seen, mut path) = (Vec::new(), placed.path("/notifications?view=history&limit=2"));
    loop {
        let page = app.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let page_of = page.body.as_array().unwrap();
        seen.extend(page_of.iter().map(|told| told["notificationVersion"].as_u64().unwrap()));
        let Some(next) = page.header("link").strip_prefix('<') else { break };
        let (next, rest) = next.split_once('>').unwrap();
        assert_eq!((page_of.len(), rest), (2, "; rel=\"next\""));
        path = next.to_owned();
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    let other = app.placed(&manual("PO-2"), "ACKNOWLEDGED").await;
    let stolen = path.replace(&placed.id, &other.id);
    assert_eq!(app.get(&stolen).await.status, 400, "{stolen}");
    for wrong in ["limit=0", "limit=1001", "limit=x", "cursor=x", "cursor="] {
        for view in ["view=history&", ""] {
            let path = placed.path(&format!("/notifications?{view}{wrong}"));
            assert_eq!(app.get(&path).await.status, 400, "{path}");
        }
    }
    // Whose order it is not reads none of them.
    app.db.proxy.take_calls();
    let answer = app.call("sprint", "GET", &placed.path("/notifications?view=history")).await;
    assert_eq!(answer.status, 404);
    assert!(!app.db.proxy.take_calls().contains(&"Query".to_owned()));
}

#[tokio::test]
async fn a_method_that_a_path_has_not_is_refused_with_those_it_has() {
    let app = Fixture::new().await;
    for (method, path, allow) in [
        ("DELETE", "/orders/ORD-1", "GET, PUT, PATCH, HEAD"),
        ("PUT", "/orders/ORD-1/hold", "POST"),
        ("DELETE", "/orders/ORD-1/notifications", "GET, POST, HEAD"),
        ("PATCH", "/orders/ORD-1/status", "GET, HEAD"),
    ] {
        let answer = app.call("verizon", method, path).await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
    }
}

/// RFC 9745: a client of the old documents is told that there is another path.
#[tokio::test]
async fn an_alias_of_the_old_documents_says_that_it_is_deprecated() {
    let app = Fixture::new().await;
    let placed = app.post("/order", &manual("PO-1")).await;
    assert_eq!((placed.status, placed.header("deprecation")), (201, "@1795996800"));
    let again = app.post("/orders", &manual("PO-1")).await;
    assert_eq!((again.status, again.header("deprecation")), (200, ""));
}
