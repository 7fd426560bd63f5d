//! OAuth2 client credentials (`infra/docs/architecture.md`, *Identity*): exchanges a client's
//! secret for an access token, valid for 15 minutes, that every API verifies without a further
//! call.

mod config;
mod describe_server;
#[cfg(feature = "openapi")]
mod description;
mod issue_token;
mod list_public_keys;
mod problem;
mod ring;
mod routes;
mod start;
mod token_request;

use std::sync::Arc;

use api::identity::{Authenticator, TokenTerms};
use domain::clock::Clock;
use lambda::system::SystemClock;
use store::{DynamoClients, Table};

pub use config::Config;
pub use describe_server::ServerResponse;
#[cfg(feature = "openapi")]
pub use description::describe;
pub use issue_token::TokenResponse;
pub use list_public_keys::{PublicKeyResponse, PublicKeysResponse};
pub use start::start;

use ring::Ring;

/// The function.
pub struct TokenApi {
    ring: Ring,
    clients: Authenticator<DynamoClients>,
    terms: TokenTerms,
    clock: Arc<dyn Clock>,
}

impl TokenApi {
    /// With this table, these clients and these token terms.
    pub fn new(table: Table, clients: Authenticator<DynamoClients>, terms: TokenTerms) -> Self {
        Self { ring: Ring::new(table), clients, terms, clock: Arc::new(SystemClock) }
    }

    /// With another clock, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}
