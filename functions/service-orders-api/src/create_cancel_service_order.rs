use api::{ApiRequest, ApiResponse, Problem};

use crate::ServiceOrdersApi;

impl ServiceOrdersApi {
    /// `POST cancelServiceOrder`
    pub(crate) async fn create_cancel_service_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::create_cancel_task(&self.orders, request).await
    }
}
