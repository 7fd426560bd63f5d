use api::{
    ApiRequest, ApiResponse, Problem,
    json::{ObjectReader, parse_object},
};
use carrier::{Answer, Change, Desk, not_possible, passed_on};
use domain::carrier::{Event, Instruction, Side};

use crate::CarrierOrdersApi;

/// The reason of a Seller that gives none.
const NO_REASON: &str = "The order was cancelled by the Seller";

impl CarrierOrdersApi {
    /// `POST /orders/{id}/cancel`: by the Buyer (row 12), or by the Seller (row 13).
    pub(crate) async fn cancel_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let reason = reason(&request.body)?;
        let who = request.identity()?.client.to_string();
        self.desk
            .take_step(request, &Desk::id_in(request)?, |scene| {
                let wish = Instruction::Cancel { reason: reason.clone() };
                if let Some(passed) = passed_on(scene, wish) {
                    return passed;
                }
                let event = if scene.found.sides.contains(&Side::Buyer) {
                    Event::CancelledByBuyer { who: who.clone() }
                } else {
                    let reason = reason.clone().unwrap_or_else(|| NO_REASON.to_owned());
                    Event::CancelledBySeller { reason }
                };
                let step = scene.found.order.progress.apply(event, scene.now);
                let step = step.map_err(|error| not_possible(&error))?;
                Ok(Change {
                    progress: step.progress,
                    told: step.notification.map(|told| (told, None)).into_iter().collect(),
                    document: None,
                    mirror: None,
                    answer: Answer::Order,
                })
            })
            .await
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
