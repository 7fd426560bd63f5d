//! The ES2+ client of an SM-DP+: JSON over HTTPS with mutual TLS (GSMA SGP.22, 5.3 and 6.5).
//!
//! A failed function also has HTTP status 200, so the HTTP status alone decides nothing. Every
//! inconclusive response is [`Es2Answer::Unknown`], and no response [`Es2Answer::Away`], because the
//! function may have been executed.
//! This crate does not log, and no `why` contains an EID or an ICCID.

mod exchange;
mod settings;
mod wire;

use domain::esim::{
    CancelOrder, ConfirmOrder, ConfirmedOrder, DownloadOrder, Es2Answer, Es2Function,
    OrderedProfile, ReleaseProfile, SmDpPlus,
};

pub use exchange::LONGEST_RESPONSE;
pub use settings::{Es2Settings, Es2SettingsError};

use wire::{CancelBody, ConfirmBody, ConfirmedBody, DownloadBody, DownloadedBody, ReleaseBody};

/// An ES2+ client of one SM-DP+. Cheap to clone; reuses its connections.
#[derive(Debug, Clone)]
pub struct Es2Client {
    http: outbound::reqwest::Client,
    base: String,
    requester: String,
}

impl Es2Client {
    /// A client with these settings. Does not connect yet.
    ///
    /// # Errors
    /// A setting is invalid.
    pub fn new(settings: &Es2Settings) -> Result<Self, Es2SettingsError> {
        Ok(Self {
            http: settings.client()?,
            base: settings.base()?,
            requester: settings.requester.clone(),
        })
    }
}

impl SmDpPlus for Es2Client {
    async fn download_order(&self, order: &DownloadOrder, call: &str) -> Es2Answer<OrderedProfile> {
        let body = DownloadBody::new(order);
        let response = self.exchange(Es2Function::DownloadOrder, call, &body).await;
        wire::interpret(response, DownloadedBody::parse)
    }

    async fn confirm_order(&self, order: &ConfirmOrder, call: &str) -> Es2Answer<ConfirmedOrder> {
        let body = ConfirmBody::new(order);
        let response = self.exchange(Es2Function::ConfirmOrder, call, &body).await;
        wire::interpret(response, ConfirmedBody::parse)
    }

    async fn cancel_order(&self, order: &CancelOrder, call: &str) -> Es2Answer<()> {
        let body = CancelBody::new(order);
        let response = self.exchange(Es2Function::CancelOrder, call, &body).await;
        wire::interpret(response, |_| Ok(()))
    }

    async fn release_profile(&self, order: &ReleaseProfile, call: &str) -> Es2Answer<()> {
        let body = ReleaseBody::new(order);
        let response = self.exchange(Es2Function::ReleaseProfile, call, &body).await;
        wire::interpret(response, |_| Ok(()))
    }
}
