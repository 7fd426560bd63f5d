use api::{ApiRequest, ApiResponse, Problem};
use carrier::{
    Question,
    http::{answer_status, id_in, question_of},
};

use crate::CarrierStatusApi;

impl CarrierStatusApi {
    /// `GET /orders/{id}/status`
    pub(crate) async fn get_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let order = Some(id_in(request)?);
        let question = Question { order, pon: None, buyer: None, seller: None };
        answer_status(&self.carrier_orders, request, &question).await
    }

    /// `GET /orders/status`: by `orderId`, or by `buyerId` and `buyerPurchaseOrderNumber`.
    pub(crate) async fn find_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let question = question_of(request.whole_query())?;
        answer_status(&self.carrier_orders, request, &question).await
    }
}
