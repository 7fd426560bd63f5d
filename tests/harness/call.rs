//! A call of the API and its answer, the same over HTTP and in process.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

/// A client of the API, as the ready file of the local cloud lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Credentials {
    /// User name of HTTP Basic.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// Whose data it sees.
    pub tenant: String,
}

impl Credentials {
    /// The value of `Authorization`.
    pub fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.id, self.secret)))
    }
}

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
    /// When the method is none.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        let method = method.parse().unwrap();
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// With a header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    /// With any body.
    #[must_use]
    pub fn bytes(mut self, media: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media)
    }

    /// As this client.
    #[must_use]
    pub fn by(self, client: &Credentials) -> Self {
        self.authorized(client.basic())
    }

    fn authorized(self, value: impl Into<String>) -> Self {
        self.header("authorization", value)
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON; null when it is none.
    pub body: Value,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The response that a function gave to an event of the gateway.
    pub fn from_event(response: &Value) -> Self {
        let headers = response["headers"].as_object().into_iter().flatten();
        let text = response["body"].as_str().unwrap_or_default();
        Self {
            status: response["statusCode"].as_u64().and_then(|s| s.try_into().ok()).unwrap_or(0),
            headers: headers
                .map(|(name, value)| {
                    (name.to_lowercase(), value.as_str().unwrap_or_default().to_owned())
                })
                .collect(),
            body: serde_json::from_str(text).unwrap_or_default(),
            bytes: text.as_bytes().to_vec(),
        }
    }

    /// The `code` of a problem; empty when there is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The order that was placed.
    ///
    /// # Panics
    /// When none was.
    #[track_caller]
    pub fn order(&self) -> u64 {
        assert_eq!(self.status, 202, "{self:?}");
        self.body["orderId"].as_u64().unwrap()
    }

    /// Checks status and code; the answer again.
    ///
    /// # Panics
    /// When they are others.
    #[track_caller]
    pub fn expect(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
        self
    }
}

/// The API as one client sees it over HTTP.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    authorization: String,
}

impl Api {
    /// At this base URL.
    pub fn new(http: reqwest::Client, base: &str, client: &Credentials) -> Self {
        let authorization = client.basic();
        Self { http, base: base.trim_end_matches('/').to_owned(), authorization }
    }

    /// The same client by an access token, which it asks for.
    ///
    /// # Panics
    /// When it gets none.
    pub async fn with_token(self) -> Self {
        let form = "application/x-www-form-urlencoded";
        let ask = Call::new("POST", "/oauth/token").bytes(form, "grant_type=client_credentials");
        let answer = self.send(ask).await;
        let token = answer.body["access_token"].as_str();
        let token = token.unwrap_or_else(|| panic!("no token: {}", answer.status));
        Self { authorization: format!("Bearer {token}"), ..self }
    }

    /// Sends a call with this client's credentials.
    pub async fn send(&self, call: Call) -> Answer {
        self.send_as_is(call.authorized(&self.authorization)).await
    }

    /// Sends a call with what it has.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn send_as_is(&self, call: Call) -> Answer {
        let url = format!("{}{}", self.base, call.path);
        let mut request = self.http.request(call.method, url).body(call.body);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let headers = answer.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
        });
        let headers = headers.collect();
        let bytes = answer.bytes().await.unwrap().to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer { status, headers, body, bytes }
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Call::new("GET", path)).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Call::new("DELETE", path)).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Call::new("POST", path).json(body)).await
    }

    /// `PATCH` of JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Call::new("PATCH", path).json(body)).await
    }

    /// Creates a subscription and waits until it is there.
    ///
    /// # Panics
    /// When it is not COMPLETED in time.
    pub async fn created(&self, body: &Value) -> u64 {
        let order = self.post("/ecc/v1/subscriptions", body).await.order();
        self.completed(order).await;
        order
    }

    /// The order once it has ended.
    ///
    /// # Panics
    /// When it does not within half a minute.
    pub async fn ended(&self, order: u64) -> Value {
        crate::wait::until("the order ends", async || {
            let found = self.get(&format!("/ecc/v1/orders/{order}")).await.expect(200, "");
            (found.body["status"] != "PROVISIONING").then_some(found.body)
        })
        .await
    }

    /// The order once it is COMPLETED.
    ///
    /// # Panics
    /// When it ends otherwise, or not in time.
    pub async fn completed(&self, order: u64) -> Value {
        let found = self.ended(order).await;
        assert_eq!(found["status"], "COMPLETED", "{found}");
        found
    }
}
