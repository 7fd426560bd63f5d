//! The numbers of a mobile subscription: MSISDN, ICCID, IMSI, and the IMEI of its device (`infra/docs/contracts/ecc.md`,
//! *Formats*).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::Described;

/// The text is not an E.164 number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("5 to 15 digits in E.164 form, the first 1 to 9")]
pub struct ParseMsisdnError;

/// The text is not an ICCID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseIccidError {
    /// Not 18 to 22 digits starting with 89.
    #[error("18 to 22 digits starting with 89")]
    Form,
    /// The Luhn check digit is wrong.
    #[error("the check digit is wrong")]
    CheckDigit,
}

/// The text is not an IMSI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("14 or 15 digits")]
pub struct ParseImsiError;

/// The text is not an IMEI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("14 to 16 digits")]
pub struct ParseImeiError;

pub(crate) fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B).
fn luhn(text: &str) -> bool {
    let sum: u32 = text
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            let doubled = if index % 2 == 1 { digit * 2 } else { digit };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn parse_msisdn(text: &str) -> Result<&str, ParseMsisdnError> {
    let number = text.strip_prefix('+').unwrap_or(text);
    let legal = (5..=15).contains(&number.len()) && digits(number) && !number.starts_with('0');
    if legal { Ok(number) } else { Err(ParseMsisdnError) }
}

/// The digits of an ICCID. A SIM stores 20 digits, of which one or two may be fillers (ETSI TS 102
/// 221, 13.2).
pub(crate) fn without_fillers(text: &str) -> &str {
    let strip = |text: &'_ str| text.strip_suffix(['F', 'f']).map_or(text.len(), str::len);
    let number = &text[..strip(text)];
    &number[..strip(number)]
}

fn parse_iccid(text: &str) -> Result<&str, ParseIccidError> {
    let number = without_fillers(text);
    if !(18..=22).contains(&number.len()) || !digits(number) || !number.starts_with("89") {
        return Err(ParseIccidError::Form);
    }
    if luhn(number) { Ok(number) } else { Err(ParseIccidError::CheckDigit) }
}

fn parse_imsi(text: &str) -> Result<&str, ParseImsiError> {
    let legal = (14..=15).contains(&text.len()) && digits(text);
    if legal { Ok(text) } else { Err(ParseImsiError) }
}

fn parse_imei(text: &str) -> Result<&str, ParseImeiError> {
    let legal = (14..=16).contains(&text.len()) && digits(text);
    if legal { Ok(text) } else { Err(ParseImeiError) }
}

macro_rules! numbers {
    ($(
        $(#[$doc:meta])*
        $name:ident, $parse:ident, $error:ident,
        $pattern:literal, $length:expr, $format:expr, $example:literal, $beyond:expr;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $parse(text).map(|digits| Self(digits.to_owned()))
            }
        }

        impl Described for $name {
            const PATTERN: &'static str = $pattern;
            const LENGTH: (usize, usize) = $length;
            const FORMAT: Option<&'static str> = $format;
            const EXAMPLE: &'static str = $example;
            const BEYOND: Option<&'static str> = $beyond;

            fn validate(text: &str) -> Result<(), Self::Err> {
                $parse(text).map(drop)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> Self {
                number.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        /// Personal data: `Debug` output hides the digits from logs.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

numbers! {
    /// An MSISDN (ITU-T E.164), digits only. A leading `+` is accepted and removed.
    Msisdn, parse_msisdn, ParseMsisdnError,
        r"^\+?[1-9][0-9]{4,14}$", (5, 16), None, "46708421488", None;
    /// The ICCID of a SIM (ITU-T E.118), with its check digit. Fillers `F` are removed.
    Iccid, parse_iccid, ParseIccidError,
        "^89[0-9]{16,20}[Ff]{0,2}$", (18, 24), Some("iccid"), "89461177710001700003",
        Some("The last digit is the Luhn check digit of the others.");
    /// The IMSI of a SIM (ITU-T E.212).
    Imsi, parse_imsi, ParseImsiError,
        "^[0-9]{14,15}$", (14, 15), None, "240071234567890", None;
    /// The IMEI of a device (3GPP TS 23.003, section 6): 15 digits, 14 without the check digit, or 16
    /// with the version of its software. Networks report a check digit of 0, so it is not checked.
    Imei, parse_imei, ParseImeiError,
        "^[0-9]{14,16}$", (14, 16), None, "350000017000030", None;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_iccid_of_the_seed_has_a_valid_check_digit() {
        // From the example order of the ECC document.
        assert_eq!("89461177710001700003".parse::<Iccid>().map(String::from), {
            Ok("89461177710001700003".to_owned())
        });
    }

    #[test]
    fn one_wrong_digit_of_an_iccid_is_detected() {
        assert_eq!("89461177710001700013".parse::<Iccid>(), Err(ParseIccidError::CheckDigit));
    }

    #[test]
    fn a_filler_is_removed_and_a_short_or_foreign_iccid_is_refused() {
        assert_eq!(
            "89461177710001700003F".parse::<Iccid>().map(String::from).as_deref(),
            Ok("89461177710001700003")
        );
        for (text, digits) in [
            ("89461177710001700003f", "89461177710001700003"),
            ("894611777100017003FF", "894611777100017003"),
            ("894611777100017003fF", "894611777100017003"),
        ] {
            assert_eq!(text.parse::<Iccid>().map(String::from).as_deref(), Ok(digits));
        }
        for text in [
            "",
            "F",
            "FF",
            "8946",
            "89461177710001700003FFF",
            "F89461177710001700003",
            "79461177710001700003",
            "8946117771000170000a",
            "٨٩",
        ] {
            assert_eq!(text.parse::<Iccid>(), Err(ParseIccidError::Form), "{text}");
        }
    }

    #[test]
    fn a_plus_is_removed_from_an_msisdn_and_other_characters_are_refused() {
        assert_eq!("+4612312312".parse::<Msisdn>(), "4612312312".parse());
        for text in ["", "+", "1234", "012345", "1234567890123456", "46 123 123", "++46123"] {
            assert_eq!(text.parse::<Msisdn>(), Err(ParseMsisdnError), "{text}");
        }
    }

    #[test]
    fn an_imsi_has_14_or_15_digits() {
        assert!("240071234567890".parse::<Imsi>().is_ok());
        assert!("24007123456789".parse::<Imsi>().is_ok());
        for text in ["2400712345678", "2400712345678901", "24007123456789x"] {
            assert_eq!(text.parse::<Imsi>(), Err(ParseImsiError), "{text}");
        }
    }

    #[test]
    fn debug_output_hides_the_digits() {
        let number: Msisdn = "4612312312".parse().unwrap();
        assert_eq!(format!("{number:?}"), "Msisdn(..)");
    }
}
