use api::{ApiRequest, ApiResponse, Problem};
use lambda::dispatch::Dispatch;

use crate::{ConsoleApi, pages, respond::page};

impl<D: Dispatch> ConsoleApi<D> {
    /// `GET /console/orders/{order}`: everything that is known of an order, and what it waits for.
    pub(crate) async fn get_console_order(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let visit = self.visit(request).await?;
        let view = self.view(request.params.get("order")).await?;
        let body = pages::order(&view, request.query("done"));
        let title = format!("Order {}", view.order.id);
        Ok(page(pages::frame(&title, Some(&visit), "", &body)))
    }
}
