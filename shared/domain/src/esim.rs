//! eSIM orders: a profile from the pool made ready at an SM-DP+, or plans added to an eSIM that is
//! there already (`infra/docs/contracts/esim-orders.md`).
//!
//! An order is read as [`EsimOrderDetails`], judged by [`decide`], kept as an [`EsimOrder`], and
//! carried out step by step: [`Fulfilment::next`] says what to do, [`Fulfilment::after`] what a
//! response means. Every step is written down before the next is begun, so a worker may die
//! anywhere.

mod activation;
mod catalogue;
mod country;
mod customer;
mod date;
mod decision;
mod device;
mod email;
mod erasure;
mod filter;
mod fulfilment;
mod installation;
mod lifecycle;
mod mailbox;
mod money;
mod order;
mod outcome;
mod pool;
mod private;
#[cfg(test)]
mod sample;
mod smdp;
mod status;
mod verdict;

pub use activation::{ActivationCode, MatchingId, SmdpHost};
pub use catalogue::{Catalogue, Product, ProductId};
pub use country::{CountryCode, ParseCountryError};
pub use customer::{Customer, CustomerDetails, CustomerId, Esim, EsimPlan, PLAN_VALIDITY, PlanId};
pub use date::{ACTIVATION_SKEW, ActivationDate, ReadActivationDateError};
pub use decision::{Accepted, EsimFacts, EsimRefusal, decide};
pub use device::{Device, DeviceType, Eid};
pub use email::{Email, ParseEmailError};
pub use erasure::ERASED_EMAIL;
pub use filter::EsimOrderFilter;
pub use fulfilment::{
    Fulfilment, MOST_REPLACEMENTS, PlanNetwork, Reservation, UndoneOrder, Work, WorkContext,
};
pub use installation::{DownloadProgress, Installation, NotificationPoint, PointStatus};
pub use lifecycle::{EsimChange, EsimEffect, EsimOrderError, EsimOrderEvent, ProfileEffect};
pub use money::{Currency, Money, ParsePriceError, Price};
pub(crate) use order::time_ordered_uuid;
pub use order::{
    EsimOperation, EsimOperationKind, EsimOrder, EsimOrderDetails, EsimOrderId, EsimOutput,
    Failure, FailureKind, MAX_SUBSCRIPTIONS, ParseEsimOrderIdError, ParseOperationError,
    PlanRequest, SentInput,
};
pub use outcome::{Course, Outcome, ProfileFate};
pub use pool::{EsimIccid, PoolEvent, PoolState, PoolTransitionError, ProfileType, fits_es2plus};
pub use private::ParsePrivateTextError;
pub use smdp::{
    CancelOrder, ConfirmOrder, ConfirmedOrder, DownloadOrder, Es2Answer, Es2Function,
    FAILED_WITHOUT_CODE, FinalProfileStatus, OrderedProfile, ReleaseProfile, SmDpPlus, StatusCode,
};
pub use status::{
    EsimEvent, EsimOrderStatus, EsimTransitionError, ParseEsimStatusError, transition,
};
pub use verdict::{Verdict, classify};
