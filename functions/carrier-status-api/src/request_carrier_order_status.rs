use api::{ApiRequest, ApiResponse, Problem, StatusCode, json::parse_object};
use carrier::{Question, audience, wire::read_status_request};

use crate::CarrierStatusApi;

impl CarrierStatusApi {
    /// `POST /orders/status-request`: what was asked, again; the answer goes to the Buyer's
    /// status-response.
    pub(crate) async fn request_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let asked = read_status_request(parse_object(&request.body)?)?;
        let question = Question {
            order: asked.order,
            pon: asked.pon.map(|pon| (asked.buyer.clone(), pon)),
            buyer: Some(asked.buyer),
            seller: Some(asked.seller),
        };
        let order = self.carrier_orders.find_asked(request, &question).await?;
        let response = ApiResponse::json(StatusCode::CREATED, &asked.body)?;
        let response = response.visible_to(audience(&order.header));
        // A Buyer of ours reads the status here; one elsewhere is called.
        let buyer = self.carrier_orders.party(&order.header.buyer).await?;
        if buyer.is_none_or(|buyer| buyer.callback_base.is_none()) {
            return Ok(response);
        }
        let (guard, now) = (request.guard(&response)?, self.carrier_orders.clock.now());
        self.carrier_orders.work.ask(&order.header.id, guard.as_ref(), now).await?;
        Ok(response.recorded())
    }
}
