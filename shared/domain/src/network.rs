//! The outside of ECC orders: an operator's provisioning system, which executes keyed operations, or a
//! network that is changed step by step (`state`).

mod drift;
mod inventory;
mod planning;
mod restoring;
mod state;

pub use drift::{Drift, DriftKind, DriftPolicy, ParseDriftKindError, ParseDriftPolicyError, judge};
pub use inventory::{InventoryPage, InventoryPosition, InventorySession, NetworkInventory};
pub use planning::beyond_numbers;
pub use state::{
    HeldKeys, NetworkState, NumberHolder, Progress, SimSlot, StateNetwork, StateSession, Step,
    StepChange, StepError, StepPlan, Subscriber,
};

use crate::{lease::Lease, numbering::digits, provisioning::ProvisioningOrder};

/// What is known of an operation after asking the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkAnswer {
    /// It is done.
    Done,
    /// It was refused and had no effect. The reason is shown to the caller.
    Refused {
        /// In the network's words.
        reason: String,
    },
    /// It is under way.
    Running,
    /// Nobody knows: an error, nonsense. Never to be taken for a refusal.
    Unknown {
        /// What was seen, for the log.
        why: String,
    },
    /// The network cannot be reached, does not respond in time, or says that it has no time.
    /// Nobody knows, as above, and it passes by itself.
    Away {
        /// What was seen, for the log.
        why: String,
    },
    /// It holds neither what the order began with nor what its steps leave: a person must look,
    /// and repeating it helps nobody.
    Differs {
        /// The difference, without personal data.
        difference: String,
    },
}

/// What the network says when asked about an order it may or may not have received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It has received it.
    Known(NetworkAnswer),
    /// It has never received it: to be sent.
    Never,
    /// Not to be found out now.
    Unknown {
        /// What was seen, for the log.
        why: String,
    },
    /// Not to be found out while the network is away.
    Away {
        /// What was seen, for the log.
        why: String,
    },
}

/// A network that carries out provisioning orders: each under its own key and so at most once, or by
/// steps that may be repeated ([`StateNetwork`]).
pub trait SubscriptionNetwork: Send + Sync {
    /// Carries the order out, or says how it stands if that has begun already. The lease is the
    /// worker's on the order: without a key that keeps a late operation from being executed, nothing
    /// is sent that the lease does not outlast.
    fn carry_out(
        &self,
        order: &ProvisioningOrder,
        lease: &Lease,
    ) -> impl Future<Output = NetworkAnswer> + Send;

    /// How the order stands, if the network has it.
    fn look_up(&self, order: &ProvisioningOrder) -> impl Future<Output = Lookup> + Send;
}

/// The response of the network to a question about a subscriber, which changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report<T> {
    /// This is so.
    Known(T),
    /// The network does not report it: it knows nothing of the kind about the subscriber, or about
    /// any.
    Nothing,
    /// Not to be found out now.
    Unknown {
        /// What was seen, for the log.
        why: String,
    },
}

/// The mobile network at which a subscriber was seen last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MobileNetwork {
    /// The mobile country code (ITU-T E.212): 3 digits.
    pub mcc: String,
    /// The mobile network code: 2 or 3 digits.
    pub mnc: String,
    /// Its name, at most [`Self::LONGEST_NAME`] characters.
    pub name: Option<String>,
}

impl MobileNetwork {
    /// Maximum length of a name, in characters.
    pub const LONGEST_NAME: usize = 100;

    /// None if the codes are none.
    pub fn new(mcc: &str, mnc: &str, name: Option<&str>) -> Option<Self> {
        let is_network =
            mcc.len() == 3 && (2..=3).contains(&mnc.len()) && digits(mcc) && digits(mnc);
        let shown = |name: &str| -> String {
            name.chars().filter(|c| !c.is_control()).take(Self::LONGEST_NAME).collect()
        };
        let name = name.map(shown).filter(|name| !name.is_empty());
        is_network.then(|| Self { mcc: mcc.to_owned(), mnc: mnc.to_owned(), name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_network_has_codes_of_digits_and_a_name_that_can_be_shown() {
        let name = "x".repeat(MobileNetwork::LONGEST_NAME) + "y";
        let network = MobileNetwork::new("240", "01", Some(&format!("\u{0}{name}"))).unwrap();
        assert_eq!(network.name.as_deref(), name.strip_suffix('y'));
        assert_eq!(MobileNetwork::new("310", "410", Some("")).unwrap().name, None);
        for (mcc, mnc) in
            [("24", "01"), ("2400", "01"), ("240", "1"), ("240", "0100"), ("24x", "01")]
        {
            assert_eq!(MobileNetwork::new(mcc, mnc, None), None, "{mcc} {mnc}");
        }
    }
}
