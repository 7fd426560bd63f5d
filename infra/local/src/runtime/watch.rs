//! Functions under `cargo lambda watch`: compiled when first invoked, and again
//! when their source changes.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    io::IsTerminal as _,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::process::{ChildStdin, Command};

use super::{InvokeError, Invoker};
use crate::{
    console::Console,
    process::{GroupGuard, Processes, SUPERVISE},
};

/// A first invocation compiles the function.
const COMPILE_LIMIT: Duration = Duration::from_secs(900);
/// After this long an invocation is worth a line.
const PATIENCE: Duration = Duration::from_secs(3);

/// Settings of the watching runtime.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// The `cargo-lambda` program.
    pub cargo_lambda: PathBuf,
    /// Root of the workspace.
    pub workspace: PathBuf,
    /// Port of the emulator, 9000 by custom.
    pub port: u16,
    /// Instances of one function at most.
    pub concurrency: usize,
    /// Shows what the emulator and the functions write.
    pub console: Console,
}

/// Invokes functions at the emulator of `cargo lambda watch`.
pub struct WatchRuntime {
    client: reqwest::Client,
    base: String,
    concurrency: usize,
    /// The supervisor of the emulator; both end with the runtime.
    child: Option<Emulator>,
    waiting: Mutex<BTreeMap<String, usize>>,
}

struct Emulator {
    // Held: the supervisor ends with its standard input.
    _input: Option<ChildStdin>,
    group: Arc<GroupGuard>,
}

impl WatchRuntime {
    /// Starts `cargo lambda watch` with one environment for all functions
    /// (their variables have the same values where they share names).
    pub fn start(
        options: &WatchOptions,
        environment: &BTreeMap<String, String>,
        processes: &Processes,
    ) -> std::io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(SUPERVISE)
            .arg(&options.cargo_lambda)
            .args(["lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port"])
            .arg(options.port.to_string())
            .arg("--concurrency")
            .arg(options.concurrency.to_string())
            .arg("--disable-cors")
            // Of the functions that have it: they may call this machine here, and only here.
            .args(["--features", "loopback"])
            .current_dir(&options.workspace)
            .envs(environment)
            // Its progress goes through us, to a terminal in the end.
            .env(
                "CARGO_TERM_COLOR",
                if std::io::stderr().is_terminal() { "always" } else { "auto" },
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(path) = path_with(&options.cargo_lambda) {
            command.env("PATH", path);
        }
        let (mut child, group) = processes.spawn(&mut command)?;
        options.console.follow("", child.stdout.take());
        options.console.follow("", child.stderr.take());
        let (input, group) = (child.stdin.take(), Arc::new(group));
        let watched = group.clone();
        tokio::spawn(async move {
            // Waited for, it is gone at once when it has ended.
            if child.wait().await.is_ok() {
                watched.forget();
            }
        });
        let mut runtime = Self::attach(options.port, options.concurrency);
        runtime.child = Some(Emulator { _input: input, group });
        Ok(runtime)
    }

    /// Uses an emulator that somebody else started.
    pub fn attach(port: u16, concurrency: usize) -> Self {
        Self {
            client: reqwest::Client::new(),
            base: format!("http://127.0.0.1:{port}/2015-03-31/functions"),
            concurrency: concurrency.max(1),
            child: None,
            waiting: Mutex::default(),
        }
    }

    /// Whether the emulator that was started has ended (its port was taken, say).
    pub fn ended(&self) -> bool {
        self.child.as_ref().is_some_and(|child| child.group.ended())
    }

    async fn run(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        let sent = self
            .client
            .post(format!("{}/{function}/invocations", self.base))
            .header("content-type", "application/json")
            .timeout(COMPILE_LIMIT)
            .body(event)
            .send();
        tokio::pin!(sent);
        let answered = tokio::select! {
            answered = &mut sent => answered,
            () = tokio::time::sleep(PATIENCE) => {
                let _progress = self.say_waiting(function);
                sent.await
            }
        };
        let response =
            answered.map_err(|_| InvokeError::Unreachable("cargo lambda watch does not answer"))?;
        let failed = !response.status().is_success()
            || response.headers().contains_key("x-amz-function-error");
        let body = response.bytes().await.map_err(|_| InvokeError::Exited)?;
        if failed {
            let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let kind = parsed.get("errorType").and_then(|kind| kind.as_str()).unwrap_or("Unknown");
            return Err(InvokeError::Function { kind: kind.to_owned() });
        }
        Ok(body)
    }

    /// One line for each function that is waited for, however many wait.
    fn say_waiting(&self, function: &str) -> Waiting<'_> {
        let mut waiting = self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = waiting.entry(function.to_owned()).or_insert(0);
        *count += 1;
        if *count == 1 {
            eprintln!("waiting for {function}: cargo lambda compiles it when it is first invoked");
        }
        Waiting { runtime: self, function: function.to_owned() }
    }
}

struct Waiting<'a> {
    runtime: &'a WatchRuntime,
    function: String,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let waiting = &self.runtime.waiting;
        let mut waiting = waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(count) = waiting.get_mut(&self.function) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.function);
            }
        }
    }
}

/// `PATH` with the program's own folder first: its Zig lives beside it.
fn path_with(program: &std::path::Path) -> Option<std::ffi::OsString> {
    let folder = program.parent().filter(|folder| *folder != OsStr::new(""))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([folder.to_owned()].into_iter().chain(std::env::split_paths(&path))).ok()
}

impl Invoker for WatchRuntime {
    fn invoke<'a>(
        &'a self,
        function: &'a str,
        event: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, InvokeError>> {
        Box::pin(self.run(function, event))
    }

    fn concurrency(&self, _function: &str) -> usize {
        self.concurrency
    }
}
