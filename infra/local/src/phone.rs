//! A phone at a real home location register, with the exchange that it needs: authentication, and the
//! update of the location, over GSUP (OsmoHLR's user manual, *Generic Subscriber Update Protocol*).

mod command;
mod gsup;

use std::{fmt, io, time::Duration};

use domain::numbering::Imsi;
use hlr::ipa::TooLong;
use thiserror::Error;
use tokio::time::timeout;

pub use command::{COMMAND, main};
use gsup::Exchange;
pub use gsup::{Element, Message, MessageType};

/// How long an attachment may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Why the register does not let a phone attach (3GPP TS 24.008, 10.5.5.14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause(pub u8);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0x02 => f.write_str("IMSI unknown, or without keys"),
            0x07 => f.write_str("data not allowed"),
            0x0b => f.write_str("network not allowed"),
            other => write!(f, "cause {other}"),
        }
    }
}

/// What came of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attachment {
    /// It is attached.
    Attached,
    /// It has no right to authenticate.
    NotAuthenticated(Cause),
    /// It has authenticated, and may not be here.
    Refused(Cause),
}

impl fmt::Display for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attached => f.write_str("attached"),
            Self::NotAuthenticated(cause) => write!(f, "not attached: {cause}"),
            Self::Refused(cause) => write!(f, "authenticated, not attached: {cause}"),
        }
    }
}

/// The register cannot be asked.
#[derive(Debug, Error)]
pub enum PhoneError {
    /// No connection, or it broke.
    #[error("no connection to the register: {0}")]
    Connection(#[from] io::Error),
    /// It does not respond.
    #[error("the register does not respond")]
    Silent,
    /// It says what is not expected.
    #[error("the register's response is none that fits")]
    Unexpected,
    /// What was to be sent.
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

/// The service that a phone attaches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Calls and short messages.
    Circuit,
    /// Data.
    Packet,
}

/// A phone with a SIM.
#[derive(Debug, Clone)]
pub struct Phone {
    /// The identity in its SIM.
    pub imsi: Imsi,
}

impl Phone {
    /// Attaches at an exchange with this name, of the register whose GSUP is at `address`.
    ///
    /// # Errors
    /// The register cannot be asked.
    pub async fn attach(
        &self,
        address: &str,
        exchange: &str,
        domain: Domain,
    ) -> Result<Attachment, PhoneError> {
        let attached = self.attach_at(address, exchange, domain);
        timeout(LIMIT, attached).await.map_err(|_| PhoneError::Silent)?
    }

    async fn attach_at(
        &self,
        address: &str,
        exchange: &str,
        domain: Domain,
    ) -> Result<Attachment, PhoneError> {
        let mut exchange = Exchange::connect(address, exchange).await?;
        let request = Message::new(MessageType::SEND_AUTH_INFO_REQUEST, &self.imsi);
        let response = exchange.request(&request).await?;
        match response.kind {
            MessageType::SEND_AUTH_INFO_RESULT => {}
            MessageType::SEND_AUTH_INFO_ERROR => {
                return Ok(Attachment::NotAuthenticated(response.cause()));
            }
            _ => return Err(PhoneError::Unexpected),
        }
        let request = Message::new(MessageType::UPDATE_LOCATION_REQUEST, &self.imsi);
        let mut response = exchange.request(&request.with_domain(domain)).await?;
        if response.kind == MessageType::INSERT_DATA_REQUEST {
            let stored = Message::new(MessageType::INSERT_DATA_RESULT, &self.imsi);
            response = exchange.request(&stored.with_domain(domain)).await?;
        }
        match response.kind {
            MessageType::UPDATE_LOCATION_RESULT => Ok(Attachment::Attached),
            MessageType::UPDATE_LOCATION_ERROR => Ok(Attachment::Refused(response.cause())),
            _ => Err(PhoneError::Unexpected),
        }
    }
}
