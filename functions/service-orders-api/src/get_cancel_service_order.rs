use api::{ApiRequest, ApiResponse, Problem};

use crate::ServiceOrdersApi;

impl ServiceOrdersApi {
    /// `GET cancelServiceOrder/{id}`
    pub(crate) async fn get_cancel_service_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::get_cancel_task(&self.orders, request).await
    }
}
