use api::{ApiRequest, ApiResponse, Problem, header, identity::digest_of_code};
use lambda::dispatch::Dispatch;

use crate::{
    ConsoleApi, pages,
    respond::{page, see},
    session::{NewSession, form},
};

impl<D: Dispatch> ConsoleApi<D> {
    /// `POST /console/sessions`: opens a session with the code of a link.
    ///
    /// One transaction uses the link up and stores the session. Dies after it, or the response is
    /// lost: the link is used, and the page says how to get another.
    pub(crate) async fn open_console_session(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let form = form(request)?;
        let (link, session) = (digest_of_code(form.get("code")), NewSession::generate());
        let opened = self.console.open(&link, &session.digest(), self.clock.now()).await;
        let Some(access) = opened.map_err(Problem::failed)? else {
            return Ok(page(pages::frame("The link is used up", None, "", &pages::used_link())));
        };
        tracing::info!(action = "sign-in", by = access.operator.as_str(), "console");
        Ok(see("/console").header(header::SET_COOKIE, session.cookie()))
    }
}
