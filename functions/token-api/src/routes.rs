use api::{Access, Method, Route};

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `POST /oauth/token`, and the path of the seed's API
    IssueToken,
    /// `GET /.well-known/jwks.json`
    ListPublicKeys,
    /// `GET /.well-known/oauth-authorization-server`
    DescribeServer,
}

const fn route(
    method: Method,
    path: &'static str,
    operation: Operation,
    operation_id: &'static str,
) -> Route<Operation> {
    Route { method, path, operation, operation_id, access: Access::Public }
}

pub(crate) const TOKEN: &str = "/oauth/token";
pub(crate) const PUBLIC_KEYS: &str = "/.well-known/jwks.json";
const TOKEN_OF_REALM: &str = "/auth/realms/{realm}/protocol/openid-connect/token";
const SERVER: &str = "/.well-known/oauth-authorization-server";

/// Every route, as in `infra/template.yaml`; a parity test compares them.
pub(crate) static ROUTES: [Route<Operation>; 4] = [
    route(Method::POST, TOKEN, Operation::IssueToken, "issue_token"),
    route(Method::POST, TOKEN_OF_REALM, Operation::IssueToken, "issue_token_of_realm"),
    route(Method::GET, PUBLIC_KEYS, Operation::ListPublicKeys, "list_public_keys"),
    route(Method::GET, SERVER, Operation::DescribeServer, "describe_server"),
];
