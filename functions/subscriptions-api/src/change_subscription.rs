use api::{ApiRequest, ApiResponse, Problem, json::parse_object};
use domain::subscription::ChangeRequest;

use crate::SubscriptionsApi;

impl SubscriptionsApi {
    /// `PATCH /subscriptions/{type}:{id}`: new values for some of its properties.
    pub(crate) async fn change_subscription(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let change = ecc::read::values(&parse_object(&request.body)?)?;
        self.change(request, ChangeRequest::Values(Box::new(change))).await
    }
}
