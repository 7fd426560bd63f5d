//! Which eSIM orders a list shows.

use super::{EsimIccid, EsimOperation, EsimOrder, EsimOrderStatus};

/// The filters of a list: all that are given must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EsimOrderFilter {
    /// In this status.
    pub status: Option<EsimOrderStatus>,
    /// About this eSIM: the one of a top-up, or the one that the order has produced.
    pub iccid: Option<EsimIccid>,
    /// Placed by a request with this correlation id.
    pub correlation_id: Option<String>,
}

impl EsimOrderFilter {
    /// Whether every order matches.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an order matches.
    pub fn matches(&self, order: &EsimOrder) -> bool {
        let is_about = |iccid: &EsimIccid| match &order.details.operation {
            EsimOperation::Topup { iccid: named } => named == iccid,
            EsimOperation::NewEsim => order.output().is_some_and(|output| output.iccid == *iccid),
        };
        self.status.is_none_or(|status| order.status == status)
            && self.iccid.as_ref().is_none_or(is_about)
            && self.correlation_id.as_ref().is_none_or(|id| order.correlation_id == *id)
    }
}
