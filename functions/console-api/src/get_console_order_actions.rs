use api::{ApiRequest, ApiResponse, Problem};
use lambda::dispatch::Dispatch;

use crate::{ConsoleApi, pages, respond::page};

impl<D: Dispatch> ConsoleApi<D> {
    /// `GET /console/orders/{order}/actions`: the forms, on a page that does not change while they
    /// are filled in.
    pub(crate) async fn get_console_order_actions(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let visit = self.visit(request).await?;
        let order = self.open_order(request.params.get("order")).await?;
        let title = format!("Act on order {}", order.id);
        Ok(page(pages::frame(&title, Some(&visit), "", &pages::actions(&order, &visit))))
    }
}
