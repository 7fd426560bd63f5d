use api::{ApiRequest, ApiResponse, Problem};
use carrier::Command;

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `POST /orders/{id}/hold`: until the same side releases it (row 9).
    pub(crate) async fn hold_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        self.execute(request, &Command::Hold).await
    }
}
