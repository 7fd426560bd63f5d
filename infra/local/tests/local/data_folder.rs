use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::whole::{Running, refusal, start};

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn get(url: String) -> Value {
    client().get(url).send().await.unwrap().json().await.unwrap()
}

fn text<'a>(running: &'a Running, pointer: &str) -> &'a str {
    running.ready.pointer(pointer).and_then(Value::as_str).unwrap()
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
async fn a_data_folder_keeps_simulators_secrets_and_addresses() {
    let kept = tempfile::tempdir().unwrap();
    let data = kept.path().to_str().unwrap();
    let mut first = start(&["--data", data]);
    let operation = json!({ "kind": "CREATE", "subscription": { "iccid": "1", "msisdn": "2" } });
    let network = text(&first, "/network/url").to_owned();
    let sent = client().post(format!("{network}/operations")).header("idempotency-key", "k");
    assert_eq!(sent.json(&operation).send().await.unwrap().status(), 200);
    let delivery = json!({ "profileType": "consumer", "count": 1, "prefix": "8946117799" });
    let smdp = text(&first, "/smdp/admin").to_owned();
    client().post(format!("{smdp}/profiles")).json(&delivery).send().await.unwrap();
    let ready = first.ready.clone();
    first.interrupt();

    let second = start(&["--data", data]);
    // A process has its own id, and a link is used once.
    let what_stays = |ready: &Value| {
        let mut ready = ready.clone();
        (ready["pid"], ready["consoleLink"]) = (Value::Null, Value::Null);
        ready
    };
    assert_eq!(what_stays(&second.ready), what_stays(&ready), "addresses and secrets");
    let subscriber = get(format!("{network}/subscribers/1")).await;
    assert_eq!(subscriber["msisdn"], "2");
    let again = client().post(format!("{network}/operations")).header("idempotency-key", "k");
    again.json(&operation).send().await.unwrap();
    let operations = get(format!("{network}/operations")).await;
    assert_eq!(operations["operations"][0]["applied"], 1, "done before, not again");
    let profiles = get(format!("{smdp}/profiles")).await;
    let delivered = profiles["profiles"].as_array().unwrap().iter();
    let delivered = delivered.filter(|p| p["iccid"].as_str().unwrap().starts_with("8946117799"));
    assert_eq!(delivered.count(), 1);
}

#[tokio::test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
async fn a_message_that_was_being_handled_can_be_received_at_once_after_a_restart() {
    let kept = tempfile::tempdir().unwrap();
    let data = kept.path().to_str().unwrap();
    let mut first = start(&["--data", data]);
    let (sqs, queue) = (first.sqs(), first.queue("DeadQueue"));
    sqs.send_message().queue_url(&queue).message_body("order").send().await.unwrap();
    let take = || sqs.receive_message().queue_url(&queue).visibility_timeout(600).send();
    let taken = take().await.unwrap();
    assert_eq!(taken.messages().len(), 1);
    // Let go of, it can be received again: also when it is kept.
    let receipt = taken.messages()[0].receipt_handle().unwrap();
    let shown = sqs.change_message_visibility().queue_url(&queue).receipt_handle(receipt);
    shown.visibility_timeout(0).send().await.unwrap();
    assert_eq!(take().await.unwrap().messages().len(), 1);
    assert_eq!(take().await.unwrap().messages().len(), 0);
    first.interrupt();

    let second = start(&["--data", data]);
    assert_eq!(second.queue("DeadQueue"), queue);
    let sqs = second.sqs();
    let waited = sqs.receive_message().queue_url(&queue).wait_time_seconds(5);
    assert_eq!(waited.send().await.unwrap().messages().len(), 1);
}

#[test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
fn a_folder_in_use_is_refused_and_the_first_goes_on() {
    let kept = tempfile::tempdir().unwrap();
    let data = kept.path().to_str().unwrap();
    let first = start(&["--data", data]);
    let said = refusal(&["--data", data]);
    assert!(said.contains(&format!("in use by process {}", first.child.id())), "{said}");
    assert!(said.contains(data), "{said}");
}

#[test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
fn what_is_damaged_or_missing_is_said_in_one_line_that_names_it() {
    let kept = tempfile::tempdir().unwrap();
    let data = kept.path().to_str().unwrap();
    start(&["--data", data]).interrupt();
    let clients = kept.path().join("clients.json");
    let right = fs::read(&clients).unwrap();
    for wrong in ["", "{", "[{}]"] {
        fs::write(&clients, wrong).unwrap();
        let said = refusal(&["--data", data]);
        assert!(said.contains(&format!("{} is damaged", clients.display())), "{said}");
        assert!(said.contains("move it away and start again"), "{said}");
    }
    fs::remove_file(&clients).unwrap();
    let said = refusal(&["--data", data]);
    assert!(said.contains(&format!("{} is missing", clients.display())), "{said}");
    assert!(said.contains("start again"), "{said}");
    fs::write(&clients, right).unwrap();
    for name in ["tables.sqlite", "fauxqs.db", "simulators.sqlite", "ports.json"] {
        let file = kept.path().join(name);
        let before = fs::read(&file).unwrap();
        fs::write(&file, "garbage").unwrap();
        let said = refusal(&["--data", data]);
        assert!(said.contains(&file.display().to_string()), "{said}");
        fs::write(&file, before).unwrap();
    }
    let file = kept.path().join("file");
    fs::write(&file, "").unwrap();
    let said = refusal(&["--data", file.to_str().unwrap()]);
    assert!(said.contains("this is a file, not a folder"), "{said}");
}

#[test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
fn files_with_secrets_are_their_owners_and_the_ready_file_ends_with_the_cloud() {
    let kept = tempfile::tempdir().unwrap();
    let environment = kept.path().join("functions.env");
    let data = kept.path().join("data");
    let mut running =
        start(&["--data", data.to_str().unwrap(), "--env-file", environment.to_str().unwrap()]);
    let ready = running.ready_file();
    for file in [&ready, &environment, &data.join("clients.json"), &data.join("simulators.sqlite")]
    {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
    let start = Instant::now();
    running.interrupt();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(!ready.exists());
}
