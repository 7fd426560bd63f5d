use api::{
    ApiRequest, ApiResponse, Problem,
    json::{ObjectReader, parse_object},
};
use carrier::{Command, Desk, StepContext};

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `POST /orders/{id}/cancel`: by the Buyer (row 12), or by the Seller (row 13).
    pub(crate) async fn cancel_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let reason = reason(&request.body)?;
        let who = request.identity()?.client.to_string();
        let cancel = |_: &StepContext<'_>| {
            Ok(Some(Command::Cancel { reason: reason.clone(), who: who.clone() }))
        };
        self.desk.execute(request, &Desk::id_in(request)?, cancel).await
    }
}

/// `{"reason": "…"}`, if there is a body.
fn reason(body: &[u8]) -> Result<Option<String>, Problem> {
    if body.is_empty() {
        return Ok(None);
    }
    let members = parse_object(body)?;
    let mut violations = domain::violation::Violations::new();
    let mut reader = ObjectReader::new(&members, &mut violations);
    let reason = reader.optional("reason", |value| value.text(1..=300)).map(str::to_owned);
    violations.into_result(reason).map_err(Problem::from)
}
