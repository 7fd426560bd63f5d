use super::word::words;

words! {
    /// `orderStatus` (*State machine*).
    OrderStatus {
        /// Accepted; nobody works on it yet.
        Acknowledged = "ACKNOWLEDGED",
        /// Being treated.
        InProgress = "IN_PROGRESS",
        /// Waits for a corrected version from the Buyer.
        Pending = "PENDING",
        /// Stopped by one side until that side releases it.
        Held = "HELD",
        /// Final: never accepted.
        Rejected = "REJECTED",
        /// Final: ended without effect. Two Ls.
        Cancelled = "CANCELLED",
        /// Final: all items are done.
        Completed = "COMPLETED",
        /// Final: no item could be done.
        Failed = "FAILED",
        /// Final: some items are done.
        Partial = "PARTIAL",
    }

    /// A party's role in an order.
    Side {
        /// The one that orders.
        Buyer = "BUYER",
        /// The one that delivers.
        Seller = "SELLER",
    }
}

impl OrderStatus {
    /// Whether nothing can change any more.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Acknowledged | Self::InProgress | Self::Pending | Self::Held => false,
            Self::Rejected | Self::Cancelled | Self::Completed | Self::Failed | Self::Partial => {
                true
            }
        }
    }
}
