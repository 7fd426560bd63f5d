//! OsmoHLR as the network of subscription orders.

use domain::{
    network::{StateNetwork, StateSession, StepChange, StepError, Subscriber},
    numbering::{Imsi, Msisdn},
    sim::Sim,
};

use crate::{
    connection::{Connection, CtrlError, CtrlTimes},
    record::Record,
};

/// What the register says of a subscriber that it does not have.
const UNKNOWN: &str = "No such subscriber";
/// The value for no number.
const NO_NUMBER: &str = "none";

/// A home location register, by its control interface. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OsmoHlr {
    address: String,
    times: CtrlTimes,
}

/// A connection to it.
///
/// The register is one thread, and takes what has arrived before it waits for more: a step of an older
/// connection that has arrived is executed before one that is sent after a response on a newer one.
#[derive(Debug)]
pub struct OsmoHlrSession {
    connection: Connection,
}

impl OsmoHlr {
    /// The register whose control interface is at `address`: host and port.
    pub fn new(address: impl Into<String>) -> Self {
        Self::with_times(address, CtrlTimes::default())
    }

    /// With other time-outs.
    pub fn with_times(address: impl Into<String>, times: CtrlTimes) -> Self {
        Self { address: address.into(), times }
    }

    /// Connects.
    ///
    /// # Errors
    /// Nobody listens, or not in time.
    pub async fn connect(&self) -> Result<OsmoHlrSession, CtrlError> {
        let connection = Connection::open(&self.address, self.times).await?;
        Ok(OsmoHlrSession { connection })
    }
}

impl OsmoHlrSession {
    /// The subscriber with an IMSI.
    ///
    /// # Errors
    /// The register refuses, or does not respond in time.
    pub async fn by_imsi(&mut self, imsi: &Imsi) -> Result<Option<Record>, CtrlError> {
        self.record(&format!("by-imsi-{imsi}")).await
    }

    /// The subscriber with a number.
    ///
    /// # Errors
    /// As [`Self::by_imsi`].
    pub async fn by_msisdn(&mut self, msisdn: &Msisdn) -> Result<Option<Record>, CtrlError> {
        self.record(&format!("by-msisdn-{msisdn}")).await
    }

    /// The subscriber with an id: the register counts them, and gives a new one the highest id plus one.
    ///
    /// # Errors
    /// As [`Self::by_imsi`].
    pub async fn by_id(&mut self, id: u64) -> Result<Option<Record>, CtrlError> {
        self.record(&format!("by-id-{id}")).await
    }

    async fn record(&mut self, selector: &str) -> Result<Option<Record>, CtrlError> {
        match self.connection.get(&format!("subscriber.{selector}.info-all")).await {
            Ok(text) => Record::parse(&text).map(Some).ok_or(CtrlError::Unreadable),
            Err(CtrlError::Refused(reason)) if reason.starts_with(UNKNOWN) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn set_of(&mut self, imsi: &Imsi, what: &str, value: &str) -> Result<(), CtrlError> {
        let variable = format!("subscriber.by-imsi-{imsi}.{what}");
        self.connection.set(&variable, value).await.map(drop)
    }

    /// Sends one change of the subscriber of a SIM.
    ///
    /// # Errors
    /// The register refuses, or does not respond in time.
    pub async fn change(&mut self, sim: &Sim, change: &StepChange) -> Result<(), CtrlError> {
        let imsi = &sim.identity.imsi;
        let flag = |allowed: bool| if allowed { "1" } else { "0" };
        match change {
            StepChange::Create => {
                self.connection.set("subscriber.create", imsi.as_str()).await.map(drop)
            }
            StepChange::Delete => {
                self.connection.set("subscriber.delete", imsi.as_str()).await.map(drop)
            }
            StepChange::Msisdn(msisdn) => {
                let value = msisdn.as_ref().map_or(NO_NUMBER, Msisdn::as_str);
                self.set_of(imsi, "msisdn", value).await
            }
            StepChange::Circuit(allowed) => self.set_of(imsi, "cs-enabled", flag(*allowed)).await,
            StepChange::Packet(allowed) => self.set_of(imsi, "ps-enabled", flag(*allowed)).await,
            StepChange::Keys => {
                let (algorithm, keys) = (sim.identity.algorithm.as_str(), &sim.keys);
                let (k, opc) = (keys.k.expose(), keys.opc.expose());
                self.set_of(imsi, "aud3g", &format!("{algorithm},{k},opc,{opc}")).await
            }
        }
    }
}

impl StateNetwork for OsmoHlr {
    type Session = OsmoHlrSession;

    async fn open(&self) -> Result<OsmoHlrSession, StepError> {
        Ok(self.connect().await?)
    }
}

impl StateSession for OsmoHlrSession {
    async fn read(&mut self, sim: &Sim) -> Result<Option<Subscriber>, StepError> {
        let record = self.by_imsi(&sim.identity.imsi).await?;
        Ok(record.map(|record| record.into_subscriber(sim)))
    }

    async fn holder(&mut self, msisdn: &Msisdn) -> Result<Option<Imsi>, StepError> {
        Ok(self.by_msisdn(msisdn).await?.map(|record| record.imsi))
    }

    async fn execute(&mut self, sim: &Sim, change: &StepChange) -> Result<(), StepError> {
        Ok(self.change(sim, change).await?)
    }
}
