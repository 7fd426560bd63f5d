//! Who may call, as the environment of a function says.

use domain::identity::{ClientDirectory, signing::PublicKeys};
use lambda::config::{Environment, Secret};

use super::{Authenticator, SecretHasher, TokenTerms, TokenVerifier, TrustedIssuers};

/// How callers are verified: by HTTP Basic, or by a token.
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

    /// The verifier, over these clients and the public keys of our own tokens.
    pub fn authenticator<D: ClientDirectory, K: PublicKeys>(
        &self,
        clients: D,
        keys: K,
    ) -> Authenticator<D, TokenVerifier<K>> {
        let tokens = TokenVerifier::new(keys, self.terms.clone()).trusting(self.trusted.clone());
        Authenticator::new(clients, SecretHasher::new(self.pepper.expose())).with_tokens(tokens)
    }
}
