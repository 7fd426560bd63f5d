use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};
use domain::webhook::Endpoint;
use lambda::dispatch::Dispatch;

use crate::{EndpointResponse, WebhooksApi, etag, request::EndpointBody};

impl<D: Dispatch> WebhooksApi<D> {
    /// `PATCH /webhooks/{id}`: a JSON Merge Patch (RFC 7396) changes URL and event patterns. The
    /// id, the secrets and the log stay; deliveries that wait go to the new URL.
    pub(crate) async fn change_webhook(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let EndpointBody { url, events } = EndpointBody::patch(&request.body)?;
        request.check_conditions(&etag(&self.endpoint(request).await?))?;
        let url = match url {
            Some(url) => {
                self.check_target(&url.target).await?;
                Some(url.written)
            }
            None => None,
        };
        let response = self
            .change(request, changed, |read| {
                let url = url.clone().unwrap_or_else(|| read.url.clone());
                let events = events.clone().unwrap_or_else(|| read.events.clone());
                Ok(Endpoint { url, events, ..read })
            })
            .await?;
        tracing::info!(endpoint_id = request.params.get("id"), "endpoint changed");
        Ok(response)
    }
}

fn changed(endpoint: &Endpoint) -> Result<ApiResponse, Problem> {
    let response = ApiResponse::json(StatusCode::OK, &EndpointResponse::from(endpoint))?;
    Ok(response.header(header::ETAG, etag(endpoint)))
}
