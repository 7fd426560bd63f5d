//! Prices: decimal text and a currency. Nothing is ever computed with them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::Described;

/// Digits before the point.
const WHOLE: usize = 12;
/// Digits after it.
const FRACTION: usize = 6;

/// A price as the caller wrote it: `10`, `9.90`. Never a float, which would make 9.9 of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Price(String);

/// The text is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a decimal number from 0, at most {WHOLE} digits and {FRACTION} decimals; as a string, without exponent"
)]
pub struct ParsePriceError;

impl Price {
    /// The text as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Price {
    type Err = ParsePriceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::validate(text).map(|()| Self(text.to_owned()))
    }
}

impl Described for Price {
    const PATTERN: &'static str = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$";
    const LENGTH: (usize, usize) = (1, WHOLE + 1 + FRACTION);
    const EXAMPLE: &'static str = "9.90";

    fn validate(text: &str) -> Result<(), Self::Err> {
        let digits = |part: &str, most| {
            (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let canonical = whole == "0" || !whole.starts_with('0');
        if canonical && digits(whole, WHOLE) && digits(fraction, FRACTION) {
            Ok(())
        } else {
            Err(ParsePriceError)
        }
    }
}

impl TryFrom<String> for Price {
    type Error = ParsePriceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Price> for String {
    fn from(price: Price) -> Self {
        price.0
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A currency: three capital letters. Which ones count is the client's catalogue's matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

/// The text is no currency's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("three capital letters (ISO 4217)")]
pub struct ParseCurrencyError;

impl Currency {
    /// The three letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Currency {
    type Err = ParseCurrencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::validate(text).map(|()| Self(text.to_owned()))
    }
}

impl Described for Currency {
    const PATTERN: &'static str = "^[A-Z]{3}$";
    const LENGTH: (usize, usize) = (3, 3);
    const EXAMPLE: &'static str = "EUR";

    fn validate(text: &str) -> Result<(), Self::Err> {
        let legal = text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
        if legal { Ok(()) } else { Err(ParseCurrencyError) }
    }
}

impl TryFrom<String> for Currency {
    type Error = ParseCurrencyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A price and its currency: both or neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// How much.
    pub price: Price,
    /// Of what.
    pub currency: Currency,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_price_is_a_plain_decimal_number() {
        for text in ["0", "10", "9.90", "0.000001", "999999999999.999999"] {
            assert_eq!(text.parse::<Price>().unwrap().as_str(), text);
        }
        for text in ["", "-1", "+1", "1e3", "01", "00", ".5", "5.", "1.2.3", "1,5", "1000000000000"]
        {
            assert_eq!(text.parse::<Price>(), Err(ParsePriceError), "{text}");
        }
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert!("USD".parse::<Currency>().is_ok());
        for text in ["", "usd", "US", "USDX", "U1D", "ÄÖ"] {
            assert_eq!(text.parse::<Currency>(), Err(ParseCurrencyError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_price_is_kept_to_the_letter(text in "[1-9][0-9]{0,11}\\.[0-9]{1,6}") {
            prop_assert_eq!(String::from(text.parse::<Price>().unwrap()), text);
        }
    }
}
