use api::{ApiRequest, ApiResponse, Problem};
use domain::carrier::{Event, Instruction};

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `POST /orders/{id}/release`: by the side that held it (row 10).
    pub(crate) async fn release_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        self.hold_or_release(request, &Instruction::Release, |by| Event::Released { by }).await
    }
}
