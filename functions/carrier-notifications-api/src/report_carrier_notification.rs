use api::{ApiRequest, ApiResponse, Problem, json::parse_object};
use carrier::{
    http::{Call, id_in},
    wire::read_notification,
};

use crate::CarrierNotificationsApi;

impl CarrierNotificationsApi {
    /// `POST /orders/{id}/notifications`: a Seller of ours reports progress from its own systems,
    /// or one elsewhere tells its Buyer here.
    pub(crate) async fn report_carrier_notification(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let sent = read_notification(parse_object(&request.body)?)?;
        let (id, call) = (id_in(request)?, Call::new(request)?);
        let outcome = self.carrier_orders.report(&call.context()?, &id, sent).await?;
        call.respond(outcome)
    }
}
