use api::{ApiRequest, ApiResponse, Problem};

use crate::{SubscriptionsApi, bodies::MobileNetworkResponse, network::reported};

impl SubscriptionsApi {
    /// `GET …/mobile-network`: where the network saw the SIM last.
    pub(crate) async fn get_subscription_mobile_network(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let subscription = self.own_subscription(request).await?;
        let report = self.network.mobile_network(&subscription, &request.correlation_id).await;
        reported::<_, MobileNetworkResponse>(report)
    }
}
