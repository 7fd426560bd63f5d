//! Answers.

use bytes::Bytes;
use domain::idempotency::Audience;
use http::{HeaderMap, HeaderValue, StatusCode, header, header::HeaderName};
use lambda_http::Body;
use serde::Serialize;

use super::Problem;

static CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    audience: Audience,
    recorded: bool,
}

impl ApiResponse {
    /// A JSON body.
    ///
    /// # Errors
    /// When `body` cannot be written as JSON: our fault.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(Problem::internal)?;
        Ok(Self::empty(status).with_body("application/json", body))
    }

    /// No body (204, say).
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            audience: Audience::Tenant,
            recorded: false,
        }
    }

    /// Any body.
    pub fn bytes(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::empty(status).with_body(content_type, body)
    }

    /// A body that is kept compressed (gzip): sent so, and expanded only for a caller that does not
    /// take it.
    pub fn gzipped(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::bytes(status, content_type, body).header(header::CONTENT_ENCODING, "gzip")
    }

    /// Sets a header. A value that is not visible ASCII and spaces cannot be one: it is left out,
    /// so that no value can ever begin another header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        match HeaderValue::from_str(value.as_ref()) {
            Ok(value) => {
                self.headers.insert(name, value);
            }
            Err(_) => tracing::error!(header = name.as_str(), "header value refused"),
        }
        self
    }

    /// Limits who may get the response again under its idempotency key; every client of the
    /// tenant, unless it says otherwise.
    #[must_use]
    pub fn visible_to(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }

    /// Notes that the response is stored under the request's idempotency key, if it has one: in
    /// the transaction of the effect.
    #[must_use]
    pub fn recorded(mut self) -> Self {
        self.recorded = true;
        self
    }

    /// Who may get it again.
    pub fn audience(&self) -> &Audience {
        &self.audience
    }

    pub(super) fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The order that it says was placed, by its `Location`.
    pub(super) fn order_id(&self) -> Option<&str> {
        let location = self.headers.get(header::LOCATION)?.to_str().ok()?;
        let (path, id) = location.rsplit_once('/')?;
        matches!(path.rsplit('/').next(), Some("order" | "orders")).then_some(id)
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub(super) fn with_raw_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn without_header(mut self, name: HeaderName) -> Self {
        self.headers.remove(name);
        self
    }

    pub(super) fn with_text(mut self, body: String) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn with_body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body.into();
        self
    }

    /// The response to HEAD: the length is that of the body which GET has (RFC 9110, 8.6).
    pub(super) fn without_body(mut self) -> Self {
        if !self.body.is_empty() {
            self.headers.insert(header::CONTENT_LENGTH, self.body.len().into());
            self.body.clear();
        }
        self
    }

    /// The answer for the gateway, with what every answer carries.
    pub(super) fn finish(self, correlation_id: &str) -> http::Response<Body> {
        let mut headers = self.headers;
        // Nothing is stored unless the answer itself says so: published keys, say.
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
        if let Ok(value) = HeaderValue::from_str(correlation_id) {
            headers.insert(CORRELATION_ID.clone(), value);
        }
        let encoded = headers.contains_key(header::CONTENT_ENCODING);
        let body = match String::from_utf8(self.body.into()) {
            Ok(text) if text.is_empty() => Body::Empty,
            Ok(text) if encoded => Body::Binary(text.into_bytes()),
            Ok(text) => Body::Text(text),
            Err(binary) => Body::Binary(binary.into_bytes()),
        };
        let mut response = http::Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_value_cannot_begin_another_header() {
        for value in ["a\r\nSet-Cookie: b=c", "a\nb", "a\rb", "a\0b"] {
            let answer = ApiResponse::empty(StatusCode::OK).header(header::LOCATION, value);
            assert!(answer.headers().is_empty(), "{value:?}");
        }
    }

    #[test]
    fn every_answer_forbids_storing_and_sniffing_and_echoes_the_correlation_id() {
        let answer = ApiResponse::empty(StatusCode::NO_CONTENT).finish("abc");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert!(answer.headers().contains_key("strict-transport-security"));
        assert_eq!(answer.headers()["x-correlation-id"], "abc");
    }
}
