//! Services on a subscription. One service may be there several times, as numbered instances.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{numbering::Msisdn, text::texts};

/// Service instances a subscription may have. The contract names no limit; a record has one.
pub const MAX_SERVICES: usize = 32;

texts! {
    /// A service of the operator's catalogue.
    ServiceId, 32, "A-Z a-z 0-9 . _ -",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    /// A service's mode, a word of that service's own.
    ServiceMode, 32, "A-Z a-z 0-9 . _ -",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
}

/// What can be set on a service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSettings {
    /// How much of it, in the service's own unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<u64>,
    /// Where calls go on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub forward_number: Option<Msisdn>,
}

/// A service that a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRequest {
    /// Which service.
    pub id: ServiceId,
    /// How it is set.
    pub settings: ServiceSettings,
    /// Its mode.
    pub mode: Option<ServiceMode>,
}

/// One instance of a service on a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Which service.
    pub id: ServiceId,
    /// Which of its instances here: 1, 2, …
    pub instance: u32,
    /// How it is set.
    #[serde(flatten)]
    pub settings: ServiceSettings,
    /// Its mode.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mode: Option<ServiceMode>,
}

/// The services of a subscription cannot change in this way.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServiceError {
    /// No such service (instance) here.
    #[error("service {0} is not on the subscription")]
    NotAssigned(ServiceId),
    /// More than [`MAX_SERVICES`].
    #[error("at most {MAX_SERVICES} services")]
    TooMany,
}

/// The services after `requests` were added, each as an instance of its own: the lowest free
/// number, so that the same addition to the same list always gives the same result.
pub(super) fn added(
    services: &[Service],
    requests: Vec<ServiceRequest>,
) -> Result<Vec<Service>, ServiceError> {
    let mut all = services.to_vec();
    for ServiceRequest { id, settings, mode } in requests {
        let taken = |n: &u32| all.iter().any(|s| s.id == id && s.instance == *n);
        let instance = (1..).find(|n| !taken(n)).unwrap_or(u32::MAX);
        all.push(Service { id, instance, settings, mode });
    }
    if all.len() > MAX_SERVICES { Err(ServiceError::TooMany) } else { Ok(all) }
}

/// The services after every instance of `id` got the settings that are given.
pub(super) fn adjusted(
    services: &[Service],
    id: &ServiceId,
    settings: &ServiceSettings,
) -> Result<Vec<Service>, ServiceError> {
    let mut all = services.to_vec();
    let mut found = false;
    for service in all.iter_mut().filter(|service| service.id == *id) {
        found = true;
        service.settings.limit = settings.limit.or(service.settings.limit);
        if let Some(number) = &settings.forward_number {
            service.settings.forward_number = Some(number.clone());
        }
    }
    if found { Ok(all) } else { Err(ServiceError::NotAssigned(id.clone())) }
}

/// The services without `id`, or without one instance of it.
pub(super) fn removed(
    services: &[Service],
    id: &ServiceId,
    instance: Option<u32>,
) -> Result<Vec<Service>, ServiceError> {
    let goes = |s: &Service| s.id == *id && instance.is_none_or(|n| n == s.instance);
    let rest: Vec<Service> = services.iter().filter(|s| !goes(s)).cloned().collect();
    if rest.len() == services.len() { Err(ServiceError::NotAssigned(id.clone())) } else { Ok(rest) }
}
