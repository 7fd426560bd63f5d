use api::{ApiRequest, ApiResponse, Problem};

use crate::{SubscriptionsApi, bodies::ImeiResponse, network::reported};

impl SubscriptionsApi {
    /// `GET …/imei`: the device in which the network saw the SIM last.
    pub(crate) async fn get_subscription_imei(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let subscription = self.own_subscription(request).await?;
        let report = self.network.imei(&subscription, &request.correlation_id).await;
        reported::<_, ImeiResponse>(report)
    }
}
