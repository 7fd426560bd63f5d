//! How a local cloud is put up.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{Cloud, READY_FILE, Ready, UNPREPARED, binaries};
use crate::template::root;

/// How the local cloud is put up.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    parameters: Vec<(&'static str, String)>,
    concurrency: Option<usize>,
    data: Option<PathBuf>,
    binaries: Option<PathBuf>,
    port: u16,
}

impl Setup {
    /// As the template says, schedules fired by hand only.
    pub fn new() -> Self {
        Self::default()
    }

    /// With another value of a template parameter.
    #[must_use]
    pub fn parameter(mut self, name: &'static str, value: impl ToString) -> Self {
        self.parameters.push((name, value.to_string()));
        self
    }

    /// With so many instances of a function at the most.
    #[must_use]
    pub fn concurrency(mut self, instances: usize) -> Self {
        self.concurrency = Some(instances);
        self
    }

    /// With what is stored in this folder, and kept there.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// With the binaries in this folder instead of the usual ones.
    #[must_use]
    pub fn binaries(mut self, folder: &Path) -> Self {
        self.binaries = Some(folder.to_owned());
        self
    }

    /// With its API at the address of one that has ended.
    ///
    /// # Panics
    /// When the address has no port.
    #[must_use]
    pub fn at(mut self, base: &str) -> Self {
        self.port = base.rsplit_once(':').unwrap().1.parse().unwrap();
        self
    }

    /// Puts it up.
    ///
    /// # Panics
    /// When it does not come up, or nothing was made ready for it.
    pub async fn start(self) -> Cloud {
        assert!(env::var_os("API_URL").is_none(), "this test needs the local cloud, not API_URL");
        let binaries = self.binaries.clone().unwrap_or_else(binaries);
        let folder = tempfile::tempdir().unwrap();
        let ready_file = folder.path().join(READY_FILE);
        let mut command = Command::new(binaries.join("orderwire-local"));
        command
            .current_dir(root())
            .args(["--runtime", "native", "--schedule-seconds", "0", "--quiet"])
            .args(["--port", &self.port.to_string()])
            .arg("--stop-with-stdin")
            .arg("--bin-dir")
            .arg(&binaries)
            .arg("--ready-file")
            .arg(&ready_file)
            .arg("--logs")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        for (name, value) in &self.parameters {
            command.arg("--param").arg(format!("{name}={value}"));
        }
        if let Some(folder) = &self.data {
            command.arg("--data").arg(folder);
        }
        if let Some(instances) = self.concurrency {
            command.arg("--concurrency").arg(instances.to_string());
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
        Cloud::over(child, ready, folder)
    }
}
