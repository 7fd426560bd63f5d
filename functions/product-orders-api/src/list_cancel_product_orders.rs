use api::{ApiRequest, ApiResponse, Problem};

use crate::ProductOrdersApi;

impl ProductOrdersApi {
    /// `GET cancelProductOrder`
    pub(crate) async fn list_cancel_product_orders(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        tmf::http::list_cancel_tasks(&self.orders, request).await
    }
}
