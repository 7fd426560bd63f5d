//! Process start, common to every `main`.

use std::process::ExitCode;

use crate::telemetry;

/// Runs a function: telemetry first, then `main` on one thread (a function serves one event at a
/// time: 28 % less CPU than a thread pool, `infra/docs/performance.md`, fact 3).
///
/// ```ignore
/// fn main() -> std::process::ExitCode {
///     lambda::start(async {
///         let config = Config::from_env()?;
///         lambda::sqs_batch::run(MyWorker::new(config), queue).await
///     })
/// }
/// ```
///
/// An error ends the process with status 1 and one log line. Causes: an invalid configuration, or
/// an unreachable runtime.
pub fn start<F>(main: F) -> ExitCode
where
    F: Future<Output = Result<(), lambda_runtime::Error>>,
{
    telemetry::init();
    match block_on(main) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot run");
            ExitCode::FAILURE
        }
    }
}

/// Runs a future to completion on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a process that has just started can open its event queue")
        .block_on(future)
}
