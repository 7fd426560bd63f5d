//! The walk-through of the README, by the API alone: also against a deployed stack.

use harness::{Api, Call, Response, cloud::Stack};
use serde_json::{Value, json};
use testkit::numbers;

const ALL: &str = "/ecc/v1/subscriptions";

/// Numbers not used by earlier runs: the SIM of a deleted subscription cannot be used again.
fn fresh() -> u64 {
    fastrand::u64(1..90_000_000)
}

fn body(n: u64) -> Value {
    json!({
        "iccid": numbers::iccid(n),
        "msisdn": numbers::msisdn(n),
        "imsi": numbers::imsi(n),
    })
}

fn path(n: u64) -> String {
    format!("{ALL}/msisdn:{}", numbers::msisdn(n))
}

/// Executes a change and reads the subscription again.
async fn change(api: &Api, call: Call, read: &str) -> Value {
    let order = api.send(call).await.order();
    api.completed(order).await;
    api.get(read).await.expect(200, "").body
}

#[tokio::test]
async fn a_subscription_is_created_changed_and_deleted() {
    let stack = Stack::start().await;
    let (api, n) = (&stack.one, fresh());
    let (path, sim) = (path(n), format!("{ALL}/iccid:{}", numbers::iccid(n)));

    let placed = api.post(ALL, &body(n)).await;
    let order = placed.order();
    assert_eq!(placed.body, json!({ "orderId": order, "orders": [order] }));
    assert_eq!(placed.headers["location"], format!("/ecc/v1/orders/{order}"));
    let done = api.completed(order).await;
    assert_eq!(done["orderId"], order);
    assert_eq!(done["operation"], "CREATE");
    assert_eq!(done["msisdn"], json!(numbers::msisdn(n)));
    assert_eq!(done["iccid"], json!(numbers::iccid(n)));
    assert_eq!(done["history"].as_array().map(Vec::len), Some(2));
    assert!(done["completionDate"].as_str() >= done["orderDate"].as_str());

    let read = api.get(&path).await.expect(200, "").body;
    assert_eq!(read, api.get(&sim).await.body);
    assert_eq!(read, api.get(&format!("{ALL}/imsi:{}", numbers::imsi(n))).await.body);
    assert_eq!(read["state"], "BEFORE_FIRST_USE");
    assert_eq!(read["outstandingOrder"], Value::Null);

    let patch = json!({
        "blocked": true, "state": "IN_USE", "odb-profile": 3, "static-ip": "10.1.2.3",
        "apn-ids": [7, 3], "tags": ["fleet", "north"],
    });
    let read = change(api, Call::new("PATCH", path.as_str()).json(&patch), &path).await;
    for (name, value) in patch.as_object().unwrap() {
        assert_eq!(read[name], *value, "{name}");
    }
    api.patch(&path, &patch).await.expect(204, "");

    let services = json!({ "services": [
        { "id": "SMS" }, { "id": "CALL_FORWARDING", "forward-number": "46701234567", "mode": "ALL" },
    ] });
    let call = Call::new("POST", format!("{path}/services")).json(&services);
    let read = change(api, call, &path).await;
    assert_eq!(read["services"].as_array().map(Vec::len), Some(2), "{read}");
    let limit = json!({ "limit": 5 });
    let call = Call::new("PATCH", format!("{path}/services/SMS")).json(&limit);
    let read = change(api, call, &path).await;
    assert!(read["services"].as_array().unwrap().iter().any(|s| s["limit"] == 5), "{read}");
    api.patch(&format!("{path}/services/SMS"), &limit).await.expect(204, "");
    let call = Call::new("DELETE", format!("{path}/services/CALL_FORWARDING/1"));
    change(api, call, &path).await;
    let read = change(api, Call::new("DELETE", format!("{path}/services/SMS")), &path).await;
    assert_eq!(read["services"], json!([]));

    let read = change(api, Call::new("POST", format!("{path}/tags/west")), &path).await;
    assert_eq!(read["tags"], json!(["fleet", "north", "west"]));
    api.send(Call::new("POST", format!("{path}/tags/west"))).await.expect(204, "");
    let read = change(api, Call::new("DELETE", format!("{path}/tags/west")), &path).await;
    assert_eq!(read["tags"], json!(["fleet", "north"]));
    api.delete(&format!("{path}/tags/west")).await.expect(204, "");

    let order = api.delete(&path).await.order();
    api.completed(order).await;
    for gone in [&path, &sim] {
        api.get(gone).await.expect(404, "NOT_FOUND");
    }
    // The number is free again; the SIM remains void.
    api.post(ALL, &body(n)).await.expect(409, "SIM_IN_USE");
    let again = json!({ "iccid": numbers::iccid(n + 100_000_000), "msisdn": numbers::msisdn(n) });
    api.created(&again).await;
    stack.finish().await;
}

#[tokio::test]
async fn a_new_sim_and_a_new_number_replace_the_old_ones() {
    let stack = Stack::start().await;
    let (api, n) = (&stack.one, fresh());
    let (new_sim, new_number) = (numbers::iccid(n + 100_000_000), numbers::msisdn(n + 1));
    api.created(&body(n)).await;
    let patch = json!({ "iccid": new_sim, "msisdn": new_number });
    let by_sim = format!("{ALL}/iccid:{new_sim}");
    let read = change(api, Call::new("PATCH", path(n)).json(&patch), &by_sim).await;
    assert_eq!(read["msisdn"], json!(new_number));
    assert_eq!(read, api.get(&path(n + 1)).await.body);
    api.get(&path(n)).await.expect(404, "NOT_FOUND");
    // The old number is free; the old SIM remains void.
    let old_number = json!({
        "iccid": numbers::iccid(n + 200_000_000), "msisdn": numbers::msisdn(n),
    });
    stack.other.created(&old_number).await;
    let old_sim = json!({ "iccid": numbers::iccid(n) });
    stack.other.post(ALL, &old_sim).await.expect(409, "SIM_IN_USE");
    stack.finish().await;
}

#[tokio::test]
async fn a_subscription_of_another_tenant_is_not_found_and_its_numbers_cannot_be_used() {
    let stack = Stack::start().await;
    let (owner, other, n) = (&stack.one, &stack.other, fresh());
    let order = owner.created(&body(n)).await;
    let unknown = other.get(&path(n + 1)).await.expect(404, "NOT_FOUND");
    let same =
        |response: Response| assert_eq!(response.expect(404, "NOT_FOUND").body, unknown.body);
    same(other.get(&path(n)).await);
    same(other.get(&format!("/ecc/v1/orders/{order}")).await);
    same(other.get("/ecc/v1/orders/1").await);
    same(other.patch(&path(n), &json!({ "blocked": true })).await);
    same(other.delete(&path(n)).await);
    let taken = other.post(ALL, &body(n)).await.expect(409, "SIM_IN_USE");
    assert!(taken.body.get("orderId").is_none(), "does not reveal the owner");
    let number = json!({ "iccid": numbers::iccid(n + 100_000_000), "msisdn": numbers::msisdn(n) });
    other.post(ALL, &number).await.expect(409, "MSISDN_IN_USE");
    stack.finish().await;
}

#[tokio::test]
async fn a_repeated_request_with_the_same_key_receives_the_first_response() {
    let stack = Stack::start().await;
    let (api, n) = (&stack.one, fresh());
    let key = format!("key-{}", fastrand::u64(..));
    let call =
        |body: &Value| Call::new("POST", ALL).json(body).header("idempotency-key", key.as_str());
    let first = api.send(call(&body(n))).await;
    let order = first.order();
    assert!(!first.headers.contains_key("idempotency-replayed"));
    api.completed(order).await;
    let again = api.send(call(&body(n))).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!((again.status, &again.body), (202, &first.body));
    assert_eq!(again.headers["location"], first.headers["location"]);
    api.send(call(&body(n + 1))).await.expect(422, "IDEMPOTENCY_KEY_REUSED");
    api.get(&path(n + 1)).await.expect(404, "NOT_FOUND");
    // The same key of another tenant is another key.
    let other = body(n + 2);
    let order = stack.other.send(call(&other)).await.order();
    stack.other.completed(order).await;
    stack.finish().await;
}

#[tokio::test]
async fn a_list_has_pages_and_is_sorted_newest_first() {
    let stack = Stack::start().await;
    let (api, n) = (&stack.one, fresh());
    let tag = format!("run-{n}");
    let mut placed = Vec::new();
    for number in n..n + 5 {
        let order = api.post(ALL, &body(number)).await.order();
        placed.push((number, order));
    }
    for (number, order) in &placed {
        api.completed(*order).await;
        let order = api.send(Call::new("POST", format!("{}/tags/{tag}", path(*number)))).await;
        api.completed(order.order()).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{ALL}?limit=2&tag={tag}{cursor}")).await.expect(200, "").body;
        let items = page["subscriptions"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item["msisdn"].clone()));
        match page["cursor"].as_str() {
            Some(next) => {
                // A cursor is valid for its tenant and list only.
                let stolen = format!("{ALL}?cursor={next}");
                stack.other.get(&stolen).await.expect(400, "INVALID_PARAMETER");
                cursor = format!("&cursor={next}");
            }
            None => break,
        }
    }
    let newest_first: Vec<Value> =
        (n..n + 5).rev().map(|number| json!(numbers::msisdn(number))).collect();
    assert_eq!(seen, newest_first);
    let state = format!("{ALL}?tag={tag}&state=IN_USE");
    assert_eq!(api.get(&state).await.body["subscriptions"], json!([]));
    assert_eq!(stack.other.get(&format!("{ALL}?tag={tag}")).await.body["subscriptions"], json!([]));
    let services = api.get("/ecc/v1/services").await.expect(200, "").body;
    assert!(services["services"].as_array().is_some_and(|services| !services.is_empty()));
    stack.finish().await;
}
