use carrier::{Answer, Change, Desk, report_problem, tolerate};
use domain::carrier::Side;
use edge::{
    carrier::{read_notification, report_body},
    http::{ApiRequest, ApiResponse, Problem},
    json::parse_object,
};
use serde_json::Map;

use crate::CarrierNotificationsApi;

impl CarrierNotificationsApi {
    /// `POST /orders/{id}/notifications`: the Seller's own systems report progress. Each type of
    /// notification is an event of the transition table: applied, stored, and told to the Buyer
    /// with the same body.
    pub(crate) async fn report_carrier_notification(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let sent = read_notification(parse_object(&request.body)?)?;
        let id = Desk::id_in(request)?;
        if sent.report.order != id {
            return Err(Problem::invalid("/orderId", "differs from the order in the path"));
        }
        self.desk
            .take_step(request, &id, |scene| {
                let order = &scene.found.order;
                if !scene.found.sides.contains(&Side::Seller) {
                    return Err(Problem::Forbidden);
                }
                tolerate(&order.header.seller, scene.seller.as_ref(), &sent.tolerated)?;
                let step = sent.report.apply(&order.header, &order.progress, scene.now);
                let step = step.map_err(|error| report_problem(&error))?;
                let body = match &step.notification {
                    Some(told) => report_body(sent.body.clone(), told),
                    None => Map::new(),
                };
                Ok(Change {
                    progress: step.progress,
                    told: step
                        .notification
                        .map(|told| (told, Some(body.clone())))
                        .into_iter()
                        .collect(),
                    document: None,
                    answer: Answer::Created(body),
                })
            })
            .await
    }
}
