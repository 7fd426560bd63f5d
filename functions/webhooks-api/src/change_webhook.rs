use api::{ApiRequest, ApiResponse, Problem};
use endpoints::EndpointChange;
use lambda::dispatch::Dispatch;

use crate::{WebhooksApi, request::EndpointBody, respond};

impl<D: Dispatch> WebhooksApi<D> {
    /// `PATCH /webhooks/{id}`: a JSON Merge Patch (RFC 7396) changes URL and event patterns. The
    /// id, the secrets and the log stay; deliveries that wait go to the new URL.
    pub(crate) async fn change_webhook(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let EndpointBody { url, events } = EndpointBody::patch(&request.body)?;
        let change = EndpointChange { url: url.map(|url| url.0), events };
        let (id, key) = (respond::endpoint_id(request)?, request.idempotency(respond::endpoint)?);
        let context = respond::context(request, key.as_ref())?;
        let changed = self.webhooks.change(&context, &id, change).await;
        Ok(respond::endpoint(&changed.map_err(respond::problem)?)?.recorded())
    }
}
