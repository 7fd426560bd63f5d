//! Callers: clients with their tenant, roles and parties.

pub mod signing;

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::texts;

/// What a client may do (`contracts/`, *Roles*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Orders mobile subscriptions over the ECC API.
    #[serde(rename = "ecc")]
    Ecc,
    /// Orders eSIMs for its own customers.
    #[serde(rename = "RESELLER")]
    Reseller,
    /// Orders eSIMs on behalf of a reseller.
    #[serde(rename = "ACCOUNT_MANAGER")]
    AccountManager,
    /// Places carrier orders for its own party ids.
    #[serde(rename = "buyer")]
    Buyer,
    /// Reports progress of carrier orders for its own party ids.
    #[serde(rename = "seller")]
    Seller,
    /// Runs the deployment.
    #[serde(rename = "operator")]
    Operator,
}

impl Role {
    /// Every role, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Ecc,
        Self::Reseller,
        Self::AccountManager,
        Self::Buyer,
        Self::Seller,
        Self::Operator,
    ];

    /// The name used in tokens and in the operator's commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ecc => "ecc",
            Self::Reseller => "RESELLER",
            Self::AccountManager => "ACCOUNT_MANAGER",
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the name of a role.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a role: use ecc, RESELLER, ACCOUNT_MANAGER, buyer, seller or operator")]
pub struct ParseRoleError;

impl FromStr for Role {
    type Err = ParseRoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(ParseRoleError)
    }
}

texts! {
    /// A client's id: the user name of HTTP Basic, the `client_id` of OAuth2.
    ClientId, 64, "A-Z a-z 0-9 . _ -", "A-Za-z0-9._-", "mvno-1",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    /// A tenant: a client has access to the data of its own tenant only (invariant 6).
    Tenant, 64, "A-Z a-z 0-9 . _ -", "A-Za-z0-9._-", "mvno",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
}

/// HMAC-SHA256 of a client's secret under a pepper of the deployment, after the pepper's name and a
/// dot. Does not reveal the secret. One that was stored before peppers had names has none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(pub String);

impl SecretHash {
    /// The name of the pepper.
    pub fn pepper(&self) -> Option<&str> {
        self.0.split_once('.').map(|(name, _)| name)
    }

    /// The hash itself.
    pub fn digest(&self) -> &str {
        self.0.split_once('.').map_or(&self.0, |(_, digest)| digest)
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// A registered client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The id.
    pub id: ClientId,
    /// The tenant whose data it may access.
    pub tenant: Tenant,
    /// Its roles.
    pub roles: BTreeSet<Role>,
    /// The carrier party ids it may act for (`buyerId`, `sellerId`).
    pub parties: BTreeSet<String>,
    /// Hashes of the valid secrets: two during a rotation.
    pub secrets: Vec<SecretHash>,
    /// Whether it is disabled: it is then refused like an unknown client.
    pub disabled: bool,
}

/// The authenticated caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The client.
    pub client: ClientId,
    /// The tenant whose data it may access.
    pub tenant: Tenant,
    /// Its roles.
    pub roles: BTreeSet<Role>,
    /// The carrier party ids it may act for.
    pub parties: BTreeSet<String>,
}

impl From<&Client> for Identity {
    fn from(client: &Client) -> Self {
        Self {
            client: client.id.clone(),
            tenant: client.tenant.clone(),
            roles: client.roles.clone(),
            parties: client.parties.clone(),
        }
    }
}

/// The client directory is unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("client directory unavailable")]
pub struct DirectoryUnavailable;

/// A directory of clients.
pub trait ClientDirectory: Send + Sync {
    /// Looks up a client by its id.
    fn client(
        &self,
        id: &ClientId,
    ) -> impl Future<Output = Result<Option<Client>, DirectoryUnavailable>> + Send;
}
