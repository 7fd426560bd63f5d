//! What a network holds beside its orders: each subscriber, and all of them, page by page.

use super::{StepError, Subscriber};
use crate::numbering::Imsi;

/// Where the next page of an inventory begins. What the numbers mean is up to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InventoryPosition {
    /// The last entry that was read.
    pub after: u64,
    /// How many entries before it were empty.
    pub empty: u64,
}

/// A page of an inventory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InventoryPage {
    /// The subscribers; there may be none on a page that has a next one.
    pub subscribers: Vec<(Imsi, Subscriber)>,
    /// Where the next page begins, if there is one.
    pub next: Option<InventoryPosition>,
}

/// A network whose subscribers can be read without their keys. [`Subscriber::keys`] is
/// [`super::HeldKeys::Own`] where there are keys of the right kind: whose they are is not known.
pub trait NetworkInventory: Send + Sync {
    /// A connection.
    type Session: InventorySession;

    /// Connects.
    fn open_inventory(&self) -> impl Future<Output = Result<Self::Session, StepError>> + Send;
}

/// A connection to such a network.
pub trait InventorySession: Send {
    /// What is held under an IMSI.
    fn find(
        &mut self,
        imsi: &Imsi,
    ) -> impl Future<Output = Result<Option<Subscriber>, StepError>> + Send;

    /// A page of all subscribers, of at most `most` entries; none if the network cannot list them.
    fn page(
        &mut self,
        from: InventoryPosition,
        most: usize,
    ) -> impl Future<Output = Result<Option<InventoryPage>, StepError>> + Send;
}
