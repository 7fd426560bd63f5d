use api::{ApiRequest, ApiResponse, Problem, header};
use lambda::dispatch::Dispatch;

use crate::{ConsoleApi, pages, respond::page, session::no_cookie};

impl<D: Dispatch> ConsoleApi<D> {
    /// `POST /console/sign-out`
    pub(crate) async fn end_console_session(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (visit, _) = self.act(request).await?;
        self.console.end(&visit.session).await.map_err(Problem::failed)?;
        tracing::info!(action = "sign-out", by = visit.operator.as_str(), "console");
        let body = pages::signed_out();
        let response = page(pages::frame("Signed out", None, "", &body));
        Ok(response.header(header::SET_COOKIE, no_cookie()))
    }
}
