//! Registered test clients, and the HTTP handlers of functions over a test table.

use api::{
    Api, HttpHandler,
    identity::{Authenticator, SecretHasher},
};
use domain::identity::{Client, Role};
use serde::Deserialize;
use store::{ClientAdministration, DynamoClients};

use crate::{Call, TestTable, call::basic};

/// The pepper used in tests.
pub const PEPPER: &str = "a pepper of at least thirty-two bytes";

/// A client of the API, as listed in the ready file of the local cloud.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Credentials {
    /// The client id.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// The tenant.
    pub tenant: String,
}

impl Credentials {
    /// The value of `Authorization`.
    pub fn basic(&self) -> String {
        basic(&self.id, &self.secret)
    }
}

/// The secret of a client that [`TestTable::client`] registered.
pub fn secret_of(id: &str) -> String {
    format!("secret-of-{id}")
}

impl Call {
    /// Adds the credentials of this client.
    #[must_use]
    pub fn by(self, client: &Credentials) -> Self {
        self.header("authorization", client.basic())
    }

    /// Adds the credential of a client that [`TestTable::client`] registered.
    #[must_use]
    pub fn as_client(self, id: &str) -> Self {
        self.basic(id, &secret_of(id))
    }
}

impl TestTable {
    /// Registers a client for [`Call::as_client`].
    pub async fn client(&self, id: &str, tenant: &str, roles: &[Role], parties: &[&str]) {
        let client = Client {
            id: id.parse().expect("tests use valid ids"),
            tenant: tenant.parse().expect("tests use valid tenants"),
            roles: roles.iter().copied().collect(),
            parties: parties.iter().map(|&party| party.to_owned()).collect(),
            secrets: vec![SecretHasher::new(PEPPER).hash(&secret_of(id))],
            disabled: false,
        };
        let added = ClientAdministration::new(self.table.clone()).add(&client).await;
        assert!(added.expect("the table is available"), "client {id} is registered once");
    }

    /// The HTTP handler of a function, with all checks, as in Lambda.
    pub fn handler<A: Api>(&self, api: A) -> HttpHandler<A, DynamoClients> {
        let directory = DynamoClients::new(self.table.clone());
        HttpHandler::new(api, Authenticator::new(directory, SecretHasher::new(PEPPER)))
    }
}
