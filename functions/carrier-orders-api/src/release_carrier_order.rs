use api::{ApiRequest, ApiResponse, Problem};
use carrier::Command;

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `POST /orders/{id}/release`: by the side that held it (row 10).
    pub(crate) async fn release_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        self.execute(request, &Command::Release).await
    }
}
