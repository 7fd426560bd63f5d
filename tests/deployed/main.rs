//! The binaries of `sam build` in a local cloud: run by `cargo xtask sam`, which sets their
//! directory in `SAM_BUILD_DIR`.

#![cfg(test)]

use std::{env, os::unix::fs::symlink, path::PathBuf};

use harness::{Cloud, Setup, wait};
use serde_json::json;
use tempfile::TempDir;
use testkit::numbers;

/// A directory with this function as it is deployed: it runs in place of the local program's.
fn deployed(function: &str, logical_id: &str) -> TempDir {
    let built = env::var_os("SAM_BUILD_DIR").expect("run by `cargo xtask sam`");
    let bootstrap = PathBuf::from(built).join(logical_id).join("bootstrap");
    assert!(bootstrap.is_file(), "{}", bootstrap.display());
    let folder = tempfile::tempdir().unwrap();
    symlink(bootstrap, folder.path().join(function)).unwrap();
    folder
}

async fn register(cloud: &Cloud) -> harness::Response {
    let body = json!({ "url": cloud.sink.endpoint("mine"), "events": ["*"] });
    cloud.api().post("/webhooks", &body).await
}

#[tokio::test]
async fn the_deployed_sender_does_not_call_loopback_addresses() {
    let folder = deployed("webhook-sender", "WebhookSenderFunction");
    let cloud = Setup::new().binaries(folder.path()).start().await;
    let registered = register(&cloud).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let path = format!("/webhooks/{}/deliveries", registered.body["id"].as_str().unwrap());
    let api = cloud.api();
    api.created(&json!({ "iccid": numbers::iccid(1) })).await;
    wait::until("both messages are attempted", async || {
        let log = api.get(&path).await.expect(200, "").body;
        let attempted = log["deliveries"].as_array().unwrap().iter().filter(|delivery| {
            delivery["attempts"].as_array().unwrap().iter().any(|one| one["error"] == "forbidden")
        });
        (attempted.count() == 2).then_some(())
    })
    .await;
    assert!(cloud.sink.received().await.is_empty());
}

#[tokio::test]
async fn the_deployed_api_refuses_loopback_addresses() {
    let folder = deployed("webhooks-api", "WebhooksApiFunction");
    let cloud = Setup::new().binaries(folder.path()).start().await;
    let refused = register(&cloud).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(cloud.api().get("/webhooks").await.body["webhooks"], json!([]));
}
