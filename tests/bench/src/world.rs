//! What every contender meets: one table behind TLS, with clients and subscriptions.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context as _, Result};
use domain::{
    carrier::{FulfilmentPolicy, Hosting, Party, ProductKind, ProductSpecification, Tolerance},
    identity::Role,
};
use harness::{TestApp, template};
use orderwire_local::{
    runtime::{Endpoints, lambda_environment},
    template::{Function, Place, Plan},
};
use serde_json::{Value, json};
use store::DynamoParties;
use tempfile::TempDir;
use testkit::{Call, Credentials, Exchange, clients::PEPPER, numbers};

use crate::{endpoint::Endpoint, tls};

/// Clients, each of a tenant of its own: no one is over its rate.
const CALLERS: u64 = 64;

/// A client with a subscription.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) authorization: String,
    pub(crate) msisdn: String,
    /// The carrier that it buys for.
    pub(crate) party: String,
    /// The key of its subscription.
    subscription: String,
    revision: u64,
}

/// The table, and what the functions are told of it.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) folder: TempDir,
    pub(crate) callers: Vec<Caller>,
    plan: Plan,
    place: Place,
    endpoint: String,
    ca: PathBuf,
}

impl World {
    /// # Errors
    /// No port, or no temporary folder.
    pub(crate) async fn new() -> Result<Self> {
        let app = TestApp::new().await;
        let folder = tempfile::tempdir()?;
        let ca = folder.path().join("ca.pem");
        let endpoint = tls::terminate(app.db.engine().parse()?, &ca).await?;
        let place = Place::local("http://127.0.0.1:4566");
        add_seller(&app).await?;
        let mut callers = Vec::new();
        for n in 1..=CALLERS {
            callers.push(caller(&app, n).await?);
        }
        Ok(Self { app, folder, callers, plan: template::plan(), place, endpoint, ca })
    }

    /// The caller of a call.
    pub(crate) fn caller(&self, number: usize) -> &Caller {
        &self.callers[number % self.callers.len()]
    }

    /// The gateway's event of a call.
    pub(crate) fn event(&self, endpoint: Endpoint, caller: &Caller, number: &str) -> Value {
        self.app.event(endpoint.call(caller, number)).1
    }

    /// The template's function under another name, with its environment here.
    ///
    /// # Errors
    /// The template has no such function.
    pub(crate) fn function(
        &self,
        endpoint: Endpoint,
        name: &str,
    ) -> Result<(Function, BTreeMap<String, String>)> {
        let of_template = self.plan.function(endpoint.function());
        let function = of_template.with_context(|| endpoint.function().to_owned())?;
        let function = Function { name: name.to_owned(), ..function.clone() };
        let (dynamodb, sqs) = (self.endpoint.clone(), self.place.sqs_endpoint.clone());
        let mut environment =
            lambda_environment(&function, &self.place, &Endpoints { dynamodb, sqs });
        let ca = self.ca.display().to_string();
        let own = [
            ("ORDERS_TABLE_NAME", self.app.db.name.clone()),
            ("CREDENTIAL_PEPPER", PEPPER.to_owned()),
            ("SSL_CERT_FILE", ca.clone()),
            ("NODE_EXTRA_CA_CERTS", ca.clone()),
            ("AWS_CA_BUNDLE", ca),
        ];
        environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
        Ok((function, environment))
    }

    /// Takes the lock that a change left on the caller's subscription, so that the next one finds
    /// it as this one did.
    ///
    /// # Errors
    /// The table refuses.
    pub(crate) async fn unlock(&self, caller: &Caller) -> Result<()> {
        let text = |value: &str| serde_dynamo::to_attribute_value(value);
        let update = self.app.db.direct.update_item().table_name(&self.app.db.name);
        update
            .key("pk", text(&caller.subscription)?)
            .key("sk", text("CLAIM")?)
            .update_expression("SET revision = :revision REMOVE outstandingOrder")
            .expression_attribute_values(
                ":revision",
                serde_dynamo::to_attribute_value(caller.revision)?,
            )
            .send()
            .await?;
        Ok(())
    }

    /// The calls of the table that an endpoint makes when client, number and permits are known.
    ///
    /// # Errors
    /// The endpoint refuses the call.
    pub(crate) async fn recorded(&self, endpoint: Endpoint) -> Result<Vec<Exchange>> {
        let caller = &self.callers[0];
        let mut exchanges = Vec::new();
        // The first call looks up what the next ones know; so does the first after the recording
        // began, if the permits end with it.
        for number in ["recorded-1", "recorded-2", "recorded-3"] {
            self.app.db.proxy.take_exchanges();
            let response = self.app.send(endpoint.call(caller, number)).await;
            anyhow::ensure!(response.status < 300, "{response:?}");
            exchanges = self.app.db.proxy.take_exchanges();
            self.unlock(caller).await?;
        }
        self.app.allow_leftovers();
        Ok(exchanges)
    }
}

async fn caller(app: &TestApp, n: u64) -> Result<Caller> {
    let (id, party) = (format!("client-{n}"), format!("Buyer {n}"));
    app.db.client(&id, &format!("tenant-{n}"), &[Role::Ecc, Role::Buyer], &[&party]).await;
    let secret = testkit::clients::secret_of(&id);
    let credentials = Credentials { id, secret, tenant: format!("tenant-{n}") };
    let msisdn = numbers::msisdn(n).to_string();
    let body = json!({ "iccid": numbers::iccid(n), "msisdn": msisdn });
    let create = Call::new("POST", "/ecc/v1/subscriptions").json(&body).by(&credentials);
    let placed = app.send(create).await;
    anyhow::ensure!(placed.status == 202, "{placed:?}");
    app.drain().await;
    let (subscription, revision) = subscription_of(app, numbers::iccid(n).as_str()).await?;
    Ok(Caller { authorization: credentials.basic(), msisdn, party, subscription, revision })
}

/// Key and revision of the subscription that was created with a SIM.
async fn subscription_of(app: &TestApp, iccid: &str) -> Result<(String, u64)> {
    let pk = format!("ICCID#{iccid}");
    let key = |value: &str| serde_dynamo::to_attribute_value(value);
    let get = app.db.direct.get_item().table_name(&app.db.name);
    let found = get.key("pk", key(&pk)?).key("sk", key("CLAIM")?).send().await?;
    let item: Value = serde_dynamo::from_item(found.item.context("no such item")?)?;
    Ok((pk, item["revision"].as_u64().context("no revision")?))
}

async fn add_seller(app: &TestApp) -> Result<()> {
    let product = |kind, code: &str, name: &str| ProductSpecification {
        kind,
        code: code.to_owned(),
        name: Some(name.to_owned()),
        id: None,
    };
    let seller = Party {
        id: "Cox Spectrum Business".parse()?,
        hosting: Hosting::Local,
        callback_base: None,
        products: vec![
            product(ProductKind::AccessEpl, "AEPL", "accessEpl-Superfast"),
            product(ProductKind::Uni, "AEVPL100", "Access EVPL 100"),
        ],
        fulfilment: FulfilmentPolicy::Automatic,
        lead_days: 1,
        pace_seconds: None,
        tolerance: Tolerance::default(),
    };
    DynamoParties::new(app.db.table.clone()).put(&seller).await?;
    Ok(())
}
