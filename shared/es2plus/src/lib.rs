//! Calls an SM-DP+ over ES2+: JSON over HTTPS with mutual TLS (GSMA SGP.22, 5.3 and 6.5).
//!
//! A failed function is still HTTP 200, so nothing is concluded from the HTTP status alone; and
//! whatever is not a clear answer is [`Es2Answer::Unknown`], for the function may have been carried
//! out. Nothing here logs, and no `why` holds a number of a chip or a profile.

mod exchange;
mod settings;
mod wire;

use domain::esim::{
    CancelOrder, ConfirmOrder, ConfirmedOrder, DownloadOrder, Es2Answer, Es2Function,
    OrderedProfile, ReleaseProfile, SmDpPlus,
};

pub use exchange::LARGEST_ANSWER;
pub use settings::{Es2Settings, Es2SettingsError};

use wire::{CancelBody, ConfirmBody, ConfirmedBody, DownloadBody, DownloadedBody, ReleaseBody};

/// An SM-DP+ at the other end of ES2+. Cheap to clone; keeps its connections.
#[derive(Debug, Clone)]
pub struct Es2Client {
    http: outbound::reqwest::Client,
    base: String,
    requester: String,
}

impl Es2Client {
    /// A client with these settings. Connects to nobody yet.
    ///
    /// # Errors
    /// A setting makes no sense.
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
        let body = DownloadBody::of(order);
        let answer = self.exchange(Es2Function::DownloadOrder, call, &body).await;
        wire::understand(answer, DownloadedBody::read)
    }

    async fn confirm_order(&self, order: &ConfirmOrder, call: &str) -> Es2Answer<ConfirmedOrder> {
        let body = ConfirmBody::of(order);
        let answer = self.exchange(Es2Function::ConfirmOrder, call, &body).await;
        wire::understand(answer, ConfirmedBody::read)
    }

    async fn cancel_order(&self, order: &CancelOrder, call: &str) -> Es2Answer<()> {
        let body = CancelBody::of(order);
        let answer = self.exchange(Es2Function::CancelOrder, call, &body).await;
        wire::understand(answer, |_| Ok(()))
    }

    async fn release_profile(&self, order: &ReleaseProfile, call: &str) -> Es2Answer<()> {
        let body = ReleaseBody::of(order);
        let answer = self.exchange(Es2Function::ReleaseProfile, call, &body).await;
        wire::understand(answer, |_| Ok(()))
    }
}
