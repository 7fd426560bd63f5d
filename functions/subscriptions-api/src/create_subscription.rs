use api::{ApiRequest, ApiResponse, Problem, json::parse_object};
use ecc::Command;

use crate::SubscriptionsApi;

impl SubscriptionsApi {
    /// `POST /subscriptions`: a SIM, and perhaps a number, become a subscription.
    pub(crate) async fn create_subscription(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let new = ecc::read::creation(&parse_object(&request.body)?)?;
        self.execute(request, Command::Create(new)).await
    }
}
