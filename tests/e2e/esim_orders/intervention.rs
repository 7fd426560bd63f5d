//! Interventions of the operator: a top-up with an unknown effect, and a quarantined profile.

use harness::{
    Api, Cloud, Setup,
    cloud::{DEAD_LETTER_CONSUMER, ESIM_DEAD_LETTERS},
    wait,
};
use serde_json::{Value, json};

use super::{ORDER, PRODUCT, completed, new_esim, placed, reseller, top_up};

async fn ordered(api: &Api) -> Value {
    let path = placed(&api.post(ORDER, &new_esim(PRODUCT)).await);
    completed(api, &path).await["output"].clone()
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn json(cloud: &Cloud, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["--json"].iter().chain(arguments).copied().collect();
    serde_json::from_str(&cloud.operator(&all)).unwrap()
}

async fn needing_intervention(cloud: &Cloud, api: &Api, body: &Value) -> String {
    let path = placed(&api.post(ORDER, body).await);
    wait::until("the order is left to a person", async || {
        (cloud.queues.depth(ESIM_DEAD_LETTERS).await > 0).then_some(())
    })
    .await;
    let shown = json(cloud, &["order", "list", "--needs-intervention"]);
    assert_eq!(shown["orders"][0]["id"], id(&path), "{shown}");
    path
}

#[tokio::test]
async fn a_top_up_with_an_unknown_effect_is_completed_by_the_operator() {
    let short = Setup::new().parameter("WorkMaxReceives", 2).parameter("WorkVisibilitySeconds", 1);
    let cloud = short.start().await;
    let api = reseller(&cloud).await;
    let output = ordered(&api).await;
    cloud.network.misbehave(&json!({ "mode": "error500" })).await;
    let body = top_up(&output["iccid"], "john@doe.com");
    let path = needing_intervention(&cloud, &api, &body).await;
    let locked = api.post(ORDER, &body).await;
    assert_eq!((locked.status, &locked.body["type"]), (409, &json!("ORDER_OUTSTANDING")));
    let arguments = ["order", "resolve", id(&path), "--as", "COMPLETED", "--reason", "it is there"];
    assert_eq!(json(&cloud, &arguments)["status"], "COMPLETED");
    assert_eq!(completed(&api, &path).await["output"]["iccid"], output["iccid"]);
    // Its redriven dead letter has no effect, and its eSIM is unlocked for the next top-up.
    cloud.network.behave().await;
    cloud.operator(&["dead-letters", "redrive", "--all"]);
    completed(&api, &placed(&api.post(ORDER, &body).await)).await;
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn a_redriven_order_continues_at_its_last_step() {
    let short = Setup::new().parameter("WorkMaxReceives", 2).parameter("WorkVisibilitySeconds", 1);
    let cloud = short.start().await;
    let api = reseller(&cloud).await;
    cloud.smdp.misbehave(&json!({ "mode": "error500" })).await;
    let path = needing_intervention(&cloud, &api, &new_esim(PRODUCT)).await;
    cloud.fire(DEAD_LETTER_CONSUMER).await;
    // It fails once more, which does not end the retries.
    cloud.smdp.misbehave(&json!({ "mode": "error500", "times": 1 })).await;
    cloud.operator(&["dead-letters", "redrive", "--order", id(&path)]);
    completed(&api, &path).await;
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn a_profile_unknown_to_the_sm_dp_plus_is_quarantined_until_the_operator_releases_it() {
    let cloud = Setup::new().start().await;
    let api = reseller(&cloud).await;
    let unknown = json!({
        "mode": "failed", "subjectCode": "8.2.1", "reasonCode": "3.9",
        "function": "downloadOrder", "times": 1,
    });
    cloud.smdp.misbehave(&unknown).await;
    let output = ordered(&api).await;
    let listed = json(&cloud, &["profiles", "quarantined"]);
    let [profile] = listed["profiles"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    let iccid = profile["iccid"].as_str().unwrap();
    assert_ne!(output["iccid"], iccid);
    let release = ["profiles", "release", iccid, "--reason", "delivered by now"];
    assert_eq!(json(&cloud, &release)["profileType"], "consumer");
    assert_eq!(json(&cloud, &["profiles", "quarantined"])["profiles"], json!([]));
    cloud.operator_refuses(&release);
    let items = cloud.table.all().await;
    let free = items.iter().filter(|item| item["sk"] == iccid).count();
    assert_eq!(free, 1, "it is in the pool again");
    cloud.finish(&[]).await;
}
