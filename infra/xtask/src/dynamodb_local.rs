//! Amazon's DynamoDB Local, running while something needs it.

use crate::{run, tools};
use anyhow::{Context, Result, bail};
use std::{
    net::TcpListener,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, process::Child, time::sleep};

/// A JVM on a busy machine takes its time.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The running engine, in memory; dropping it ends it.
pub(crate) struct DynamodbLocal {
    /// Base URL.
    pub(crate) endpoint: String,
    _child: Child,
}

impl DynamodbLocal {
    /// Starts it on a free port of this machine and waits until it answers.
    pub(crate) async fn start() -> Result<Self> {
        let port = free_port()?;
        let mut java = run::command("java");
        java.current_dir(tools::dynamodb_local())
            .args(["-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"])
            .args(["-inMemory", "-sharedDb", "-disableTelemetry", "-port"])
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = java.spawn().context("cannot run java")?;
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("DynamoDB Local ended: {status}");
            }
            if start.elapsed() > START_LIMIT {
                bail!("DynamoDB Local does not answer");
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(Self { endpoint: format!("http://127.0.0.1:{port}"), _child: child })
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
    Ok(listener.local_addr()?.port())
}
