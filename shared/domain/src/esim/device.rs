//! The device an eSIM is for.

use serde::{Deserialize, Serialize};

use super::{EsimOperationKind, private::private_texts};
use crate::numbering::digits;

private_texts! {
    /// The number of an eUICC, 32 digits (SGP.29). Binds a profile to that chip.
    Eid, (32, 32), "32 decimal digits", "^[0-9]{32}$", "89049032123451234512345678901235",
        |text| Some(text).filter(|text| text.len() == 32 && digits(text));
}

/// What kind of device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceType {
    /// A thing without a person.
    Iot,
    /// Apple.
    Ios,
    /// Android.
    Android,
}

impl DeviceType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Iot, Self::Ios, Self::Android];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iot => "iot",
            Self::Ios => "ios",
            Self::Android => "android",
        }
    }

    /// The types an order of this kind may name: a top-up is for devices with a person.
    pub const fn allowed(kind: EsimOperationKind) -> &'static [Self] {
        match kind {
            EsimOperationKind::NewEsim => &[Self::Iot, Self::Ios, Self::Android],
            EsimOperationKind::Topup => &[Self::Ios, Self::Android],
        }
    }
}

/// A device. `{:?}` shows its type alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Device {
    /// Its type.
    pub kind: DeviceType,
    /// The caller's own name for it.
    pub id: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Who made it.
    pub make: Option<String>,
    /// Its eUICC, when the profile shall be bound to it.
    pub eid: Option<Eid>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Device({}, ..)", self.kind.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eid_is_32_digits_and_hidden() {
        let eid: Eid = "89049032123451234512345678901235".parse().unwrap();
        assert_eq!(format!("{eid:?}"), "Eid(..)");
        for text in ["", "8904903212345123451234567890123", "8904903212345123451234567890123x"] {
            assert!(text.parse::<Eid>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_thing_cannot_be_topped_up() {
        assert!(DeviceType::allowed(EsimOperationKind::NewEsim).contains(&DeviceType::Iot));
        assert!(!DeviceType::allowed(EsimOperationKind::Topup).contains(&DeviceType::Iot));
    }
}
