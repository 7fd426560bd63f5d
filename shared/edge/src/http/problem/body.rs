//! How each API says it.

use domain::{
    carrier::{OrderMessage, Severity, registry},
    violation::{Violation, Violations},
};
use http::{Method, header};
use serde_json::{Map, Value, json};

use super::{Problem, ProblemStyle};
use crate::{
    carrier::{messages_body, refusal_body},
    http::ApiResponse,
};

/// What a problem's answer depends on besides the problem.
#[derive(Debug)]
pub(in crate::http) struct Telling<'a> {
    /// The body's shape.
    pub(in crate::http) style: ProblemStyle,
    /// `WWW-Authenticate` of a 401.
    pub(in crate::http) challenge: String,
    /// For the caller to name the request by.
    pub(in crate::http) correlation_id: &'a str,
}

impl Problem {
    /// The answer that says it.
    pub(in crate::http) fn into_response(self, telling: &Telling<'_>) -> ApiResponse {
        let media = match telling.style {
            ProblemStyle::Rfc9457 => "application/problem+json",
            _ => "application/json",
        };
        let body = self.body(telling);
        let mut answer = ApiResponse::empty(self.status());
        match self {
            Self::Unauthorized => {
                answer = answer.header(header::WWW_AUTHENTICATE, &telling.challenge);
            }
            Self::MethodNotAllowed { allow } => {
                let allow: Vec<&str> = allow.iter().map(Method::as_str).collect();
                answer = answer.header(header::ALLOW, allow.join(", "));
            }
            Self::Throttled { retry_after_seconds }
            | Self::Unavailable { retry_after_seconds, .. } => {
                answer = answer.header(header::RETRY_AFTER, retry_after_seconds.to_string());
            }
            _ => {}
        }
        if telling.style == ProblemStyle::OAuth {
            answer = answer.header(header::PRAGMA, "no-cache");
        }
        answer.with_body(media, Value::Object(body).to_string().into_bytes())
    }

    fn body(&self, telling: &Telling<'_>) -> Map<String, Value> {
        let mut body = match telling.style {
            ProblemStyle::Ecc => self.ecc(),
            ProblemStyle::Esim => self.esim(telling.correlation_id),
            ProblemStyle::Carrier => self.carrier(),
            ProblemStyle::OAuth => self.oauth(),
            ProblemStyle::Rfc9457 => self.rfc_9457(),
        };
        if let Self::BadRequest(refusal) | Self::Conflict(refusal) | Self::Unprocessable(refusal) =
            self
        {
            body.extend(refusal.extra.clone());
        }
        body
    }

    fn violations(&self) -> Option<&Violations> {
        match self {
            Self::InvalidParameters(violations) => Some(violations),
            _ => None,
        }
    }

    fn ecc(&self) -> Map<String, Value> {
        let mut body = object(json!({ "code": self.code(), "info": self.info() }));
        if let Some(violations) = self.violations() {
            body.insert("errors".to_owned(), errors(violations));
        }
        body
    }

    fn rfc_9457(&self) -> Map<String, Value> {
        let status = self.status();
        let mut body = object(json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "detail": self.info(),
            "code": self.code(),
        }));
        if let Some(violations) = self.violations() {
            body.insert("errors".to_owned(), errors(violations));
        }
        body
    }

    fn esim(&self, correlation_id: &str) -> Map<String, Value> {
        let kind = match self {
            Self::InvalidParameters(violations) if of_the_message(violations) => {
                "INVALID_HTTP_MESSAGE"
            }
            Self::InvalidParameters(_) => "INVALID_REQUEST_PARAMS",
            Self::MethodNotAllowed { .. } | Self::TooLarge | Self::UnsupportedMediaType => {
                "INVALID_HTTP_MESSAGE"
            }
            Self::Unauthorized => "UNAUTHORISED",
            Self::Forbidden => "ACCESS_DENIED",
            Self::NotFound => "ORDER_NOT_FOUND",
            _ => self.code(),
        };
        let messages = match self {
            Self::InvalidParameters(violations) => violations.iter().map(line).collect(),
            Self::Internal { .. } => {
                vec![format!("{}, correlation id {correlation_id}", self.info())]
            }
            _ => vec![self.info().into_owned()],
        };
        object(json!({ "type": kind, "messages": messages }))
    }

    fn carrier(&self) -> Map<String, Value> {
        if let Some(violations) = self.violations() {
            return refusal_body(violations);
        }
        let code = match self {
            Self::NotFound => registry::ORDER_NOT_FOUND.code,
            _ => self.code(),
        };
        let message = match registry::ALL.iter().find(|kind| kind.code == code) {
            Some(kind) => kind.message(),
            None => OrderMessage {
                code: None,
                description: Some(code.to_owned()),
                message_information: None,
                severity: Severity::Error,
                field: None,
                order_item_reference: None,
                correction_required: false,
            },
        };
        messages_body(&[message.saying(self.info())])
    }

    fn oauth(&self) -> Map<String, Value> {
        let error = match self {
            Self::BadRequest(refusal) => refusal.code,
            Self::Unauthorized => "invalid_client",
            Self::Forbidden => "unauthorized_client",
            Self::Throttled { .. } | Self::Unavailable { .. } => "temporarily_unavailable",
            Self::Internal { .. } => "server_error",
            _ => "invalid_request",
        };
        let description = match self {
            Self::InvalidParameters(violations) => {
                violations.iter().map(line).collect::<Vec<_>>().join(", ")
            }
            Self::UnsupportedMediaType => {
                "the body must be application/x-www-form-urlencoded".to_owned()
            }
            _ => self.info().into_owned(),
        };
        // All that the grammar of RFC 6749, appendix A.8, has.
        let legal = |c: &char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
        let description: String = description.chars().filter(legal).collect();
        object(json!({ "error": error, "error_description": description }))
    }
}

fn object(body: Value) -> Map<String, Value> {
    match body {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Whether the request as such could not be read, so that nothing in it was looked at.
fn of_the_message(violations: &Violations) -> bool {
    violations.iter().all(|fault| matches!(fault.pointer.as_str(), "" | "path" | "query"))
}

fn line(Violation { pointer, message }: &Violation) -> String {
    if pointer.is_empty() { message.clone() } else { format!("{pointer}: {message}") }
}

/// The list of violations with their places.
fn errors(violations: &Violations) -> Value {
    let entry = |Violation { pointer, message }: &Violation| json!({ "pointer": pointer, "message": message });
    violations.iter().map(entry).collect()
}

#[cfg(test)]
mod tests;
