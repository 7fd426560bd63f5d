//! Who calls: credentials are checked inside each function, by the same code locally and deployed.

mod cache;
mod secret;
mod throttle;

use std::sync::{Arc, Mutex, PoisonError};

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use domain::{
    clock::Clock,
    identity::{Client, ClientDirectory, ClientId, DirectoryUnavailable, Identity},
};
use http::{HeaderMap, header};
use thiserror::Error;

pub use secret::{SecretHasher, generate_secret};
pub use throttle::Rate;

use crate::system::SystemClock;
use cache::{Cache, Known};
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

/// What a caller presents.
enum Credential {
    /// RFC 7617.
    Basic { id: Option<ClientId>, secret: String },
}

/// Verifies credentials.
pub struct Authenticator<D> {
    directory: D,
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
            hasher,
            clock: Arc::new(SystemClock),
            cache: Mutex::default(),
            throttle: Mutex::new(Throttle::new(Rate::default())),
        }
    }

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

    /// The caller of a request.
    ///
    /// # Errors
    /// When there is no credential or it opens nothing, the tenant calls too often, or the
    /// directory cannot be asked.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Identity, AuthenticationError> {
        let Credential::Basic { id, secret } =
            credential(headers).ok_or(AuthenticationError::Refused)?;
        let identity = self.verify(id, &secret).await?;
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

/// The credential of a request, when there is a well-formed one. An id no client can have reads as
/// nobody's, so that its secret is still hashed.
fn credential(headers: &HeaderMap) -> Option<Credential> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let decoded = String::from_utf8(LENIENT.decode(rest.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    if id.is_empty() || secret.is_empty() {
        return None;
    }
    Some(Credential::Basic { id: id.parse().ok(), secret: secret.to_owned() })
}

#[cfg(test)]
mod tests;
