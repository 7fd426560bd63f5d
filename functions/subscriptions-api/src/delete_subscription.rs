use domain::provisioning::Operation;
use edge::http::{ApiRequest, ApiResponse, Problem};

use crate::{SubscriptionsApi, place::Wanted};

impl SubscriptionsApi {
    /// `DELETE /subscriptions/{type}:{id}`: the subscription ends, and its SIM becomes void.
    pub(crate) async fn delete_subscription(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        self.place(request, |_| Ok(Wanted::Order(Operation::Delete))).await
    }
}
