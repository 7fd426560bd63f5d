use api::{ApiRequest, ApiResponse, Problem};
use lambda::dispatch::Dispatch;

use crate::{ConsoleApi, pages, respond::page};

impl<D: Dispatch> ConsoleApi<D> {
    /// `GET /console/links/{code}`: a button. What only looks at a link, a mail filter or a preview,
    /// does not use it up.
    pub(crate) async fn get_console_link(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let body = pages::link(request.params.get("code"));
        Ok(page(pages::frame("Open the console", None, "", &body)))
    }
}
