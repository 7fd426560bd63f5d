//! Carrier orders: Ethernet services that one carrier, the Buyer, orders from another, the Seller
//! (`infra/docs/contracts/carrier-orders.md`). There are two aggregates: the [`SellerOrder`] of a
//! Seller here, and the [`BuyerOrder`] of a Buyer here at a remote Seller. What both have is a
//! [`CarrierOrder`].
//!
//! A document from a partner is kept as it came; what decisions need of it is an [`OrderView`].
//! What is ours — status, dates, identifiers, messages — is an [`OrderProgress`]. That of a Seller's
//! order changes only by an [`Event`] that the [transition table](TABLE) allows, and an event that
//! the Buyer should hear of makes a [`Notification`]. That of a Buyer's order follows what the
//! Seller says ([`SellerUpdate`]).

mod buyer_order;
mod date;
mod id;
mod intake;
mod lifecycle;
mod message;
mod notification;
mod order;
mod party;
mod plan;
mod progress;
mod push;
mod quirk;
mod replacement;
mod report;
#[cfg(test)]
mod sample;
mod seller_order;
mod status;
mod step;
mod svlan;
mod transition;
mod version;
mod word;

pub use buyer_order::{
    BuyerOrder, BuyerOrderError, BuyerOrderEvent, Instruction, PendingRequest, RequestOutcome,
    SellerUpdate, is_at_remote_seller,
};
pub use date::{CarrierDate, DateValue};
pub use id::{ItemReference, OrderId, ParseIdError, PartyId, Pon, ServiceId};
pub use intake::{Intake, begin, decide_intake};
pub use lifecycle::{AnyCarrierOrder, CarrierOrder, CarrierSide};
pub use message::{MessageKind, OrderMessage, Severity, registry};
pub use notification::{Notification, NotificationType};
pub use order::{
    DesiredResponses, EndpointReference, ItemAction, ItemDetail, ItemView, OrderActivity,
    OrderHeader, OrderType, OrderView, OvcDetail, PricingTerm, ProductReference, UniDetail,
};
pub use party::{
    FulfilmentPolicy, Hosting, Party, PartyCredentials, ProductKind, ProductSpecification,
};
pub use plan::{AssignmentPlan, OtherOrders, Release, SvlanRequest, plan};
pub use progress::{
    Assigned, Assignments, Cancellation, Event, Hold, ItemFailure, ItemProgress, OrderProgress,
    Step, SvlanAssignment,
};
pub use push::{Push, notification_message, party_of, status_message};
pub use quirk::{Quirk, Tolerance, Tolerated};
pub use replacement::{Replaced, ReplacementError, Resubmission, replace, resubmission, succeeds};
pub use report::{ReportError, SellerReport};
pub use seller_order::{SellerOrder, SellerOrderError, SellerOrderEvent, SellerStep};
pub use status::{OrderStatus, Side};
pub use svlan::{SvlanRange, SvlanRangeError, SvlansInUse};
pub use transition::{EventKind, Row, TABLE, Target, TransitionError, row};
pub use version::OrderVersion;
