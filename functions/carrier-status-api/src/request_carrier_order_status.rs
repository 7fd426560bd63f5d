use api::{ApiRequest, ApiResponse, Problem, json::parse_object};
use carrier::{http::Call, wire::read_status_request};

use crate::CarrierStatusApi;

impl CarrierStatusApi {
    /// `POST /orders/status-request`: what was asked, again; the answer goes to the Buyer's
    /// status-response.
    pub(crate) async fn request_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let asked = read_status_request(parse_object(&request.body)?)?;
        let call = Call::new(request)?;
        let outcome = self.carrier_orders.request_status(&call.context()?, asked).await?;
        call.respond(outcome)
    }
}
