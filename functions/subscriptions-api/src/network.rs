//! What the operator's network reports of a subscription. It is asked on each request: nothing of it
//! is stored.

use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::{network::Report, subscription::Subscription};
use serde::Serialize;

use crate::{SubscriptionsApi, execute::subscription_of};

/// When a caller comes again that the network did not answer, in seconds.
const RETRY_AFTER: u32 = 30;

impl SubscriptionsApi {
    /// The subscription that the path names, if it is the caller's.
    pub(crate) async fn own_subscription(
        &self,
        request: &ApiRequest,
    ) -> Result<Subscription, Problem> {
        let reference = subscription_of(request)?;
        let tenant = &request.identity()?.tenant;
        let found = self.subscriptions.find(tenant, &reference).await.map_err(Problem::failed)?;
        found.ok_or(Problem::NotFound)
    }
}

/// The response to a question that the network has answered, or not.
pub(crate) fn reported<T, B: Serialize + From<T>>(
    report: Report<T>,
) -> Result<ApiResponse, Problem> {
    match report {
        Report::Known(value) => ApiResponse::json(StatusCode::OK, &B::from(value)),
        Report::Nothing => Err(Problem::Absent("the network does not report this")),
        Report::Unknown { why } => {
            Err(Problem::Unavailable { retry_after_seconds: RETRY_AFTER, cause: Some(why.into()) })
        }
    }
}
