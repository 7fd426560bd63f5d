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

/// Counts the calls that failed, would have been tried again, and were not, because the process
/// has used up its retries: metric `RetryQuotaEmpty`. The SDK only mentions it at debug level.
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
        let verdict = run_classifiers_on_ctx(components.retry_classifiers(), context.inner());
        // A call whose time is over does not come here at all.
        if tried < most && verdict.should_retry() {
            tracing::warn!(metric = "RetryQuotaEmpty", tried, "no retries left");
        }
        Ok(())
    }
}
