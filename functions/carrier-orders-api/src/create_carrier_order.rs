use api::{
    ApiRequest, ApiResponse, Problem, StatusCode,
    json::parse_object,
    schema::{Kind, Parameters, optional, query::parameters},
};
use carrier::{
    Command, Placement, Respond, StepContext, VisibleOrder, tolerate,
    wire::{OrderRequest, messages_body, read_order, same_document},
};
use domain::{
    carrier::{
        CarrierOrder, Intake, Notification, OrderHeader, OrderId, Resubmission, begin,
        decide_intake, is_at_remote_seller, resubmission,
    },
    idempotency::{Audience, PartyRole},
    identity::Role,
};
use serde_json::{Value, json};
use store::PlacedCarrierOrder;
use time::OffsetDateTime;

use crate::CarrierOrdersApi;

/// The parameters of `POST /orders`.
pub(crate) const CREATE_QUERY: Parameters = parameters(&[optional("validate", Kind::Boolean)
    .about("Says what would happen: 200 with an `orderValidation`, and nothing is stored.")
    .default("false")]);

impl CarrierOrdersApi {
    /// `POST /orders`: shape first (400), then business: what is wrong with it becomes messages of
    /// the stored order. `?validate=true` says what would happen and stores nothing.
    pub(crate) async fn create_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let sent = read_order(parse_object(&request.body)?)?;
        if !request.identity()?.parties.contains(sent.view.buyer.as_str()) {
            return Err(Problem::invalid("/buyerId", "not a party of this client"));
        }
        let buyer = self.carrier_orders.party(&sent.view.buyer).await?;
        tolerate(&sent.view.buyer, buyer.as_ref(), &sent.tolerated)?;
        let now = self.carrier_orders.clock.now();
        let seller = self.carrier_orders.party(&sent.view.seller).await?;
        let elsewhere = is_at_remote_seller(buyer.as_ref(), seller.as_ref());
        let intake = if elsewhere {
            // Whether it is good is for its Seller to say.
            Intake::Accepted { warnings: Vec::new() }
        } else {
            decide_intake(&sent.view, seller.as_ref(), now)
        };
        if request.query("validate") == Some("true") {
            return dry_run(&sent, intake, now);
        }
        let (progress, told) = begin(&sent.view, intake, now).map_err(Problem::internal)?;
        let header = sent.view.header(OrderId::new(now, &*self.carrier_orders.random));
        let order = CarrierOrder::new(header, progress, request.correlation_id.clone(), now);
        let order = if elsewhere { order.for_remote_seller(now) } else { order };
        self.place(request, sent, &order, told, now).await
    }

    async fn place(
        &self,
        request: &ApiRequest,
        sent: OrderRequest,
        order: &CarrierOrder,
        told: Vec<Notification>,
        now: OffsetDateTime,
    ) -> Result<ApiResponse, Problem> {
        let response =
            Respond { request }.order(StatusCode::CREATED, sent.document.clone(), order)?;
        let listed_at = sent.view.order_date.earliest().unwrap_or(now);
        let placement = Placement {
            order,
            document: &sent.document,
            told: told.into_iter().map(|told| (told, None)).collect(),
            listed_at,
            response: &response,
        };
        match self.carrier_orders.place(request, placement, now).await? {
            PlacedCarrierOrder::Done => {
                let (order_id, status) = (order.header.id.as_str(), order.progress.status);
                tracing::info!(order_id, %status, "order placed");
                Ok(response.recorded())
            }
            PlacedCarrierOrder::PonTaken(id) => self.resubmitted(request, &id, sent).await,
        }
    }

    /// The Buyer has an order with this number: the same again, a newer version, or a conflict.
    async fn resubmitted(
        &self,
        request: &ApiRequest,
        id: &OrderId,
        sent: OrderRequest,
    ) -> Result<ApiResponse, Problem> {
        let found = self.carrier_orders.find(request.identity()?, id).await?;
        match means(&found, &sent) {
            Resubmission::SameAgain => {
                Respond { request }.order(StatusCode::OK, found.document, &found.order)
            }
            Resubmission::Conflict => Err(already(&found.order.header)),
            Resubmission::Newer => {
                let replace = |context: &StepContext<'_>| match means(context.found, &sent) {
                    Resubmission::Newer => Ok(Some(Command::Replace(Box::new(sent.clone())))),
                    // Sent twice at once: the other one was stored.
                    Resubmission::SameAgain => Ok(None),
                    Resubmission::Conflict => Err(already(&context.found.order.header)),
                };
                self.carrier_orders.execute(request, id, replace).await
            }
        }
    }
}

fn means(found: &VisibleOrder, sent: &OrderRequest) -> Resubmission {
    let same = same_document(&found.document, &sent.document);
    resubmission(&found.order.header.version, &sent.view.version, same)
}

fn already(header: &OrderHeader) -> Problem {
    let info = format!(
        "the Buyer has an order with this purchase order number in version {}",
        header.version
    );
    Problem::conflict(domain::carrier::registry::VERSION_NOT_NEWER.code, info)
        .with("orderId", header.id.as_str())
}

/// What would happen.
fn dry_run(
    sent: &OrderRequest,
    intake: Intake,
    now: OffsetDateTime,
) -> Result<ApiResponse, Problem> {
    let (progress, _) = begin(&sent.view, intake, now).map_err(Problem::internal)?;
    let mut body = messages_body(&progress.messages);
    body.insert("objectType".to_owned(), json!("orderValidation"));
    body.insert("orderStatus".to_owned(), json!(progress.status.as_str()));
    let corrective = Value::Bool(progress.corrective_order_expected());
    body.insert("correctiveOrderExpected".to_owned(), corrective);
    let buyer = PartyRole { role: Role::Buyer, party: sent.view.buyer.to_string() };
    let audience = Audience::Parties(vec![buyer]);
    Ok(ApiResponse::json(StatusCode::OK, &body)?.visible_to(audience))
}
