use api::{
    ApiRequest, ApiResponse, Problem,
    json::parse_object,
    schema::{Kind, Object, object, optional, read},
};
use carrier::Command;

use crate::CarrierOrdersApi;

/// `POST /orders/{id}/cancel`.
pub(crate) static CANCELLATION: Object = object(
    "cancellation",
    &[optional("reason", Kind::Text(1, 300))
        .about("Why the order is cancelled.")
        .example(r#""Ordered by mistake""#)],
)
.about("Why an order is cancelled.")
.example(r#"{"reason": "Ordered by mistake"}"#)
.open();

impl CarrierOrdersApi {
    /// `POST /orders/{id}/cancel`: by the Buyer (row 12), or by the Seller (row 13).
    pub(crate) async fn cancel_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let reason = reason(&request.body)?;
        self.execute(request, &Command::Cancel { reason }).await
    }
}

/// `{"reason": "…"}`, if there is a body.
fn reason(body: &[u8]) -> Result<Option<String>, Problem> {
    if body.is_empty() {
        return Ok(None);
    }
    let members = parse_object(body)?;
    CANCELLATION
        .read(&members, |members| Some(read::owned(members, "reason")))
        .map_err(Problem::from)
}
