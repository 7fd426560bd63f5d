#[cfg(feature = "openapi")]
mod example;

use std::collections::BTreeSet;

use api::{ApiRequest, ApiResponse, Problem, StatusCode, header, identity::token::sign};
use domain::identity::{Identity, Role, signing::TOKEN_LIFE};
use serde::Serialize;

use crate::{
    TokenApi,
    token_request::{GRANT_TYPE, TokenRequest},
};

/// An access token (RFC 6749, section 5.1).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TokenResponse {
    /// The token.
    access_token: String,
    /// How it is presented.
    token_type: &'static str,
    /// How long it is valid, in seconds.
    expires_in: i64,
    /// The roles it carries, separated by spaces.
    scope: String,
}

impl TokenApi {
    /// `POST /oauth/token`
    pub(crate) async fn issue_token(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let wanted = TokenRequest::parse(&request.headers, &request.body)?;
        let client = self.clients.authenticate_client(&wanted.id, &wanted.secret).await?;
        if wanted.grant_type != GRANT_TYPE {
            let info = "the only grant type is client_credentials";
            return Err(Problem::bad_request("unsupported_grant_type", info));
        }
        let roles = granted(&client, wanted.scope.as_deref())?;
        let now = self.clock.now();
        let ring = self.ring.at(now).await.map_err(Problem::failed)?;
        let key = ring.active().ok_or_else(|| Problem::internal("no active signing key"))?;
        let access_token =
            sign(&client, &roles, &self.terms, key, now).map_err(Problem::internal)?;
        let scope: Vec<&str> = roles.into_iter().map(Role::as_str).collect();
        let body = TokenResponse {
            access_token,
            token_type: "Bearer",
            expires_in: TOKEN_LIFE.whole_seconds(),
            scope: scope.join(" "),
        };
        let response = ApiResponse::json(StatusCode::OK, &body)?;
        Ok(response.header(header::PRAGMA, "no-cache"))
    }
}

/// The requested roles, all of which the client must have; all its roles if the parameter is absent
/// or has no value, which is the same (RFC 6749, section 3.2). Blanks alone name no role.
fn granted(client: &Identity, scope: Option<&str>) -> Result<BTreeSet<Role>, Problem> {
    let Some(scope) = scope else { return Ok(client.roles.clone()) };
    let refused = || Problem::bad_request("invalid_scope", "not a role of this client");
    let role = |name: &str| {
        let role = name.parse().map_err(|_| refused())?;
        client.roles.contains(&role).then_some(role).ok_or_else(refused)
    };
    let roles: BTreeSet<Role> =
        scope.split(' ').filter(|name| !name.is_empty()).map(role).collect::<Result<_, _>>()?;
    if roles.is_empty() { Err(refused()) } else { Ok(roles) }
}
