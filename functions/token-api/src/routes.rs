//! The route table.

use api::{Access, Api, Media, ResponseStore, Route, route, schema::query::Parameters};

#[cfg(feature = "openapi")]
use crate::description as doc;
use crate::{TokenApi, problem::OAuthProblemBody};

pub(crate) const TOKEN: &str = "/oauth/token";
pub(crate) const PUBLIC_KEYS: &str = "/.well-known/jwks.json";
/// The path of the eSIM seed's API.
const TOKEN_OF_REALM: &str = "/auth/realms/{realm}/protocol/openid-connect/token";
const SERVER: &str = "/.well-known/oauth-authorization-server";
const PUBLIC: Access = Access::Public;

impl Api for TokenApi {
    type Problems = OAuthProblemBody;

    const ROUTES: &'static [Route<Self>] = &[
        route!(POST, TOKEN, PUBLIC, issue_token, doc::issue_token)
            .takes(Media::Form)
            .query(Parameters::IGNORED),
        route!(POST, TOKEN_OF_REALM, PUBLIC, issue_token, doc::issue_token)
            .named("issue_token_of_realm")
            .takes(Media::Form)
            .query(Parameters::IGNORED),
        route!(GET, PUBLIC_KEYS, PUBLIC, list_public_keys, doc::list_public_keys),
        route!(GET, SERVER, PUBLIC, describe_server, doc::describe_server),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        None
    }
}
