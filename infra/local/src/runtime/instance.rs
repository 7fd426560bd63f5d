//! One process of a function and its runtime API.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::serve::ListenerExt as _;
use bytes::Bytes;
use tokio::{
    net::TcpListener,
    process::Command,
    sync::{Mutex, mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use super::{
    InvokeError,
    api::{self, Job, RuntimeApi},
    binary::{Binary, Build},
};
use crate::{
    console::Console,
    process::{GroupGuard, Processes},
};

/// Lambda's limit of the init phase.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// How to start an instance.
#[derive(Debug, Clone)]
pub(super) struct Launch {
    pub(super) binary: Binary,
    pub(super) function_arn: String,
    pub(super) timeout: Duration,
    pub(super) environment: BTreeMap<String, String>,
    /// The function.
    pub(super) function: String,
    /// Where its output goes.
    pub(super) output: FunctionOutput,
}

impl Launch {
    /// As on AWS, each instance has credentials of its own: a call says by them who makes it.
    fn access_key(&self) -> String {
        static STARTED: AtomicU64 = AtomicU64::new(1);
        format!("{}.{}", self.function, STARTED.fetch_add(1, Ordering::Relaxed))
    }
}

/// Why an instance brought no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RunError {
    /// It ended before it took the invocation.
    NotTaken,
    /// The invocation failed.
    Failed(InvokeError),
}

impl From<InvokeError> for RunError {
    fn from(error: InvokeError) -> Self {
        Self::Failed(error)
    }
}

impl From<RunError> for InvokeError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::NotTaken => Self::Exited,
            RunError::Failed(error) => error,
        }
    }
}

/// A running instance. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Instance {
    group: Arc<GroupGuard>,
    /// Of its program, when it was started.
    build: Option<Build>,
    jobs: mpsc::Sender<Job>,
    ended: watch::Receiver<bool>,
    server: JoinHandle<()>,
    timeout: Duration,
    killed: AtomicBool,
    /// At work: from the moment a job is sent until its outcome is known.
    pub(super) busy: AtomicBool,
    pub(super) invocations: AtomicU64,
}

impl Instance {
    /// Starts the process and its runtime API.
    pub(super) async fn start(launch: &Launch, processes: &Processes) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (jobs, received) = mpsc::channel(1);
        let (init_failed, mut init_failure) = mpsc::channel(1);
        let api = Arc::new(RuntimeApi {
            function_arn: launch.function_arn.clone(),
            timeout_millis: u64::try_from(launch.timeout.as_millis()).unwrap_or(u64::MAX),
            jobs: Mutex::new(received),
            waiting: std::sync::Mutex::new(HashMap::new()),
            init_failed,
        });
        let Binary { program, arguments } = &launch.binary;
        // Before the start: a build that replaces it meanwhile costs another start, and no less.
        let build = Build::of(program);
        let mut command = Command::new(program);
        let (output, errors) = launch.output.handles(&launch.function)?;
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .envs(&launch.environment)
            .env("AWS_ACCESS_KEY_ID", launch.access_key())
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors);
        let (mut child, group) = processes.spawn(&mut command)?;
        if let FunctionOutput::Shown(console) = &launch.output {
            console.follow(&launch.function, child.stdout.take());
            console.follow(&launch.function, child.stderr.take());
        }
        let server = tokio::spawn(async move {
            let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
            // An accept error ends the API; the instance then ends by itself.
            let _ = axum::serve(listener, api::router(api)).await;
        });
        let group = Arc::new(group);
        let watched = group.clone();
        let (tell_ended, ended) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = child.wait() => {}
                Some(()) = init_failure.recv() => watched.kill(),
            }
            let _ = child.wait().await;
            watched.forget();
            let _ = tell_ended.send(true);
        });
        Ok(Self {
            group,
            build,
            jobs,
            ended,
            server,
            timeout: launch.timeout,
            killed: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            invocations: AtomicU64::new(0),
        })
    }

    pub(super) fn pid(&self) -> i32 {
        self.group.pid()
    }

    pub(super) fn alive(&self) -> bool {
        !self.killed.load(Ordering::Relaxed) && !*self.ended.borrow() && !self.group.ended()
    }

    /// Whether its program was built again since it was started.
    pub(super) fn is_outdated(&self, launch: &Launch) -> bool {
        let now = Build::of(&launch.binary.program);
        now.is_some() && now != self.build
    }

    pub(super) fn kill(&self) {
        self.killed.store(true, Ordering::Relaxed);
        self.group.kill();
    }

    /// Whether it has answered before.
    pub(super) fn was_used(&self) -> bool {
        self.invocations.load(Ordering::Relaxed) > 0
    }

    /// Runs one invocation; kills the instance at the deadline.
    pub(super) async fn run(&self, request_id: String, event: Bytes) -> Result<Bytes, RunError> {
        let (taken, is_taken) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let job = Job { request_id, event, taken, answer };
        self.busy.store(true, Ordering::Relaxed);
        self.jobs.try_send(job).map_err(|_| RunError::NotTaken)?;
        match self.before_the_end(INIT_LIMIT, is_taken).await {
            Err(InvokeError::Exited) => return Err(RunError::NotTaken),
            taken => taken?,
        }
        let outcome = self.before_the_end(self.timeout, answered).await?;
        self.invocations.fetch_add(1, Ordering::Relaxed);
        self.busy.store(false, Ordering::Relaxed);
        Ok(outcome?)
    }

    async fn before_the_end<T>(
        &self,
        limit: Duration,
        told: oneshot::Receiver<T>,
    ) -> Result<T, InvokeError> {
        let mut ended = self.ended.clone();
        tokio::select! {
            biased;
            told = timeout(limit, told) => match told {
                Ok(told) => told.map_err(|_| InvokeError::Exited),
                Err(_) => {
                    self.kill();
                    Err(InvokeError::TimedOut)
                }
            },
            _ = ended.wait_for(|ended| *ended) => Err(InvokeError::Exited),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.group.kill();
        self.server.abort();
    }
}

/// Where the output of functions goes.
#[derive(Debug, Clone)]
pub enum FunctionOutput {
    /// Nowhere.
    Discarded,
    /// To a file for each function in this folder, as it is written.
    Files(PathBuf),
    /// To the terminal.
    Shown(Console),
}

impl FunctionOutput {
    fn handles(&self, function: &str) -> std::io::Result<(Stdio, Stdio)> {
        match self {
            Self::Discarded => Ok((Stdio::null(), Stdio::null())),
            Self::Shown(_) => Ok((Stdio::piped(), Stdio::piped())),
            Self::Files(folder) => {
                let path = folder.join(format!("{function}.log"));
                let file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
                Ok((file.try_clone()?.into(), file.into()))
            }
        }
    }
}
