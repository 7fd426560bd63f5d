use api::{ApiRequest, ApiResponse, Problem};

use crate::ServiceOrdersApi;

impl ServiceOrdersApi {
    /// `GET serviceOrder/{id}`
    pub(crate) async fn get_service_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::get(&self.orders, request).await
    }
}
