//! Whether an order can be taken, with what is in the database.

use std::collections::BTreeSet;

use thiserror::Error;
use time::OffsetDateTime;

use super::{
    Catalogue, Customer, CustomerId, Esim, EsimOperation, EsimOrderDetails, EsimOrderId,
    MAX_SUBSCRIPTIONS, ProfileType,
};
use crate::violation::Violations;

/// What is known when an order comes.
#[derive(Debug, Clone, Copy)]
pub struct EsimFacts<'a> {
    /// What the calling client may order.
    pub catalogue: &'a Catalogue,
    /// The tenant's customer with the order's e-mail address.
    pub customer: Option<&'a Customer>,
    /// The tenant's eSIM with the order's ICCID; none for NEW_ESIM.
    pub esim: Option<&'a Esim>,
    /// The current time.
    pub now: OffsetDateTime,
}

/// An order that can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The customer; none when it is to be created.
    pub customer: Option<CustomerId>,
    /// The type of profile to take; none for a top-up.
    pub profile_type: Option<ProfileType>,
}

/// Why an order cannot be taken. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EsimRefusal {
    /// Items, counted from 0, whose product is not in the catalogue.
    #[error("not in the catalogue")]
    ProductNotFound {
        /// Which.
        items: Vec<usize>,
    },
    /// Items, counted from 0, whose currency the catalogue does not have.
    #[error("not one of the currencies of the catalogue")]
    CurrencyNotSupported {
        /// Which.
        items: Vec<usize>,
    },
    /// The products of a new eSIM need profiles of different types.
    #[error("the products of one new eSIM need one type of profile")]
    ProfileTypesDiffer,
    /// A top-up of an unknown customer.
    #[error("no customer has this e-mail address")]
    CustomerMustExist,
    /// A top-up of an eSIM that another customer ordered, or nobody.
    #[error("the e-mail address is not the one with which the eSIM was ordered")]
    EmailAndIccidDoNotMatch,
    /// More than [`MAX_SUBSCRIPTIONS`] plans on the eSIM.
    #[error("an eSIM has at most {MAX_SUBSCRIPTIONS} active subscriptions, this one has {active}")]
    SubscriptionLimitReached {
        /// How many it has.
        active: usize,
    },
    /// The eSIM has an order under way.
    #[error("the eSIM has an order under way")]
    OrderOutstanding {
        /// Which.
        order: EsimOrderId,
    },
}

impl EsimRefusal {
    /// The `type` of the error body (`infra/docs/contracts/esim-orders.md`, *Errors*).
    pub const fn error_type(&self) -> &'static str {
        match self {
            Self::ProductNotFound { .. } => "PRODUCT_NOT_FOUND",
            Self::CurrencyNotSupported { .. } | Self::ProfileTypesDiffer => {
                "INVALID_REQUEST_PARAMS"
            }
            Self::CustomerMustExist => "CUSTOMER_MUST_EXIST",
            Self::EmailAndIccidDoNotMatch => "EMAIL_AND_ICCID_DO_NOT_MATCH",
            Self::SubscriptionLimitReached { .. } => "SUBSCRIPTION_LIMIT_REACHED",
            Self::OrderOutstanding { .. } => "ORDER_OUTSTANDING",
        }
    }

    /// What is wrong, each fault with its place in the body; without one where it is no member's
    /// fault.
    pub fn violations(&self) -> Violations {
        let mut all = Violations::new();
        let mut add = |pointer: String| all.add(pointer, self.to_string());
        match self {
            Self::ProductNotFound { items } => {
                items.iter().for_each(|n| add(format!("/input/subscriptions/{n}/product_id")));
            }
            Self::CurrencyNotSupported { items } => {
                items.iter().for_each(|n| add(format!("/input/subscriptions/{n}/currency")));
            }
            Self::ProfileTypesDiffer => add("/input/subscriptions".to_owned()),
            Self::CustomerMustExist => add("/input/customer/email".to_owned()),
            Self::EmailAndIccidDoNotMatch => add("/input/esim/iccid".to_owned()),
            Self::SubscriptionLimitReached { .. } | Self::OrderOutstanding { .. } => {
                add(String::new());
            }
        }
        all
    }
}

/// Whether the order can be taken. The store repeats what may change meanwhile as conditions of
/// its write: the lock, the number of plans, who owns the eSIM.
///
/// # Errors
/// It cannot.
pub fn decide(order: &EsimOrderDetails, facts: &EsimFacts<'_>) -> Result<Accepted, EsimRefusal> {
    let profile_types = check_products(order, facts.catalogue)?;
    check_currencies(order, facts.catalogue)?;
    match &order.operation {
        EsimOperation::NewEsim => {
            let mut types = profile_types.into_iter();
            match (types.next(), types.next()) {
                (one, None) => {
                    let customer = facts.customer.map(|customer| customer.id);
                    Ok(Accepted { customer, profile_type: one.cloned() })
                }
                _ => Err(EsimRefusal::ProfileTypesDiffer),
            }
        }
        EsimOperation::Topup { .. } => check_topup(order, facts),
    }
}

/// The types of profile the products need.
fn check_products<'c>(
    order: &EsimOrderDetails,
    catalogue: &'c Catalogue,
) -> Result<BTreeSet<&'c ProfileType>, EsimRefusal> {
    let (mut types, mut missing) = (BTreeSet::new(), Vec::new());
    for (n, plan) in order.plans.iter().enumerate() {
        match catalogue.products.get(&plan.product) {
            Some(product) => {
                types.insert(&product.profile_type);
            }
            None => missing.push(n),
        }
    }
    if missing.is_empty() {
        Ok(types)
    } else {
        Err(EsimRefusal::ProductNotFound { items: missing })
    }
}

fn check_currencies(order: &EsimOrderDetails, catalogue: &Catalogue) -> Result<(), EsimRefusal> {
    let foreign = |plan: &super::PlanRequest| {
        plan.money.as_ref().is_some_and(|money| !catalogue.currencies.contains(&money.currency))
    };
    let items: Vec<usize> =
        order.plans.iter().enumerate().filter(|(_, plan)| foreign(plan)).map(|(n, _)| n).collect();
    if items.is_empty() { Ok(()) } else { Err(EsimRefusal::CurrencyNotSupported { items }) }
}

fn check_topup(order: &EsimOrderDetails, facts: &EsimFacts<'_>) -> Result<Accepted, EsimRefusal> {
    let customer = facts.customer.ok_or(EsimRefusal::CustomerMustExist)?;
    let owned = |esim: &&Esim| esim.customer == customer.id && esim.tenant == customer.tenant;
    let esim = facts.esim.filter(owned).ok_or(EsimRefusal::EmailAndIccidDoNotMatch)?;
    if let Some(order) = esim.outstanding_order {
        return Err(EsimRefusal::OrderOutstanding { order });
    }
    let active = esim.active_plans(facts.now);
    if active + order.plans.len() > MAX_SUBSCRIPTIONS {
        return Err(EsimRefusal::SubscriptionLimitReached { active });
    }
    Ok(Accepted { customer: Some(customer.id), profile_type: None })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::esim::{
        ActivationDate, Currency, PLAN_VALIDITY, Product,
        sample::{self, NOW, customer, details, esim},
    };

    fn catalogue() -> Catalogue {
        let product = |(id, kind): (&str, &str)| Product {
            id: id.parse().unwrap(),
            profile_type: kind.parse().unwrap(),
        };
        let products = [("A", "consumer"), ("B", "consumer"), ("IOT", "things")].map(product);
        Catalogue::of(products, ["USD", "EUR"].map(|c| c.parse::<Currency>().unwrap()))
    }

    fn judge(
        order: &EsimOrderDetails,
        customer: Option<&Customer>,
        esim: Option<&Esim>,
    ) -> Result<Accepted, EsimRefusal> {
        decide(order, &EsimFacts { catalogue: &catalogue(), customer, esim, now: NOW })
    }

    #[test]
    fn an_unknown_customer_of_a_new_esim_is_created_and_a_known_one_kept() {
        let order = details(EsimOperation::NewEsim, &["A", "B"]);
        let accepted = judge(&order, None, None).unwrap();
        assert_eq!(accepted.customer, None);
        assert_eq!(accepted.profile_type, Some("consumer".parse().unwrap()));
        let known = customer(1);
        assert_eq!(judge(&order, Some(&known), None).unwrap().customer, Some(known.id));
    }

    #[test]
    fn every_product_that_is_not_in_the_catalogue_is_named() {
        let refusal =
            judge(&details(EsimOperation::NewEsim, &["X", "A", "Y"]), None, None).unwrap_err();
        assert_eq!(refusal, EsimRefusal::ProductNotFound { items: vec![0, 2] });
        assert_eq!(refusal.error_type(), "PRODUCT_NOT_FOUND");
        assert_eq!(
            refusal.violations().to_string(),
            "/input/subscriptions/0/product_id: not in the catalogue; \
             /input/subscriptions/2/product_id: not in the catalogue"
        );
    }

    #[test]
    fn a_currency_must_be_one_of_the_catalogue() {
        let mut order = details(EsimOperation::NewEsim, &["A", "B"]);
        order.plans[0].money = Some(sample::money("10", "USD"));
        assert!(judge(&order, None, None).is_ok());
        order.plans[1].money = Some(sample::money("10", "SEK"));
        let refusal = judge(&order, None, None).unwrap_err();
        assert_eq!(refusal, EsimRefusal::CurrencyNotSupported { items: vec![1] });
        assert_eq!(refusal.error_type(), "INVALID_REQUEST_PARAMS");
    }

    #[test]
    fn products_that_need_different_profiles_do_not_fit_one_new_esim() {
        let order = details(EsimOperation::NewEsim, &["A", "IOT"]);
        assert_eq!(judge(&order, None, None), Err(EsimRefusal::ProfileTypesDiffer));
    }

    #[test]
    fn a_topup_needs_the_customer_whose_order_produced_the_esim() {
        let order = details(sample::topup(), &["A"]);
        let (owner, other) = (customer(1), customer(2));
        let card = esim(owner.id, 0);
        assert_eq!(judge(&order, None, Some(&card)), Err(EsimRefusal::CustomerMustExist));
        let mismatch = Err(EsimRefusal::EmailAndIccidDoNotMatch);
        assert_eq!(judge(&order, Some(&other), Some(&card)), mismatch);
        assert_eq!(judge(&order, Some(&owner), None), mismatch);
        let foreign = Esim { tenant: "elsewhere".parse().unwrap(), ..card.clone() };
        assert_eq!(judge(&order, Some(&owner), Some(&foreign)), mismatch);
        let accepted = Accepted { customer: Some(owner.id), profile_type: None };
        assert_eq!(judge(&order, Some(&owner), Some(&card)), Ok(accepted));
    }

    #[test]
    fn a_second_order_for_a_locked_esim_is_refused() {
        let owner = customer(1);
        let running = EsimOrderId(Uuid::from_u128(9));
        let card = Esim { outstanding_order: Some(running), ..esim(owner.id, 0) };
        assert_eq!(
            judge(&details(sample::topup(), &["A"]), Some(&owner), Some(&card)),
            Err(EsimRefusal::OrderOutstanding { order: running })
        );
    }

    #[test]
    fn plans_that_have_ended_do_not_count() {
        let owner = customer(1);
        let mut card = esim(owner.id, 15);
        let order = details(sample::topup(), &["A"]);
        let full = Err(EsimRefusal::SubscriptionLimitReached { active: 15 });
        assert_eq!(judge(&order, Some(&owner), Some(&card)), full);
        card.plans[3].ended = Some(NOW);
        assert!(judge(&order, Some(&owner), Some(&card)).is_ok());
    }

    #[test]
    fn a_plan_ends_when_its_validity_is_over() {
        let (owner, order) = (customer(1), details(sample::topup(), &["A"]));
        let mut card = esim(owner.id, 15);
        let later = |now| {
            let (catalogue, customer, esim) = (&catalogue(), Some(&owner), Some(&card));
            decide(&order, &EsimFacts { catalogue, customer, esim, now })
        };
        let full = Err(EsimRefusal::SubscriptionLimitReached { active: 15 });
        assert_eq!(later(NOW + PLAN_VALIDITY - time::Duration::SECOND), full);
        assert!(later(NOW + PLAN_VALIDITY).is_ok());
        // The calendar ends before the validity of this one.
        let at = ActivationDate::read("9999-12-31T00:00:00Z", NOW).unwrap();
        card.plans[0].activation = at;
        assert_eq!(card.active_plans(NOW + PLAN_VALIDITY), 1);
    }

    proptest! {
        #[test]
        fn an_esim_never_gets_more_than_15_active_plans(active in 0_usize..=15, more in 1_usize..=15) {
            let owner = customer(1);
            let card = esim(owner.id, active as u128);
            let order = details(sample::topup(), &vec!["A"; more]);
            let taken = judge(&order, Some(&owner), Some(&card)).is_ok();
            prop_assert_eq!(taken, active + more <= MAX_SUBSCRIPTIONS);
        }
    }
}
