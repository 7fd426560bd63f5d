use api::{ApiRequest, ApiResponse, Problem, StatusCode, header::HeaderName};
use domain::subscription::{ChangeRequest, SubscriptionRef};
use ecc::{Asked, Carried, Command};

use crate::SubscriptionsApi;

static LOCATION: HeaderName = HeaderName::from_static("location");
static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

impl SubscriptionsApi {
    /// Places an order for a change of an existing subscription.
    pub(crate) async fn change(
        &self,
        request: &ApiRequest,
        change: ChangeRequest,
    ) -> Result<ApiResponse, Problem> {
        self.carry(request, Command::Change(subscription_of(request)?, change)).await
    }

    /// Places the order that a command needs, and answers with it.
    pub(crate) async fn carry(
        &self,
        request: &ApiRequest,
        command: Command,
    ) -> Result<ApiResponse, Problem> {
        let once = request.once()?;
        let asked = Asked {
            tenant: &request.identity()?.tenant,
            correlation_id: &request.correlation_id,
            once: once.as_ref(),
            batch: None,
        };
        Ok(match self.desk.carry(asked, command).await? {
            Carried::Nothing => ApiResponse::empty(StatusCode::NO_CONTENT),
            Carried::Accepted { answer, replayed } => {
                let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::ACCEPTED);
                let mut response = ApiResponse::bytes(status, "application/json", answer.body);
                if let Some(location) = &answer.location {
                    response = response.header(LOCATION.clone(), location);
                }
                if replayed {
                    response = response.header(REPLAYED.clone(), "true");
                }
                response
            }
        })
    }
}

/// The subscription that the path names.
pub(crate) fn subscription_of(request: &ApiRequest) -> Result<SubscriptionRef, Problem> {
    let text = request.params.get("subscription");
    text.parse().map_err(|error| Problem::invalid("path/subscription", format!("{error}")))
}
