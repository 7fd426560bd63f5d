use carrier::{Question, tolerate};
use edge::{
    carrier::read_status_response,
    http::{ApiRequest, ApiResponse, Problem, StatusCode},
    json::parse_object,
};

use crate::CarrierStatusApi;

impl CarrierStatusApi {
    /// `POST /orders/status-response`: a Seller answers the Buyer. One for an order that is not
    /// known here is 404.
    pub(crate) async fn receive_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let told = read_status_response(parse_object(&request.body)?)?;
        let seller = self.desk.party(&told.seller).await?;
        tolerate(&told.seller, seller.as_ref(), &told.tolerated)?;
        let question = Question {
            order: told.order,
            pon: told.pon.map(|pon| (told.buyer.clone(), pon)),
            buyer: Some(told.buyer),
            seller: Some(told.seller),
        };
        self.desk.find_asked(request, &question).await?;
        ApiResponse::json(StatusCode::CREATED, &told.body)
    }
}
