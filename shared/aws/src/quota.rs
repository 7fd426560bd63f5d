use aws_smithy_runtime::client::retries::classifiers::run_classifiers_on_ctx;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::FinalizerInterceptorContextRef},
        retries::RequestAttempts,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{config_bag::ConfigBag, retry::RetryConfig};

/// Counts retryable calls that failed without a retry because the retry quota of the process was
/// exhausted: metric `RetryQuotaEmpty`. The SDK logs this at debug level only.
#[derive(Debug, Clone, Copy)]
pub struct QuotaWatch;

impl Intercept for QuotaWatch {
    fn name(&self) -> &'static str {
        "QuotaWatch"
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let tried = settings.load::<RequestAttempts>().map_or(0, RequestAttempts::attempts);
        let most = settings.load::<RetryConfig>().map_or(0, RetryConfig::max_attempts);
        let action = run_classifiers_on_ctx(components.retry_classifiers(), context.inner());
        // Not reached after an operation time-out.
        if tried < most && action.should_retry() {
            tracing::warn!(metric = "RetryQuotaEmpty", tried, "no retries left");
        }
        Ok(())
    }
}
