use api::{ApiRequest, ApiResponse, Problem};

use crate::ServiceOrdersApi;

impl ServiceOrdersApi {
    /// `GET cancelServiceOrder`
    pub(crate) async fn list_cancel_service_orders(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::list_cancel_tasks(&self.orders, request).await
    }
}
