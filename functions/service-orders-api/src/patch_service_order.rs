use api::{ApiRequest, ApiResponse, Problem};

use crate::ServiceOrdersApi;

impl ServiceOrdersApi {
    /// `PATCH serviceOrder/{id}`
    pub(crate) async fn patch_service_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::patch(&self.orders, request).await
    }
}
