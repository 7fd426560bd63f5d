//! A call of the API and its response, the same over HTTP and in process.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

/// A client of the API, as listed in the ready file of the local cloud.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Credentials {
    /// The client id.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// The tenant.
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
    /// The method is invalid.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        let method = method.parse().unwrap();
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    /// Sets a body of any media type.
    #[must_use]
    pub fn bytes(mut self, media: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media)
    }

    /// Adds the credentials of this client.
    #[must_use]
    pub fn by(self, client: &Credentials) -> Self {
        self.authorized(client.basic())
    }

    fn authorized(self, value: impl Into<String>) -> Self {
        self.header("authorization", value)
    }
}

/// A response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON; null when it is not JSON.
    pub body: Value,
    /// The body.
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

    /// The number of the order that was placed.
    ///
    /// # Panics
    /// No order was placed.
    #[track_caller]
    pub fn order(&self) -> u64 {
        assert_eq!(self.status, 202, "{self:?}");
        self.body["orderId"].as_u64().unwrap()
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

/// The API over HTTP, called as one client.
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

    /// The same client with an access token, which it requests.
    ///
    /// # Panics
    /// No token was issued.
    pub async fn with_token(self) -> Self {
        let form = "application/x-www-form-urlencoded";
        let call = Call::new("POST", "/oauth/token").bytes(form, "grant_type=client_credentials");
        let response = self.send(call).await;
        let token = response.body["access_token"].as_str();
        let token = token.unwrap_or_else(|| panic!("no token: {}", response.status));
        Self { authorization: format!("Bearer {token}"), ..self }
    }

    /// Sends a call with this client's credentials.
    pub async fn send(&self, call: Call) -> Answer {
        self.send_as_is(call.authorized(&self.authorization)).await
    }

    /// Sends a call without adding credentials.
    ///
    /// # Panics
    /// There is no response.
    pub async fn send_as_is(&self, call: Call) -> Answer {
        let url = format!("{}{}", self.base, call.path);
        let mut request = self.http.request(call.method, url).body(call.body);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
        });
        let headers = headers.collect();
        let bytes = response.bytes().await.unwrap().to_vec();
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

    /// Creates a subscription and waits until its order is COMPLETED.
    ///
    /// # Panics
    /// The order is not COMPLETED in time.
    pub async fn created(&self, body: &Value) -> u64 {
        let order = self.post("/ecc/v1/subscriptions", body).await.order();
        self.completed(order).await;
        order
    }

    /// Waits until the order has ended.
    ///
    /// # Panics
    /// It does not end within half a minute.
    pub async fn ended(&self, order: u64) -> Value {
        crate::wait::until("the order ends", async || {
            let found = self.get(&format!("/ecc/v1/orders/{order}")).await.expect(200, "");
            (found.body["status"] != "PROVISIONING").then_some(found.body)
        })
        .await
    }

    /// Waits until the order is COMPLETED.
    ///
    /// # Panics
    /// It ends with another status, or not in time.
    pub async fn completed(&self, order: u64) -> Value {
        let found = self.ended(order).await;
        assert_eq!(found["status"], "COMPLETED", "{found}");
        found
    }
}
