use api::{ApiRequest, ApiResponse, Problem, StatusCode, json::parse_object};
use carrier::{Effect, Question, SpokenOf, tolerate, wire::read_status_response};
use domain::carrier::Hosting;

use crate::CarrierStatusApi;

impl CarrierStatusApi {
    /// `POST /orders/status-response`: a Seller answers the Buyer, which moves the mirror of an
    /// order that is kept there. One for an order that is not known here is 404.
    pub(crate) async fn receive_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let told = read_status_response(parse_object(&request.body)?)?;
        let seller = self.desk.party(&told.seller).await?;
        tolerate(&told.seller, seller.as_ref(), &told.tolerated)?;
        let elsewhere = seller.is_some_and(|seller| seller.hosting == Hosting::Remote);
        if elsewhere {
            let spoken = SpokenOf {
                buyer: &told.buyer,
                seller: &told.seller,
                pon: told.pon.as_ref(),
                order: told.order.as_ref(),
            };
            let learned = self.desk.hear(request, &spoken, &told.body, |mirror, progress, now| {
                Ok(Effect { heard: mirror.clone().learned(progress, &told.word, now), note: None })
            });
            return learned.await;
        }
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
