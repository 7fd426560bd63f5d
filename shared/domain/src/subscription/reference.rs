//! References to a subscription in paths: `msisdn:46708421488`, `iccid:89…`, `imsi:24…`.

use std::{fmt, str::FromStr};

use thiserror::Error;

use super::Claim;
use crate::{
    numbering::{Iccid, Imsi, Msisdn, ParseIccidError, ParseImsiError, ParseMsisdnError},
    text::Described,
};

/// A reference `{type}:{id}` in a path (`infra/docs/contracts/ecc.md`, *Resources*).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SubscriptionRef {
    /// By MSISDN.
    Msisdn(Msisdn),
    /// By ICCID.
    Iccid(Iccid),
    /// By IMSI.
    Imsi(Imsi),
}

/// The text is not a reference to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseSubscriptionRefError {
    /// Unknown type before the colon.
    #[error("msisdn:<number>, iccid:<number> or imsi:<number>")]
    Type,
    /// Invalid MSISDN.
    #[error("msisdn: {0}")]
    Msisdn(#[from] ParseMsisdnError),
    /// Invalid ICCID.
    #[error("iccid: {0}")]
    Iccid(#[from] ParseIccidError),
    /// Invalid IMSI.
    #[error("imsi: {0}")]
    Imsi(#[from] ParseImsiError),
}

impl FromStr for SubscriptionRef {
    type Err = ParseSubscriptionRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("msisdn", number)) => Ok(Self::Msisdn(number.parse()?)),
            Some(("iccid", number)) => Ok(Self::Iccid(number.parse()?)),
            Some(("imsi", number)) => Ok(Self::Imsi(number.parse()?)),
            _ => Err(ParseSubscriptionRefError::Type),
        }
    }
}

impl Described for SubscriptionRef {
    const PATTERN: &'static str =
        r"^(msisdn:\+?[1-9][0-9]{4,14}|iccid:89[0-9]{16,20}[Ff]{0,2}|imsi:[0-9]{14,15})$";
    const LENGTH: (usize, usize) = (12, 30);
    const FORMAT: Option<&'static str> = Some("subscription");
    const EXAMPLE: &'static str = "msisdn:46708421488";
    const BEYOND: Option<&'static str> = Iccid::BEYOND;
}

impl fmt::Display for SubscriptionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Msisdn(number) => write!(f, "msisdn:{number}"),
            Self::Iccid(number) => write!(f, "iccid:{number}"),
            Self::Imsi(number) => write!(f, "imsi:{number}"),
        }
    }
}

impl From<SubscriptionRef> for Claim {
    fn from(reference: SubscriptionRef) -> Self {
        match reference {
            SubscriptionRef::Msisdn(number) => Self::Msisdn(number),
            SubscriptionRef::Iccid(number) => Self::Iccid(number),
            SubscriptionRef::Imsi(number) => Self::Imsi(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_forms_are_parsed_and_written() {
        for text in ["msisdn:46708421488", "iccid:89461177710001700003", "imsi:240071234567890"] {
            let reference: SubscriptionRef = text.parse().unwrap();
            assert_eq!(reference.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "46708421488", "MSISDN:46708421488", "iccid:", "imsi:1", "tel:46708421488"]
        {
            assert!(text.parse::<SubscriptionRef>().is_err(), "{text}");
        }
    }
}
