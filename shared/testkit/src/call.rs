//! A call of the API and its response, the same over HTTP and in process.

use std::collections::BTreeMap;

use api::{Api, HttpHandler, identity::Tokens};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::identity::ClientDirectory;
use percent_encoding::percent_decode_str;
use reqwest::Method;
use serde_json::{Map, Value, json};

/// A call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Headers in the order given.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Call {
    /// A call without a body; `path` may have a query.
    ///
    /// # Panics
    /// The method is invalid.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        let method = method.parse().expect("tests use valid methods");
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a client's id and secret, HTTP Basic.
    #[must_use]
    pub fn basic(self, id: &str, secret: &str) -> Self {
        self.header("authorization", basic(id, secret))
    }

    /// Adds an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    /// Sets a body of any media type.
    #[must_use]
    pub fn bytes(mut self, media: &str, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self.header("content-type", media)
    }

    /// The call as an event of API Gateway, for a function that is called without a route.
    ///
    /// # Panics
    /// The body is not text.
    pub fn event(&self) -> Value {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        // The gateway decodes the path once.
        let path = percent_decode_str(path).decode_utf8_lossy();
        let mut headers = Map::from_iter([("host".to_owned(), json!("api.example.com"))]);
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), json!(value))));
        let body = std::str::from_utf8(&self.body).expect("the body is text");
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "accountId": "000000000000", "apiId": "local", "stage": "$default",
                "domainName": "api.example.com", "requestId": "request-1",
                "routeKey": "$default", "time": "21/Nov/2026:12:00:00 +0000",
                "timeEpoch": 1_795_262_400_000_i64,
                "http": {
                    "method": self.method.as_str(), "path": path, "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1", "userAgent": "test",
                },
            },
            "body": (!body.is_empty()).then_some(body),
            "isBase64Encoded": false,
        })
    }

    /// Sends the call to a function in process, through the handler of every invocation.
    pub async fn to<A: Api, D: ClientDirectory, T: Tokens>(
        &self,
        function: &HttpHandler<A, D, T>,
    ) -> Response {
        Response::from_event(&function.handle_event(&self.event()).await)
    }
}

/// The value of `Authorization` for HTTP Basic.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON; null when it is not JSON.
    pub body: Value,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Response {
    /// The response that a function gave to an event of the gateway.
    ///
    /// # Panics
    /// It has no status, or a damaged body.
    pub fn from_event(response: &Value) -> Self {
        let status = response["statusCode"].as_u64().and_then(|status| status.try_into().ok());
        let headers = response["headers"].as_object().into_iter().flatten();
        let text = response["body"].as_str().unwrap_or_default();
        let bytes = match response["isBase64Encoded"].as_bool() {
            Some(true) => STANDARD.decode(text).expect("the body is Base64"),
            _ => text.as_bytes().to_vec(),
        };
        let headers = headers.map(|(name, value)| {
            (name.to_lowercase(), value.as_str().unwrap_or_default().to_owned())
        });
        // The gateway has cookies apart from the headers.
        let cookies = response["cookies"].as_array().into_iter().flatten();
        let cookies = cookies.map(|cookie| {
            ("set-cookie".to_owned(), cookie.as_str().unwrap_or_default().to_owned())
        });
        Self {
            status: status.expect("every response has a status"),
            headers: headers.chain(cookies).collect(),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        }
    }

    /// The value of a header; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The `code` of a problem; empty when there is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The JSON pointers of all violations.
    pub fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array();
        errors.into_iter().flatten().filter_map(|error| error["pointer"].as_str()).collect()
    }

    /// The number of the order that was placed.
    ///
    /// # Panics
    /// No order was placed.
    #[track_caller]
    pub fn order(&self) -> u64 {
        assert_eq!(self.status, 202, "{self:?}");
        self.body["orderId"].as_u64().expect("the response names the order")
    }

    /// Checks status and code, and returns the response.
    ///
    /// # Panics
    /// Status or code differ.
    #[track_caller]
    pub fn expect(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
        self
    }
}
