use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::{
    fixtures::{folder, local_cloud, small_template},
    whole::{fauxqs, invoke, started},
};

#[tokio::test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
async fn functions_run_under_cargo_lambda_watch_when_that_is_asked_for() {
    let kept = tempfile::tempdir().unwrap();
    let notes = kept.path().join("notes.json");
    let mut command = Command::new(local_cloud());
    command.args(["--runtime", "watch", "--watch-port", "0", "--port", "0", "--quiet"]);
    command.arg("--cargo-lambda").arg(folder().join("tests/data/cargo-lambda"));
    command.arg("--template").arg(small_template()).arg("--workspace").arg(kept.path());
    command.arg("--ready-file").arg(kept.path().join("ready.json"));
    command.arg("--fauxqs").arg(fauxqs()).env("NOTES", &notes).stdin(Stdio::piped());
    let mut running = started(command, kept);

    let noted: Value = serde_json::from_slice(&std::fs::read(&notes).unwrap()).unwrap();
    let arguments: Vec<&str> =
        noted["arguments"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(arguments[..2], ["lambda", "watch"]);
    assert!(arguments.ends_with(&["--features", "loopback"]), "{arguments:?}");
    assert_eq!(noted["table"], "ThingsTable", "the functions' environment");
    let answer = invoke(&running, "echo").await;
    let path = "/2015-03-31/functions/things-worker/invocations";
    assert_eq!(answer, json!({ "path": path, "event": { "do": "echo" } }));
    assert!(invoke(&running, "fail").await.to_string().contains("Asked"));

    let children = running.children();
    running.interrupt();
    running.wait_for_end(&children);
}
