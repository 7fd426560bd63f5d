use api::{ApiRequest, ApiResponse, Problem};

use crate::ProductOrdersApi;

impl ProductOrdersApi {
    /// `DELETE productOrder/{id}`
    pub(crate) async fn delete_product_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::delete(&self.orders, request).await
    }
}
