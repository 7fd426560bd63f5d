use api::{ApiRequest, ApiResponse, Problem};

use crate::ProductOrdersApi;

impl ProductOrdersApi {
    /// `POST cancelProductOrder`
    pub(crate) async fn create_cancel_product_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::create_cancel_task(&self.orders, request).await
    }
}
