use api::{ApiRequest, ApiResponse, Problem, header};

use crate::{
    DocsApi,
    files::{ASSETS, File, GUIDES, INDEX, REFERENCES, find},
};

/// Kept by the reader and asked about each time: a deployment is seen at once, and what has not
/// changed is a 304.
pub(crate) const REVALIDATED: &str = "public, no-cache";
/// The name of an asset holds its hash, so a name never changes its content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Nothing from another origin, nothing inline. `data:` is for the arrows in the style sheet of the
/// API pages.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// A page for a browser.
fn page(file: &'static File, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let response = file.respond(request, REVALIDATED)?;
    Ok(response
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(header::X_FRAME_OPTIONS, "DENY"))
}

impl DocsApi {
    /// `GET /docs`
    pub(crate) async fn get_docs(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        page(&INDEX, request)
    }

    /// `GET /docs/{page}`
    pub(crate) async fn get_guide(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        page(find(GUIDES, request.params.get("page"))?, request)
    }

    /// `GET /docs/api/{api}`
    pub(crate) async fn get_api_reference(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        page(find(REFERENCES, request.params.get("api"))?, request)
    }

    /// `GET /docs/assets/{asset}`
    pub(crate) async fn get_docs_asset(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        find(ASSETS, request.params.get("asset"))?.respond(request, FOR_EVER)
    }
}
