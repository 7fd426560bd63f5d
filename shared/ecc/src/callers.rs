//! Who calls the functions of the ECC API.

use std::sync::Arc;

use api::identity::{Authenticator, Callers, TokenVerifier};
use lambda::system::SystemClock;
use store::{DynamoClients, DynamoPublicKeys, Table};

/// Verifies callers: by HTTP Basic, or by a token with the scope `ecc`.
pub fn authenticator(
    callers: &Callers,
    table: &Table,
) -> Authenticator<DynamoClients, TokenVerifier<DynamoPublicKeys>> {
    let keys = DynamoPublicKeys::new(table.clone(), Arc::new(SystemClock));
    callers.authenticator(DynamoClients::new(table.clone()), keys)
}
