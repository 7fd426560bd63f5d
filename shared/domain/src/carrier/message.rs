use super::{ItemReference, word::words};

words! {
    /// How bad a message is.
    Severity {
        /// Something must change.
        Error = "ERROR",
        /// Something was changed for the Buyer.
        Warning = "WARNING",
        /// Good to know.
        Information = "INFORMATION",
    }
}

/// `orderMessage`: what a carrier tells another about an order. Within the limits of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderMessage {
    /// Three letters and three digits; a partner's may be anything of 12 characters.
    pub code: Option<String>,
    /// What the code means, at most 150 characters.
    pub description: Option<String>,
    /// What it means here, at most 300 characters.
    pub message_information: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// A JSON pointer to what it is about, at most 100 characters.
    pub field: Option<String>,
    /// The item it is about.
    pub order_item_reference: Option<ItemReference>,
    /// Whether a new version of the order is awaited because of it.
    pub correction_required: bool,
}

impl OrderMessage {
    /// About its bytes in an item.
    pub(super) fn size(&self) -> usize {
        let texts = [&self.code, &self.description, &self.message_information, &self.field];
        texts.into_iter().flatten().map(String::len).sum::<usize>() + 120
    }

    /// Adds what it means here.
    #[must_use]
    pub fn saying(mut self, information: impl AsRef<str>) -> Self {
        self.message_information = Some(cut(information.as_ref(), 300));
        self
    }

    /// Adds what it is about.
    #[must_use]
    pub fn at(mut self, pointer: impl AsRef<str>) -> Self {
        self.field = Some(cut(pointer.as_ref(), 100));
        self
    }

    /// Adds which item it is about.
    #[must_use]
    pub fn for_item(mut self, item: &ItemReference) -> Self {
        self.order_item_reference = Some(item.clone());
        self
    }
}

/// The first characters of a text.
fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// An entry of the registry of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageKind {
    /// Three letters and three digits.
    pub code: &'static str,
    /// What it means.
    pub description: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Whether a new version of the order is awaited because of it.
    pub correction_required: bool,
}

impl MessageKind {
    /// A message of this kind.
    pub fn message(&self) -> OrderMessage {
        OrderMessage {
            code: Some(self.code.to_owned()),
            description: Some(self.description.to_owned()),
            message_information: None,
            severity: self.severity,
            field: None,
            order_item_reference: None,
            correction_required: self.correction_required,
        }
    }
}

/// Every code we write, in one place: `FMT` form, `PRD` product, `CAN` cancellation, `JEP`
/// jeopardy, `REF` reference. A code may have more than one description, never the reverse.
pub mod registry {
    use super::{MessageKind, Severity};

    macro_rules! codes {
        ($($(#[$doc:meta])* $name:ident = $code:literal $severity:ident $correction:literal $text:literal;)+) => {
            $(
                $(#[$doc])*
                pub const $name: MessageKind = MessageKind {
                    code: $code,
                    description: $text,
                    severity: Severity::$severity,
                    correction_required: $correction,
                };
            )+

            /// The whole registry, by code.
            pub const ALL: &[MessageKind] = &[$($name),+];
        };
    }

    codes! {
        /// A body that breaks a type, a limit or a word list: nothing is stored.
        MALFORMED = "FMT001" Error true "Field Invalid";
        /// `requestedCompletionDate` is no date.
        COMPLETION_DATE_INVALID = "FMT002" Error false "Desired Completion Date Invalid";
        /// `requestedStartDate` is no date.
        START_DATE_INVALID = "FMT002" Error false "Requested Start Date Invalid";
        /// `orderDate` is no date.
        ORDER_DATE_INVALID = "FMT002" Error false "Order Date Invalid";
        /// `requestedCompletionDate` is over.
        COMPLETION_DATE_PAST = "FMT003" Error false "Desired Completion Date In The Past";
        /// `orderStatus` was sent: it is the Seller's.
        STATUS_IGNORED = "FMT010" Warning false "Order Status Ignored";
        /// A version that is not newer than the one there is: 409.
        VERSION_NOT_NEWER = "FMT020" Error false "Order Version Not Newer";
        /// The Buyer's number is reserved for scenarios, and has none here: 422.
        RESERVED = "FMT030" Error false "Reserved Purchase Order Number";
        /// The Seller offers no product of this kind at all.
        PRODUCT_NOT_OFFERED = "PRD015" Error false "Product Not Offered";
        /// The Seller has products of this kind, but not this one.
        PRODUCT_UNKNOWN = "PRD016" Error true "Product Specification Unknown";
        /// The item says no product.
        PRODUCT_MISSING = "PRD017" Error true "Product Specification Missing";
        /// 0 and 4095 cannot be assigned.
        SVLAN_NOT_ASSIGNABLE = "PRD030" Error true "S-VLAN ID Not Assignable";
        /// Another OVC has it.
        SVLAN_IN_USE = "PRD031" Error true "S-VLAN ID In Use";
        /// All of 1 to 4094 are in use.
        ENNI_FULL = "PRD032" Error true "No Free S-VLAN ID On ENNI";
        /// `pricingTerm` is no number of months.
        PRICING_TERM_INVALID = "PRD045" Warning false "Invalid Pricing Term.";
        /// An item could not be done.
        ITEM_FAILED = "PRD099" Error false "Order Item Failed";
        /// The Buyer cancelled.
        CANCELLED_BY_BUYER = "CAN001" Information false "Buyer Initiated Cancellation";
        /// The Seller cancelled.
        CANCELLED_BY_SELLER = "CAN002" Information false "Seller Initiated Cancellation";
        /// The expected date moves.
        JEOPARDY = "JEP002" Information false
            "Order Jeopardy Notification - expected completion date updated.";
        /// A reference to an item that is not there.
        ITEM_NOT_FOUND = "REF001" Error false "Referenced Order Item Not Found";
        /// There is no such order, or not for this caller: 404.
        ORDER_NOT_FOUND = "REF010" Error false "Order Not Found";
        /// The order is in a state in which this cannot happen: 409.
        NOT_POSSIBLE_NOW = "REF020" Error false "Not Possible In This State";
        /// What the Buyer wants waits to be passed on to a Seller elsewhere, or for its response.
        PASSED_ON = "REF021" Information false "Passed On To The Seller";
        /// A Seller elsewhere refuses what was passed on.
        REFUSED = "REF022" Error false "Refused By The Seller";
        /// The operator has ended an order in place of a Seller elsewhere.
        RESOLVED = "REF023" Information false "Ended By The Operator";
        /// Nobody of that name sells here.
        SELLER_UNKNOWN = "REF002" Error false "Seller Not Found";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_three_letters_and_three_digits_and_within_the_limits() {
        for kind in registry::ALL {
            let (letters, digits) = kind.code.split_at(3);
            assert!(["FMT", "PRD", "CAN", "JEP", "REF"].contains(&letters), "{}", kind.code);
            assert!(digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()));
            assert!(kind.description.chars().count() <= 150);
        }
        let mut texts: Vec<_> = registry::ALL.iter().map(|kind| kind.description).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), registry::ALL.len(), "one meaning, one code");
    }

    #[test]
    fn a_message_never_outgrows_its_fields() {
        let message = registry::MALFORMED.message().saying("å".repeat(999)).at("/x".repeat(99));
        assert_eq!(message.message_information.unwrap().chars().count(), 300);
        assert_eq!(message.field.unwrap().len(), 100);
    }
}
