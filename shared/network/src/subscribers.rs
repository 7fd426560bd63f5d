use std::time::Duration;

use domain::{
    network::{MobileNetwork, Report},
    numbering::{Iccid, Imei},
};
use outbound::{
    ClientError, read_bounded,
    reqwest::{Client, Response, StatusCode},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{LONGEST_RESPONSE, transport, unexpected};

/// Time-out to connect, and of a whole question: its caller waits, and is told to come again.
const CONNECT: Duration = Duration::from_secs(2);
const TOTAL: Duration = Duration::from_secs(5);

/// A client that asks the provisioning system about its subscribers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Subscribers {
    http: Client,
    base: String,
}

#[derive(Deserialize)]
struct ImeiResponse {
    #[serde(default)]
    imei: Option<String>,
}

#[derive(Deserialize)]
struct MobileNetworkResponse {
    #[serde(default)]
    mcc: Option<String>,
    #[serde(default)]
    mnc: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

impl Subscribers {
    /// A client for the system at `base`, a URL without a trailing slash.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(base: &str) -> Result<Self, ClientError> {
        Ok(Self { http: outbound::builder(CONNECT, TOTAL).build()?, base: base.to_owned() })
    }

    /// The device in which a SIM was seen last.
    pub async fn imei(&self, iccid: &Iccid, correlation_id: &str) -> Report<Imei> {
        let report = self.ask(iccid, "imei", correlation_id).await;
        and_then(report, |ImeiResponse { imei }| match imei {
            None => Report::Nothing,
            Some(imei) => imei.parse().map_or_else(|_| unreadable(), Report::Known),
        })
    }

    /// The mobile network at which a SIM was seen last.
    pub async fn mobile_network(
        &self,
        iccid: &Iccid,
        correlation_id: &str,
    ) -> Report<MobileNetwork> {
        let report = self.ask(iccid, "mobile-network", correlation_id).await;
        and_then(report, |MobileNetworkResponse { mcc, mnc, name }| match (mcc, mnc) {
            (None, None) => Report::Nothing,
            (mcc, mnc) => {
                let (mcc, mnc) = (mcc.unwrap_or_default(), mnc.unwrap_or_default());
                let network = MobileNetwork::new(&mcc, &mnc, name.as_deref());
                network.map_or_else(unreadable, Report::Known)
            }
        })
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        iccid: &Iccid,
        what: &str,
        correlation_id: &str,
    ) -> Report<T> {
        let url = format!("{}/subscribers/{iccid}/{what}", self.base);
        let sent = self.http.get(url).header("x-correlation-id", correlation_id).send().await;
        match sent {
            Err(error) => Report::Unknown { why: transport(error) },
            Ok(response) => match response.status() {
                StatusCode::OK => parse(response).await,
                // A system that does not know the path says so in one of these ways.
                StatusCode::NO_CONTENT
                | StatusCode::NOT_FOUND
                | StatusCode::METHOD_NOT_ALLOWED
                | StatusCode::GONE
                | StatusCode::NOT_IMPLEMENTED => Report::Nothing,
                other => Report::Unknown { why: unexpected(other) },
            },
        }
    }
}

async fn parse<T: DeserializeOwned>(response: Response) -> Report<T> {
    match read_bounded(response, LONGEST_RESPONSE).await {
        Ok(body) => serde_json::from_slice(&body).map_or_else(|_| unreadable(), Report::Known),
        Err(error) => Report::Unknown { why: format!("network: {error}") },
    }
}

fn and_then<T, U>(report: Report<T>, read: impl FnOnce(T) -> Report<U>) -> Report<U> {
    match report {
        Report::Known(response) => read(response),
        Report::Nothing => Report::Nothing,
        Report::Unknown { why } => Report::Unknown { why },
    }
}

fn unreadable<T>() -> Report<T> {
    Report::Unknown { why: "network: response not readable".to_owned() }
}
