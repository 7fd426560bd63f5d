//! The local cloud as a separate process, or a deployed stack.
//!
//! `cargo xtask test` builds and installs the binaries and tools of a local cloud and sets their
//! paths. With `API_URL` (the base URL) and `API_CLIENTS` (a JSON list of `id`, `secret`, `tenant`;
//! at least two tenants) the tests named `walk_through::…` run against a deployed stack:
//! `cargo nextest run -p orderwire-tests --test e2e walk_through::`.

mod setup;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::PathBuf,
    process::{Child, Command, Output},
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::{
    Api, Credentials,
    emulator::{Queues, TableView},
    invariants,
    network::Network,
    sink::Sink,
    smdp::Smdp,
    wait,
};

pub use setup::Setup;

/// The queue of the subscription worker.
pub const WORK: &str = "SubscriptionWorkQueue";
/// Its dead-letter queue.
pub const DEAD_LETTERS: &str = "SubscriptionWorkDeadLetterQueue";

/// The dead-letter queue of the eSIM worker.
pub const ESIM_DEAD_LETTERS: &str = "EsimWorkDeadLetterQueue";

/// The subscription worker.
pub const WORKER: &str = "subscription-worker";
/// The worker of eSIM orders.
pub const ESIM_WORKER: &str = "esim-worker";
/// The sweeper.
pub const SWEEPER: &str = "sweeper";
/// The function that marks the orders of dead letters.
pub const DEAD_LETTER_CONSUMER: &str = "dead-letter-consumer";

const UNPREPARED: &str = "these tests need built binaries and tools: run `cargo xtask test`";

const READY_FILE: &str = "ready.json";

/// The directory of the binaries.
///
/// # Panics
/// The binaries are not built.
pub fn binaries() -> PathBuf {
    let given = env::var_os("LOCAL_BINARIES_DIR");
    given.map_or_else(|| panic!("{UNPREPARED}"), PathBuf::from)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    base_url: String,
    clients: Vec<Credentials>,
    dynamodb_endpoint: String,
    sqs_endpoint: String,
    table_name: String,
    queues: BTreeMap<String, String>,
    network: Address,
    webhook_sink: String,
    smdp: Admin,
    admin: String,
}

#[derive(Debug, Deserialize)]
struct Address {
    url: String,
}

#[derive(Debug, Deserialize)]
struct Admin {
    admin: String,
}

/// Two clients of a local or deployed stack, for the walk-throughs.
#[derive(Debug)]
pub struct Stack {
    /// A client.
    pub one: Api,
    /// A client of another tenant.
    pub other: Api,
    local: Option<Cloud>,
}

impl Stack {
    /// The deployed stack of `API_URL` if set, else a local cloud.
    ///
    /// # Panics
    /// Neither is available.
    pub async fn start() -> Self {
        let Ok(base) = env::var("API_URL") else {
            let cloud = Setup::new().start().await;
            return Self { one: cloud.api(), other: cloud.other(), local: Some(cloud) };
        };
        let clients = env::var("API_CLIENTS").expect("API_URL needs API_CLIENTS");
        let clients: Vec<Credentials> = serde_json::from_str(&clients).unwrap();
        let [one, other, ..] = clients.as_slice() else { panic!("API_CLIENTS needs two clients") };
        let api = |client: &Credentials| Api::new(http(), &base, client);
        Self { one: api(one), other: api(other), local: None }
    }

    /// Ends the test: checks that no work remains.
    pub async fn finish(self) {
        if let Some(cloud) = self.local {
            cloud.finish(&[]).await;
        }
    }
}

/// A running local cloud. It ends when this is dropped, and when the test is killed.
#[derive(Debug)]
pub struct Cloud {
    child: Child,
    http: reqwest::Client,
    ready: Ready,
    folder: TempDir,
    /// The network simulator.
    pub network: Network,
    /// The SM-DP+ simulator.
    pub smdp: Smdp,
    /// The webhook sink.
    pub sink: Sink,
    /// The queues.
    pub queues: Queues,
    /// The table.
    pub table: TableView,
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap()
}

impl Cloud {
    fn over(child: Child, ready: Ready, folder: TempDir) -> Self {
        let http = http();
        Self {
            network: Network::new(http.clone(), &ready.network.url),
            sink: Sink::new(http.clone(), &ready.webhook_sink),
            smdp: Smdp::new(http.clone(), &ready.smdp.admin),
            queues: Queues::new(http.clone(), &ready.sqs_endpoint, ready.queues.clone()),
            table: TableView::new(http.clone(), &ready.dynamodb_endpoint, &ready.table_name),
            child,
            http,
            ready,
            folder,
        }
    }

    /// The API as the first client.
    pub fn api(&self) -> Api {
        Api::new(self.http.clone(), &self.ready.base_url, &self.ready.clients[0])
    }

    /// The API as a client of another tenant.
    pub fn other(&self) -> Api {
        Api::new(self.http.clone(), &self.ready.base_url, &self.ready.clients[1])
    }

    /// The base URL of the API.
    pub fn base(&self) -> &str {
        self.ready.base_url.trim_end_matches('/')
    }

    /// The file with its addresses and credentials.
    pub fn ready_file(&self) -> PathBuf {
        self.folder.path().join(READY_FILE)
    }

    /// Writes the secret of the demo client with this id to a file.
    ///
    /// # Panics
    /// There is no such client.
    pub fn secret_file(&self, id: &str) -> PathBuf {
        let client = self.ready.clients.iter().find(|client| client.id == id).unwrap();
        let file = self.folder.path().join(format!("{id}.secret"));
        std::fs::write(&file, &client.secret).unwrap();
        file
    }

    /// The API as the demo client with this id.
    ///
    /// # Panics
    /// There is no such client.
    pub fn client(&self, id: &str) -> Api {
        let client = self.ready.clients.iter().find(|client| client.id == id).unwrap();
        Api::new(self.http.clone(), &self.ready.base_url, client)
    }

    /// The API as a client that was added later.
    pub fn client_with(&self, id: &str, secret: &str) -> Api {
        let (id, secret) = (id.to_owned(), secret.to_owned());
        let client = Credentials { id, secret, tenant: String::new() };
        Api::new(self.http.clone(), &self.ready.base_url, &client)
    }

    /// The log of a function.
    pub fn log(&self, function: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("{function}.log")))
            .unwrap_or_default()
    }

    /// Runs the operator's command line and returns its output.
    ///
    /// # Panics
    /// The command fails.
    pub fn operator(&self, arguments: &[&str]) -> String {
        let output = self.run_operator(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "operator {arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs the operator's command line, which must fail, and returns its error message.
    ///
    /// # Panics
    /// The command succeeds.
    pub fn operator_refuses(&self, arguments: &[&str]) -> String {
        let output = self.run_operator(arguments);
        assert!(!output.status.success(), "operator {arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn run_operator(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binaries().join("orderwire"));
        command.arg("--ready-file").arg(self.ready_file()).args(arguments);
        command.env("USER", "tests").output().unwrap_or_else(|_| panic!("{UNPREPARED}"))
    }

    /// Runs a scheduled function once and waits for it.
    pub async fn fire(&self, function: &str) {
        let url = format!("{}/schedules/{function}/fire", self.ready.admin);
        let response = self.http.post(url).send().await.unwrap();
        let status = response.status();
        assert!(status.is_success(), "{function}: {status} {}", response.text().await.unwrap());
    }

    async fn all_instances(&self) -> Vec<Value> {
        let url = format!("{}/functions", self.ready.admin);
        let listed: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
        listed["instances"].as_array().cloned().unwrap_or_default()
    }

    /// The functions that have a process.
    pub async fn running(&self) -> BTreeSet<String> {
        let all = self.all_instances().await;
        all.iter().filter_map(|instance| instance["function"].as_str()).map(str::to_owned).collect()
    }

    /// The files with the logs of all functions that ran.
    ///
    /// # Panics
    /// The folder cannot be read.
    pub fn logs(&self) -> Vec<(String, String)> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().flatten();
        let logs = files.filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            let function = name.strip_suffix(".log")?.to_owned();
            let text = std::fs::read(file.path()).ok()?;
            Some((function, String::from_utf8_lossy(&text).into_owned()))
        });
        logs.collect()
    }

    /// The processes of a function: (pid, invocations).
    pub async fn instances(&self, function: &str) -> Vec<(u64, u64)> {
        let instances = self.all_instances().await;
        instances
            .iter()
            .filter(|instance| instance["function"] == function)
            .map(|instance| {
                let number = |name| instance[name].as_u64().unwrap_or(0);
                (number("pid"), number("invocations"))
            })
            .collect()
    }

    /// Invokes a function with any event. Returns the status of the local cloud (502 if the
    /// function failed) and the response.
    pub async fn invoke(&self, function: &str, event: impl Into<Vec<u8>>) -> (u16, String) {
        let url = format!("{}/functions/{function}/invocations", self.ready.admin);
        let response = self.http.post(url).body(event.into()).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Kills every instance of a function as `kill -9` does, and returns their number.
    pub async fn kill(&self, function: &str) -> u64 {
        let url = format!("{}/functions/{function}/kill", self.ready.admin);
        let response = self.http.post(url).send().await.unwrap();
        response.json::<Value>().await.unwrap()["killed"].as_u64().unwrap()
    }

    /// Waits until every queue except these is empty.
    ///
    /// # Panics
    /// A queue still has messages after half a minute.
    pub async fn drained(&self, but: &[&str]) {
        wait::until_is("messages left", BTreeMap::new(), async || {
            let mut left = BTreeMap::new();
            for queue in self.queues.names().filter(|name| !but.contains(name)) {
                let depth = self.queues.depth(queue).await;
                if depth > 0 {
                    left.insert(queue.to_owned(), depth);
                }
            }
            left
        })
        .await;
    }

    /// Waits until the watchdog of an ended order is cleared, and returns its item: it is final.
    ///
    /// # Panics
    /// The watchdog is not cleared within half a minute.
    pub async fn idle(&self, order: u64) -> Map<String, Value> {
        wait::until("the order is idle", async || {
            self.table.order(order).await.filter(|item| !item.contains_key("dueAt"))
        })
        .await
    }

    /// Ends the test: waits until the other queues are empty and the watchdog of every ended order
    /// is cleared, and checks the invariants.
    ///
    /// # Panics
    /// A message or a watchdog remains, or an invariant is violated.
    pub async fn finish(self, but: &[&str]) {
        self.drained(but).await;
        wait::until_is("ended orders with a watchdog", 0, async || {
            let orders = self.table.of_kind("ORDER").await;
            let watched = |item: &&Map<String, Value>| {
                item["status"] != "PROVISIONING" && item.contains_key("dueAt")
            };
            orders.iter().filter(watched).count()
        })
        .await;
        self.drained(but).await;
        self.check().await;
    }

    /// Checks the invariants.
    ///
    /// # Panics
    /// An invariant is violated.
    pub async fn check(&self) {
        let broken = invariants::broken(&self.table.all().await, &self.network.ledger().await);
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // Its child processes end with it, which the tests of the local cloud verify.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            for function in ["subscriptions-api", "outbox-relay", WORKER, SWEEPER] {
                let log = self.log(function);
                let tail: Vec<&str> = log.lines().rev().take(8).collect();
                eprintln!("── last lines of {function}");
                tail.iter().rev().for_each(|line| eprintln!("{line}"));
            }
        }
    }
}
