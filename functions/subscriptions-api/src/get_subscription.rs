use api::{ApiRequest, ApiResponse, Problem, StatusCode};

use crate::{SubscriptionsApi, bodies::SubscriptionResponse, execute::subscription_of};

impl SubscriptionsApi {
    /// `GET /subscriptions/{type}:{id}`: always allowed, also while an order is outstanding.
    pub(crate) async fn get_subscription(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let reference = subscription_of(request)?;
        let tenant = &request.identity()?.tenant;
        let found = self.subscriptions.find(tenant, &reference).await.map_err(Problem::failed)?;
        let subscription = found.ok_or(Problem::NotFound)?;
        ApiResponse::json(StatusCode::OK, &SubscriptionResponse::from(subscription))
    }
}
