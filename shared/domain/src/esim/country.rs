//! Countries: ISO 3166-1 alpha-2.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::Described;

/// Every officially assigned code of ISO 3166-1 (249), in alphabetical order.
const ASSIGNED: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZ\
    CACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGM\
    GNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLT\
    LULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPN\
    PRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZ\
    UAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

/// Every one of them: `^(AD|AE|…)$`.
const PATTERN: [u8; 3 + ASSIGNED.len() / 2 * 3] = pattern();

const fn pattern() -> [u8; 3 + ASSIGNED.len() / 2 * 3] {
    let mut pattern = [b'|'; 3 + ASSIGNED.len() / 2 * 3];
    let (mut from, mut to) = (0, 2);
    while from < ASSIGNED.len() {
        pattern[to] = ASSIGNED.as_bytes()[from];
        pattern[to + 1] = ASSIGNED.as_bytes()[from + 1];
        (from, to) = (from + 2, to + 3);
    }
    pattern[0] = b'^';
    pattern[1] = b'(';
    pattern[to - 1] = b')';
    pattern[to] = b'$';
    pattern
}

/// A country: two capital letters that ISO 3166-1 has assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode([u8; 2]);

/// The text is no country's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("two capital letters of ISO 3166-1 alpha-2")]
pub struct ParseCountryError;

impl CountryCode {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        // Both bytes are ASCII letters, so this is never the fallback.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for CountryCode {
    type Err = ParseCountryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (codes, _) = ASSIGNED.as_bytes().as_chunks::<2>();
        codes
            .iter()
            .find(|code| *code == text.as_bytes())
            .map(|c| Self(*c))
            .ok_or(ParseCountryError)
    }
}

impl Described for CountryCode {
    const PATTERN: &'static str = match std::str::from_utf8(&PATTERN) {
        Ok(pattern) => pattern,
        Err(_) => panic!("letters"),
    };
    const LENGTH: (usize, usize) = (2, 2);
    const EXAMPLE: &'static str = "PT";
}

impl TryFrom<String> for CountryCode {
    type Error = ParseCountryError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CountryCode> for String {
    fn from(code: CountryCode) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_the_list() {
        let alternatives = CountryCode::PATTERN.strip_prefix("^(").unwrap();
        let codes: Vec<_> = alternatives.strip_suffix(")$").unwrap().split('|').collect();
        assert_eq!(codes.concat(), ASSIGNED);
        assert!(codes.iter().all(|code| code.parse::<CountryCode>().is_ok()));
    }

    #[test]
    fn the_list_has_249_codes_in_order_and_each_is_read() {
        let (codes, rest) = ASSIGNED.as_bytes().as_chunks::<2>();
        assert_eq!((codes.len(), rest.len()), (249, 0));
        assert!(codes.is_sorted_by(|a, b| a < b), "sorted, none twice");
        for code in codes {
            let text = std::str::from_utf8(code).unwrap();
            assert_eq!(text.parse::<CountryCode>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_assigned_is_refused() {
        for text in ["", "P", "pt", "UK", "EU", "XX", "PRT", "ZZ", "DA", "Ä"] {
            assert_eq!(text.parse::<CountryCode>(), Err(ParseCountryError), "{text}");
        }
    }
}
