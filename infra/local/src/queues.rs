//! SQS: fauxqs as a child process, and the template's queues in it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use aws_credential_types::Credentials;
use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig},
    types::QueueAttributeName,
};
use futures::future::BoxFuture;
use serde::Deserialize;
use thiserror::Error;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{ChildStderr, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::{
    caller::ADMINISTRATOR,
    mapping::FailureQueue,
    process::{GroupGuard, Processes},
    template::{Place, Plan, Queue},
};

const SERVE: &str = include_str!("queues/serve.mjs");
const START_LIMIT: Duration = Duration::from_secs(30);

/// Why there are no queues.
#[derive(Debug, Error)]
pub enum QueuesError {
    /// Node cannot be started.
    #[error("cannot start {program}")]
    Node {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// fauxqs is not where it was said to be.
    #[error("no fauxqs in {}", .0.display())]
    NotInstalled(PathBuf),
    /// fauxqs ended or stayed silent.
    #[error("fauxqs does not start: {0}")]
    Silent(String),
    /// A queue was refused.
    #[error("cannot create queue {name}")]
    Refused {
        /// Name of the queue.
        name: String,
        /// What the service said.
        source: Box<aws_sdk_sqs::Error>,
    },
}

/// The running queue service. Dropping it ends the process.
pub struct QueueService {
    /// Base URL.
    pub endpoint: String,
    /// Whether messages outlive the process.
    pub keeps: bool,
    // Held: fauxqs ends when its standard input closes.
    _input: Option<ChildStdin>,
    _group: Arc<GroupGuard>,
}

/// Where to find what SQS needs.
#[derive(Debug, Clone)]
pub struct QueueOptions {
    /// The node program.
    pub node: PathBuf,
    /// Folder of the fauxqs package.
    pub fauxqs: PathBuf,
    /// Folder to keep messages in; in memory without (or when node is older than 22.5).
    pub data: Option<PathBuf>,
    /// The port, 0 for a free one.
    pub port: u16,
}

#[derive(Deserialize)]
struct Started {
    port: u16,
    keeps: bool,
}

impl QueueService {
    /// Starts fauxqs on a loopback port and waits until it listens. Messages that somebody had
    /// received in the run before can be received again.
    pub async fn start(
        options: &QueueOptions,
        place: &Place,
        processes: &Processes,
    ) -> Result<Self, QueuesError> {
        if !options.fauxqs.join("dist/app.js").is_file() {
            return Err(QueuesError::NotInstalled(options.fauxqs.clone()));
        }
        let folder = std::path::absolute(&options.fauxqs)
            .map_err(|_| QueuesError::NotInstalled(options.fauxqs.clone()))?;
        let mut command = Command::new(&options.node);
        command
            .args(["--no-warnings", "--input-type=module", "--eval", SERVE, "--"])
            .arg(folder)
            .arg(&place.region)
            .arg(options.data.as_deref().unwrap_or(Path::new("")))
            .arg(options.port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let (mut child, group) = processes.spawn(&mut command).map_err(|source| {
            QueuesError::Node { program: options.node.display().to_string(), source }
        })?;
        let (output, mut errors) = (child.stdout.take(), child.stderr.take());
        let Some(started) = started(output).await else {
            return Err(QueuesError::Silent(reason(errors.take()).await));
        };
        tokio::spawn(async move {
            let Some(errors) = errors else { return };
            let mut lines = BufReader::new(errors).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                eprintln!("fauxqs: {line}");
            }
        });
        let (input, group) = (child.stdin.take(), Arc::new(group));
        let watched = group.clone();
        tokio::spawn(async move {
            // Waited for, it is gone at once when it has ended.
            if child.wait().await.is_ok() {
                watched.forget();
            }
        });
        Ok(Self {
            endpoint: format!("http://127.0.0.1:{}", started.port),
            keeps: started.keeps,
            _input: input,
            _group: group,
        })
    }
}

/// What fauxqs says once it listens; none when it ends or stays silent.
async fn started(output: Option<ChildStdout>) -> Option<Started> {
    let mut lines = BufReader::new(output?).lines();
    let line = timeout(START_LIMIT, lines.next_line()).await.ok()?.ok()??;
    serde_json::from_str(&line).ok()
}

/// The one line of Node's stack trace that says something.
async fn reason(errors: Option<ChildStderr>) -> String {
    const LONGEST: u64 = 16 * 1024;
    let (Some(errors), mut text) = (errors, String::new()) else { return "it ended".to_owned() };
    // What has come until then will have to do.
    let _ = timeout(Duration::from_secs(1), errors.take(LONGEST).read_to_string(&mut text)).await;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines.clone().find(|line| line.contains("Error"));
    error.or_else(|| lines.next_back()).unwrap_or("it ended").to_owned()
}

/// A client for the queue service at `endpoint`.
pub fn client(endpoint: &str, place: &Place) -> Client {
    // Long polls last 20 s; nothing else may.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .read_timeout(Duration::from_secs(25))
        .build();
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(place.region.clone()))
        .credentials_provider(Credentials::new(ADMINISTRATOR, "local", None, None, "local"))
        .endpoint_url(endpoint)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// The same client with the credentials of a function, whose role then judges its calls.
pub fn as_function(sqs: &Client, function: &str) -> Client {
    let own = Credentials::new(function, "local", None, None, "local");
    Client::from_conf(sqs.config().to_builder().credentials_provider(own).build())
}

/// Creates the template's queues, dead-letter queues first.
pub async fn create(sqs: &Client, plan: &Plan) -> Result<(), QueuesError> {
    for queue in &plan.queues {
        create_one(sqs, queue).await.map_err(|source| QueuesError::Refused {
            name: queue.name.clone(),
            source: Box::new(source),
        })?;
    }
    Ok(())
}

async fn create_one(sqs: &Client, queue: &Queue) -> Result<(), aws_sdk_sqs::Error> {
    sqs.create_queue().queue_name(&queue.name).send().await?;
    // Set apart from creation: a kept queue may have had other settings.
    let mut request = sqs.set_queue_attributes().queue_url(&queue.url);
    for (name, value) in &queue.attributes {
        request = request.attributes(QueueAttributeName::from(name.as_str()), value);
    }
    if let Some(redrive) = &queue.redrive {
        let policy = serde_json::json!({
            "deadLetterTargetArn": redrive.dead_letter_arn,
            "maxReceiveCount": redrive.max_receives.to_string(),
        });
        request = request.attributes(QueueAttributeName::RedrivePolicy, policy.to_string());
    }
    if !queue.attributes.is_empty() || queue.redrive.is_some() {
        request.send().await?;
    }
    Ok(())
}

/// Sends on-failure documents to the template's queues.
pub struct FailureQueues {
    /// The queue service.
    pub sqs: Client,
    /// The template's queues.
    pub queues: Vec<Queue>,
}

impl FailureQueue for FailureQueues {
    fn send<'a>(&'a self, queue_arn: &'a str, document: String) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Some(queue) = self.queues.iter().find(|queue| queue.arn == queue_arn) else {
                eprintln!("no queue {queue_arn} for records given up");
                return;
            };
            let sent = self.sqs.send_message().queue_url(&queue.url).message_body(document);
            if let Err(error) = sent.send().await {
                eprintln!("telling {} of records given up: {error}", queue.name);
            }
        })
    }
}
