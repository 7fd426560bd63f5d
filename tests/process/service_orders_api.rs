//! The TM Forum APIs over HTTP: what is refused, found, changed and deleted.

use harness::{Call, Response};
use serde_json::{Value, json};
use testkit::{numbers, queue::sqs_event};
use time::Duration;

use crate::service_orders::{ESIM_PRODUCT, Tmf, after, order, subscription};

const ORDERS: &str = "/tmf-api/serviceOrdering/v4/serviceOrder";
const PRODUCTS: &str = "/tmf-api/productOrderingManagement/v4/productOrder";

fn ids(listed: &Response) -> Vec<String> {
    let all = listed.body.as_array().unwrap_or_else(|| panic!("no list: {listed:?}"));
    all.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect()
}

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn named(external_id: &str, n: u64) -> Value {
    let mut body = order(vec![subscription("1", n)]);
    body["externalId"] = external_id.into();
    // It waits: what is read of it does not change.
    body["requestedStartDate"] = "2030-01-01T00:00:00Z".into();
    body
}

#[tokio::test]
async fn every_violation_of_an_order_is_listed_and_nothing_is_stored() {
    let tmf = Tmf::new().await;
    for (body, pointers) in [
        (json!({}), &["/serviceOrderItem"][..]),
        (json!({ "serviceOrderItem": [] }), &["/serviceOrderItem"]),
        (
            json!({ "priority": 1, "serviceOrderItem": [{ "action": "ad" }] }),
            &[
                "/serviceOrderItem/0/id",
                "/serviceOrderItem/0/action",
                "/serviceOrderItem/0/service",
                "/priority",
            ],
        ),
        (
            order(vec![after(subscription("1", 1), "2"), after(subscription("2", 2), "1")]),
            &["/serviceOrderItem/0", "/serviceOrderItem/1"],
        ),
        (
            order(vec![after(subscription("1", 1), "9"), subscription("1", 2)]),
            &["/serviceOrderItem/0", "/serviceOrderItem/1"],
        ),
        (
            json!({ "requestedStartDate": "soon", "orderItem": [{ "id": "#" }] }),
            &[
                "/orderItem/0/id",
                "/orderItem/0/action",
                "/orderItem/0/service",
                "/requestedStartDate",
            ],
        ),
    ] {
        let refused = tmf.post(ORDERS, &body).await.expect(400, "INVALID_PARAMETER");
        assert_eq!(refused.pointers(), pointers, "{refused:?}");
        assert_eq!(refused.body["@type"], "Error");
        assert_eq!(refused.body["status"], "400");
    }
    assert_eq!(tmf.get(ORDERS).await.header("x-total-count"), "0");
}

#[tokio::test]
async fn members_that_are_the_servers_are_ignored_and_others_come_back_as_they_were_sent() {
    let tmf = Tmf::new().await;
    let mut body = named("PO-1", 50);
    for (name, value) in [
        ("id", json!("mine")),
        ("href", json!("mine")),
        ("state", json!("completed")),
        ("orderDate", json!("2020-01-01T00:00:00Z")),
        ("@baseType", json!("Order")),
        ("vendor:member", json!({ "deep": [1.10, null] })),
    ] {
        body[name] = value;
    }
    let placed = tmf.post(ORDERS, &body).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let read = tmf.get(placed.header("location")).await;
    assert_eq!(read.body, placed.body);
    assert_eq!(read.header("etag"), placed.header("etag"));
    assert_eq!(read.body["state"], "pending");
    assert_ne!(read.body["id"], "mine");
    assert_eq!(read.body["vendor:member"], body["vendor:member"]);
    assert_eq!(read.body["@type"], "ServiceOrder");
    let seen =
        Call::new("GET", placed.header("location")).header("if-none-match", read.header("etag"));
    assert_eq!(tmf.send(seen).await.status, 304);
}

#[tokio::test]
async fn version_3s_name_of_the_items_is_taken() {
    let tmf = Tmf::new().await;
    let body = json!({ "orderItem": [subscription("1", 50)] });
    let path = tmf.placed(ORDERS, &body).await;
    let read = tmf.get(&path).await.body;
    assert_eq!(read["serviceOrderItem"][0]["id"], "1");
    assert!(read.get("orderItem").is_none());
}

#[tokio::test]
async fn an_external_id_is_of_one_order() {
    let tmf = Tmf::new().await;
    let path = tmf.placed(ORDERS, &named("PO-1", 50)).await;
    let again = tmf.post(ORDERS, &named("PO-1", 50)).await;
    assert_eq!((again.status, &again.body["href"]), (200, &json!(path)), "{again:?}");
    let other = tmf.post(ORDERS, &named("PO-1", 51)).await.expect(409, "EXTERNAL_ID_TAKEN");
    assert_eq!(other.body["orderId"], id_of(&path));
    let foreign = Call::new("POST", ORDERS).json(&named("PO-1", 52)).as_client("other");
    assert_eq!(tmf.app.send(foreign).await.status, 201, "a tenant has its own");
    let found = tmf.get(&format!("{ORDERS}?externalId=PO-1")).await;
    assert_eq!(ids(&found), [id_of(&path)]);
}

#[tokio::test]
async fn a_request_under_a_key_has_its_effect_once() {
    let tmf = Tmf::new().await;
    let place = |n| {
        let body = order(vec![subscription("1", n)]);
        Call::new("POST", ORDERS).json(&body).header("idempotency-key", "k")
    };
    let first = tmf.send(place(50)).await;
    let again = tmf.send(place(50)).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!((first.body, again.header("idempotency-replayed")), (again.body.clone(), "true"));
    tmf.send(place(51)).await.expect(422, "IDEMPOTENCY_KEY_REUSED");
    let path = again.header("location").to_owned();
    let patch = || {
        Call::new("PATCH", &path)
            .json(&json!({ "description": "a" }))
            .header("idempotency-key", "p")
    };
    let first = tmf.send(patch()).await;
    assert_eq!((first.status, first.body), (200, tmf.send(patch()).await.body));
    tmf.app.drain().await;
    assert_eq!(ids(&tmf.get(ORDERS).await).len(), 1);
}

#[tokio::test]
async fn an_order_of_another_tenant_does_not_exist() {
    let tmf = Tmf::new().await;
    let path = tmf.placed(ORDERS, &named("PO-1", 50)).await;
    let cancel = json!({ "serviceOrder": { "id": id_of(&path) } });
    for call in [
        Call::new("GET", &path),
        Call::new("PATCH", &path).json(&json!({ "description": "a" })),
        Call::new("DELETE", &path),
        Call::new("POST", "/tmf-api/serviceOrdering/v4/cancelServiceOrder").json(&cancel),
        Call::new(
            "GET",
            format!("/tmf-api/serviceOrdering/v4/cancelServiceOrder/{}.1", id_of(&path)),
        ),
    ] {
        tmf.app.send(call.as_client("other")).await.expect(404, "NOT_FOUND");
    }
    let listed = tmf.app.send(Call::new("GET", ORDERS).as_client("other")).await;
    assert!(ids(&listed).is_empty());
    for unknown in ["1", "0192f0c1-a2b3-7d4e-8f90-a1b2c3d4e5f6", "%23"] {
        tmf.get(&format!("{ORDERS}/{unknown}")).await.expect(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn orders_are_listed_newest_first_by_pages_filters_and_fields() {
    let tmf = Tmf::new().await;
    let mut paths = Vec::new();
    for n in 0..5 {
        paths.push(tmf.placed(ORDERS, &named(&format!("PO-{n}"), 50 + n)).await);
        tmf.app.clock.advance(Duration::MINUTE);
    }
    let newest: Vec<&str> = paths.iter().rev().map(|path| id_of(path)).collect();
    let page = tmf.get(&format!("{ORDERS}?limit=2&offset=1")).await;
    assert_eq!(ids(&page), newest[1..3]);
    assert_eq!((page.header("x-total-count"), page.header("x-result-count")), ("5", "2"));
    let next = page.header("link").split_once('>').unwrap().0.trim_start_matches('<').to_owned();
    assert_eq!(ids(&tmf.get(&next).await), newest[3..]);
    let date = tmf.get(&paths[1]).await.body["orderDate"].as_str().unwrap().to_owned();
    for (query, expected) in [
        (format!("id={}", newest[0]), &newest[..1]),
        (format!("id=%22{}%22", newest[0]), &newest[..1]),
        (format!("href={}", paths[4]), &newest[..1]),
        (format!("orderDate={date}"), &newest[3..4]),
        (format!("orderDate=%22{date}%22"), &newest[3..4]),
        (format!("orderDate.gt={date}"), &newest[..3]),
        (format!("orderDate.lt={date}"), &newest[4..]),
        ("state=pending".to_owned(), &newest[..]),
        ("state=pending&limit=2".to_owned(), &newest[..2]),
        ("state=completed,failed".to_owned(), &[]),
        ("externalId=PO-2".to_owned(), &newest[2..3]),
        ("externalId.gt=PO-3".to_owned(), &newest[..1]),
        ("serviceOrderItem.action=add".to_owned(), &newest[..]),
        ("serviceOrderItem.action=delete".to_owned(), &[]),
    ] {
        let listed = tmf.get(&format!("{ORDERS}?{query}")).await;
        assert_eq!(ids(&listed), expected, "{query}");
        if !query.contains("limit") {
            assert_eq!(listed.header("x-total-count"), expected.len().to_string(), "{query}");
        }
    }
    let some = tmf.get(&format!("{ORDERS}?fields=state,externalId&limit=1")).await;
    let shown: Vec<&str> = some.body[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(shown, ["id", "href", "state", "externalId"]);
    let refused = tmf.get(&format!("{ORDERS}?colour=red&limit=0&offset=2000")).await;
    let refused = refused.expect(400, "INVALID_PARAMETER");
    assert_eq!(refused.pointers(), ["query/limit"]);
    let refused = tmf.get(&format!("{ORDERS}?colour=red&offset=2000")).await;
    assert_eq!(
        refused.expect(400, "INVALID_PARAMETER").pointers(),
        ["query/colour", "query/offset"]
    );
}

#[tokio::test]
async fn an_order_is_amended_as_far_as_it_has_not_begun() {
    let tmf = Tmf::new().await;
    let path = tmf.placed(ORDERS, &named("PO-1", 50)).await;
    let read = tmf.get(&path).await;
    for (patch, code) in [
        (json!({ "state": "cancelled" }), "STATE_NOT_PATCHABLE"),
        (json!({ "orderDate": "2020-01-01T00:00:00Z" }), "INVALID_PARAMETER"),
        (json!({ "externalId": "PO-2" }), "INVALID_PARAMETER"),
        (json!({ "serviceOrderItem": null }), "INVALID_PARAMETER"),
        (json!({}), "INVALID_PARAMETER"),
    ] {
        let refused = tmf.patch(&path, &patch).await;
        assert_eq!(refused.code(), code, "{patch}: {refused:?}");
    }
    assert_eq!(tmf.get(&path).await.body, read.body);
    let mut whole = read.body.clone();
    whole["description"] = "new".into();
    let changed = tmf.patch(&path, &whole).await;
    assert_eq!((changed.status, &changed.body), (200, &whole), "a client may send all it has read");
    let items = json!({
        "serviceOrderItem": [subscription("1", 50), subscription("2", 51)], "requestedStartDate": null,
    });
    let stale = Call::new("PATCH", &path).json(&items).header("if-match", read.header("etag"));
    tmf.send(stale).await.expect(412, "PRECONDITION_FAILED");
    let fresh = Call::new("PATCH", &path).json(&items).header("if-match", changed.header("etag"));
    let amended = tmf.send(fresh).await;
    assert_eq!(amended.body["state"], "acknowledged", "{amended:?}");
    tmf.app.drain().await;
    let done = tmf.get(&path).await.body;
    assert_eq!(done["state"], "completed", "{done:#}");
    let other = json!({ "serviceOrderItem": [subscription("1", 50)] });
    tmf.patch(&path, &other).await.expect(409, "ITEM_BEGUN");
    let told = tmf.patch(&path, &json!({ "note": [{ "text": "thanks" }] })).await;
    assert_eq!(told.body["note"][0]["text"], "thanks", "{told:?}");
    assert_eq!(told.body["state"], "completed");
    tmf.app.drain().await;
}

#[tokio::test]
async fn an_order_is_deleted_when_its_end_is_published_and_not_before() {
    let tmf = Tmf::new().await;
    let unknown = json!({ "id": "1", "action": "add", "service": {} });
    let path = tmf.placed(ORDERS, &order(vec![unknown])).await;
    let message = json!({ "orderId": id_of(&path), "revision": 1, "correlationId": "c" });
    tmf.app.work("service-order-worker", sqs_event(&[&message.to_string()], 1)).await;
    assert_eq!(tmf.get(&path).await.body["state"], "rejected");
    tmf.send(Call::new("DELETE", &path)).await.expect(503, "UNAVAILABLE");
    tmf.app.drain().await;
    assert_eq!(tmf.send(Call::new("DELETE", &path)).await.status, 204);
}

/// Deletes an order; the same request again, when there is none any more, gets the same response.
async fn deleted_under_a_key(tmf: &Tmf, path: &str) {
    let delete = || Call::new("DELETE", path).header("idempotency-key", "d");
    assert_eq!(tmf.send(delete()).await.status, 204);
    let again = tmf.send(delete()).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (204, "true"));
}

#[tokio::test]
async fn an_order_that_has_ended_is_deleted_with_its_external_id() {
    let tmf = Tmf::new().await;
    let mut body = named("PO-1", 50);
    body.as_object_mut().unwrap().remove("requestedStartDate");
    let path = tmf.placed(ORDERS, &body).await;
    tmf.send(Call::new("DELETE", &path)).await.expect(409, "ORDER_NOT_ENDED");
    tmf.app.drain().await;
    deleted_under_a_key(&tmf, &path).await;
    tmf.get(&path).await.expect(404, "NOT_FOUND");
    tmf.send(Call::new("DELETE", &path)).await.expect(404, "NOT_FOUND");
    assert!(ids(&tmf.get(ORDERS).await).is_empty());
    tmf.app.drain().await;
    tmf.placed(ORDERS, &named("PO-1", 51)).await;
}

#[tokio::test]
async fn a_product_order_is_listed_amended_cancelled_and_deleted() {
    const CANCELS: &str = "/tmf-api/productOrderingManagement/v4/cancelProductOrder";
    let tmf = Tmf::new().await;
    let body = json!({
        "externalId": "PO-1", "requestedStartDate": "2030-01-01T00:00:00Z",
        "relatedParty": [{ "id": "customer-1" }],
        "productOrderItem": [
            { "id": "1", "action": "delete", "product": { "id": "msisdn:46708421488" },
              "productOffering": { "id": "mobile-subscription" } },
        ],
    });
    let path = tmf.placed(PRODUCTS, &body).await;
    assert_eq!(ids(&tmf.get(&format!("{PRODUCTS}?externalId=PO-1")).await), [id_of(&path)]);
    assert_eq!(ids(&tmf.get(&format!("{PRODUCTS}?relatedParty.id=customer-1")).await).len(), 1);
    let changed = tmf.patch(&path, &json!({ "priority": "1" })).await;
    assert_eq!((changed.status, &changed.body["priority"]), (200, &json!("1")));
    let again = tmf.post(PRODUCTS, &body).await;
    assert_eq!((again.status, &again.body["priority"]), (200, &json!("1")), "as it is now");
    let cancel = json!({ "productOrder": { "id": id_of(&path) } });
    let task = tmf.post(CANCELS, &cancel).await;
    assert_eq!((task.status, &task.body["state"]), (201, &json!("acknowledged")), "{task:?}");
    tmf.app.drain().await;
    assert_eq!(tmf.get(task.header("location")).await.body["state"], "done");
    assert_eq!(ids(&tmf.get(CANCELS).await), [task.body["id"].as_str().unwrap()]);
    deleted_under_a_key(&tmf, &path).await;
    assert!(ids(&tmf.get(PRODUCTS).await).is_empty());
    assert!(ids(&tmf.get(CANCELS).await).is_empty());
}

#[tokio::test]
async fn a_product_order_is_completed_as_a_service_order_is() {
    let tmf = Tmf::new().await;
    let named = |(name, value): (&str, &str)| json!({ "name": name, "value": value });
    let esim = [("countryCode", "PT"), ("email", "john@doe.com"), ("deviceType", "ios")];
    let body = json!({
        "externalId": "PO-1",
        "relatedParty": [{ "id": "customer-1", "@referredType": "Individual" }],
        "productOrderItem": [
            { "id": "1", "action": "add", "productOffering": { "id": "mobile-subscription" },
              "product": { "productCharacteristic": [
                  { "name": "iccid", "value": numbers::iccid(50).as_str() }] } },
            { "id": "2", "action": "add", "productOffering": { "id": ESIM_PRODUCT },
              "productOrderItemRelationship": [{ "id": "1", "relationshipType": "reliesOn" }],
              "itemPrice": [{ "price": { "taxIncludedAmount": { "unit": "USD", "value": 10 } } }],
              "product": { "productCharacteristic": esim.map(named) } },
        ],
    });
    let path = tmf.placed(PRODUCTS, &body).await;
    tmf.app.drain().await;
    let done = tmf.get(&path).await.body;
    assert_eq!(done["state"], "completed", "{done:#}");
    assert_eq!(done["@type"], "ProductOrder");
    let id = path.rsplit('/').next().unwrap();
    tmf.get(&format!("{ORDERS}/{id}")).await.expect(404, "NOT_FOUND");
    let without: Value = json!({ "productOrderItem": body["productOrderItem"] });
    let refused = tmf.post(PRODUCTS, &without).await.expect(400, "INVALID_PARAMETER");
    assert_eq!(refused.pointers(), ["/relatedParty"]);
}
