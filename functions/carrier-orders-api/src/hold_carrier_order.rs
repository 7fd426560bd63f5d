use api::{ApiRequest, ApiResponse, Problem};
use carrier::{Answer, Change, Desk, not_possible, passed_on};
use domain::carrier::{Event, Instruction, Side};

use crate::CarrierOrdersApi;

impl CarrierOrdersApi {
    /// `POST /orders/{id}/hold`: until the same side releases it (row 9).
    pub(crate) async fn hold_carrier_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let held = |by| Event::Held { by, expected: None, messages: Vec::new() };
        self.hold_or_release(request, &Instruction::Hold, held).await
    }

    /// A step that one side takes, without anything of its own to say.
    pub(crate) async fn hold_or_release(
        &self,
        request: &ApiRequest,
        wish: &Instruction,
        event: impl Fn(Side) -> Event + Send + Sync,
    ) -> Result<ApiResponse, Problem> {
        self.desk
            .take_step(request, &Desk::id_in(request)?, |scene| {
                if let Some(passed) = passed_on(scene, wish.clone()) {
                    return passed;
                }
                let found = scene.found;
                // One who stands on both sides is the one that holds it.
                let holder = found.order.progress.hold.as_ref().map(|hold| hold.by);
                let holder = holder.filter(|side| found.sides.contains(side));
                let side = holder.or_else(|| found.sides.first().copied());
                let event = event(side.ok_or(Problem::NotFound)?);
                let step = found.order.progress.apply(event, scene.now);
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
