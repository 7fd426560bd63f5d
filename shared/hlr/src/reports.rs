//! What the register reports of a subscriber beyond its orders. It can store the device in which one was
//! seen last, but the control interface does not report it.

use domain::{
    network::{MobileNetwork, Report},
    numbering::Imsi,
};

use crate::{OsmoHlr, Record};

impl OsmoHlr {
    /// The network at which a subscriber was seen last: that of the register's own exchanges, with the
    /// name of the exchange.
    pub async fn mobile_network(&self, imsi: &Imsi, own: &MobileNetwork) -> Report<MobileNetwork> {
        match self.record(imsi).await {
            Report::Known(Record { exchange: Some(exchange), .. }) => {
                let (mcc, mnc) = (&own.mcc, &own.mnc);
                let seen = MobileNetwork::new(mcc, mnc, Some(&exchange));
                seen.map_or(Report::Nothing, Report::Known)
            }
            Report::Known(_) | Report::Nothing => Report::Nothing,
            Report::Unknown { why } => Report::Unknown { why },
        }
    }

    async fn record(&self, imsi: &Imsi) -> Report<Record> {
        let read = async { self.connect().await?.by_imsi(imsi).await };
        match read.await {
            Ok(Some(record)) => Report::Known(record),
            Ok(None) => Report::Nothing,
            Err(error) => Report::Unknown { why: format!("hlr: {error}") },
        }
    }
}
