//! What the functions are told of the simulated outside, and the other way round.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use super::CloudError;
use crate::{
    options::Options,
    seed::{DemoClient, SMDP_CLIENT},
    smdp::{Callback, RunningSmdp},
    template::{Place, Plan, Template},
};

/// Where profiles wait when the SM-DP+ names no other host: a name that leads nowhere.
const HOST: &str = "smdp.orderwire.example";
/// What a deployment reserves for callers that wait, once its account lets it.
const LONG_POLLS: &str = "100";
/// Where an SM-DP+ tells how far downloads have come.
const PROGRESS: &str = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";

/// Base URLs that the functions are told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addresses<'a> {
    /// The API itself: who issues its access tokens.
    pub(super) api: &'a str,
    /// The network.
    pub(super) network: &'a str,
    /// The control interface of the register that all SIMs are of, if there is one.
    pub(super) hlr: Option<&'a str>,
    /// The OVSDB server of the Sellers' switch, if there is one.
    pub(super) ovsdb: Option<&'a str>,
}

/// The plan of the template, with network and SM-DP+ where the simulated ones are.
pub(super) fn plan(
    options: &Options,
    Addresses { api, network, hlr, ovsdb }: Addresses<'_>,
    smdp: &RunningSmdp,
    place: &Place,
) -> Result<Plan, CloudError> {
    let mut parameters = options.given_parameters();
    let declared = Template::read(&options.template(), &parameters)?;
    let networks = hlr.map(networks).unwrap_or_default();
    let simulated = [
        ("SubscriptionNetworks", networks.as_str()),
        ("EthernetSwitch", ovsdb.unwrap_or_default()),
        ("TokenIssuer", api),
        ("SubscriptionNetworkUrl", network),
        ("SmDpPlusUrl", &smdp.base_url),
        ("SmDpPlusHost", HOST),
        ("LongPollConcurrency", LONG_POLLS),
        // Everything outside is simulated.
        ("Sandbox", "true"),
    ];
    for (name, value) in simulated {
        if declared.parameters().contains_key(name) {
            parameters.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    // What stands in a secret when deployed. In one line, for env-files.
    let secrets = [
        ("SMDP_IDENTITY_PEM", folded(&smdp.client_identity_pem)),
        ("SMDP_CA_PEM", folded(&smdp.ca_pem)),
    ];
    let mut plan = Template::read(&options.template(), &parameters)?.plan(place)?;
    for function in &mut plan.functions {
        for (name, value) in &secrets {
            if let Some(given) = function.environment.get_mut(*name) {
                given.clone_from(value);
            }
        }
        function.environment.extend(options.function_environment.iter().cloned());
    }
    Ok(plan)
}

/// All SIMs are of this register, whose exchanges are those of the demo SIMs' home network.
fn networks(control: &str) -> String {
    let own = json!({ "mcc": "240", "mnc": "07" });
    json!([{ "iccid": "89", "osmoHlr": control, "mobileNetwork": own }]).to_string()
}

fn folded(pem: &str) -> String {
    pem.replace("\r\n", "\n").replace('\n', "\\n")
}

/// Where the SM-DP+ tells progress, and as whom.
pub(super) fn callback(base_url: &str, clients: &[DemoClient]) -> Option<Callback> {
    let client = clients.iter().find(|client| client.id == SMDP_CLIENT)?;
    let pair = STANDARD.encode(format!("{}:{}", client.id, client.secret));
    Some(Callback {
        url: format!("{base_url}{PROGRESS}"),
        authorization: Some(format!("Basic {pair}")),
    })
}
