use api::{ApiRequest, ApiResponse, Problem};

use crate::ServiceOrdersApi;

impl ServiceOrdersApi {
    /// `POST serviceOrder`
    pub(crate) async fn create_service_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::create(&self.orders, request).await
    }
}
