//! What a device needs to fetch its profile: the activation code (GSMA SGP.22, 4.1).

use std::fmt;

use super::private::private_texts;
use crate::{clock::RandomSource, text::texts};

texts! {
    /// The bare host name of an SM-DP+. With the longest [`MatchingId`] it fits an activation
    /// code, which has at most 255 characters.
    SmdpHost, 184, "A-Z a-z 0-9 . -", "A-Za-z0-9.-", "smdp.example.com",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
}

private_texts! {
    /// Opens one profile at the SM-DP+. Whoever has it can install the eSIM: a secret.
    MatchingId, (1, 64), "1 to 64 of 0-9 A-Z -", "^[0-9A-Z-]*$", "04386-AGYFT-A74Y8-3F815",
        |text| {
            let sign = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase() || b == b'-';
            Some(text).filter(|text| (1..=64).contains(&text.len()) && text.bytes().all(sign))
        };
}

/// 32 signs that nobody mixes up when reading them aloud: no I, L, O, U.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Groups of a generated matchingId.
const GROUPS: usize = 4;
/// Signs of a group.
const GROUP: usize = 6;

impl MatchingId {
    /// A new one, with 120 random bits: not to be guessed, never generated twice.
    pub fn generate(random: &impl RandomSource) -> Self {
        // 12 signs of 5 bits from each 64.
        let halves = [random.generate(), random.generate()];
        let sign = |place: usize| {
            let bits = halves[place / 12] >> (5 * (place % 12));
            char::from(SIGNS[usize::from(bits.to_le_bytes()[0] & 31)])
        };
        let mut text = String::with_capacity(GROUPS * (GROUP + 1));
        for place in 0..GROUPS * GROUP {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(sign(place));
        }
        Self(text)
    }
}

/// `LPA:1$<host>$<matchingId>`: what the QR code holds. Its `Debug` hides the matchingId.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationCode {
    /// Where the profile waits.
    pub host: SmdpHost,
    /// What opens it.
    pub matching_id: MatchingId,
}

impl fmt::Display for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LPA:1${}${}", self.host, self.matching_id)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use proptest::prelude::*;

    use super::*;

    /// Gives the first number, then always the second.
    struct Two(AtomicBool, u64, u64);

    impl RandomSource for Two {
        fn generate(&self) -> u64 {
            if self.0.swap(true, Ordering::Relaxed) { self.2 } else { self.1 }
        }
    }

    fn generated(first: u64, second: u64) -> MatchingId {
        MatchingId::generate(&Two(AtomicBool::new(false), first, second))
    }

    #[test]
    fn the_longest_activation_code_has_255_characters() {
        let code = ActivationCode {
            host: "h".repeat(184).parse().unwrap(),
            matching_id: "M".repeat(64).parse().unwrap(),
        };
        assert_eq!(code.to_string().len(), 255);
        assert!("h".repeat(185).parse::<SmdpHost>().is_err());
        assert!("M".repeat(65).parse::<MatchingId>().is_err());
    }

    #[test]
    fn an_activation_code_is_written_as_sgp_22_says() {
        let code = ActivationCode {
            host: "smdp.example.com".parse().unwrap(),
            matching_id: "04386-AGYFT-A74Y8-3F815".parse().unwrap(),
        };
        assert_eq!(code.to_string(), "LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815");
        assert!(!format!("{code:?}").contains("AGYFT"), "a secret");
    }

    #[test]
    fn a_host_is_bare_and_a_matching_id_is_upper_case() {
        for text in ["", "https://smdp.example.com", "smdp.example.com/x", "a$b", "a:8443"] {
            assert!(text.parse::<SmdpHost>().is_err(), "{text}");
        }
        for text in ["", "abc", "A_B", "A$B", "Ä"] {
            assert!(text.parse::<MatchingId>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_generated_matching_id_is_legal_and_every_bit_of_it_counts(a: u64, b: u64, bit in 0_u32..60) {
            let id = generated(a, b);
            prop_assert_eq!(id.as_str().parse(), Ok(id.clone()));
            prop_assert_eq!(id.as_str().len(), 27);
            prop_assert_ne!(&generated(a ^ (1 << bit), b), &id);
            prop_assert_ne!(&generated(a, b ^ (1 << bit)), &id);
        }
    }
}
