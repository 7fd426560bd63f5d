//! The people who use eSIMs, and the eSIMs they have.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{ActivationDate, CountryCode, Email, EsimIccid, EsimOrderId, Installation, ProductId};
use crate::identity::Tenant;

/// Names a customer for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerId(pub Uuid);

/// Names a plan on an eSIM for ever: the `subscription_id` of an order's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub Uuid);

/// What an order says of its customer. `{:?}` shows no name.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerDetails {
    /// By which the customer is known.
    pub email: Email,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Language, as the caller names it.
    pub language: Option<String>,
    /// Where the customer lives.
    pub country_of_residence: Option<CountryCode>,
}

impl std::fmt::Debug for CustomerDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomerDetails(..)")
    }
}

/// A customer of one tenant; the same address may be a customer of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its own id.
    pub id: CustomerId,
    /// Whose customer it is.
    pub tenant: Tenant,
    /// What is known of it: from its first order.
    pub details: CustomerDetails,
}

/// A plan on an eSIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EsimPlan {
    /// Its id.
    pub id: PlanId,
    /// The product.
    pub product: ProductId,
    /// When it begins.
    pub activation: ActivationDate,
    /// When it ended, if it was ended before its validity was over.
    pub ended: Option<OffsetDateTime>,
}

/// How long a plan is valid from its activation on. The catalogue knows no other validity.
pub const PLAN_VALIDITY: Duration = Duration::days(365);

impl EsimPlan {
    /// When it ends, or has ended.
    pub fn ends(&self) -> OffsetDateTime {
        let validity = self.activation.get().saturating_add(PLAN_VALIDITY);
        self.ended.map_or(validity, |ended| ended.min(validity))
    }
}

/// An eSIM that an order has produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Esim {
    /// Its number.
    pub iccid: EsimIccid,
    /// Whose it is.
    pub tenant: Tenant,
    /// The customer whose order produced it.
    pub customer: CustomerId,
    /// Every plan it has had.
    pub plans: Vec<EsimPlan>,
    /// The lock: the one order under way (invariant 1).
    pub outstanding_order: Option<EsimOrderId>,
    /// How far a device has come with it.
    pub installation: Option<Installation>,
    /// Rises by one on each write.
    pub revision: u64,
}

impl Esim {
    /// Its plans that have not ended at `now`, those yet to begin included.
    pub fn active_plans(&self, now: OffsetDateTime) -> usize {
        self.plans.iter().filter(|plan| plan.ends() > now).count()
    }
}
