use api::{ApiRequest, ApiResponse, Problem, StatusCode, json::parse_object};
use carrier::{OrderReference, Question, audience, tolerate, wire::read_status_response};
use domain::carrier::{CarrierOrder, CarrierOrderEvent, Hosting};

use crate::CarrierStatusApi;

impl CarrierStatusApi {
    /// `POST /orders/status-response`: a Seller answers the Buyer, which updates an order
    /// that is kept there. One for an order that is not known here is 404.
    pub(crate) async fn receive_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let told = read_status_response(parse_object(&request.body)?)?;
        let seller = self.carrier_orders.party(&told.seller).await?;
        tolerate(&told.seller, seller.as_ref(), &told.tolerated)?;
        let elsewhere = seller.is_some_and(|seller| seller.hosting == Hosting::Remote);
        if elsewhere {
            let about = OrderReference {
                buyer: &told.buyer,
                seller: &told.seller,
                pon: told.pon.as_ref(),
                order: told.order.as_ref(),
            };
            let said = Box::new(told.word.clone());
            let update = |_: &CarrierOrder| Ok((CarrierOrderEvent::SellerSaid(said.clone()), None));
            return self.carrier_orders.seller_update(request, &about, &told.body, update).await;
        }
        let question = Question {
            order: told.order,
            pon: told.pon.map(|pon| (told.buyer.clone(), pon)),
            buyer: Some(told.buyer),
            seller: Some(told.seller),
        };
        let order = self.carrier_orders.find_asked(request, &question).await?;
        let response = ApiResponse::json(StatusCode::CREATED, &told.body)?;
        Ok(response.visible_to(audience(&order.header)))
    }
}
