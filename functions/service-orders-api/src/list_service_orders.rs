use api::{ApiRequest, ApiResponse, Problem};

use crate::ServiceOrdersApi;

impl ServiceOrdersApi {
    /// `GET serviceOrder`
    pub(crate) async fn list_service_orders(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::list(&self.orders, request).await
    }
}
