//! Scenarios: reserved values whose orders have a known course, so that a partner can try every
//! outcome without a control interface (`infra/docs/guides/scenarios.md`, which [`page()`] writes).
//!
//! This table is the only one. Workers of a sandbox answer by it in place of the outside, the
//! services refuse its values elsewhere, and the page shows it.

mod carrier;
mod ecc;
mod esim;
mod page;
mod reserved;

use std::str::FromStr;

use thiserror::Error;
use time::Duration;

pub use carrier::{CARRIER, CarrierCourse, CarrierScenario, SellerMove};
pub use ecc::{ECC, NetworkCourse, NetworkScenario};
pub use esim::{ESIM, EsimCourse, EsimScenario, Fault, FaultKind};
pub use page::page;
pub use reserved::{Reserved, SIM_PREFIX};

use crate::{
    carrier::Pon,
    esim::Email,
    numbering::{Iccid, Msisdn},
    provisioning::{Operation, ProvisioningOrder},
};

/// Whether a deployment is a sandbox: only there are reserved values accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sandbox {
    /// Orders that use a reserved value are refused.
    #[default]
    Off,
    /// They take the course of their scenario, and nothing outside is called for them.
    On,
}

/// The text says neither yes nor no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("true or false")]
pub struct ParseSandboxError;

impl FromStr for Sandbox {
    type Err = ParseSandboxError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "true" => Ok(Self::On),
            "false" => Ok(Self::Off),
            _ => Err(ParseSandboxError),
        }
    }
}

/// An order uses a reserved value that has no meaning here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReservedValueError {
    /// The deployment is no sandbox.
    #[error("the value is reserved for sandboxes")]
    NotASandbox,
    /// The value is reserved, and no scenario has its number.
    #[error("the value is reserved, and there is no scenario with this number")]
    NoScenario,
}

impl ReservedValueError {
    /// The code of the error, where errors have codes of their own.
    pub const CODE: &'static str = "RESERVED_VALUE";
}

impl Sandbox {
    /// Whether the deployment is a sandbox.
    pub fn is_on(self) -> bool {
        self == Self::On
    }

    fn check(
        self,
        reserved: Option<Reserved>,
        is_known: impl Fn(Reserved) -> bool,
    ) -> Result<(), ReservedValueError> {
        match reserved {
            None => Ok(()),
            Some(_) if self == Self::Off => Err(ReservedValueError::NotASandbox),
            Some(reserved) if is_known(reserved) => Ok(()),
            Some(_) => Err(ReservedValueError::NoScenario),
        }
    }

    /// Whether an order on a subscription may use this SIM and this number.
    ///
    /// # Errors
    /// One of them is reserved, and has no meaning here.
    pub fn check_subscription(
        self,
        iccid: Option<&Iccid>,
        msisdn: Option<&Msisdn>,
    ) -> Result<(), ReservedValueError> {
        let is_known = |reserved: Reserved| find(&ECC, reserved).is_some();
        self.check(iccid.and_then(Reserved::of_iccid), is_known)?;
        self.check(msisdn.and_then(Reserved::of_msisdn), is_known)
    }

    /// Whether an eSIM order may be for this customer.
    ///
    /// # Errors
    /// The address is reserved, and has no meaning here.
    pub fn check_customer(self, email: &Email) -> Result<(), ReservedValueError> {
        self.check(Reserved::of_email(email), |reserved| find(&ESIM, reserved).is_some())
    }

    /// Whether a carrier order may have this number of its Buyer.
    ///
    /// # Errors
    /// The number is reserved, and has no meaning here.
    pub fn check_pon(self, pon: &Pon) -> Result<(), ReservedValueError> {
        self.check(Reserved::of_pon(pon), |reserved| find(&CARRIER, reserved).is_some())
    }

    /// The scenario of an order on a subscription. What the order gives counts before what the
    /// subscription has, and a number before a SIM.
    pub fn of_subscription(self, order: &ProvisioningOrder) -> Option<&'static NetworkScenario> {
        let change = match &order.operation {
            Operation::Change(change) => Some(change),
            Operation::Create | Operation::Delete | Operation::Restore | Operation::Withdraw => {
                None
            }
        };
        let given = change.and_then(|change| {
            let number = change.msisdn.as_ref().and_then(Reserved::of_msisdn);
            number.or_else(|| change.iccid.as_ref().and_then(Reserved::of_iccid))
        });
        let had = || {
            let number = order.msisdn.as_ref().and_then(Reserved::of_msisdn);
            number.or_else(|| Reserved::of_iccid(&order.iccid))
        };
        self.find(&ECC, given.or_else(had))
    }

    /// The scenario of an eSIM order for this customer.
    pub fn of_customer(self, email: &Email) -> Option<&'static EsimScenario> {
        self.find(&ESIM, Reserved::of_email(email))
    }

    /// The scenario of a carrier order with this number of its Buyer.
    pub fn of_pon(self, pon: &Pon) -> Option<&'static CarrierScenario> {
        self.find(&CARRIER, Reserved::of_pon(pon))
    }

    fn find<C>(
        self,
        all: &'static [Scenario<C>],
        reserved: Option<Reserved>,
    ) -> Option<&'static Scenario<C>> {
        reserved.filter(|_| self.is_on()).and_then(|reserved| find(all, reserved))
    }
}

fn find<C>(all: &'static [Scenario<C>], reserved: Reserved) -> Option<&'static Scenario<C>> {
    all.iter().find(|scenario| reserved.number() == Some(scenario.number))
}

/// A row of the table: what happens, and what its client sees of it.
#[derive(Debug)]
pub struct Scenario<C> {
    /// The two digits in its values.
    pub number: u8,
    /// What happens, for the page.
    pub title: &'static str,
    /// What the outside does.
    pub course: C,
    /// The statuses that the order comes to, the first included. Of a carrier order, its
    /// notifications.
    pub seen: &'static [&'static str],
    /// What is said besides: a reason, a kind of failure, a code, a point of a download.
    pub said: &'static str,
    /// What the client has to do for the rest of `seen`, which begins after `+`.
    pub then: Option<ClientAct>,
    /// From placing the order to the last of `seen`, in seconds: at least, and at most.
    pub seconds: (u16, u16),
}

/// What a client does in the middle of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAct {
    /// It sends a newer version of the order.
    NewerVersion,
    /// It cancels the order.
    Cancel,
}

impl ClientAct {
    /// The word on the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewerVersion => "newer version",
            Self::Cancel => "cancel",
        }
    }
}

/// An order that needs intervention comes to no other status by itself.
const UNTIL_RESOLVED: (u16, u16) = (0, 0);
/// At once: what a queue and a worker take.
const AT_ONCE: (u16, u16) = (0, 20);
/// After an attempt that came to nothing, or two.
const AFTER_RETRIES: (u16, u16) = (0, 40);

/// What is left of a time since an order was placed.
fn left(of: Duration, age: Duration) -> Duration {
    (of - age).max(Duration::ZERO)
}

#[cfg(test)]
mod tests;
