//! Idempotency: a request with an `Idempotency-Key` has its effect once, however often it is
//! sent, and every repetition gets the first response.
//!
//! The response is stored in the transaction of the effect ([`IdempotencyGuard`]), so that there
//! is no effect without its response and no response without its effect. A request without an
//! effect has its response stored afterwards, if the key is still unused
//! ([`ResponseStore::put`]). A repetition finds the stored response either in its own
//! transaction ([`KeyUsed`]) or, when the request fails, by one read ([`ResponseStore::get`]).

use std::{collections::BTreeMap, error::Error as StdError, fmt, pin::Pin, str::FromStr};

use thiserror::Error;
use time::Duration;

use crate::{
    failure::Retryable,
    identity::{Identity, Role, Tenant},
};

/// How long a stored response is kept under its key.
pub const KEPT: Duration = Duration::hours(24);

/// The text is no idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("1 to 255 printable ASCII characters")]
pub struct ParseIdempotencyKeyError;

/// The caller's `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = ParseIdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let printable = text.bytes().all(|b| (b' '..=b'~').contains(&b));
        if (1..=255).contains(&text.len()) && printable {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseIdempotencyKeyError)
        }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request that came with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotentRequest {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// Hash of method, path, query and body: the same key with another request is an error.
    pub fingerprint: String,
}

/// A role on a party's behalf that lets a caller see a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyRole {
    /// The role.
    pub role: Role,
    /// The carrier party id.
    pub party: String,
}

/// Who may get a stored response, within the tenant that sent the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Audience {
    /// Every client of the tenant that may call the operation.
    #[default]
    Tenant,
    /// Clients that have one of these roles and act for the party of it.
    Parties(Vec<PartyRole>),
}

impl Audience {
    /// Whether a caller belongs to it, with the roles and parties that it has now.
    pub fn admits(&self, caller: &Identity) -> bool {
        match self {
            Self::Tenant => true,
            Self::Parties(parties) => parties.iter().any(|PartyRole { role, party }| {
                caller.roles.contains(role) && caller.parties.contains(party)
            }),
        }
    }
}

/// The response to the first request under a key. Opaque to everything below HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// Fingerprint of the request that it was given to.
    pub fingerprint: String,
    /// HTTP status.
    pub status: u16,
    /// The headers that the operation set, by their lower-case names.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// Who may get it again.
    pub audience: Audience,
}

/// Without headers and body: they may hold a secret or personal data.
impl fmt::Debug for StoredResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredResponse")
            .field("fingerprint", &self.fingerprint)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// What is stored in the transaction of an effect: the response, under a key that must be unused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyGuard {
    /// Whose key it is.
    pub tenant: Tenant,
    /// The request.
    pub request: IdempotentRequest,
    /// Its response.
    pub response: StoredResponse,
}

/// The key has been used: nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the idempotency key has been used")]
pub struct KeyUsed {
    /// The request that came with the key this time.
    pub request: IdempotentRequest,
    /// The response to the first request under the key.
    pub response: StoredResponse,
}

impl KeyUsed {
    /// Whether both requests are the same. If not, the key must not be used for this one.
    pub fn same_request(&self) -> bool {
        self.request.fingerprint == self.response.fingerprint
    }
}

/// Why a write under an idempotency key was not done, when the store behind it fails with `E`.
#[derive(Debug, Error)]
pub enum GuardedError<E: StdError + 'static> {
    /// The key has been used: nothing was written. Occurs only in writes that have a guard.
    #[error(transparent)]
    KeyUsed(Box<KeyUsed>),
    /// The store failed; whether the write is done is unknown.
    #[error(transparent)]
    Failed(E),
}

impl<E: StdError + 'static> From<E> for GuardedError<E> {
    fn from(error: E) -> Self {
        Self::Failed(error)
    }
}

impl<E: Retryable> Retryable for GuardedError<E> {
    fn retryable(&self) -> bool {
        match self {
            Self::KeyUsed(_) => false,
            Self::Failed(error) => error.retryable(),
        }
    }
}

/// A response could not be written: a fault of ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the response could not be written: {0}")]
pub struct ResponseError(pub String);

type Respond<'a, T> = dyn Fn(&T) -> Result<StoredResponse, ResponseError> + Send + Sync + 'a;

/// The caller's key, and how the response to the effect `T` is written. A service turns it into
/// a guard when it knows the effect, before the transaction.
pub struct Idempotency<'a, T: ?Sized> {
    tenant: Tenant,
    request: IdempotentRequest,
    respond: Box<Respond<'a, T>>,
}

impl<'a, T: ?Sized> Idempotency<'a, T> {
    /// For a request of this tenant. `respond` may be called more than once: for every attempt.
    pub fn new(
        tenant: Tenant,
        request: IdempotentRequest,
        respond: impl Fn(&T) -> Result<StoredResponse, ResponseError> + Send + Sync + 'a,
    ) -> Self {
        Self { tenant, request, respond: Box::new(respond) }
    }

    /// What the transaction of the effect stores.
    ///
    /// # Errors
    /// The response could not be written.
    pub fn guard(&self, effect: &T) -> Result<IdempotencyGuard, ResponseError> {
        Ok(IdempotencyGuard {
            tenant: self.tenant.clone(),
            request: self.request.clone(),
            response: (self.respond)(effect)?,
        })
    }
}

impl<T: ?Sized> fmt::Debug for Idempotency<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idempotency")
            .field("tenant", &self.tenant)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// Stored responses cannot be read or written.
#[derive(Debug, Error)]
#[error("stored responses: {source}")]
pub struct ResponseStoreError {
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Whether the response is too large to be stored.
    pub too_large: bool,
    /// Why.
    pub source: Box<dyn StdError + Send + Sync>,
}

impl ResponseStoreError {
    /// Of a failure behind the port.
    pub fn new(error: impl Retryable) -> Self {
        let (retryable, too_large) = (error.retryable(), error.too_large());
        Self { retryable, too_large, source: Box::new(error) }
    }
}

impl Retryable for ResponseStoreError {
    fn retryable(&self) -> bool {
        self.retryable
    }

    fn too_large(&self) -> bool {
        self.too_large
    }
}

/// A call of the [`ResponseStore`].
pub type ResponseCall<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, ResponseStoreError>> + Send + 'a>>;

/// Port: responses under the keys of their requests.
pub trait ResponseStore: Send + Sync {
    /// The response stored under a tenant's key, unless it has expired.
    fn get<'a>(
        &'a self,
        tenant: &'a Tenant,
        key: &'a IdempotencyKey,
    ) -> ResponseCall<'a, Option<StoredResponse>>;

    /// Stores a response if its key is unused. `Some`: it was used, and nothing was written.
    fn put<'a>(&'a self, guard: &'a IdempotencyGuard) -> ResponseCall<'a, Option<KeyUsed>>;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn caller(roles: &[Role], parties: &[&str]) -> Identity {
        Identity {
            client: "c".parse().unwrap(),
            tenant: "t".parse().unwrap(),
            roles: roles.iter().copied().collect(),
            parties: parties.iter().map(|party| (*party).to_owned()).collect::<BTreeSet<_>>(),
        }
    }

    #[test]
    fn an_audience_of_parties_wants_role_and_party_together() {
        let buyer = PartyRole { role: Role::Buyer, party: "B".to_owned() };
        let seller = PartyRole { role: Role::Seller, party: "S".to_owned() };
        let audience = Audience::Parties(vec![buyer, seller]);
        for (roles, parties, admitted) in [
            (&[Role::Buyer][..], &["B"][..], true),
            (&[Role::Seller], &["S"], true),
            (&[Role::Buyer], &["S"], false),
            (&[Role::Seller], &["B", "X"], false),
            (&[Role::Buyer, Role::Seller], &["X"], false),
            (&[Role::Ecc], &["B"], false),
        ] {
            let caller = caller(roles, parties);
            assert_eq!(audience.admits(&caller), admitted, "{roles:?} {parties:?}");
            assert!(Audience::Tenant.admits(&caller));
        }
    }

    #[test]
    fn a_stored_response_does_not_show_its_body_when_printed() {
        let response = StoredResponse {
            fingerprint: "hash".to_owned(),
            status: 201,
            headers: BTreeMap::new(),
            body: "whsec_secret".to_owned(),
            audience: Audience::Tenant,
        };
        assert!(!format!("{response:?}").contains("secret"));
    }
}
