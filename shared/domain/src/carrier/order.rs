use super::{
    CarrierDate, ItemReference, OrderId, OrderVersion, PartyId, Pon, ServiceId, SvlanRange,
    word::words,
};
use crate::ethernet::Bandwidth;

words! {
    /// `orderActivity`.
    OrderActivity {
        /// New services.
        Install = "INSTALL",
        /// Other settings of existing services.
        Change = "CHANGE",
        /// The end of existing services.
        Disconnect = "DISCONNECT",
    }

    /// `desiredResponses`: which notifications the Buyer wants pushed.
    DesiredResponses {
        /// Neither CONFIRMATION nor CONFIGURATION.
        None = "NONE",
        /// No CONFIGURATION.
        ConfirmationOnly = "CONFIRMATION_ONLY",
        /// All.
        ConfirmationAndEngineeringDesign = "CONFIRMATION_AND_ENGINEERING_DESIGN",
    }

    /// `orderType`.
    OrderType {
        /// A port.
        Uni = "UNI",
        /// A line from a port to the Buyer's network.
        AccessEpl = "ACCESS_EPL",
    }

    /// An item's `action`.
    ItemAction {
        /// New.
        Install = "INSTALL",
        /// Changed.
        Change = "CHANGE",
        /// There already, and part of the picture.
        NoChange = "NO_CHANGE",
        /// Ended.
        Delete = "DELETE",
    }
}

/// What says which order it is: the part of an order that every response about it repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderHeader {
    /// The Seller's id of it.
    pub id: OrderId,
    /// Who orders.
    pub buyer: PartyId,
    /// Who delivers.
    pub seller: PartyId,
    /// The Buyer's id of it.
    pub pon: Pon,
    /// The version the Buyer sent last.
    pub version: OrderVersion,
    /// The Buyer's project.
    pub project: Option<String>,
    /// When the Buyer wants it done.
    pub requested_completion: CarrierDate,
    /// What the Buyer wants to be told.
    pub desired: DesiredResponses,
}

/// What decisions need of an order's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    /// Who orders.
    pub buyer: PartyId,
    /// Who delivers.
    pub seller: PartyId,
    /// The Buyer's id of it.
    pub pon: Pon,
    /// The Buyer's version.
    pub version: OrderVersion,
    /// When the Buyer wrote it.
    pub order_date: CarrierDate,
    /// What it is about.
    pub activity: OrderActivity,
    /// What the Buyer wants to be told.
    pub desired: DesiredResponses,
    /// The Buyer's project.
    pub project: Option<String>,
    /// When the Buyer wants it done.
    pub requested_completion: CarrierDate,
    /// When the Buyer wants it begun.
    pub requested_start: Option<CarrierDate>,
    /// The account to bill, when there is one already.
    pub billing_account: Option<String>,
    /// For how long.
    pub pricing_term: PricingTerm,
    /// For which kind of service.
    pub order_type: OrderType,
    /// Whether the Buyer sent an `orderStatus`, which is not its to set.
    pub status_sent: bool,
    /// 1 to 20 items, each with a reference of its own, in the Buyer's order.
    pub items: Vec<ItemView>,
}

impl OrderView {
    /// The header of this order under an id.
    pub fn header(&self, id: OrderId) -> OrderHeader {
        OrderHeader {
            id,
            buyer: self.buyer.clone(),
            seller: self.seller.clone(),
            pon: self.pon.clone(),
            version: self.version.clone(),
            project: self.project.clone(),
            requested_completion: self.requested_completion.clone(),
            desired: self.desired,
        }
    }

    /// The items' references, in order.
    pub fn references(&self) -> Vec<ItemReference> {
        self.items.iter().map(|item| item.reference.clone()).collect()
    }

    /// The item of that reference.
    pub fn item(&self, reference: &ItemReference) -> Option<&ItemView> {
        self.items.iter().find(|item| item.reference == *reference)
    }
}

/// `pricingTerm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PricingTerm {
    /// None asked for.
    Unspecified,
    /// 0 to 999 months.
    Months(u16),
    /// No number of months: the text that was sent. [`Self::IN_ITS_PLACE`] is used.
    Unusable(String),
}

impl PricingTerm {
    /// The term in force where what was sent is unusable, in months.
    pub const IN_ITS_PLACE: u16 = 12;
}

/// What decisions need of an `orderItem`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemView {
    /// Its reference.
    pub reference: ItemReference,
    /// What to do.
    pub action: ItemAction,
    /// To what, unless the Buyer did not say.
    pub detail: Option<ItemDetail>,
}

/// `orderItemDetail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemDetail {
    /// `accessEplProductOrder`.
    Ovc(Box<OvcDetail>),
    /// `uniProductOrder`.
    Uni(Box<UniDetail>),
    /// `disconnectOrderItemDetail`.
    Disconnect {
        /// What to end.
        service: ServiceId,
    },
}

/// What decisions need of an `accessEplProductOrder`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OvcDetail {
    /// The Seller's id, for a service that is there already.
    pub seller_id: Option<ServiceId>,
    /// The Buyer's id.
    pub buyer_id: Option<String>,
    /// Which product; none when the Buyer did not say.
    pub product: Option<ProductReference>,
    /// Which S-VLAN ids at the ENNI; none leaves the choice to the Seller. May hold 0 and 4095,
    /// which cannot be assigned.
    pub svlans: Option<SvlanRange>,
    /// At which ENNI.
    pub enni: Option<EndpointReference>,
    /// To which UNI.
    pub uni: EndpointReference,
    /// What frames that enter at the UNI are policed to.
    pub bandwidth: Option<Bandwidth>,
}

/// What decisions need of a `uniProductOrder`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniDetail {
    /// The Seller's id, for a UNI that is there already.
    pub seller_id: Option<ServiceId>,
    /// The Buyer's id.
    pub buyer_id: Option<String>,
    /// Which product; none when the Buyer did not say.
    pub product: Option<ProductReference>,
}

/// `productSpecRef`: at least one of the three is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductReference {
    /// Its name.
    pub name: Option<String>,
    /// Its code.
    pub code: Option<String>,
    /// The id of its `productSpecification`.
    pub id: Option<String>,
}

/// A reference to a UNI or an ENNI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointReference {
    /// One that exists.
    Existing {
        /// The Seller's id.
        seller_id: ServiceId,
        /// The Buyer's id.
        buyer_id: Option<String>,
    },
    /// One that an item orders: an item of this order when neither order nor PON is given.
    Ordered {
        /// The item.
        item: ItemReference,
        /// The item's order.
        order: Option<OrderId>,
        /// The item's order, by its PON.
        pon: Option<Pon>,
    },
}

impl EndpointReference {
    /// The item, when it belongs to the very order that holds this reference. The id of that order
    /// is not known to the Buyer before it is placed; its PON is.
    pub fn same_order(&self, own: &Pon) -> Option<&ItemReference> {
        match self {
            Self::Ordered { item, order: None, pon } => {
                pon.as_ref().is_none_or(|pon| pon == own).then_some(item)
            }
            Self::Ordered { .. } | Self::Existing { .. } => None,
        }
    }
}
