use api::{ApiRequest, ApiResponse, Problem};
use lambda::dispatch::Dispatch;

use crate::{ConsoleApi, endpoint_request::named, pages, respond::page};

/// Deliveries that are listed, the newest first.
const DELIVERIES: usize = 50;

impl<D: Dispatch> ConsoleApi<D> {
    /// `GET /console/tenants/{tenant}/endpoints/{endpoint}`: how it is, and its newest deliveries.
    pub(crate) async fn get_console_endpoint(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let visit = self.visit(request).await?;
        let (tenant, id) = named(request)?;
        let found = self.webhooks.endpoints.find(&tenant, &id).await;
        let found = found.map_err(Problem::failed)?.ok_or(Problem::NotFound)?;
        let listed = self.webhooks.deliveries.list(&id, DELIVERIES, None).await;
        let (deliveries, next) = listed.map_err(Problem::failed)?;
        let said = request.query("done");
        let body = pages::endpoint(&found, (&deliveries, next.is_some()), &visit, said);
        let title = format!("Endpoint {id}");
        Ok(page(pages::frame(&title, Some(&visit), "/console/tenants", &body)))
    }
}
