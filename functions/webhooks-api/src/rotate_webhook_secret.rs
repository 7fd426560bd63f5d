use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::{
    clock::rfc3339,
    webhook::{Endpoint, Secret, TooManyRotations},
};
use lambda::dispatch::Dispatch;

use crate::{EndpointWithSecret, WebhooksApi};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks/{id}/rotate-secret`: a new secret, shown this once; the one before it
    /// signs beside it for 24 hours, whatever rotations follow. Under a key, a repetition gets the
    /// same secret: the response is stored in the transaction of the rotation.
    pub(crate) async fn rotate_webhook_secret(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (secret, now) = (Secret::new(&*self.random), self.clock.now());
        let response = self
            .change(request, rotated, |read| {
                let secrets = read.secrets.clone().rotated(secret.clone(), now).map_err(refused)?;
                Ok(Endpoint { secrets, ..read })
            })
            .await?;
        tracing::info!(endpoint_id = request.params.get("id"), "secret rotated");
        Ok(response)
    }
}

fn rotated(endpoint: &Endpoint) -> Result<ApiResponse, Problem> {
    ApiResponse::json(StatusCode::OK, &EndpointWithSecret::from(endpoint))
}

fn refused(TooManyRotations { until }: TooManyRotations) -> Problem {
    let info =
        format!("the secrets before it are promised to sign; rotate after {}", rfc3339(until));
    Problem::conflict("TOO_MANY_ROTATIONS", info)
}
