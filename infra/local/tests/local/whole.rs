use std::{
    io::Read as _,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use orderwire_local::{queues, template::Place};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixtures::{folder, local_cloud, small_template, test_function};

pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) ready: Value,
    folder: TempDir,
}

pub(crate) fn fauxqs() -> PathBuf {
    match std::env::var_os("ORDERWIRE_FAUXQS") {
        Some(given) => given.into(),
        None => folder().join("../../.tools/node/node_modules/fauxqs"),
    }
}

/// The binary on the small template with the test function in every role.
fn command(folder: &Path) -> Command {
    for function in ["things-api", "things-worker"] {
        symlink(test_function(), folder.join(function)).unwrap();
    }
    let mut command = Command::new(local_cloud());
    command.arg("--template").arg(small_template());
    command.arg("--bin-dir").arg(folder).arg("--ready-file").arg(folder.join("ready.json"));
    command.args(["--runtime", "native", "--port", "0", "--quiet", "--fauxqs"]).arg(fauxqs());
    command.stdin(Stdio::piped());
    command
}

/// What it says when it does not start: one line, and exit code 1.
pub(crate) fn refusal(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path()).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    // A test beside this one may have a port that the folder had: said, and no refusal.
    let refusals: Vec<_> = said.lines().filter(|line| !line.contains("for this run")).collect();
    let [refusal] = refusals[..] else { panic!("{said}") };
    refusal.to_owned()
}

pub(crate) fn start(arguments: &[&str]) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    command.args(arguments);
    started(command, folder)
}

/// Starts the local cloud and waits until it has written `ready.json` into the folder.
pub(crate) fn started(mut command: Command, folder: TempDir) -> Running {
    let ready_file = folder.path().join("ready.json");
    let child = command.spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while !ready_file.is_file() {
        assert!(Instant::now() < until, "not ready");
        std::thread::sleep(Duration::from_millis(20));
    }
    let ready = serde_json::from_slice(&std::fs::read(&ready_file).unwrap()).unwrap();
    Running { child, ready, folder }
}

impl Running {
    pub(crate) fn ready_file(&self) -> PathBuf {
        self.folder.path().join("ready.json")
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let endpoint = self.ready["sqsEndpoint"].as_str().unwrap();
        queues::client(endpoint, &Place::local(endpoint))
    }

    pub(crate) fn queue(&self, name: &str) -> String {
        self.ready["queues"][name].as_str().unwrap().to_owned()
    }

    /// Ends it as Ctrl-C does, and waits for that.
    pub(crate) fn interrupt(&mut self) {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(self.child.wait().unwrap().success());
    }

    fn url(&self, key: &str, path: &str) -> String {
        format!("{}{path}", self.ready[key].as_str().unwrap())
    }

    /// Children of all threads.
    pub(crate) fn children(&self) -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let children = tasks
            .map(|task| std::fs::read_to_string(task.unwrap().path().join("children")).unwrap());
        children
            .flat_map(|pids| pids.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }

    pub(crate) fn wait_for_end(&mut self, children: &[String]) {
        let until = Instant::now() + Duration::from_secs(10);
        self.child.wait().unwrap();
        while children.iter().any(|pid| alive(pid)) {
            assert!(Instant::now() < until, "orphans: {children:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn alive(pid: &str) -> bool {
    Path::new("/proc").join(pid).join("exe").exists()
}

pub(crate) async fn invoke(running: &Running, what: &str) -> Value {
    let url = running.url("admin", "/functions/things-worker/invocations");
    let request = reqwest::Client::new().post(url).json(&json!({ "do": what }));
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
async fn failed_messages_come_again_and_end_in_the_dead_letter_queue() {
    let running = start(&["--param", "Seconds=1"]);
    let endpoint = running.ready["sqsEndpoint"].as_str().unwrap();
    let sqs = queues::client(endpoint, &Place::local(endpoint));
    let url = |name: &str| running.ready["queues"][name].as_str().unwrap().to_owned();
    for body in ["fine", "fail"] {
        let sent = sqs.send_message().queue_url(url("WorkQueue")).message_body(body);
        sent.send().await.unwrap();
    }
    let dead = sqs.receive_message().queue_url(url("DeadQueue")).wait_time_seconds(20);
    let dead = dead.send().await.unwrap();
    let bodies: Vec<_> = dead.messages().iter().map(|message| message.body().unwrap()).collect();
    assert_eq!(bodies, ["fail"]);
}

#[tokio::test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
async fn nothing_outlives_a_signal_a_kill_or_a_closed_input() {
    let how: [fn(&mut Running); 3] = [
        |running| {
            let pid = running.child.id().to_string();
            Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        },
        |running| running.child.kill().unwrap(),
        |running| drop(running.child.stdin.take()),
    ];
    for end in how {
        let mut running = start(&["--stop-with-stdin"]);
        invoke(&running, "echo").await;
        let children = running.children();
        assert_eq!(children.len(), 2, "fauxqs and one instance");
        end(&mut running);
        // Waiting closes the input that is still there: a signal must be enough.
        let input = running.child.stdin.take();
        running.wait_for_end(&children);
        drop(input);
    }
}

#[tokio::test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
async fn a_data_folder_keeps_the_credentials() {
    let kept = tempfile::tempdir().unwrap();
    let data = kept.path().to_str().unwrap();
    let clients = |arguments: &[&str]| start(arguments).ready["clients"].clone();
    let first = clients(&["--data", data]);
    assert_eq!(first, clients(&["--data", data]));
    assert_ne!(first, clients(&[]));
    assert_eq!(first.as_array().unwrap().len(), 8);
}

#[tokio::test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
async fn a_client_that_an_older_data_folder_does_not_keep_is_added() {
    let kept = tempfile::tempdir().unwrap();
    let data = kept.path().to_str().unwrap();
    let file = kept.path().join("clients.json");
    let clients = || start(&["--data", data]).ready["clients"].clone();
    let first = clients();
    let older: Vec<&Value> = first.as_array().unwrap().iter().take(2).collect();
    std::fs::write(&file, serde_json::to_vec(&older).unwrap()).unwrap();
    let second = clients();
    assert_eq!((&second[0], &second[1]), (&first[0], &first[1]));
    assert_eq!(second.as_array().unwrap().len(), first.as_array().unwrap().len());
}

#[tokio::test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
async fn the_ready_file_names_a_buyer_and_a_seller_with_their_parties() {
    let running = start(&[]);
    let clients = running.ready["clients"].as_array().unwrap();
    let of = |role: &str| {
        let client = clients.iter().find(|client| client["roles"] == json!([role])).unwrap();
        client["parties"].clone()
    };
    assert_eq!(of("buyer"), json!(["Verizon"]));
    assert_eq!(of("seller"), json!(["Cox Spectrum Business", "Cox"]));
}

#[tokio::test]
#[ignore = "needs fauxqs; `cargo xtask test` installs it and runs this"]
async fn the_issuer_of_access_tokens_is_the_local_address_unless_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("environment");
    let issuer = |arguments: &[&str]| {
        let running = start(&[&["--env-file", file.to_str().unwrap()], arguments].concat());
        let lines = std::fs::read_to_string(&file).unwrap();
        let issuer = lines.lines().find_map(|line| line.strip_prefix("TOKEN_ISSUER="));
        (issuer.unwrap().to_owned(), running.ready["baseUrl"].as_str().unwrap().to_owned())
    };
    let (own, base_url) = issuer(&[]);
    assert_eq!(own, base_url);
    let given = "TokenIssuer=https://orders.example.com";
    assert_eq!(issuer(&["--param", given]).0, "https://orders.example.com");
}

#[test]
fn a_missing_prerequisite_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(local_cloud());
    command.args(["--runtime", "native", "--fauxqs"]).arg(folder.path());
    command.arg("--template").arg(small_template()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(said.starts_with("orderwire-local: queues: no fauxqs in "), "{said}");
    assert_eq!(said.lines().count(), 1);
}
