//! The code that runs in every call, without network and table, for `cargo xtask bench instructions`:
//! `hot-paths list`, or `hot-paths <name> <times>`.

use std::{env, hint::black_box, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use api::{
    HttpHandler,
    identity::{Authenticator, SecretHasher},
    json::parse_object,
};
use carrier::wire::read_order;
use domain::identity::{Client, ClientDirectory, ClientId, DirectoryUnavailable, Role};
use serde_json::json;
use store::Table;
use subscriptions_api::{SubscriberNetworks, SubscriptionsApi};
use testkit::{Call, clients::PEPPER};

const NAMES: [&str; 4] = ["change-body", "carrier-body", "secret", "refused-request"];
const SECRET: &str = "owsec_0123456789012345678901234567890123456789012";

/// A directory of one client.
struct One(Client);

impl ClientDirectory for One {
    async fn client(&self, _: &ClientId) -> Result<Option<Client>, DirectoryUnavailable> {
        Ok(Some(self.0.clone()))
    }
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    if name == "list" {
        NAMES.iter().for_each(|name| println!("{name}"));
        return ExitCode::SUCCESS;
    }
    let times = arguments.next().and_then(|times| times.parse().ok()).unwrap_or(1);
    match run(&name, times) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(name: &str, times: usize) -> Result<()> {
    match name {
        "change-body" => change_body(times),
        "carrier-body" => carrier_body(times),
        "secret" => secret(times),
        "refused-request" => refused_request(times),
        other => bail!("no hot path {other}"),
    }
}

/// The body of an ECC change: parsed, validated, mapped.
fn change_body(times: usize) -> Result<()> {
    let body = json!({ "blocked": true, "odb-profile": 3, "tags": ["fleet", "north"] }).to_string();
    for _ in 0..times {
        let members = parse_object(black_box(body.as_bytes()))?;
        let change = ecc::read::values(&members).map_err(|it| anyhow::anyhow!("{it:?}"))?;
        black_box(change);
    }
    Ok(())
}

/// The body of a carrier order: the example of its document.
fn carrier_body(times: usize) -> Result<()> {
    let document: serde_json::Value =
        serde_json::from_str(include_str!("../../../infra/openapi/carrier.json"))?;
    let media = &document["paths"]["/orders"]["post"]["requestBody"]["content"];
    let body = media["application/json"]["example"].to_string();
    for _ in 0..times {
        let members = parse_object(black_box(body.as_bytes()))?;
        black_box(read_order(members).map_err(|it| anyhow::anyhow!("{it:?}"))?);
    }
    Ok(())
}

/// The secret of a caller.
fn secret(times: usize) -> Result<()> {
    let hasher = SecretHasher::new(PEPPER);
    let stored = [hasher.hash(SECRET)];
    for _ in 0..times {
        anyhow::ensure!(hasher.matches(black_box(SECRET), &stored));
    }
    Ok(())
}

/// A whole request that is refused by its body: event, route, caller, role, schema, problem.
fn refused_request(times: usize) -> Result<()> {
    let client = Client {
        id: "bench".parse()?,
        tenant: "bench".parse()?,
        roles: [Role::Ecc].into(),
        parties: Default::default(),
        secrets: vec![SecretHasher::new(PEPPER).hash(SECRET)],
        disabled: false,
    };
    let handler = handler(client)?;
    let call = Call::new("PATCH", "/ecc/v1/subscriptions/iccid:89461177710001700003");
    let call = call.json(&json!({ "blocked": "perhaps" })).basic("bench", SECRET);
    let event = call.event().to_string();
    lambda::process::block_on(async {
        for _ in 0..times {
            let answer = handler.handle_text(black_box(&event)).await;
            anyhow::ensure!(answer["statusCode"] == 400, "{answer}");
        }
        Ok(())
    })
}

fn handler(client: Client) -> Result<HttpHandler<SubscriptionsApi, One>> {
    let mut environment = lambda::config::Environment::of([("PEPPER", PEPPER)]);
    let terms = api::identity::TokenTerms {
        issuer: "https://orders.example.com".to_owned(),
        audience: "orderwire".to_owned(),
    };
    let config = subscriptions_api::Config {
        table: "Orders".to_owned(),
        callers: ecc::Callers::new(environment.secret("PEPPER", 32), terms),
        services: Vec::new(),
        network: String::new(),
        ranges: network::NetworkRanges::default(),
        sandbox: domain::scenario::Sandbox::Off,
        watchdog: time::Duration::minutes(5),
    };
    // Nothing is called there: the request is refused before.
    let table = Table::connect(&aws::Settings::emulator("http://127.0.0.1:1"), "Orders");
    let network = SubscriberNetworks::new("http://127.0.0.1:1", &config.ranges, &table);
    let network = network.ok().context("no network")?;
    let api = SubscriptionsApi::new(table, network, &config);
    Ok(HttpHandler::new(api, Authenticator::new(One(client), SecretHasher::new(PEPPER))))
}
