//! Authentication of callers, inside each function: the same code runs locally and deployed.

mod cache;
mod callers;
mod credential;
mod secret;
mod throttle;
pub mod token;

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    clock::Clock,
    identity::{Client, ClientDirectory, ClientId, DirectoryUnavailable, Identity},
};
use http::HeaderMap;
use lambda::{system::SystemClock, telemetry::name_client};
use thiserror::Error;

pub use callers::Callers;
pub(crate) use credential::insufficient_scope;
pub use credential::{Schemes, basic_credential};
pub use secret::{SecretHasher, digest_of_code, generate_code, generate_pepper, generate_secret};
pub use throttle::Rate;
pub use token::{NoTokens, TokenTerms, TokenVerifier, Tokens, TrustedIssuers};

use cache::{Cache, Known};
use credential::{Credential, credential};
use throttle::Throttle;

/// Why a caller is not authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthenticationError {
    /// No credential or an invalid one; does not reveal which.
    #[error("credentials missing or wrong")]
    Refused,
    /// The tenant exceeds its rate.
    #[error("too many requests")]
    Throttled {
        /// Seconds until the next request is accepted.
        retry_after_seconds: u32,
    },
    /// The client directory is unavailable.
    #[error(transparent)]
    Unavailable(#[from] DirectoryUnavailable),
}

/// An empty client directory, for APIs that accept tokens only.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoClients;

impl ClientDirectory for NoClients {
    async fn client(&self, _: &ClientId) -> Result<Option<Client>, DirectoryUnavailable> {
        Ok(None)
    }
}

/// Verifies credentials: secrets of the clients in `D`, tokens by `T`.
pub struct Authenticator<D, T = NoTokens> {
    directory: D,
    tokens: T,
    hasher: SecretHasher,
    clock: Arc<dyn Clock>,
    cache: Mutex<Cache>,
    throttle: Mutex<Throttle>,
}

impl<D: ClientDirectory> Authenticator<D> {
    /// Verifies secrets under `hasher`'s pepper against the clients of `directory`.
    pub fn new(directory: D, hasher: SecretHasher) -> Self {
        Self {
            directory,
            tokens: NoTokens,
            hasher,
            clock: Arc::new(SystemClock),
            cache: Mutex::default(),
            throttle: Mutex::new(Throttle::new(Rate::default())),
        }
    }

    /// Accepts tokens as well.
    pub fn with_tokens<T: Tokens>(self, tokens: T) -> Authenticator<D, T> {
        let Self { directory, hasher, clock, cache, throttle, .. } = self;
        Authenticator { directory, tokens, hasher, clock, cache, throttle }
    }
}

impl<T: Tokens> Authenticator<NoClients, T> {
    /// Accepts tokens only: client secrets are refused, and no pepper is needed.
    pub fn of_tokens(tokens: T) -> Self {
        Authenticator::new(NoClients, SecretHasher::new("")).with_tokens(tokens)
    }
}

impl<D: ClientDirectory, T: Tokens> Authenticator<D, T> {
    /// With another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// With another rate per tenant; each process counts separately.
    #[must_use]
    pub fn with_rate(mut self, rate: Rate) -> Self {
        self.throttle = Mutex::new(Throttle::new(rate));
        self
    }

    /// Authenticates the caller of an API that accepts these schemes.
    ///
    /// # Errors
    /// The credential is missing or invalid, the tenant exceeds its rate, or the directory is
    /// unavailable.
    pub async fn authenticate(
        &self,
        headers: &HeaderMap,
        schemes: Schemes,
    ) -> Result<Identity, AuthenticationError> {
        let identity = match credential(headers) {
            Some(Credential::Basic { id, secret }) if schemes.accept_basic() => {
                self.verify(id, &secret).await?
            }
            Some(Credential::Bearer(token)) if schemes.accept_bearer() => {
                self.tokens.identify(token, self.clock.now()).await?
            }
            _ => return Err(AuthenticationError::Refused),
        };
        self.check_rate(identity)
    }

    /// Authenticates a client by id and secret, independent of where they were sent.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    pub async fn authenticate_client(
        &self,
        id: &str,
        secret: &str,
    ) -> Result<Identity, AuthenticationError> {
        let identity = self.verify(id.parse().ok(), secret).await?;
        self.check_rate(identity)
    }

    fn check_rate(&self, identity: Identity) -> Result<Identity, AuthenticationError> {
        let now = self.clock.now();
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle.take(&identity.tenant, now).map_err(|retry_after_seconds| {
            AuthenticationError::Throttled { retry_after_seconds }
        })?;
        Ok(identity)
    }

    /// The client with this id, if the secret is its own. A refusal's line names the id: somebody
    /// must know whose secret is wrong.
    async fn verify(
        &self,
        id: Option<ClientId>,
        secret: &str,
    ) -> Result<Identity, AuthenticationError> {
        let verified = self.matching(id.as_ref(), secret).await;
        if let (Err(AuthenticationError::Refused), Some(id)) = (&verified, &id) {
            name_client(id.as_str());
        }
        verified
    }

    /// Does the same work for every id: except for the directory read, unknown, disabled and known
    /// clients take the same time.
    async fn matching(
        &self,
        id: Option<&ClientId>,
        secret: &str,
    ) -> Result<Identity, AuthenticationError> {
        let known = match id {
            Some(id) => self.known(id).await?,
            None => Known::no_client(),
        };
        if let Some(identity) = self.matching_identity(known.client.as_deref(), secret) {
            return Ok(identity);
        }
        // The secret may be newer than the cached client: one more lookup, but not one per guess.
        if let Some(id) = id.filter(|_| known.may_be_outdated(self.clock.now())) {
            let known = self.look_up(id).await?;
            return self
                .matching_identity(known.client.as_deref(), secret)
                .ok_or(AuthenticationError::Refused);
        }
        Err(AuthenticationError::Refused)
    }

    fn matching_identity(&self, client: Option<&Client>, secret: &str) -> Option<Identity> {
        let hashes = client.map_or(&[][..], |client| &client.secrets);
        let matches = self.hasher.matches(secret, hashes);
        client.filter(|client| matches && !client.disabled).map(Identity::from)
    }

    async fn known(&self, id: &ClientId) -> Result<Known, AuthenticationError> {
        let now = self.clock.now();
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(id, now);
        match cached {
            Some(known) => Ok(known),
            None => self.look_up(id).await,
        }
    }

    async fn look_up(&self, id: &ClientId) -> Result<Known, AuthenticationError> {
        let client = self.directory.client(id).await?;
        let known = Known::new(client.map(Arc::new), self.clock.now());
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.put(id.clone(), known.clone());
        Ok(known)
    }
}

#[cfg(test)]
mod tests;
