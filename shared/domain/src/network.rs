//! The outside of ECC orders: an operator's provisioning system.

use crate::provisioning::ProvisioningOrder;

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

/// A network that carries out provisioning orders, each under its own key and so at most once.
pub trait SubscriptionNetwork: Send + Sync {
    /// Carries the order out, or says how it stands if that has begun already.
    fn carry_out(&self, order: &ProvisioningOrder) -> impl Future<Output = NetworkAnswer> + Send;

    /// How the order stands, if the network has it.
    fn look_up(&self, order: &ProvisioningOrder) -> impl Future<Output = Lookup> + Send;
}
