use api::{ApiRequest, ApiResponse, Problem};
use carrier::{Command, Desk};

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `POST /orders/{id}/hold`: until the same side releases it (row 9).
    pub(crate) async fn hold_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        self.desk.execute(request, &Desk::id_in(request)?, |_| Ok(Some(Command::Hold))).await
    }
}
