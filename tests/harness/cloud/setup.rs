//! The configuration and start of a local cloud.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{Cloud, READY_FILE, Ready, UNPREPARED, binaries};
use crate::{Faults, template::root};

/// The configuration of a local cloud.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    parameters: Vec<(&'static str, String)>,
    concurrency: Option<usize>,
    data: Option<PathBuf>,
    binaries: Option<PathBuf>,
    port: u16,
    faults: Option<Faults>,
    every: u32,
    osmo_hlr: bool,
    ovs: bool,
}

impl Setup {
    /// The template's defaults; schedules run only by [`Cloud::fire`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts reserved values. Without this the template's default counts here, not the local
    /// cloud's: what is published in a sandbox is read first, which no other deployment does.
    #[must_use]
    pub fn sandbox(self) -> Self {
        self.parameter("Sandbox", true)
    }

    /// Sets a template parameter; the last value given to one counts.
    #[must_use]
    pub fn parameter(mut self, name: &'static str, value: impl ToString) -> Self {
        self.parameters.retain(|(known, _)| *known != name);
        self.parameters.push((name, value.to_string()));
        self
    }

    /// Limits the instances of each function.
    #[must_use]
    pub fn concurrency(mut self, instances: usize) -> Self {
        self.concurrency = Some(instances);
        self
    }

    /// Loads the data from this folder and keeps it there.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// Uses the binaries in this folder in place of those functions of the program.
    #[must_use]
    pub fn binaries(mut self, folder: &Path) -> Self {
        self.binaries = Some(folder.to_owned());
        self
    }

    /// Uses the API address of a local cloud that has ended.
    ///
    /// # Panics
    /// The address has no port.
    #[must_use]
    pub fn at(mut self, base: &str) -> Self {
        self.port = base.rsplit_once(':').unwrap().1.parse().unwrap();
        self
    }

    /// Leads the calls of all functions to table, queues and network through these proxies.
    #[must_use]
    pub fn faults(mut self, faults: &Faults) -> Self {
        self.faults = Some(faults.clone());
        self.parameter("SubscriptionNetworkUrl", faults.network())
    }

    /// Carries subscription orders out in a real home location register.
    #[must_use]
    pub fn osmo_hlr(mut self) -> Self {
        self.osmo_hlr = true;
        self
    }

    /// Carries the orders of automatic Sellers out in a real switch.
    #[must_use]
    pub fn ovs(mut self) -> Self {
        self.ovs = true;
        self
    }

    /// Runs the schedules every so many seconds.
    #[must_use]
    pub fn scheduled(mut self, seconds: u32) -> Self {
        self.every = seconds;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// It does not start, or the binaries are not built.
    pub async fn start(self) -> Cloud {
        assert!(env::var_os("API_URL").is_none(), "this test needs the local cloud, not API_URL");
        let folder = tempfile::tempdir().unwrap();
        let ready_file = folder.path().join(READY_FILE);
        let mut command = Command::new(binaries().join("orderwire-local"));
        command
            .current_dir(root())
            .args(["--schedule-seconds", &self.every.to_string(), "--quiet"])
            .args(["--port", &self.port.to_string()])
            .arg("--stop-with-stdin")
            .arg("--ready-file")
            .arg(&ready_file)
            .arg("--logs")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        if !self.parameters.iter().any(|(name, _)| *name == "Sandbox") {
            command.args(["--param", "Sandbox=false"]);
        }
        for (name, value) in &self.parameters {
            command.arg("--param").arg(format!("{name}={value}"));
        }
        if self.osmo_hlr {
            command.args(["--network", "osmo-hlr"]);
        }
        if self.ovs {
            command.args(["--ethernet", "ovs"]);
        }
        if let Some(folder) = &self.binaries {
            command.arg("--bin-dir").arg(folder);
        }
        if let Some(folder) = &self.data {
            command.arg("--data").arg(folder);
        }
        if let Some(instances) = self.concurrency {
            command.arg("--concurrency").arg(instances.to_string());
        }
        for (name, value) in self.faults.iter().flat_map(Faults::environment) {
            command.arg("--function-env").arg(format!("{name}={value}"));
        }
        let mut child = command.spawn().unwrap_or_else(|_| panic!("{UNPREPARED}"));
        let end = Instant::now() + Duration::from_secs(60);
        while !ready_file.is_file() {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "the local cloud does not start; {UNPREPARED}");
            assert!(Instant::now() < end, "the local cloud is not ready within a minute");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let ready: Ready = serde_json::from_slice(&std::fs::read(&ready_file).unwrap()).unwrap();
        if let Some(faults) = &self.faults {
            let services = [
                &ready.dynamodb_endpoint,
                &ready.sqs_endpoint,
                &ready.network.url,
                &ready.webhook_sink,
            ];
            faults.forward_to(services.map(Clone::clone));
        }
        Cloud::over(child, ready, folder)
    }
}
