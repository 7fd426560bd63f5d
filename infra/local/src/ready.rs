//! What is said once everything answers: the ready file and the welcome.

use std::{collections::BTreeMap, fmt::Write as _, io, path::Path};

use serde::Serialize;
use serde_json::Value;

use crate::{
    data::write_private, osmo_hlr::OsmoHlrAddress, ovs::OvsAddress, seed::DemoClient,
    template::LOCAL_SECRET,
};

/// A SIM and a number of the contract's examples.
const SAMPLE: &str = r#"{"iccid":"89461177710001700003","msisdn":"46708421488"}"#;

/// The ready file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// Where the API is.
    pub base_url: String,
    /// A link that opens the console once, within ten minutes.
    pub console_link: String,
    /// Clients to use it with.
    pub clients: Vec<DemoClient>,
    /// DynamoDB.
    pub dynamodb_endpoint: String,
    /// SQS.
    pub sqs_endpoint: String,
    /// The orders table.
    pub table_name: String,
    /// Queue URLs by queue name.
    pub queues: BTreeMap<String, String>,
    /// The simulated network.
    pub network: NetworkAddress,
    /// The home location register, with `--network osmo-hlr`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub osmo_hlr: Option<OsmoHlrAddress>,
    /// The Sellers' switch, with `--ethernet ovs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ovs: Option<OvsAddress>,
    /// SIMs that it can be given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sims: Vec<String>,
    /// The simulated SM-DP+.
    pub smdp: SmdpAddress,
    /// Products that the demo reseller may order.
    pub products: Vec<String>,
    /// Base URL of the webhook sink.
    pub webhook_sink: String,
    /// The admin listener.
    pub admin: String,
    /// Process id of the local cloud.
    pub pid: u32,
}

/// Where the simulated network is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NetworkAddress {
    /// Base URL.
    pub url: String,
}

/// Where the simulated SM-DP+ is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SmdpAddress {
    /// ES2+, over HTTPS with client certificates.
    pub url: String,
    /// Its plain admin interface: stock, devices, faults.
    pub admin: String,
}

/// The file, with what the operator's client commands need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReadyFile<'a> {
    #[serde(flatten)]
    ready: &'a Ready,
    credential_pepper: &'static str,
}

impl Ready {
    /// Writes the file whole or not at all: a reader never sees half of it. Only its owner may
    /// read it.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let content = ReadyFile { ready: self, credential_pepper: LOCAL_SECRET };
        write_private(file, &serde_json::to_vec_pretty(&content)?)
    }

    /// Removes the file, unless another local cloud has written it since.
    pub fn remove(&self, file: &Path) {
        let written = std::fs::read(file).ok();
        let written: Option<Value> = written.and_then(|text| serde_json::from_slice(&text).ok());
        if written.is_some_and(|written| written["pid"] == self.pid) {
            // Gone already is as good as removed.
            let _ = std::fs::remove_file(file);
        }
    }

    /// Addresses, credentials and three commands to paste.
    pub fn welcome(&self) -> String {
        let mut text = format!("\nOrderwire is ready at {}\n\n", self.base_url);
        // Writing to a string does not fail.
        for client in &self.clients {
            let _ = writeln!(text, "  client {}  tenant {}", client.id, client.tenant);
            if !client.parties.is_empty() {
                let roles = client.roles.join(", ");
                let _ = writeln!(text, "    {roles} for {}", client.parties.join(", "));
            }
            let _ = writeln!(text, "    secret {}", client.secret);
        }
        let _ = writeln!(
            text,
            "\n  docs     {}/docs\n  console  {}\n  dynamodb {}\n  sqs      {}\n  network  {}\n  sm-dp+   {}\n  webhooks {}\n  admin    {}\n",
            self.base_url,
            self.console_link,
            self.dynamodb_endpoint,
            self.sqs_endpoint,
            self.network.url,
            self.smdp.admin,
            self.webhook_sink,
            self.admin
        );
        if let Some(client) = self.clients.first() {
            text.push_str(&self.commands(client));
        }
        if let (Some(hlr), Some(sim)) = (&self.osmo_hlr, self.sims.first()) {
            text.push_str(&look_into(hlr, sim));
        }
        if let Some(ovs) = &self.ovs {
            text.push_str(&look_into_switch(ovs));
        }
        text
    }

    /// Create a subscription, look at it, list all.
    fn commands(&self, client: &DemoClient) -> String {
        let subscriptions = format!("{}/ecc/v1/subscriptions", self.base_url);
        let user = format!("-u '{}:{}'", client.id, client.secret);
        format!(
            "Create a subscription, look at it, list all of this client's:\n\n  \
             curl -i {user} {subscriptions} -H 'content-type: application/json' \
             -d '{SAMPLE}'\n  \
             curl {user} {subscriptions}/msisdn:46708421488\n  \
             curl {user} {subscriptions}\n"
        )
    }
}

/// How to see what is in the register, and to be a phone at it.
fn look_into(hlr: &OsmoHlrAddress, sim: &str) -> String {
    let OsmoHlrAddress { control, gsup, vty } = hlr;
    let terminal = vty.replace(':', " ");
    format!(
        "\nosmo-hlr: control {control}, GSUP {gsup}. Look into it, and attach a phone:\n\n  \
         telnet {terminal}       show subscribers all\n  \
         cargo xtask phone attach {sim}\n"
    )
}

/// How to see what is in the switch, and what it does with a frame.
fn look_into_switch(ovs: &OvsAddress) -> String {
    let OvsAddress { ovsdb, bridge, .. } = ovs;
    let control = ovs.control.display();
    format!(
        "\nOpen vSwitch: OVSDB {ovsdb}. Look into it, and trace a frame that enters at a port:\n\n  \
         ovs-vsctl --db=tcp:{ovsdb} show\n  \
         ovs-appctl -t {control} ofproto/trace {bridge} in_port=PORT,dl_type=0x0800\n"
    )
}
