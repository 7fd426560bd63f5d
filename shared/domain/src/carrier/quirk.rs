use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::word::words;
use crate::violation::Violations;

words! {
    /// A deviation from the contract that the reader understands, because the published documents
    /// show it or allow it. Counted for each partner under its word.
    Quirk {
        /// `STATUS_UADATE` for `STATUS_UPDATE`.
        StatusUadate = "STATUS_UADATE",
        /// `REJECT` for `REJECTION`.
        Reject = "REJECT",
        /// `CANCELED` for `CANCELLED`.
        CanceledWithOneL = "CANCELED_WITH_ONE_L",
        /// `svlanIdLast` beside `enniSvlanIds`, as a list of {sellerEnniId, svlanId}.
        SvlanIdLastList = "SVLAN_ID_LAST_LIST",
        /// The type `ERROR_OR_INFORMATION` of later revisions for `STATUS_UPDATE`.
        ErrorOrInformation = "ERROR_OR_INFORMATION",
        /// `errorCode`, `errorDescription`, `errorInformation`, `errorSeverity`.
        ErrorMemberNames = "ERROR_MEMBER_NAMES",
        /// `orderErrors` for `orderMessages`.
        OrderErrors = "ORDER_ERRORS",
        /// `MessageInformation`, in whatever case.
        MessageInformationCase = "MESSAGE_INFORMATION_CASE",
        /// A message text longer than what may be written, up to 2,000 characters.
        LongMessageText = "LONG_MESSAGE_TEXT",
        /// A link's title longer than 25 characters.
        LongLinkTitle = "LONG_LINK_TITLE",
        /// `billingAccountNumber` longer than 13 characters.
        LongBillingAccount = "LONG_BILLING_ACCOUNT",
        /// `"true"` or `"false"` where a boolean belongs.
        BooleanAsText = "BOOLEAN_AS_TEXT",
        /// `productSpecification` as a bare string.
        BareProductSpecification = "BARE_PRODUCT_SPECIFICATION",
        /// No `productSpecification` on a product order.
        MissingProductSpecification = "MISSING_PRODUCT_SPECIFICATION",
        /// `sellerOvcId` of a notification as a bare string.
        BareIdAssignment = "BARE_ID_ASSIGNMENT",
        /// `ACCESS_E_LINE` or `accessElineProductOrder`.
        AccessEline = "ACCESS_E_LINE",
        /// `pricingTerm` as a string.
        PricingTermAsText = "PRICING_TERM_AS_TEXT",
        /// `notificationVersion` as text.
        NotificationVersionAsText = "NOTIFICATION_VERSION_AS_TEXT",
        /// `null` for an optional member.
        NullMember = "NULL_MEMBER",
        /// An `orderStatus` that the notification's type contradicts.
        StatusContradictsType = "STATUS_CONTRADICTS_TYPE",
    }
}

/// A deviation that was met, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerated {
    /// What.
    pub quirk: Quirk,
    /// Where: a JSON pointer into the body.
    pub pointer: String,
}

/// Which deviations a partner is not forgiven. The default forgives all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tolerance {
    refused: BTreeSet<Quirk>,
}

impl Tolerance {
    /// Forgives nothing.
    pub fn strict() -> Self {
        Self::refusing(Quirk::WORDS.iter().map(|(_, quirk)| *quirk))
    }

    /// Forgives all but these.
    pub fn refusing(quirks: impl IntoIterator<Item = Quirk>) -> Self {
        Self { refused: quirks.into_iter().collect() }
    }

    /// The deviations that are not forgiven.
    pub fn refused(&self) -> impl Iterator<Item = Quirk> {
        self.refused.iter().copied()
    }

    /// What of the deviations met is a fault of the request after all.
    ///
    /// # Errors
    /// One violation for each deviation that is not forgiven.
    pub fn check(&self, met: &[Tolerated]) -> Result<(), Violations> {
        let mut violations = Violations::new();
        for Tolerated { quirk, pointer } in
            met.iter().filter(|met| self.refused.contains(&met.quirk))
        {
            violations.add(pointer, format!("not accepted from this partner: {quirk}"));
        }
        violations.into_result(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_is_forgiven_all_but_what_its_profile_refuses() {
        let met = [
            Tolerated { quirk: Quirk::Reject, pointer: "/a".to_owned() },
            Tolerated { quirk: Quirk::BooleanAsText, pointer: "/b".to_owned() },
        ];
        assert!(Tolerance::default().check(&met).is_ok());
        let refused = Tolerance::refusing([Quirk::BooleanAsText]).check(&met).unwrap_err();
        assert_eq!(refused.to_string(), "/b: not accepted from this partner: BOOLEAN_AS_TEXT");
        assert_eq!(Tolerance::strict().check(&met).unwrap_err().iter().count(), 2);
    }
}
