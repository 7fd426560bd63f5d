//! The walk-through of eSIM orders (`infra/docs/walkthroughs/esim.md`), and the invariant that each
//! profile belongs to one order, under contention and when the worker is killed.

mod intervention;
mod stock;

use harness::{Api, Call, Cloud, Response, Setup, wait};
use serde_json::{Value, json};
use testkit::codes;

const ORDER: &str = "/esim/v1/order";
pub(crate) use harness::orders::{PRODUCT, esim as new_esim};

fn top_up(iccid: &Value, email: &str) -> Value {
    let mut body = new_esim(PRODUCT);
    body["input"]["operationType"] = json!("TOPUP");
    body["input"]["esim"] = json!({ "iccid": iccid });
    body["input"]["customer"]["email"] = json!(email);
    body
}

/// The path of an accepted order.
#[track_caller]
fn placed(response: &Response) -> String {
    assert_eq!(
        (response.status, &response.body["status"]),
        (201, &json!("ACCEPTED")),
        "{response:?}"
    );
    let path = format!("{ORDER}/{}", response.body["id"].as_str().unwrap());
    assert_eq!(response.headers["location"], path);
    path
}

async fn reseller(cloud: &Cloud) -> Api {
    cloud.client("demo-reseller").with_token().await
}

async fn completed(api: &Api, path: &str) -> Value {
    let order = wait::until("the order ends", async || {
        let order = api.get(path).await.body;
        matches!(order["status"].as_str(), Some("COMPLETED" | "FAILED")).then_some(order)
    });
    let order = order.await;
    assert_eq!(order["status"], "COMPLETED", "{order}");
    order
}

/// The items that an order may change: all but the signing keys, idempotency records and clients.
async fn esims(cloud: &Cloud) -> Vec<serde_json::Map<String, Value>> {
    let mut items = cloud.table.all().await;
    items.retain(|item| {
        let pk = item["pk"].as_str().unwrap();
        ["ESIM#", "ORDER#", "CUSTOMER#", "PROFILE#"].iter().any(|kind| pk.starts_with(kind))
    });
    items
}

#[tokio::test]
async fn an_esim_is_ordered_installed_and_topped_up() {
    let cloud = Setup::new().start().await;
    let api = reseller(&cloud).await;
    let call = Call::new("POST", ORDER).header("idempotency-key", "first").json(&new_esim(PRODUCT));
    let response = api.send(call.clone()).await;
    let path = placed(&response);
    let output = completed(&api, &path).await["output"].clone();
    let (host, matching) = (output["smdpUrl"].as_str().unwrap(), &output["matchingId"]);
    let code = format!("LPA:1${host}${}", matching.as_str().unwrap());
    assert_eq!(output["lpa_url"], code);
    let svg = api.get(&format!("{path}/qr")).await;
    assert_eq!(svg.headers["content-type"], "image/svg+xml");
    assert_eq!(codes::decoded(&codes::drawn(std::str::from_utf8(&svg.bytes).unwrap())), code);
    let png = Call::new("GET", format!("{path}/qr")).header("accept", "image/png");
    let png = api.send(png).await;
    assert_eq!(png.headers["content-type"], "image/png");
    assert_eq!(codes::decoded(&codes::unpacked(&png.bytes)), code);
    let again = api.send(call).await;
    assert_eq!((again.status, &again.body["id"]), (201, &response.body["id"]));

    let iccid = output["iccid"].as_str().unwrap();
    assert_eq!(cloud.smdp.download(iccid).await["state"], "Installed");
    wait::until("the order shows its installation", async || {
        let order = api.get(&path).await.body;
        order["installation"].is_object().then_some(())
    })
    .await;
    let path = placed(&api.post(ORDER, &top_up(&output["iccid"], "john@doe.com")).await);
    let topped_up = completed(&api, &path).await["output"].clone();
    assert_eq!(topped_up["iccid"], output["iccid"]);
    assert_eq!(topped_up.get("matchingId"), None, "it is installed already");
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn a_caller_without_rights_to_an_esim_can_neither_change_nor_read_it() {
    let cloud = Setup::new().start().await;
    let api = reseller(&cloud).await;
    let path = placed(&api.post(ORDER, &new_esim(PRODUCT)).await);
    let iccid = completed(&api, &path).await["output"]["iccid"].clone();
    let mut jane = new_esim(PRODUCT);
    jane["input"]["customer"]["email"] = json!("jane@doe.com");
    completed(&api, &placed(&api.post(ORDER, &jane).await)).await;
    wait::until_is("final statuses that are not published", 0, async || {
        let orders = cloud.table.of_kind("ORDER").await;
        orders.iter().filter(|order| order.contains_key("dueAt")).count()
    })
    .await;
    let before = esims(&cloud).await;

    let refused = api.post(ORDER, &top_up(&iccid, "jane@doe.com")).await;
    assert_eq!(
        (refused.status, &refused.body["type"]),
        (422, &json!("EMAIL_AND_ICCID_DO_NOT_MATCH"))
    );
    let refused = api.post(ORDER, &top_up(&iccid, "nobody@doe.com")).await;
    assert_eq!((refused.status, &refused.body["type"]), (422, &json!("CUSTOMER_MUST_EXIST")));

    let add = ["--json", "client", "add", "rival", "--tenant", "rival", "--role", "RESELLER"];
    let rival: Value = serde_json::from_str(&cloud.operator(&add)).unwrap();
    let rival = cloud.client_with("rival", rival["secret"].as_str().unwrap()).with_token().await;
    for seen in [rival.get(&path).await, rival.get(&format!("{path}/qr")).await] {
        assert_eq!((seen.status, &seen.body["type"]), (404, &json!("ORDER_NOT_FOUND")));
    }
    let buyer = cloud.client("demo-buyer").with_token().await;
    for denied in [buyer.get(&path).await, buyer.post(ORDER, &new_esim(PRODUCT)).await] {
        assert_eq!((denied.status, &denied.body["type"]), (403, &json!("ACCESS_DENIED")));
    }
    let basic = cloud.client("demo-reseller").get(&path).await;
    assert_eq!((basic.status, &basic.body["type"]), (401, &json!("UNAUTHORISED")));
    assert_eq!(esims(&cloud).await, before);
    cloud.finish(&[]).await;
}
