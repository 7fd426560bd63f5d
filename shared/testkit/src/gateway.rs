//! API Gateway events (payload format 2.0), and registered test clients.

use api::{
    Api, HttpHandler,
    identity::{Authenticator, SecretHasher, Tokens},
};
use domain::identity::{Client, ClientDirectory, Role};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use store::{ClientAdministration, DynamoClients};

use crate::TestTable;

/// The pepper used in tests.
pub const PEPPER: &str = "a pepper of at least thirty-two bytes";

/// An HTTP request to a function.
#[derive(Debug, Clone)]
pub struct Call {
    method: String,
    path: String,
    headers: serde_json::Map<String, Value>,
    body: Option<String>,
}

/// An HTTP response of a function.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Value,
    /// The JSON body; null when there is none or it is not JSON.
    pub body: Value,
}

impl Answer {
    /// The response that a function gave to an event.
    ///
    /// # Panics
    /// It has no status.
    pub fn new(response: &Value) -> Self {
        let status = response["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        let body = response["body"].as_str().unwrap_or_default();
        Self {
            status: status.expect("every response has a status"),
            headers: response["headers"].clone(),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }

    /// The `code` of the body.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The JSON pointers of all violations.
    pub fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array();
        errors.into_iter().flatten().filter_map(|error| error["pointer"].as_str()).collect()
    }

    /// The value of a header; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].as_str().unwrap_or_default()
    }
}

impl Call {
    /// A request; the path may include a query.
    pub fn new(method: &str, path: &str) -> Self {
        let headers = serde_json::Map::from_iter([("host".to_owned(), json!("api.example.com"))]);
        Self { method: method.to_owned(), path: path.to_owned(), headers, body: None }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), json!(value));
        self
    }

    /// Adds the credential of a test client, HTTP Basic.
    #[must_use]
    pub fn as_client(self, id: &str) -> Self {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let credential = STANDARD.encode(format!("{id}:{}", secret_of(id)));
        self.header("authorization", &format!("Basic {credential}"))
    }

    /// Adds an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.text("application/json", &body.to_string())
    }

    /// Sets a body of any media type.
    #[must_use]
    pub fn text(mut self, media: &str, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self.header("content-type", media)
    }

    /// The request as an API Gateway event.
    pub fn event(&self) -> Value {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        // The gateway decodes the path once.
        let path = percent_decode_str(path).decode_utf8_lossy();
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": self.headers,
            "requestContext": {
                "accountId": "000000000000", "apiId": "local", "stage": "$default",
                "domainName": "api.example.com", "requestId": "request-1",
                "routeKey": "$default", "time": "21/Nov/2026:12:00:00 +0000",
                "timeEpoch": 1_795_262_400_000_i64,
                "http": {
                    "method": self.method, "path": path, "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1", "userAgent": "test",
                },
            },
            "body": self.body,
            "isBase64Encoded": false,
        })
    }

    /// Sends the request to a function in process, through the handler of every invocation.
    pub async fn to<A: Api, D: ClientDirectory, T: Tokens>(
        &self,
        function: &HttpHandler<A, D, T>,
    ) -> Answer {
        Answer::new(&function.answer(&self.event()).await)
    }

    /// The method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.path.split_once('?').map_or(&self.path, |(path, _)| path)
    }
}

/// The secret of a client that [`TestTable::client`] registered.
pub fn secret_of(id: &str) -> String {
    format!("secret-of-{id}")
}

impl TestTable {
    /// Registers a client for [`Call::as_client`].
    pub async fn client(&self, id: &str, tenant: &str, roles: &[Role], parties: &[&str]) {
        let client = Client {
            id: id.parse().expect("tests use valid ids"),
            tenant: tenant.parse().expect("tests use valid tenants"),
            roles: roles.iter().copied().collect(),
            parties: parties.iter().map(|&party| party.to_owned()).collect(),
            secrets: vec![SecretHasher::new(PEPPER).hash(&secret_of(id))],
            disabled: false,
        };
        let added = ClientAdministration::new(self.table.clone()).add(&client).await;
        assert!(added.expect("the table is available"), "client {id} is registered once");
    }

    /// The HTTP handler of a function, with all checks, as in Lambda.
    pub fn handler<A: Api>(&self, api: A) -> HttpHandler<A, DynamoClients> {
        let directory = DynamoClients::new(self.table.clone());
        HttpHandler::new(api, Authenticator::new(directory, SecretHasher::new(PEPPER)))
    }
}
