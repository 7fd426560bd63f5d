use api::{ApiRequest, ApiResponse, Problem};

use crate::ProductOrdersApi;

impl ProductOrdersApi {
    /// `PATCH productOrder/{id}`
    pub(crate) async fn patch_product_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::patch(&self.orders, request).await
    }
}
