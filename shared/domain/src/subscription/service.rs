//! Services of a subscription. A service may have several numbered instances.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{numbering::Msisdn, text::texts};

/// Maximum service instances of a subscription. The contract has no limit; the item size has one.
pub const MAX_SERVICES: usize = 32;

texts! {
    /// A service of the operator's catalogue.
    ServiceId, 32, "A-Z a-z 0-9 . _ -", "A-Za-z0-9._-", "SMS",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    /// A service's mode, a value defined by the service.
    ServiceMode, 32, "A-Z a-z 0-9 . _ -", "A-Za-z0-9._-", "BASIC",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
}

/// The settings of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSettings {
    /// The quantity, in the service's own unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<u64>,
    /// The forwarding destination of calls.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub forward_number: Option<Msisdn>,
}

/// A service requested by a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRequest {
    /// The service.
    pub id: ServiceId,
    /// Its settings.
    pub settings: ServiceSettings,
    /// Its mode.
    pub mode: Option<ServiceMode>,
}

/// One instance of a service on a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// The service.
    pub id: ServiceId,
    /// The instance on this subscription: 1, 2, …
    pub instance: u32,
    /// Its settings.
    #[serde(flatten)]
    pub settings: ServiceSettings,
    /// Its mode.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mode: Option<ServiceMode>,
}

/// The requested change of services is not possible.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServiceError {
    /// The subscription does not have this service or instance.
    #[error("service {0} is not on the subscription")]
    NotAssigned(ServiceId),
    /// More than [`MAX_SERVICES`].
    #[error("at most {MAX_SERVICES} services")]
    TooMany,
}

/// Adds the requested services, each as a new instance with the lowest free number, so that the
/// same addition to the same list always has the same result.
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

/// Applies the given settings to every instance of `id`.
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

/// Removes `id`, or one instance of it.
pub(super) fn removed(
    services: &[Service],
    id: &ServiceId,
    instance: Option<u32>,
) -> Result<Vec<Service>, ServiceError> {
    let removed = |s: &Service| s.id == *id && instance.is_none_or(|n| n == s.instance);
    let rest: Vec<Service> = services.iter().filter(|s| !removed(s)).cloned().collect();
    if rest.len() == services.len() { Err(ServiceError::NotAssigned(id.clone())) } else { Ok(rest) }
}
