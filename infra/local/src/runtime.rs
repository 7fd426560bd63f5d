//! How functions are run: behind [`Invoker`] stand the own Lambda Runtime API
//! ([`NativeRuntime`]) and the emulator of `cargo lambda watch` ([`WatchRuntime`]).

mod api;
mod binary;
mod environment;
mod instance;
mod native;
mod watch;

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Serialize;
use thiserror::Error;

pub use binary::{Binaries, FUNCTION};
pub use environment::{Endpoints, lambda_environment};
pub use instance::FunctionOutput;
pub use native::{NativeOptions, NativeRuntime};
pub use watch::{WatchOptions, WatchRuntime};

/// Why an invocation brought no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvokeError {
    /// No function of this name.
    #[error("unknown function")]
    UnknownFunction,
    /// The function answered with an error.
    #[error("function error {kind}")]
    Function {
        /// `errorType` as the function gave it.
        kind: String,
    },
    /// The deadline passed; the instance was killed.
    #[error("timed out")]
    TimedOut,
    /// The instance ended before it answered.
    #[error("exited before answering")]
    Exited,
    /// As many invocations run as the function may have at once.
    #[error("too many at once")]
    Throttled,
    /// The function could not be started or reached.
    #[error("not reachable: {0}")]
    Unreachable(&'static str),
}

/// Runs one function once.
pub trait Invoker: Send + Sync + 'static {
    /// Sends `event` (JSON) to `function` and waits for its answer (JSON).
    fn invoke<'a>(
        &'a self,
        function: &'a str,
        event: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, InvokeError>>;

    /// As [`Self::invoke`], for a caller who is refused rather than kept waiting when the
    /// function's concurrency is used up.
    fn invoke_soon<'a>(
        &'a self,
        function: &'a str,
        event: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, InvokeError>> {
        self.invoke(function, event)
    }

    /// How many invocations of `function` can run at once.
    fn concurrency(&self, function: &str) -> usize;

    /// The running instances.
    fn instances(&self) -> Vec<InstanceStatus> {
        Vec::new()
    }

    /// Kills (SIGKILL) every instance of `function`; how many there were.
    fn kill(&self, _function: &str) -> usize {
        0
    }
}

/// One running process of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstanceStatus {
    /// The function.
    pub function: String,
    /// Process id.
    pub pid: i32,
    /// Whether it is at work on an invocation.
    pub busy: bool,
    /// Invocations it has answered.
    pub invocations: u64,
}
