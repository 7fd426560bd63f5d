use api::{ApiRequest, ApiResponse, Problem};

use crate::ProductOrdersApi;

impl ProductOrdersApi {
    /// `GET productOrder`
    pub(crate) async fn list_product_orders(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::list(&self.orders, request).await
    }
}
