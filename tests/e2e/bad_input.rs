//! Invalid input is refused with all violations, changes nothing, and never causes a server error.

use harness::{Api, Call, Cloud, Setup};
use serde_json::{Value, json};
use testkit::numbers;

const ALL: &str = "/ecc/v1/subscriptions";

async fn items(cloud: &Cloud) -> Vec<String> {
    let mut items: Vec<String> =
        cloud.table.all().await.into_iter().map(|item| Value::Object(item).to_string()).collect();
    items.sort();
    items
}

fn pointers(body: &Value) -> Vec<&str> {
    let errors = body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().filter_map(|error| error["pointer"].as_str()).collect()
}

#[tokio::test]
async fn invalid_input_is_refused_with_all_violations_and_stores_nothing() {
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    let before = items(&cloud).await;

    let bad = json!({
        "iccid": "8946117771000170000", "msisdn": "0123", "imsi": 24, "odb-profile": 14,
        "status": "COMPLETED", "tenant": "demo-2", "pk": "SUB#1",
    });
    let response = api.post(ALL, &bad).await.expect(400, "INVALID_PARAMETER");
    let expected = ["/iccid", "/msisdn", "/imsi", "/odb-profile", "/status", "/tenant", "/pk"];
    let mut found = pointers(&response.body);
    found.sort_unstable();
    let mut wanted = expected.to_vec();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "{}", response.body);

    for query in ["limit=0", "limit=101", "limit=x", "state=GONE", "cursor=x", "tag=a%23b"] {
        let response = api.get(&format!("{ALL}?{query}")).await.expect(400, "INVALID_PARAMETER");
        let name = query.split('=').next().unwrap_or_default();
        assert_eq!(pointers(&response.body), [format!("query/{name}")]);
    }
    for path in ["msisdn:abc", "iccid:1", "imsi:24", "email:a@b", "46708421488", "msisdn:1%23"] {
        let response = api.get(&format!("{ALL}/{path}")).await.expect(400, "INVALID_PARAMETER");
        assert_eq!(pointers(&response.body), ["path/subscription"]);
    }
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    for body in ["", "{", "[]", "null", "\"text\"", "{\"iccid\":1}", "{\"a\":1e999}", deep.as_str()]
    {
        let call = Call::new("POST", ALL).bytes("application/json", body);
        api.send(call).await.expect(400, "INVALID_PARAMETER");
    }

    let sim = json!({ "iccid": numbers::iccid(1) }).to_string();
    for media in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        let call = Call::new("POST", ALL).bytes(media, sim.as_str());
        api.send(call).await.expect(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let large = format!("{{\"iccid\":\"{}\"}}", "8".repeat(257 * 1024));
    api.send(Call::new("POST", ALL).bytes("application/json", large))
        .await
        .expect(413, "TOO_LARGE");
    unsupported_methods(&api).await;
    for path in ["/ecc/v1/nothing", "/ecc/v1/order", "/ecc/v1/subscriptions/a/b/c/d"] {
        api.get(path).await.expect(404, "NOT_FOUND");
    }
    for key in ["k".repeat(256), "ключ".to_owned()] {
        let call = Call::new("POST", ALL).bytes("application/json", sim.as_str());
        api.send(call.header("idempotency-key", key)).await.expect(400, "INVALID_PARAMETER");
    }
    assert_eq!(items(&cloud).await, before, "something was stored");
    assert_eq!(cloud.network.ledger().await, []);
    cloud.finish(&[]).await;
}

async fn unsupported_methods(api: &Api) {
    for (method, path, allow) in [
        ("PUT", ALL.to_owned(), "GET, HEAD, POST"),
        ("DELETE", ALL.to_owned(), "GET, HEAD, POST"),
        ("POST", format!("{ALL}/msisdn:46700000001"), "DELETE, GET, HEAD, PATCH"),
        ("GET", format!("{ALL}/msisdn:46700000001/services"), "POST"),
        ("POST", "/ecc/v1/services".to_owned(), "GET, HEAD"),
        ("DELETE", "/ecc/v1/orders/1".to_owned(), "GET, HEAD"),
    ] {
        let response = api.send(Call::new(method, path.as_str())).await;
        let response = response.expect(405, "METHOD_NOT_ALLOWED");
        let mut allowed: Vec<&str> = response.headers["allow"].split(", ").collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(", "), allow, "{method} {path}");
    }
}

#[tokio::test]
async fn an_unassignable_service_and_a_tag_above_the_limit_are_refused() {
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    let body = json!({ "iccid": numbers::iccid(1), "msisdn": numbers::msisdn(1) });
    let order = api.created(&body).await;
    cloud.idle(order).await;
    let path = format!("{ALL}/msisdn:{}", numbers::msisdn(1));
    let before = items(&cloud).await;
    let services = |id: &str| json!({ "services": [{ "id": id }] });
    let add = format!("{path}/services");
    api.post(&add, &services("NO_SUCH")).await.expect(400, "UNKNOWN_SERVICE");
    api.delete(&format!("{add}/SMS")).await.expect(400, "UNKNOWN_SERVICE");
    api.patch(&format!("{add}/SMS"), &json!({ "limit": 1 })).await.expect(400, "UNKNOWN_SERVICE");
    api.delete(&format!("{add}/SMS/0")).await.expect(400, "INVALID_PARAMETER");
    for patch in [
        json!({}),
        json!({ "state": "BEFORE_FIRST_USE" }),
        json!({ "tags": ["a#b"] }),
        json!({ "tags": (0..11).map(|n| format!("t{n}")).collect::<Vec<_>>() }),
        json!({ "static-ip": "10.0.0.256" }),
        json!({ "apn-ids": [-1] }),
        json!({ "outstandingOrder": null }),
    ] {
        let response = api.patch(&path, &patch).await.expect(400, "INVALID_PARAMETER");
        assert!(!pointers(&response.body).is_empty(), "{patch}");
    }
    let long = "t".repeat(101);
    api.send(Call::new("POST", format!("{path}/tags/{long}")))
        .await
        .expect(400, "INVALID_PARAMETER");
    assert_eq!(items(&cloud).await, before, "something was stored");
    cloud.finish(&[]).await;
}
