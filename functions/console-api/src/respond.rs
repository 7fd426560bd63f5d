//! Responses for a browser.

use api::{ApiResponse, StatusCode, header};
use maud::Markup;

/// Nothing from another origin, nothing inline, and no page of another origin around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// What every response of the console says to a browser. None is stored (`no-store`): that is in
/// every response which does not say otherwise.
pub(crate) fn guarded(response: ApiResponse) -> ApiResponse {
    response
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(header::X_FRAME_OPTIONS, "DENY")
}

/// A page.
pub(crate) fn page(markup: Markup) -> ApiResponse {
    let html = "text/html; charset=utf-8";
    guarded(ApiResponse::bytes(StatusCode::OK, html, markup.into_string()))
}

/// On to a page, which the browser gets by GET: going back and again repeats no action.
pub(crate) fn see(path: &str) -> ApiResponse {
    guarded(ApiResponse::empty(StatusCode::SEE_OTHER)).header(header::LOCATION, path)
}
