use api::{ApiRequest, ApiResponse, Problem};
use endpoints::NewEndpoint;
use lambda::dispatch::Dispatch;

use crate::{WebhooksApi, request::EndpointBody, respond};

impl<D: Dispatch> WebhooksApi<D> {
    /// `POST /webhooks`: an endpoint, whose secret is shown this once.
    pub(crate) async fn create_webhook(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let EndpointBody { url, events } = EndpointBody::whole(&request.body)?;
        let (Some(url), Some(events)) = (url, events) else {
            return Err(Problem::internal("a whole body has all members"));
        };
        let key = request.idempotency(respond::registered)?;
        let context = respond::context(request, key.as_ref())?;
        let registered = self.webhooks.register(&context, NewEndpoint { url: url.0, events }).await;
        Ok(respond::registered(&registered.map_err(respond::problem)?)?.recorded())
    }
}
