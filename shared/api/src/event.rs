//! Validation of the gateway event: what would make `lambda_http` panic or fail never reaches it
//! (`infra/docs/reliability.md`, facts 6 to 8: 23 of 64 mutated events did).

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, header};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Problem, limits::LARGEST_BODY};

/// The longest path; every id of the contracts is far shorter.
const LONGEST_PATH: usize = 2_048;
/// The longest query.
const LONGEST_QUERY: usize = 8_192;
/// The longest body in base64: one byte more than this is too large whatever it holds.
const LONGEST_ENCODED: usize = LARGEST_BODY.div_ceil(3) * 4;

static FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// An event that `lambda_http` can turn into a request, and what is already known about it.
#[derive(Debug, Default)]
pub(super) struct ValidatedEvent {
    pub(super) event: ApiGatewayV2httpRequest,
    /// The event is answered with this.
    pub(super) refusal: Option<Problem>,
    /// The body was over the limit and is not in the event any more.
    pub(super) too_large: bool,
}

/// Reads and checks an event. One that cannot be served keeps its headers (for the correlation
/// id) when it has any, and nothing else.
pub(super) fn validate(raw: &str) -> ValidatedEvent {
    let Ok(mut event) = serde_json::from_str::<ApiGatewayV2httpRequest>(raw) else {
        return refused(ApiGatewayV2httpRequest::default(), "", "not an HTTP event");
    };
    if let Err((pointer, message)) = check(&event) {
        return refused(event, pointer, message);
    }
    strip_stage(&mut event);
    let path = event.raw_path.as_deref().unwrap_or_default();
    if event.route_key.as_deref().is_some_and(|key| !is_of_route(key, path)) {
        return ValidatedEvent { refusal: Some(Problem::UnknownPath), ..refused(event, "", "") };
    }
    encode_path(&mut event);
    match decode_body(&mut event) {
        Ok(too_large) => ValidatedEvent { event, refusal: None, too_large },
        Err(message) => refused(event, "", message),
    }
}

fn refused(event: ApiGatewayV2httpRequest, pointer: &str, message: &str) -> ValidatedEvent {
    let mut blank = ApiGatewayV2httpRequest::default();
    blank.headers = event.headers;
    blank.headers.remove(header::HOST);
    ValidatedEvent {
        event: blank,
        refusal: Some(Problem::invalid(pointer, message)),
        too_large: false,
    }
}

type Fault = (&'static str, &'static str);

fn check(event: &ApiGatewayV2httpRequest) -> Result<(), Fault> {
    let path = event.raw_path.as_deref().unwrap_or_default();
    check_path(path).map_err(|message| ("path", message))?;
    let query = event.raw_query_string.as_deref().unwrap_or_default();
    if query.len() > LONGEST_QUERY {
        return Err(("query", "too long"));
    }
    if !query.bytes().all(legal_in_query) {
        return Err(("query", "characters that must be percent-encoded"));
    }
    check_host(event)?;
    let stage = event.request_context.stage.as_deref().unwrap_or_default();
    if !stage.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'$' | b'-' | b'_')) {
        return Err(("", "not an HTTP event"));
    }
    Ok(())
}

/// What a path may not hold once it is decoded: what could change its shape, or a log line's.
fn check_path(path: &str) -> Result<(), &'static str> {
    if path.len() > LONGEST_PATH {
        return Err("too long");
    }
    if !path.starts_with('/') {
        return Err("must begin with a slash");
    }
    if path.contains(char::REPLACEMENT_CHARACTER) {
        return Err("not UTF-8");
    }
    if path.contains(|c: char| c.is_control() || c == '\\') {
        return Err("a control character or a backslash");
    }
    Ok(())
}

/// Whether a path is one of a route key (`GET /orders/{id}`), segment by segment.
///
/// The gateway decodes the path that it hands over. A slash that was encoded is a separator then:
/// `/orders/a%2Fhold` arrives as `/orders/a/hold`, with the key of `/orders/{id}`. Such a path is
/// of no route: it must not choose the one that it looks like.
fn is_of_route(key: &str, path: &str) -> bool {
    let Some((_, template)) = key.split_once(' ') else { return true };
    let mut segments = path.split('/');
    for wanted in template.split('/') {
        let Some(segment) = segments.next() else { return false };
        let parameter = wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        match parameter {
            Some(name) if name.ends_with('+') => return true,
            Some(_) => {}
            None if wanted == segment => {}
            None => return false,
        }
    }
    segments.next().is_none()
}

/// Signs of a path that stand for themselves (RFC 3986, section 3.3).
const IN_PATH: AsciiSet = NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// Encodes the path again: `lambda_http` takes only a path that a URL may hold, and a percent sign
/// that came decoded must not be decoded once more.
fn encode_path(event: &mut ApiGatewayV2httpRequest) {
    let path = event.raw_path.take().unwrap_or_default();
    event.raw_path = Some(utf8_percent_encode(&path, &IN_PATH).to_string());
}

/// What `http::Uri` takes in a query, and no `#`, which would end it.
fn legal_in_query(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x24..=0x3b | 0x3d | 0x3f..=0x7e)
}

/// `lambda_http` builds a URL of scheme, host and path, and panics when that is none.
fn check_host(event: &ApiGatewayV2httpRequest) -> Result<(), Fault> {
    let scheme = match event.headers.get(&FORWARDED_PROTO).map(|value| value.as_bytes()) {
        None | Some(b"https") => "https",
        Some(b"http") => "http",
        Some(_) => return Err(("header/x-forwarded-proto", "http or https")),
    };
    let header = event.headers.get(header::HOST).map(|value| value.to_str());
    let host = match header {
        Some(Ok(host)) => host,
        Some(Err(_)) => return Err(("header/host", "not a host")),
        None => match event.request_context.domain_name.as_deref() {
            Some(domain) => domain,
            None => return Ok(()),
        },
    };
    let legal = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    let url = url::Url::parse(&format!("{scheme}://{host}/"));
    let whole = url.is_ok_and(|url| url.has_host() && url.path() == "/");
    if host.bytes().all(legal) && whole { Ok(()) } else { Err(("header/host", "not a host")) }
}

/// A named stage is the first segment of the raw path, but no part of a route.
fn strip_stage(event: &mut ApiGatewayV2httpRequest) {
    let Some(stage) = event.request_context.stage.take().filter(|stage| stage != "$default") else {
        return;
    };
    let path = event.raw_path.as_deref().unwrap_or_default();
    let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(stage.as_str()));
    if let Some(rest) = rest.filter(|rest| rest.starts_with('/')) {
        event.raw_path = Some(rest.to_owned());
    }
}

/// Undoes base64 and takes out what is too large; whether it was.
fn decode_body(event: &mut ApiGatewayV2httpRequest) -> Result<bool, &'static str> {
    let Some(body) = event.body.as_deref() else { return Ok(false) };
    let longest = if event.is_base64_encoded { LONGEST_ENCODED } else { LARGEST_BODY };
    if body.len() > longest {
        event.body = None;
        return Ok(true);
    }
    if event.is_base64_encoded {
        let decoded = STANDARD.decode(body).map_err(|_| "malformed base64")?;
        // What is not UTF-8 stays encoded, for `lambda_http` to decode into bytes.
        if let Ok(text) = String::from_utf8(decoded) {
            event.body = Some(text);
            event.is_base64_encoded = false;
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(path: &str, route_key: &str) -> Option<String> {
        let event = serde_json::json!({
            "rawPath": path, "routeKey": route_key, "headers": {},
            "requestContext": { "stage": "$default", "http": { "method": "GET" } },
        });
        let ValidatedEvent { event, refusal, .. } = validate(&event.to_string());
        if refusal.is_none() { event.raw_path } else { None }
    }

    #[test]
    fn a_decoded_path_is_encoded_once() {
        for (path, encoded) in [
            ("/", "/"),
            ("/ecc/v1/msisdn:46708421488", "/ecc/v1/msisdn:46708421488"),
            ("/a b/~x;y=1", "/a%20b/~x;y=1"),
            ("/%41/%2541/100%", "/%2541/%252541/100%25"),
            ("/a+b&c/ü", "/a+b&c/%C3%BC"),
            ("/a?b#c", "/a%3Fb%23c"),
        ] {
            assert_eq!(admitted(path, "$default").as_deref(), Some(encoded), "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let long = format!("/{}", "a".repeat(LONGEST_PATH));
        for wrong in ["", "ecc", "/a\\b", "/\0", "/a\nb", "/\u{7f}", "/\u{85}", "/\u{fffd}", &long]
        {
            assert_eq!(admitted(wrong, "$default"), None, "{wrong}");
        }
    }

    #[test]
    fn a_decoded_slash_chooses_no_other_route() {
        for (path, key, right) in [
            ("/orders/a", "GET /orders/{id}", true),
            ("/orders/a b", "ANY /orders/{id}", true),
            ("/orders/a/hold", "PUT /orders/{id}/hold", true),
            ("/orders/a/hold", "PUT /orders/{id}", false),
            ("/orders/a/hold", "ANY /{collection}", false),
            ("/orders", "GET /orders/{id}", false),
            ("/x/orders", "GET /orders/{id}", false),
            ("/a/b/c", "ANY /a/{proxy+}", true),
            ("/a", "ANY /a/{proxy+}", false),
        ] {
            assert_eq!(admitted(path, key).is_some(), right, "{path} {key}");
        }
    }

    #[test]
    fn the_stage_is_no_part_of_the_route() {
        let event = r#"{"rawPath":"/prod/ecc/v1/services","headers":{},
            "requestContext":{"stage":"prod","http":{"method":"GET"}}}"#;
        assert_eq!(validate(event).event.raw_path.as_deref(), Some("/ecc/v1/services"));
    }
}
