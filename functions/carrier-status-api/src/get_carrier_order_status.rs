use api::{ApiRequest, ApiResponse, Problem};
use carrier::{Desk, Question};

use crate::CarrierStatusApi;

impl CarrierStatusApi {
    /// `GET /orders/{id}/status`
    pub(crate) async fn get_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let order = Some(Desk::id_in(request)?);
        let question = Question { order, pon: None, buyer: None, seller: None };
        self.desk.answer_status(request, &question).await
    }

    /// `GET /orders/status`: by `orderId`, or by `buyerId` and `buyerPurchaseOrderNumber`.
    pub(crate) async fn find_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let question = Question::of_query(request.whole_query())?;
        self.desk.answer_status(request, &question).await
    }
}
