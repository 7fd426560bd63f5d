use api::{ApiRequest, ApiResponse, Problem};

use crate::ProductOrdersApi;

impl ProductOrdersApi {
    /// `POST productOrder`
    pub(crate) async fn create_product_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::create(&self.orders, request).await
    }
}
