use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::identity::Role;
use serde::Serialize;

use crate::{
    TokenApi,
    list_public_keys::published,
    routes::{PUBLIC_KEYS, TOKEN},
};

/// What a client library needs to know of the server (RFC 8414, section 2).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ServerResponse {
    /// Who issues the tokens.
    issuer: String,
    /// Where they are issued.
    token_endpoint: String,
    /// Where the keys are.
    jwks_uri: String,
    /// The roles there are.
    scopes_supported: Vec<&'static str>,
    /// There is no authorization endpoint. RFC 8414 requires the member and forbids an empty
    /// list; `none` is the registered response type without a token or code.
    response_types_supported: [&'static str; 1],
    /// Client credentials only.
    grant_types_supported: [&'static str; 1],
    /// How a client shows its secret.
    token_endpoint_auth_methods_supported: [&'static str; 2],
}

impl ServerResponse {
    /// Of the server at this address.
    fn of(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            token_endpoint: format!("{issuer}{TOKEN}"),
            jwks_uri: format!("{issuer}{PUBLIC_KEYS}"),
            scopes_supported: Role::ALL.map(Role::as_str).to_vec(),
            response_types_supported: ["none"],
            grant_types_supported: ["client_credentials"],
            token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        }
    }
}

#[cfg(feature = "openapi")]
impl api::openapi::Example for ServerResponse {
    fn example() -> serde_json::Value {
        serde_json::json!(Self::of("https://orders.example.com"))
    }
}

impl TokenApi {
    /// `GET /.well-known/oauth-authorization-server`
    pub(crate) async fn describe_server(&self, _: &ApiRequest) -> Result<ApiResponse, Problem> {
        let body = ServerResponse::of(&self.terms.issuer);
        let response = ApiResponse::json(StatusCode::OK, &body)?;
        Ok(published(response))
    }
}
