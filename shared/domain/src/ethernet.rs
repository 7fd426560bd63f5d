//! The switch that the automation of a Seller configures (decision 195): what it holds of a UNI, what an
//! order changes there, and how far an order has come, judged by what is found.

mod deciding;

use std::collections::BTreeMap;

use crate::{
    carrier::{OrderId, PartyId, ServiceId, SvlanRange},
    lease::Fence,
    network::StepError,
};

pub use deciding::SwitchDecision;

/// A rate that frames are policed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bandwidth {
    /// Kilobits a second: committed and excess rate together.
    pub kbps: u64,
    /// Kilobits that may come at once; 0 leaves it to the switch.
    pub burst_kbit: u64,
}

/// An OVC at a UNI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OvcAtUni {
    /// The Buyer of the OVC: two Buyers may use one name.
    pub buyer: PartyId,
    /// The OVC.
    pub ovc: ServiceId,
    /// The ENNI that it leads to.
    pub enni: ServiceId,
    /// Its S-VLAN ids at the ENNI. Frames that enter at the UNI carry the first of them.
    pub svlans: SvlanRange,
    /// What frames that enter at the UNI are policed to.
    pub bandwidth: Option<Bandwidth>,
}

/// What a switch holds of a UNI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UniState {
    /// It has no such port.
    Absent,
    /// A port without OVC: its frames reach nobody.
    Idle,
    /// A port whose UNI an order ends; removed when the order has ended, because a cancelled order gives
    /// the port what it had.
    Ending,
    /// A port with an OVC.
    Serving(OvcAtUni),
}

impl UniState {
    /// The OVC, if there is one.
    pub const fn service(&self) -> Option<&OvcAtUni> {
        match self {
            Self::Serving(service) => Some(service),
            Self::Absent | Self::Idle | Self::Ending => None,
        }
    }
}

/// The worker that wrote last: its order, and the fence of its lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The order.
    pub order: OrderId,
    /// The fence.
    pub fence: Fence,
}

/// A UNI that a switch has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldUni {
    /// As it was configured last.
    pub state: UniState,
    /// By whom; none of a port that was prepared by hand and that no order has configured.
    pub stamp: Option<Stamp>,
    /// What it was before that order.
    pub before: UniState,
    /// What of the switch is not as it was configured, in words without ids: empty as a rule.
    pub drift: Vec<&'static str>,
}

/// What a switch holds that an order concerns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SwitchSnapshot {
    /// The UNIs that the order names, those with an OVC that it names, and those that it configured.
    pub unis: BTreeMap<ServiceId, HeldUni>,
    /// The worker that wrote last under the order's guard, which other orders may share.
    pub guard: Option<Stamp>,
}

/// What an order changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceChange {
    /// A UNI is there.
    Uni {
        /// Which.
        uni: ServiceId,
    },
    /// An OVC is there. What is not given stays as it is.
    Ovc {
        /// Which.
        ovc: ServiceId,
        /// At which UNI.
        uni: Option<ServiceId>,
        /// The ENNI, and the S-VLAN ids that were granted at it.
        svlans: Option<(ServiceId, SvlanRange)>,
        /// What frames that enter at the UNI are policed to.
        bandwidth: Option<Bandwidth>,
    },
    /// A UNI or an OVC ends.
    End {
        /// Which.
        service: ServiceId,
    },
}

impl ServiceChange {
    /// The service that ends, if one does.
    pub const fn ended(&self) -> Option<&ServiceId> {
        match self {
            Self::End { service } => Some(service),
            Self::Uni { .. } | Self::Ovc { .. } => None,
        }
    }
}

/// What becomes of an order at the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchAim {
    /// Its changes are there.
    Fulfil(Vec<ServiceChange>),
    /// It was cancelled or replaced: all is as it was before.
    Withdraw,
    /// It has ended: ports of UNIs that it ended are removed.
    Settle,
}

/// An order's work at the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwitchTask {
    /// Whose switch.
    pub seller: PartyId,
    /// Whose OVCs.
    pub buyer: PartyId,
    /// The order, and the fence of the lease.
    pub stamp: Stamp,
    /// What is to become of it.
    pub aim: SwitchAim,
}

/// A UNI that gets another state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniChange {
    /// Which.
    pub uni: ServiceId,
    /// What the switch holds.
    pub from: UniState,
    /// What it is to hold.
    pub to: UniState,
    /// What it was before the order.
    pub before: UniState,
}

/// What came of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchWrite {
    /// All of it is stored.
    Stored,
    /// The switch is no more as it was read: nothing is stored.
    Changed,
}

/// A switch whose configuration is read, and written under the condition that it is as it was read.
pub trait EthernetSwitch: Send + Sync {
    /// A connection.
    type Session: SwitchSession;

    /// Connects.
    fn open(&self) -> impl Future<Output = Result<Self::Session, StepError>> + Send;
}

/// A connection to a switch.
pub trait SwitchSession: Send {
    /// What the switch holds that the task concerns.
    fn read(
        &mut self,
        task: &SwitchTask,
    ) -> impl Future<Output = Result<SwitchSnapshot, StepError>> + Send;

    /// Writes changes with the task's stamp: all of them, or nothing if what was read last is not as it
    /// was. Without changes, the stamp alone.
    fn write(
        &mut self,
        task: &SwitchTask,
        changes: &[UniChange],
    ) -> impl Future<Output = Result<SwitchWrite, StepError>> + Send;

    /// Waits until the switch forwards frames by what was read or written last.
    fn applied(&mut self) -> impl Future<Output = Result<(), StepError>> + Send;
}
