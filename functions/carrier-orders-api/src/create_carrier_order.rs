use api::{
    ApiRequest, ApiResponse, Problem, StatusCode,
    json::parse_object,
    schema::{Kind, Parameters, optional, query::parameters},
};
use carrier::{
    http::Call,
    wire::{OrderRequest, messages_body, read_order},
};
use domain::{
    idempotency::{Audience, PartyRole},
    identity::Role,
};
use serde_json::{Value, json};

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
        if request.query("validate") == Some("true") {
            return self.dry_run(request, &sent).await;
        }
        let call = Call::new(request)?;
        let outcome = self.carrier_orders.place(&call.context()?, sent).await?;
        call.respond(outcome)
    }

    /// What would happen.
    async fn dry_run(
        &self,
        request: &ApiRequest,
        sent: &OrderRequest,
    ) -> Result<ApiResponse, Problem> {
        let progress = self.carrier_orders.validate(request.identity()?, sent).await?;
        let mut body = messages_body(&progress.messages);
        body.insert("objectType".to_owned(), json!("orderValidation"));
        body.insert("orderStatus".to_owned(), json!(progress.status.as_str()));
        let corrective = Value::Bool(progress.corrective_order_expected());
        body.insert("correctiveOrderExpected".to_owned(), corrective);
        let buyer = PartyRole { role: Role::Buyer, party: sent.view.buyer.to_string() };
        let audience = Audience::Parties(vec![buyer]);
        Ok(ApiResponse::json(StatusCode::OK, &body)?.visible_to(audience))
    }
}
