//! Who calls the functions of ECC.

use std::sync::Arc;

use api::identity::{Authenticator, SecretHasher, TokenTerms, TokenVerifier, TrustedIssuers};
use lambda::{
    config::{Environment, Secret},
    system::SystemClock,
};
use store::{DynamoClients, DynamoPublicKeys, Table};

/// How callers are verified: by HTTP Basic, or by a token with the scope `ecc`.
#[derive(Debug, Clone)]
pub struct Callers {
    /// `CREDENTIAL_PEPPER`: one a line, each of at least 32 bytes; the second is the previous one.
    pub pepper: Secret,
    /// `TOKEN_ISSUER` and `TOKEN_AUDIENCE`.
    pub terms: TokenTerms,
    /// `TRUSTED_ISSUERS`: whose tokens are taken besides our own; nobody's when missing.
    pub trusted: TrustedIssuers,
}

impl Callers {
    /// With this pepper and our own tokens.
    pub fn new(pepper: Secret, terms: TokenTerms) -> Self {
        Self { pepper, terms, trusted: TrustedIssuers::default() }
    }

    /// Reads the environment of a function.
    pub fn read(env: &mut Environment) -> Self {
        Self {
            pepper: env.peppers("CREDENTIAL_PEPPER"),
            terms: TokenTerms {
                issuer: env.url("TOKEN_ISSUER"),
                audience: env.text("TOKEN_AUDIENCE"),
            },
            trusted: env.parsed_or_default("TRUSTED_ISSUERS"),
        }
    }

    /// The verifier, over this table.
    pub fn authenticator(
        &self,
        table: &Table,
    ) -> Authenticator<DynamoClients, TokenVerifier<DynamoPublicKeys>> {
        let hasher = SecretHasher::new(self.pepper.expose());
        let keys = DynamoPublicKeys::new(table.clone(), Arc::new(SystemClock));
        Authenticator::new(DynamoClients::new(table.clone()), hasher).with_tokens(
            TokenVerifier::new(keys, self.terms.clone()).trusting(self.trusted.clone()),
        )
    }
}
