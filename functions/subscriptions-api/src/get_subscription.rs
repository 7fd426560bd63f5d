use api::{ApiRequest, ApiResponse, Problem, StatusCode};

use crate::{SubscriptionsApi, bodies::SubscriptionResponse};

impl SubscriptionsApi {
    /// `GET /subscriptions/{type}:{id}`: always allowed, also while an order is outstanding.
    pub(crate) async fn get_subscription(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let subscription = self.own_subscription(request).await?;
        ApiResponse::json(StatusCode::OK, &SubscriptionResponse::from(subscription))
    }
}
