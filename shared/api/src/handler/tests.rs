//! The whole way, from event to answer.

mod checks;
mod encoding;
mod idempotency;
mod mutations;

use std::{collections::BTreeSet, sync::atomic::AtomicU64};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use domain::identity::{Client, ClientId, DirectoryUnavailable, Role};
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::*;
use crate::{
    ProblemBody, ResponseStore,
    identity::{Rate, SecretHasher},
    problem::{Members, errors},
    route,
    schema::{Kind, Parameters, optional, query::parameters},
};

#[derive(Default)]
struct Echo {
    responses: idempotency::MemoryResponses,
    executed: AtomicU64,
}

const ECC: Access = Access::Roles(&[Role::Ecc]);
const OPERATOR: Access = Access::Roles(&[Role::Operator]);
const ALL: &str = "/ecc/v1/subscriptions";
const ONE: &str = "/ecc/v1/subscriptions/{subscription}";
const TAG: &str = "/ecc/v1/subscriptions/{subscription}/tags/{tag}";

const TAGS: Parameters = parameters(&[
    optional("tag", Kind::String),
    optional("x", Kind::String),
    optional("a", Kind::String),
    optional("for", Kind::String),
    optional("limit", Kind::Integer(1, 100)),
]);

impl Api for Echo {
    type Problems = Plain;

    const ROUTES: &'static [Route<Self>] = &[
        route!(GET, ONE, ECC, echo).query(TAGS),
        route!(PATCH, ONE, ECC, echo).query(TAGS),
        route!(POST, ALL, ECC, create),
        route!(GET, ALL, ECC, echo).query(TAGS),
        route!(DELETE, TAG, ECC, nothing),
        route!(GET, "/panic", ECC, panic),
        route!(GET, "/hang", ECC, hang),
        route!(GET, "/fail", ECC, fail),
        route!(GET, "/open/{value}", Access::Public, open),
        route!(GET, "/operators", OPERATOR, nothing),
        route!(POST, "/counted", ECC, counted),
        route!(POST, "/unrecorded", ECC, unrecorded).query(TAGS),
        route!(POST, "/once", ECC, only_once),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}

impl Echo {
    async fn echo(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let query: Vec<_> = request.query_pairs().collect();
        let body = json!({
            "subscription": request.params.get("subscription"),
            "query": query,
            "tenant": request.identity()?.tenant.as_str(),
            "body": String::from_utf8_lossy(&request.body),
            "hash": request.body_hash(),
        });
        ApiResponse::json(StatusCode::OK, &body)
    }

    async fn create(&self, _: &ApiRequest) -> Result<ApiResponse, Problem> {
        let answer = ApiResponse::json(StatusCode::ACCEPTED, &json!({ "orderId": 1 }))?;
        Ok(answer.header(header::LOCATION, "/ecc/v1/orders/1"))
    }

    async fn nothing(&self, _: &ApiRequest) -> Result<ApiResponse, Problem> {
        Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
    }

    async fn panic(&self, _: &ApiRequest) -> Result<ApiResponse, Problem> {
        panic!("secret 46708421488")
    }

    async fn hang(&self, _: &ApiRequest) -> Result<ApiResponse, Problem> {
        std::future::pending().await
    }

    async fn fail(&self, _: &ApiRequest) -> Result<ApiResponse, Problem> {
        Err(Problem::internal("table 46708421488 broken"))
    }

    async fn open(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let value = request.params.get("value");
        Ok(ApiResponse::empty(StatusCode::NO_CONTENT)
            .header(header::LOCATION, format!("/x/{value}\r\nset-cookie: a=b")))
    }
}

/// Problems with `code`, `info` and `errors`.
enum Plain {}

impl ProblemBody for Plain {
    fn body(problem: &Problem, _: &ResponseContext<'_>) -> Members {
        let mut body = Members::new();
        body.insert("code".to_owned(), json!(problem.code()));
        body.insert("info".to_owned(), json!(problem.info()));
        if let Some(errors) = errors(problem) {
            body.insert("errors".to_owned(), json!(errors));
        }
        body
    }
}

struct OneClient {
    down: bool,
}

impl ClientDirectory for OneClient {
    async fn client(&self, id: &ClientId) -> Result<Option<Client>, DirectoryUnavailable> {
        if self.down {
            return Err(DirectoryUnavailable);
        }
        Ok((id.as_str() == "acme").then(|| Client {
            id: id.clone(),
            tenant: "acme-tenant".parse().unwrap(),
            roles: BTreeSet::from([Role::Ecc]),
            parties: BTreeSet::new(),
            secrets: vec![SecretHasher::new("pepper").hash("secret")],
            disabled: false,
        }))
    }
}

fn handler_of(directory: OneClient, rate: Rate) -> HttpHandler<Echo, OneClient> {
    let authenticator = Authenticator::new(directory, SecretHasher::new("pepper")).with_rate(rate);
    HttpHandler::new(Echo::default(), authenticator)
}

fn handler() -> HttpHandler<Echo, OneClient> {
    handler_of(OneClient { down: false }, Rate::default())
}

/// An event of API Gateway, payload format 2.0, with the right credential. As there, the path is
/// decoded.
fn event(method: &str, path: &str, query: &str, body: Option<&str>) -> Value {
    let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "authorization": format!("Basic {}", BASE64.encode("acme:secret")),
            "content-type": "application/json",
            "host": "api.example.com",
            "x-forwarded-proto": "https",
            "x-correlation-id": "correlation-1",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1", "userAgent": "test",
            },
            "requestId": "id",
            "stage": "$default",
            "timeEpoch": 1_700_000_000_000_u64,
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

fn get(path: &str) -> Value {
    event("GET", path, "", None)
}

async fn status(event: &Value) -> u64 {
    handler().handle_event(event).await["statusCode"].as_u64().unwrap()
}

fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}
