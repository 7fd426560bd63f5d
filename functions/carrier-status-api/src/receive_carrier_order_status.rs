use api::{ApiRequest, ApiResponse, Problem, json::parse_object};
use carrier::{http::Call, wire::read_status_response};

use crate::CarrierStatusApi;

impl CarrierStatusApi {
    /// `POST /orders/status-response`: a Seller answers the Buyer, which updates an order
    /// that is kept there. One for an order that is not known here is 404.
    pub(crate) async fn receive_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let sent = read_status_response(parse_object(&request.body)?)?;
        let call = Call::new(request)?;
        let outcome = self.carrier_orders.receive_status(&call.context()?, sent).await?;
        call.respond(outcome)
    }
}
