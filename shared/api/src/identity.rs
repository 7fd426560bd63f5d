//! Who calls: credentials are checked inside each function, by the same code locally and deployed.

mod cache;
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
use lambda::system::SystemClock;
use thiserror::Error;

pub use credential::{Schemes, basic_credential};
pub use secret::{SecretHasher, generate_secret};
pub use throttle::Rate;
pub use token::{NoTokens, TokenTerms, TokenVerifier, Tokens, TrustedIssuers};

use cache::{Cache, Known};
use credential::{Credential, credential};
use throttle::Throttle;

/// Why a caller is not let in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthenticationError {
    /// No credential, or none that opens anything: never says which.
    #[error("credentials missing or wrong")]
    Refused,
    /// The tenant calls too often.
    #[error("too many requests")]
    Throttled {
        /// When to come again.
        retry_after_seconds: u32,
    },
    /// The directory cannot be asked.
    #[error(transparent)]
    Unavailable(#[from] DirectoryUnavailable),
}

/// No clients: for APIs that take tokens only.
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

    /// Takes tokens as well.
    pub fn with_tokens<T: Tokens>(self, tokens: T) -> Authenticator<D, T> {
        let Self { directory, hasher, clock, cache, throttle, .. } = self;
        Authenticator { directory, tokens, hasher, clock, cache, throttle }
    }
}

impl<T: Tokens> Authenticator<NoClients, T> {
    /// Takes tokens only: no client's secret opens anything, and no pepper is needed.
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

    /// With another rate for each tenant; counted in each process by itself.
    #[must_use]
    pub fn with_rate(mut self, rate: Rate) -> Self {
        self.throttle = Mutex::new(Throttle::new(rate));
        self
    }

    /// The caller of a request to an API that takes these schemes.
    ///
    /// # Errors
    /// When there is no credential or it opens nothing, the tenant calls too often, or the
    /// directory cannot be asked.
    pub async fn authenticate(
        &self,
        headers: &HeaderMap,
        schemes: Schemes,
    ) -> Result<Identity, AuthenticationError> {
        let identity = match credential(headers) {
            Some(Credential::Basic { id, secret }) if schemes.take_basic() => {
                self.verify(id, &secret).await?
            }
            Some(Credential::Bearer(token)) if schemes.take_bearer() => {
                self.tokens.identify(token, self.clock.now()).await?
            }
            _ => return Err(AuthenticationError::Refused),
        };
        self.admit(identity)
    }

    /// The client that an id and a secret belong to, wherever they were sent.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    pub async fn authenticate_client(
        &self,
        id: &str,
        secret: &str,
    ) -> Result<Identity, AuthenticationError> {
        let identity = self.verify(id.parse().ok(), secret).await?;
        self.admit(identity)
    }

    fn admit(&self, identity: Identity) -> Result<Identity, AuthenticationError> {
        let now = self.clock.now();
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle.take(&identity.tenant, now).map_err(|retry_after_seconds| {
            AuthenticationError::Throttled { retry_after_seconds }
        })?;
        Ok(identity)
    }

    /// The same work for every id: an unknown, a disabled and a known client differ in nothing a
    /// caller could time but the read of the directory.
    async fn verify(
        &self,
        id: Option<ClientId>,
        secret: &str,
    ) -> Result<Identity, AuthenticationError> {
        let known = match &id {
            Some(id) => self.known(id).await?,
            None => Known::nobody(),
        };
        if let Some(identity) = self.opens(known.client.as_deref(), secret) {
            return Ok(identity);
        }
        // A secret made after the client was cached: worth one more look, not one for each guess.
        if let Some(id) = id.filter(|_| known.worth_another_look(self.clock.now())) {
            let known = self.look_up(&id).await?;
            return self.opens(known.client.as_deref(), secret).ok_or(AuthenticationError::Refused);
        }
        Err(AuthenticationError::Refused)
    }

    fn opens(&self, client: Option<&Client>, secret: &str) -> Option<Identity> {
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
