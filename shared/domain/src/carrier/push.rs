//! Calls that we make at a remote Buyer's own API: notifications and responses to status requests
//! (`infra/docs/contracts/carrier-orders.md`, *Parties*).

use std::fmt::Write;

use super::{OrderHeader, OrderId, PartyId};
use crate::webhook::{EndpointId, MessageId};

/// A call at a party's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Whose.
    pub party: PartyId,
    /// Below the base that it registered, with a slash at the beginning.
    pub path: String,
}

impl Push {
    /// `POST {base}/orders/{id}/notifications` at the order's Buyer.
    pub fn notification(order: &OrderHeader) -> Self {
        let path = format!("/orders/{}/notifications", order.id);
        Self { party: order.buyer.clone(), path }
    }

    /// `POST {base}/orders/status-response` at the order's Buyer.
    pub fn status_response(order: &OrderHeader) -> Self {
        Self { party: order.buyer.clone(), path: "/orders/status-response".to_owned() }
    }

    /// The id under which deliveries to the party are stored, as those to an endpoint are.
    pub fn endpoint(&self) -> EndpointId {
        let mut id = String::from("party_");
        for byte in self.party.as_str().bytes() {
            let _ = write!(id, "{byte:02x}");
        }
        id.parse().expect("a party's id has at most 100 bytes, and their digits are legal")
    }
}

/// The party whose deliveries are stored under this id. None: a client's endpoint.
pub fn party_of(endpoint: &EndpointId) -> Option<PartyId> {
    let digits = endpoint.as_str().strip_prefix("party_")?;
    let byte = |n: usize| u8::from_str_radix(digits.get(2 * n..2 * n + 2)?, 16).ok();
    let bytes = (0..digits.len().div_ceil(2)).map(byte).collect::<Option<Vec<_>>>()?;
    String::from_utf8(bytes).ok()?.parse().ok()
}

/// The message of a notification: the same however often it is planned. Ends with the version,
/// which is its place among the order's notifications.
pub fn notification_message(order: &OrderId, version: u32) -> MessageId {
    message(&format!("note-{}-{version}", digits(order)))
}

/// The message of the response to a question how the order stands, by the question's number.
pub fn status_message(order: &OrderId, question: u64) -> MessageId {
    message(&format!("status-{}-{question}", digits(order)))
}

/// Foreign ids may hold signs that a header may not.
fn digits(order: &OrderId) -> String {
    order.as_str().bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "_{byte:02x}");
        }
        text
    })
}

fn message(name: &str) -> MessageId {
    format!("msg_{name}").parse().expect("at most 560 legal signs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_party_has_a_log_of_its_own_whatever_its_name() {
        let names = ["Verizon", "verizon", "Cox Spectrum Business", &"ü".repeat(25), "a_b", "a b"];
        let endpoint = |name: &&str| {
            Push { party: name.parse().unwrap(), path: String::new() }.endpoint().to_string()
        };
        let mut ids: Vec<_> = names.iter().map(endpoint).collect();
        for (name, id) in names.iter().zip(&ids) {
            assert_eq!(party_of(&id.parse().unwrap()), Some(name.parse().unwrap()));
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), names.len());
        for other in ["we_76", "party_", "party_7", "party_zz", "party_ff"] {
            assert_eq!(party_of(&other.parse().unwrap()), None, "{other}");
        }
    }

    #[test]
    fn a_message_is_named_after_its_order_and_its_number() {
        let long = "ü".repeat(OrderId::LONGEST);
        for (order, name) in [("ORD-01", "ORD-01"), ("a_b", "a_5fb"), ("a b", "a_20b")] {
            let order = order.parse().unwrap();
            assert_eq!(notification_message(&order, 7).as_str(), format!("msg_note-{name}-7"));
            assert_eq!(status_message(&order, 7).order().as_deref(), Some(order.as_str()));
        }
        let message = status_message(&long.parse().unwrap(), u64::MAX);
        assert!(message.as_str().ends_with("-18446744073709551615"));
    }
}
