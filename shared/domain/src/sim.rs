//! SIMs as a network without its own SIM data needs them: the identity in the card, and the keys that it
//! authenticates with.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::numbering::{Iccid, Imsi};

/// The text is no 128-bit key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("32 hexadecimal digits")]
pub struct ParseKeyError;

/// A key of 128 bits, as lower-case hexadecimal digits. A secret: `Debug` output hides it, and there
/// is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct SimKey(String);

impl SimKey {
    /// 32 hexadecimal digits, for the network and the table alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for SimKey {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if legal { Ok(Self(text.to_ascii_lowercase())) } else { Err(ParseKeyError) }
    }
}

impl fmt::Debug for SimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimKey(..)")
    }
}

/// The text is no algorithm that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("milenage is the only algorithm")]
pub struct ParseAlgorithmError;

/// How a SIM authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimAlgorithm {
    /// MILENAGE (3GPP TS 35.206).
    Milenage,
}

impl SimAlgorithm {
    /// The name in files and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Milenage => "milenage",
        }
    }
}

impl FromStr for SimAlgorithm {
    type Err = ParseAlgorithmError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("milenage") {
            Ok(Self::Milenage)
        } else {
            Err(ParseAlgorithmError)
        }
    }
}

/// What may be shown of a SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimIdentity {
    /// The card.
    pub iccid: Iccid,
    /// The identity in it.
    pub imsi: Imsi,
    /// How it authenticates.
    pub algorithm: SimAlgorithm,
}

/// The secrets of a SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimKeys {
    /// The subscriber key K.
    pub k: SimKey,
    /// OPc, which MILENAGE derives from K and the operator's OP.
    pub opc: SimKey,
}

/// A SIM with its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sim {
    /// What may be shown.
    pub identity: SimIdentity,
    /// What may not.
    pub keys: SimKeys,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_32_hexadecimal_digits_and_is_never_shown() {
        let key: SimKey = "000102030405060708090A0B0C0D0E0F".parse().unwrap();
        assert_eq!(key.expose(), "000102030405060708090a0b0c0d0e0f");
        assert_eq!(format!("{key:?}"), "SimKey(..)");
        for text in ["", "00", "000102030405060708090a0b0c0d0e0g", &"0".repeat(33), &"é".repeat(16)]
        {
            assert_eq!(text.parse::<SimKey>(), Err(ParseKeyError), "{text}");
        }
    }

    #[test]
    fn the_algorithm_is_read_in_any_case() {
        for text in ["milenage", "MILENAGE"] {
            assert_eq!(text.parse(), Ok(SimAlgorithm::Milenage));
        }
        for text in ["", "comp128v1", "xor", "milenage "] {
            assert_eq!(text.parse::<SimAlgorithm>(), Err(ParseAlgorithmError), "{text}");
        }
    }
}
