use api::{ApiRequest, ApiResponse, Problem, header};

use crate::{
    DocsApi,
    files::{DOCUMENTS, find},
    pages::REVALIDATED,
};

impl DocsApi {
    /// `GET /openapi/{document}`. Tools of any origin may read it: it holds nothing that is not
    /// published.
    pub(crate) async fn get_openapi_document(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let document = find(DOCUMENTS, request.params.get("document"))?;
        let response = document.respond(request, REVALIDATED)?;
        Ok(response.header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
    }
}
