use api::{ApiRequest, ApiResponse, Problem};
use domain::subscription::{ChangeRequest, SubscriptionRef};
use ecc::Command;

use crate::SubscriptionsApi;

impl SubscriptionsApi {
    /// Places an order for a change of an existing subscription.
    pub(crate) async fn change(
        &self,
        request: &ApiRequest,
        change: ChangeRequest,
    ) -> Result<ApiResponse, Problem> {
        self.execute(request, Command::Change(subscription_of(request)?, change)).await
    }

    /// Places the order that a command needs.
    pub(crate) async fn execute(
        &self,
        request: &ApiRequest,
        command: Command,
    ) -> Result<ApiResponse, Problem> {
        ecc::http::execute(&self.orders, request, command).await
    }
}

/// The subscription that the path names.
pub(crate) fn subscription_of(request: &ApiRequest) -> Result<SubscriptionRef, Problem> {
    let text = request.params.get("subscription");
    text.parse().map_err(|error| Problem::invalid("path/subscription", format!("{error}")))
}
