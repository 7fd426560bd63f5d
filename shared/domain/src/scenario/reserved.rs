//! Which values are reserved. None can belong to anybody (decision 176).

use crate::{
    carrier::Pon,
    esim::Email,
    numbering::{Iccid, Msisdn},
};

/// SIMs: ITU-T E.118 begins an ICCID with 89 and the country code of its issuer, and E.164 assigns
/// 999 to nobody.
pub const SIM_PREFIX: &str = "89999";
/// Numbers: the same country code.
pub(super) const NUMBER_PREFIX: &str = "999";
/// Addresses: the top-level domain `.test` is never delegated (RFC 6761, 6.2).
pub(super) const EMAIL_DOMAIN: &str = "scenario.test";
/// Purchase order numbers are the Buyer's own, and no authority reserves any.
pub(super) const PON_PREFIX: &str = "SANDBOX";

/// What is known of a reserved value: its number, if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserved(Option<u8>);

impl Reserved {
    /// The number of its scenario.
    pub const fn number(self) -> Option<u8> {
        self.0
    }

    fn after(prefix: &str, text: &str) -> Option<Self> {
        let rest = text.strip_prefix(prefix)?;
        Some(Self(rest.get(..2).and_then(two_digits)))
    }

    /// Of a SIM; none when it is not reserved.
    pub fn of_iccid(iccid: &Iccid) -> Option<Self> {
        Self::after(SIM_PREFIX, iccid.as_str())
    }

    /// Of a number; none when it is not reserved.
    pub fn of_msisdn(msisdn: &Msisdn) -> Option<Self> {
        Self::after(NUMBER_PREFIX, msisdn.as_str())
    }

    /// Of an address: `anything@s01.scenario.test`; none when it is not reserved.
    pub fn of_email(email: &Email) -> Option<Self> {
        let (_, domain) = email.normalised().rsplit_once('@')?;
        let label = domain.strip_suffix(EMAIL_DOMAIN)?;
        if label.is_empty() {
            return Some(Self(None));
        }
        let label = label.strip_suffix('.')?;
        Some(Self(label.strip_prefix('s').and_then(two_digits)))
    }

    /// Of a purchase order number; none when it is not reserved.
    pub fn of_pon(pon: &Pon) -> Option<Self> {
        Self::after(PON_PREFIX, pon.as_str())
    }
}

fn two_digits(text: &str) -> Option<u8> {
    let is_number = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(reserved: Option<Reserved>) -> Option<Option<u8>> {
        reserved.map(Reserved::number)
    }

    #[test]
    fn the_two_digits_after_the_prefix_are_the_number() {
        let iccid: Iccid = "89999010000000000013".parse().unwrap();
        let msisdn: Msisdn = "+999420000001".parse().unwrap();
        let pon: Pon = "SANDBOX07-1".parse().unwrap();
        let email: Email = "Ann@S31.Scenario.TEST".parse().unwrap();
        assert_eq!(number(Reserved::of_iccid(&iccid)), Some(Some(1)));
        assert_eq!(number(Reserved::of_msisdn(&msisdn)), Some(Some(42)));
        assert_eq!(number(Reserved::of_pon(&pon)), Some(Some(7)));
        assert_eq!(number(Reserved::of_email(&email)), Some(Some(31)));
    }

    #[test]
    fn a_reserved_value_without_a_number_is_reserved() {
        for pon in ["SANDBOX", "SANDBOX-1", "SANDBOX1"] {
            assert_eq!(number(Reserved::of_pon(&pon.parse().unwrap())), Some(None), "{pon}");
        }
        for email in ["a@scenario.test", "a@s1.scenario.test", "a@x.s01.scenario.test"] {
            let email: Email = email.parse().unwrap();
            assert_eq!(number(Reserved::of_email(&email)), Some(None), "{email:?}");
        }
    }

    #[test]
    fn the_values_of_the_seeds_are_not_reserved() {
        for iccid in ["89461177710001700003", "8946117771000170000F"] {
            let Ok(iccid) = iccid.parse::<Iccid>() else { continue };
            assert_eq!(Reserved::of_iccid(&iccid), None);
        }
        for msisdn in ["46708421488", "4612312312", "99"] {
            let Ok(msisdn) = msisdn.parse::<Msisdn>() else { continue };
            assert_eq!(Reserved::of_msisdn(&msisdn), None);
        }
        for email in ["john@doe.com", "scenario.test@doe.com", "a@myscenario.test", "a@b.test"] {
            assert_eq!(Reserved::of_email(&email.parse().unwrap()), None, "{email}");
        }
        for pon in ["PO-1", "ABC12345-1", "XSANDBOX01"] {
            assert_eq!(Reserved::of_pon(&pon.parse().unwrap()), None, "{pon}");
        }
    }
}
