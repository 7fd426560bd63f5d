//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation};
use serde_json::json;

use crate::{
    PublicKeysResponse, ServerResponse, TokenApi, TokenResponse, problem::OAuthProblem,
    token_request::TOKEN_FORM,
};

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Tokens", "OAuth2 client credentials (RFC 6749).");
    doc.path_parameter("realm", "Any name: it decides nothing.", json!({ "type": "string" }));
    doc.api::<TokenApi, OAuthProblem>()
}

pub(crate) fn issue_token(doc: &mut Describer) -> Operation {
    let described = doc.operation("Get an access token by client credentials");
    let described = doc.takes(described, &TOKEN_FORM).authenticates();
    let described = described.problem(401, "The client cannot be authenticated.");
    doc.responds_with::<TokenResponse>(described, 200, "The token.")
}

pub(crate) fn list_public_keys(doc: &mut Describer) -> Operation {
    let described = doc.operation("The keys that verify access tokens");
    doc.responds_with::<PublicKeysResponse>(described, 200, "A JWK Set.")
}

pub(crate) fn describe_server(doc: &mut Describer) -> Operation {
    let described = doc.operation("What a client library needs to know (RFC 8414)");
    doc.responds_with::<ServerResponse>(described, 200, "The metadata.")
}
