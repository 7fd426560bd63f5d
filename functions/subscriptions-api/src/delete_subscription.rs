use api::{ApiRequest, ApiResponse, Problem};
use ecc::Command;

use crate::{SubscriptionsApi, execute::subscription_of};

impl SubscriptionsApi {
    /// `DELETE /subscriptions/{type}:{id}`: the subscription ends, and its SIM becomes void.
    pub(crate) async fn delete_subscription(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        self.execute(request, Command::Delete(subscription_of(request)?)).await
    }
}
