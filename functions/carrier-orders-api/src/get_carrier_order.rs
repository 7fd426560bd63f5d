use api::{ApiRequest, ApiResponse, Problem};
use carrier::http::{id_in, order_if_changed};

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `GET /orders/{id}`, with `ETag` and `If-None-Match`.
    pub(crate) async fn get_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        if let Some(answer) = self.legacy_status(request).await {
            return answer;
        }
        let found = self.carrier_orders.find(request.identity()?, &id_in(request)?).await?;
        order_if_changed(request, found)
    }
}
