//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{PublicKeysResponse, ServerResponse, TokenApi, TokenResponse};

/// A request for a token. The client shows its secret here or by HTTP Basic, not both.
#[derive(Serialize, JsonSchema)]
struct TokenForm {
    /// `client_credentials`.
    #[schemars(extend("enum" = ["client_credentials"]), example = &"client_credentials")]
    grant_type: String,
    /// The client.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// Its secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// Roles, separated by spaces; all the client has when left out.
    #[schemars(example = &"RESELLER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// A problem (RFC 6749, section 5.2).
#[derive(Serialize, JsonSchema)]
struct OAuthProblem {
    /// For programs: `invalid_request`, `invalid_client`, `unsupported_grant_type`,
    /// `invalid_scope`, `temporarily_unavailable`, `server_error`.
    error: String,
    /// For people.
    error_description: String,
}

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.path_parameter("realm", "Any name: it decides nothing.", json!({ "type": "string" }));
    doc.api::<TokenApi, OAuthProblem>()
}

pub(crate) fn issue_token(doc: &mut Describer) -> Operation {
    let described = doc.operation("Get an access token by client credentials");
    let described = doc.takes::<TokenForm>(described);
    let described = doc.problem::<OAuthProblem>(described, 401, "The client is not who it says.");
    doc.answers::<TokenResponse>(described, 200, "The token.")
}

pub(crate) fn list_public_keys(doc: &mut Describer) -> Operation {
    let described = doc.operation("The keys that verify access tokens");
    doc.answers::<PublicKeysResponse>(described, 200, "A JWK Set.")
}

pub(crate) fn describe_server(doc: &mut Describer) -> Operation {
    let described = doc.operation("What a client library needs to know (RFC 8414)");
    doc.answers::<ServerResponse>(described, 200, "The metadata.")
}
