use api::{ApiRequest, ApiResponse, Problem};
use carrier::{CarrierOrders, Command};

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `POST /orders/{id}/release`: by the side that held it (row 10).
    pub(crate) async fn release_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        self.carrier_orders
            .execute(request, &CarrierOrders::id_in(request)?, |_| Ok(Some(Command::Release)))
            .await
    }
}
