use api::{ApiRequest, ApiResponse, Problem};

use crate::ServiceOrdersApi;

impl ServiceOrdersApi {
    /// `DELETE serviceOrder/{id}`
    pub(crate) async fn delete_service_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::delete(&self.orders, request).await
    }
}
