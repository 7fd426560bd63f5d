//! Scheduled jobs.

use std::{error::Error, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde::de::IgnoredAny;
use thiserror::Error;
use tokio::time::timeout_at;

use crate::deadline::Deadline;

/// Time reserved at the end of an invocation to log a time-out.
const MARGIN: Duration = Duration::from_millis(500);

/// A run failed; the cause is in the log. The Lambda runtime receives this text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("scheduled run failed")]
pub struct RunFailed;

/// By its name: of an error in a box, the runtime would report the type of the box.
impl From<RunFailed> for Diagnostic {
    fn from(failed: RunFailed) -> Self {
        Self { error_type: "RunFailed".to_owned(), error_message: failed.to_string() }
    }
}

/// A scheduled job.
pub trait Job: Send + Sync + 'static {
    /// Runs the job once. Must be idempotent and safe to abort at the deadline.
    ///
    /// # Errors
    /// The error is logged and the invocation fails.
    fn run(
        &self,
        deadline: Deadline,
    ) -> impl Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send;
}

/// Runs a job for each scheduled event until the runtime ends.
///
/// # Errors
/// The Lambda runtime is unreachable.
pub async fn run<J: Job>(job: J) -> Result<(), lambda_runtime::Error> {
    let job = Arc::new(job);
    let serve = move |event: LambdaEvent<IgnoredAny>| {
        let job = Arc::clone(&job);
        async move {
            let deadline = Deadline::of(&event.context);
            once(&*job, deadline).await
        }
    };
    Runtime::new(service_fn(serve)).run().await
}

/// Runs a job once, as an invocation would: for tests and tools.
///
/// # Errors
/// The job failed, panicked or exceeded the deadline.
pub async fn once<J: Job>(job: &J, deadline: Deadline) -> Result<(), RunFailed> {
    let deadline = deadline.earlier_by(MARGIN);
    let work = AssertUnwindSafe(job.run(deadline)).catch_unwind();
    match timeout_at(deadline.instant(), work).await {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(cause))) => {
            tracing::error!(%cause, "scheduled run failed");
            Err(RunFailed)
        }
        // The panic hook has logged the location.
        Ok(Err(_)) => Err(RunFailed),
        Err(_) => {
            tracing::error!("scheduled run out of time");
            Err(RunFailed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ends(&'static str);

    impl Job for Ends {
        async fn run(&self, _: Deadline) -> Result<(), Box<dyn Error + Send + Sync>> {
            match self.0 {
                "well" => Ok(()),
                "badly" => Err("table unavailable".into()),
                "never" => std::future::pending().await,
                _ => panic!("unknown ending"),
            }
        }
    }

    #[test]
    fn a_run_that_failed_is_reported_by_its_name() {
        let Diagnostic { error_type, error_message } = RunFailed.into();
        assert_eq!((&*error_type, &*error_message), ("RunFailed", "scheduled run failed"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_a_panic_or_a_time_out_fails_the_run() {
        let deadline = Deadline::after(Duration::from_secs(10));
        assert_eq!(once(&Ends("well"), deadline).await, Ok(()));
        for ending in ["badly", "never", "with a panic"] {
            assert_eq!(once(&Ends(ending), deadline).await, Err(RunFailed), "{ending}");
        }
    }
}
