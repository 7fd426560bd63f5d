use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};
use domain::identity::Role;
use serde::Serialize;

use crate::{
    TokenApi,
    list_public_keys::CACHEABLE,
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
    /// None: there is no authorization endpoint.
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<String>"))]
    response_types_supported: [&'static str; 0],
    /// Client credentials only.
    grant_types_supported: [&'static str; 1],
    /// How a client shows its secret.
    token_endpoint_auth_methods_supported: [&'static str; 2],
}

impl TokenApi {
    /// `GET /.well-known/oauth-authorization-server`
    pub(crate) async fn describe_server(&self, _: &ApiRequest) -> Result<ApiResponse, Problem> {
        let issuer = &self.terms.issuer;
        let body = ServerResponse {
            issuer: issuer.clone(),
            token_endpoint: format!("{issuer}{TOKEN}"),
            jwks_uri: format!("{issuer}{PUBLIC_KEYS}"),
            scopes_supported: Role::ALL.map(Role::as_str).to_vec(),
            response_types_supported: [],
            grant_types_supported: ["client_credentials"],
            token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        };
        let response = ApiResponse::json(StatusCode::OK, &body)?;
        Ok(response.header(header::CACHE_CONTROL, CACHEABLE))
    }
}
