use api::{ApiRequest, ApiResponse, Problem};
use carrier::{CarrierOrders, Question};

use crate::CarrierStatusApi;

impl CarrierStatusApi {
    /// `GET /orders/{id}/status`
    pub(crate) async fn get_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let order = Some(CarrierOrders::id_in(request)?);
        let question = Question { order, pon: None, buyer: None, seller: None };
        self.carrier_orders.answer_status(request, &question).await
    }

    /// `GET /orders/status`: by `orderId`, or by `buyerId` and `buyerPurchaseOrderNumber`.
    pub(crate) async fn find_carrier_order_status(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let question = Question::of_query(request.whole_query())?;
        self.carrier_orders.answer_status(request, &question).await
    }
}
