use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::provisioning::ProvisioningOrder;
use lambda::telemetry::name_order;

use crate::{ProvisioningOrderResponse, ProvisioningOrdersApi, number};

impl ProvisioningOrdersApi {
    /// `POST /orders/{orderid}/cancel`: ends an order that no worker has taken.
    pub(crate) async fn cancel_provisioning_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (tenant, id) = (&request.identity()?.tenant, number(request)?);
        let idempotency = request.idempotency(order_response)?;
        let canceled = self.orders.cancel(tenant, id, idempotency.as_ref()).await?;
        name_order(&id.to_string());
        let response = order_response(&canceled.order)?;
        Ok(if canceled.is_new { response.recorded() } else { response })
    }
}

fn order_response(order: &ProvisioningOrder) -> Result<ApiResponse, Problem> {
    ApiResponse::json(StatusCode::OK, &ProvisioningOrderResponse::from(order.clone()))
}
