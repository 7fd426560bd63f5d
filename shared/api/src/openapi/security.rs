//! Security schemes, and which of them an operation takes.

use domain::identity::Role;
use serde_json::{Map, Value, json};

use super::Operation;
use crate::{Access, Schemes};

const BASIC: &str = "client";
const BEARER: &str = "token";

pub(super) fn of(operation: &Operation, access: Access, schemes: Schemes) -> Value {
    let names: &[&str] = match schemes {
        Schemes::Basic => &[BASIC],
        Schemes::Bearer => &[BEARER],
        Schemes::BasicOrBearer => &[BASIC, BEARER],
    };
    match access {
        // Without HTTP Basic the body has them.
        Access::Public if operation.authenticates => json!([{ BASIC: [] }, {}]),
        Access::Public => json!([]),
        Access::Roles(roles) => {
            let roles: Vec<&str> = roles.iter().map(|role| Role::as_str(*role)).collect();
            names.iter().map(|name| json!({ *name: roles })).collect()
        }
    }
}

/// The schemes that some operation names.
pub(super) fn schemes(operations: &[(String, String, Value)]) -> Value {
    let scopes: Map<String, Value> = Role::ALL
        .iter()
        .map(|role| (role.as_str().to_owned(), json!(format!("The role {}.", role.as_str()))))
        .collect();
    let all = [
        (
            BASIC,
            json!({
                "type": "http",
                "scheme": "basic",
                "description": "Client id and secret.",
            }),
        ),
        (
            BEARER,
            json!({
                "type": "oauth2",
                "description": "An access token of the token endpoint.",
                "flows": {
                    "clientCredentials": { "tokenUrl": "/oauth/token", "scopes": scopes },
                },
            }),
        ),
    ];
    let named = |name: &str| {
        let mut asked =
            operations.iter().filter_map(|(_, _, entry)| entry["security"].as_array()).flatten();
        asked.any(|scheme| scheme.get(name).is_some())
    };
    let named = all.into_iter().filter(|(name, _)| named(name));
    named.map(|(name, scheme)| (name.to_owned(), scheme)).collect()
}
