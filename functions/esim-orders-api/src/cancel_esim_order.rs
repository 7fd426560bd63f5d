use api::{ApiRequest, ApiResponse, Problem};
use lambda::telemetry::name_order;

use crate::{EsimOrdersApi, get_esim_order::order_response};

impl EsimOrdersApi {
    /// `POST v1/order/{id}/cancel`: ends an order for which nobody outside can have been called.
    pub(crate) async fn cancel_esim_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let tenant = &request.identity()?.tenant;
        let id = request.params.get("id").parse().map_err(|_| Problem::NotFound)?;
        let idempotency = request.idempotency(order_response)?;
        let canceled = self.orders.cancel(tenant, id, idempotency.as_ref()).await?;
        name_order(&id.to_string());
        let response = order_response(&canceled.order)?;
        Ok(if canceled.is_new { response.recorded() } else { response })
    }
}
