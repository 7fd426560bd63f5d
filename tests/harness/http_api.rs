//! The API over HTTP.

use serde_json::Value;
use testkit::{Call, Credentials, Response};

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
    pub async fn send(&self, call: Call) -> Response {
        self.send_as_is(call.header("authorization", &self.authorization)).await
    }

    /// Sends a call without adding credentials.
    ///
    /// # Panics
    /// There is no response.
    pub async fn send_as_is(&self, call: Call) -> Response {
        self.responded(call).await.unwrap()
    }

    /// Sends a call with this client's credentials; none when no whole response came.
    pub async fn try_send(&self, call: Call) -> Option<Response> {
        self.responded(call.header("authorization", &self.authorization)).await.ok()
    }

    async fn responded(&self, call: Call) -> reqwest::Result<Response> {
        let url = format!("{}{}", self.base, call.path);
        let mut request = self.http.request(call.method, url).body(call.body);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
        });
        let headers = headers.collect();
        let bytes = response.bytes().await?.to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Response { status, headers, body, bytes })
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Response {
        self.send(Call::new("GET", path)).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Response {
        self.send(Call::new("DELETE", path)).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(Call::new("POST", path).json(body)).await
    }

    /// `PATCH` of JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Response {
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
