use api::{ApiRequest, ApiResponse, Problem, json::parse_object};
use carrier::{
    CarrierOrders, Command, OrderReference, StepContext, UpdateEvent, tolerate,
    wire::{NotificationRequest, read_notification},
};
use domain::carrier::{CarrierOrder, CarrierOrderEvent, Hosting, OrderId};
use store::NewNotification;

use crate::CarrierNotificationsApi;

impl CarrierNotificationsApi {
    /// `POST /orders/{id}/notifications`: a Seller of ours reports progress from its own systems,
    /// or one elsewhere tells its Buyer here.
    pub(crate) async fn report_carrier_notification(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let sent = read_notification(parse_object(&request.body)?)?;
        let id = CarrierOrders::id_in(request)?;
        if sent.report.order != id {
            return Err(Problem::invalid("/orderId", "differs from the order in the path"));
        }
        let seller = self.carrier_orders.party(&sent.report.seller).await?;
        match seller {
            Some(seller) if seller.hosting == Hosting::Remote => {
                tolerate(&seller.id, Some(&seller), &sent.tolerated)?;
                self.heard_from_elsewhere(request, &sent).await
            }
            _ => self.reported(request, &id, &sent).await,
        }
    }

    /// A Seller elsewhere tells its Buyer: `id` is the Seller's, and the order is found by what
    /// the Buyer calls it. What is repeated or overtaken is kept and moves nothing.
    async fn heard_from_elsewhere(
        &self,
        request: &ApiRequest,
        sent: &NotificationRequest,
    ) -> Result<ApiResponse, Problem> {
        let report = &sent.report;
        let about = OrderReference {
            buyer: &report.buyer,
            seller: &report.seller,
            pon: Some(&report.pon),
            order: Some(&report.order),
        };
        let update = |order: &CarrierOrder| notified(sent, order);
        self.carrier_orders.seller_update(request, &about, &sent.body, update).await
    }

    /// A Seller of ours reports. Each type of notification is an event of the transition table:
    /// applied, stored, and told to the Buyer with the same body.
    async fn reported(
        &self,
        request: &ApiRequest,
        id: &OrderId,
        sent: &NotificationRequest,
    ) -> Result<ApiResponse, Problem> {
        let report = |_: &StepContext<'_>| Ok(Some(Command::Report(Box::new(sent.clone()))));
        self.carrier_orders.execute(request, id, report).await
    }
}

/// The event that a notification is. One without a version is taken as the next.
fn notified(sent: &NotificationRequest, order: &CarrierOrder) -> Result<UpdateEvent, Problem> {
    let version = sent.version.unwrap_or(order.progress.notification_version + 1);
    let body = serde_json::to_string(&sent.body).map_err(Problem::internal)?;
    // Not pushed: the Buyer is here.
    let note = NewNotification { version, body, pushed: false };
    let report = Box::new(sent.report.clone());
    Ok((CarrierOrderEvent::SellerNotified { report, version }, Some(note)))
}
