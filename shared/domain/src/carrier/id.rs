use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use crate::{clock::RandomSource, text::Described};

/// The text cannot be an identifier: `#` separates the parts of a key, and a control character
/// has no business in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must have 1 to {longest} characters, no # and no control character")]
pub struct ParseIdError {
    /// The greatest length, in characters.
    pub longest: usize,
}

/// No `#` and no control character.
const PLAIN: &str = r"^[^#\u0000-\u001f\u007f-\u009f]*$";

macro_rules! ids {
    ($(
        $(#[$doc:meta])*
        $name:ident, $longest:literal, $pattern:expr, $example:literal;
    )+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The greatest length, in characters.
            pub const LONGEST: usize = $longest;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::validate(text).map(|()| Self(text.to_owned()))
            }
        }

        impl Described for $name {
            const PATTERN: &'static str = $pattern;
            const LENGTH: (usize, usize) = (1, $longest);
            const EXAMPLE: &'static str = $example;

            fn validate(text: &str) -> Result<(), Self::Err> {
                if legal(text, $longest) && !Self::reserved(text) {
                    Ok(())
                } else {
                    Err(ParseIdError { longest: $longest })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// An order's id: ours is `ORD-` and 26 signs that sort by time; a partner's may be anything
    /// of 45 characters that does not start with `status`, which is a path of its own.
    OrderId, 45, r"^(?!status)[^#\u0000-\u001f\u007f-\u009f]*$", "ORD-01HX000000000000000000000A";
    /// A carrier: `Verizon`, `Cox Spectrum Business`.
    PartyId, 25, PLAIN, "Verizon";
    /// The Buyer's purchase order number; unique with the Buyer's id.
    Pon, 16, PLAIN, "PO-1";
    /// An item's reference, unique in its order.
    ItemReference, 4, PLAIN, "0001";
    /// An identifier the Seller gives to an OVC, a UNI or an ENNI.
    ServiceId, 45, PLAIN, "OVC-01HX000000000000000000000A-1";
}

macro_rules! nothing_reserved {
    ($($name:ident)+) => {$(
        impl $name {
            const fn reserved(_: &str) -> bool {
                false
            }
        }
    )+};
}

nothing_reserved!(PartyId Pon ItemReference ServiceId);

fn legal(text: &str, longest: usize) -> bool {
    let (mut length, mut clean) = (0, true);
    for sign in text.chars() {
        length += 1;
        clean &= sign != '#' && !sign.is_control();
    }
    clean && (1..=longest).contains(&length)
}

const PREFIX: &str = "ORD-";
/// 128 bits in Crockford's base 32.
const UNIQUE: usize = 26;

impl OrderId {
    /// A new id: 48 bits of milliseconds and 80 random bits. Ids of later milliseconds sort later.
    pub fn new(now: OffsetDateTime, random: &dyn RandomSource) -> Self {
        const MASK_48: u128 = (1 << 48) - 1;
        let millis = (now.unix_timestamp_nanos() / 1_000_000).max(0).cast_unsigned() & MASK_48;
        let random = u128::from(random.generate()) << 16 | u128::from(random.generate() & 0xffff);
        Self(format!("{PREFIX}{}", crockford(millis << 80 | random)))
    }

    /// The part that makes an id of ours unique; identifiers that the Seller gives for this order
    /// are made of it. Of a foreign id: all of it.
    pub fn unique(&self) -> &str {
        self.0.strip_prefix(PREFIX).unwrap_or(&self.0)
    }

    fn reserved(text: &str) -> bool {
        text.starts_with("status")
    }
}

impl ServiceId {
    const KINDS: [&str; 3] = ["OVC", "UNI", "ENNI"];

    /// The identifier of the OVC of an order's item. The same every time it is asked for, so that
    /// work done twice gives one result.
    pub fn ovc(order: &OrderId, item: &ItemReference) -> Self {
        Self::of(Self::KINDS[0], order, item)
    }

    /// The identifier of the UNI of an order's item.
    pub fn uni(order: &OrderId, item: &ItemReference) -> Self {
        Self::of(Self::KINDS[1], order, item)
    }

    /// The identifier of the ENNI of an order's item.
    pub fn enni(order: &OrderId, item: &ItemReference) -> Self {
        Self::of(Self::KINDS[2], order, item)
    }

    fn of(kind: &str, order: &OrderId, item: &ItemReference) -> Self {
        // A foreign order id may be 45 long itself: its end is what tells ids apart.
        let room = Self::LONGEST - kind.len() - 2 - item.0.chars().count();
        let unique = order.unique();
        let skip = unique.chars().count().saturating_sub(room);
        let unique: String = unique.chars().skip(skip).collect();
        Self(format!("{kind}-{unique}-{item}"))
    }
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn crockford(bits: u128) -> String {
    (0..UNIQUE).rev().map(|n| char::from(ALPHABET[(bits >> (5 * n) & 31) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u64);

    impl RandomSource for Fixed {
        fn generate(&self) -> u64 {
            self.0
        }
    }

    fn at(seconds: i64, random: u64) -> OrderId {
        OrderId::new(OffsetDateTime::from_unix_timestamp(seconds).unwrap(), &Fixed(random))
    }

    #[test]
    fn order_ids_sort_by_time_and_fit_their_field() {
        let ids = [at(0, u64::MAX), at(1_700_000_000, 7), at(1_700_000_001, 0), at(9_999_999, 1)];
        assert!(ids[0] < ids[3] && ids[3] < ids[1] && ids[1] < ids[2]);
        for id in ids {
            assert_eq!(id.as_str().len(), 30);
            assert_eq!(id.as_str().parse::<OrderId>(), Ok(id));
        }
        assert_ne!(at(1, 1), at(1, 2));
    }

    #[test]
    fn an_identifier_can_neither_pose_as_another_nor_be_too_long() {
        assert!("Cox Spectrum Business".parse::<PartyId>().is_ok());
        assert!("A".repeat(25).parse::<PartyId>().is_ok());
        assert!("å".repeat(25).parse::<PartyId>().is_ok());
        for wrong in ["", "a#b", "a\0", "a\nb", &"A".repeat(26)] {
            assert!(wrong.parse::<PartyId>().is_err(), "{wrong:?}");
        }
        assert!("status".parse::<OrderId>().is_err());
        assert!("status&id=ORD-1".parse::<OrderId>().is_err());
        assert!("ORD-CC-12345".parse::<OrderId>().is_ok());
    }

    #[test]
    fn an_assigned_identifier_is_the_same_whenever_it_is_made() {
        let order = at(1_700_000_000, 42);
        for item in ["1", "02", "å-ö1"] {
            let item: ItemReference = item.parse().unwrap();
            let ovc = ServiceId::ovc(&order, &item);
            assert_eq!(ovc, ServiceId::ovc(&order, &item));
            assert!(ovc.as_str().parse::<ServiceId>().is_ok());
        }
    }

    #[test]
    fn identifiers_for_a_foreign_order_fit_too() {
        let order: OrderId = "x".repeat(45).parse().unwrap();
        let enni = ServiceId::enni(&order, &"0001".parse().unwrap());
        assert!(enni.as_str().parse::<ServiceId>().is_ok());
    }
}
