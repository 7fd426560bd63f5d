use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};
use domain::webhook::{Endpoint, EndpointId, Health, Secret, Secrets};
use lambda::dispatch::Dispatch;
use store::EndpointAdded;
use webhooks::{SendError, Target};

use crate::{
    EndpointWithSecret, WebhooksApi, etag,
    request::{CalledUrl, EndpointBody},
};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks`: an endpoint, whose secret is shown this once.
    pub(crate) async fn create_webhook(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let EndpointBody { url, events } = EndpointBody::whole(&request.body)?;
        let (Some(CalledUrl { written: url, target }), Some(events)) = (url, events) else {
            return Err(Problem::internal("a whole body has all members"));
        };
        self.check_target(&target).await?;
        let now = self.clock.now();
        let endpoint = Endpoint {
            id: EndpointId::new(now, &*self.random),
            tenant: request.identity()?.tenant.clone(),
            url,
            events,
            secrets: Secrets::new(Secret::new(&*self.random)),
            health: Health::default(),
            created_at: now,
            revision: 1,
        };
        let response = EndpointWithSecret::from(&endpoint);
        let response = ApiResponse::json(StatusCode::CREATED, &response)?
            .header(header::LOCATION, format!("/webhooks/{}", endpoint.id))
            .header(header::ETAG, etag(&endpoint));
        let guard = request.guard(&response)?;
        match self.endpoints.add_guarded(&endpoint, guard.as_ref()).await? {
            EndpointAdded::Done => {
                tracing::info!(endpoint_id = endpoint.id.as_str(), "endpoint registered");
                Ok(response.recorded())
            }
            EndpointAdded::Full => {
                Err(Problem::conflict("TOO_MANY_WEBHOOKS", "a client has at most ten endpoints"))
            }
        }
    }

    /// Refuses a URL that cannot be called today: its owner would find out from the log only.
    pub(crate) async fn check_target(&self, target: &Target) -> Result<(), Problem> {
        let refuse = |message: &str| Err(Problem::invalid("/url", message));
        match self.client.check(target).await {
            Ok(()) => Ok(()),
            Err(SendError::Forbidden(reason)) => {
                refuse(&format!("must not lead to an address that is not public ({reason})"))
            }
            Err(SendError::NameNotFound(_)) => refuse("must have a host with an address"),
            Err(error) => Err(Problem::unavailable(error)),
        }
    }
}
