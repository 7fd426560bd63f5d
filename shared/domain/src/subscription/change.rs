//! Requested changes of a subscription, and their difference to its current values.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::{
    AppKey, OdbProfile, Service, ServiceError, ServiceId, ServiceRequest, ServiceSettings,
    Subscription, SubscriptionState, Tag, service,
};
use crate::numbering::{Iccid, Msisdn};

/// A change requested by a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeRequest {
    /// New values (PATCH of the subscription).
    Values(Box<Change>),
    /// Services to add.
    AddServices(Vec<ServiceRequest>),
    /// New settings of a service.
    AdjustService(ServiceId, ServiceSettings),
    /// A service, or one instance of it, to remove.
    RemoveService(ServiceId, Option<u32>),
    /// A tag to add.
    AddTag(Tag),
    /// A tag to remove.
    RemoveTag(Tag),
}

/// New values of a subscription; `None` leaves a value unchanged.
///
/// Every value is absolute, so that a change is idempotent (invariant 5) and a worker can execute
/// it without reading the subscription.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// The new MSISDN.
    pub msisdn: Option<Msisdn>,
    /// The new SIM; the old one becomes void.
    pub iccid: Option<Iccid>,
    /// Whether the subscription is blocked.
    pub blocked: Option<bool>,
    /// The new state.
    pub state: Option<SubscriptionState>,
    /// Operator determined barring.
    pub odb_profile: Option<OdbProfile>,
    /// The fixed IP address; `Some(None)` removes it.
    pub static_ip: Option<Option<Ipv4Addr>>,
    /// Ids of all access points.
    pub apn_ids: Option<Vec<u32>>,
    /// Key of the voice application.
    pub a2p_voice_app_key: Option<AppKey>,
    /// All tags.
    pub tags: Option<BTreeSet<Tag>>,
    /// All services.
    pub services: Option<Vec<Service>>,
}

impl Change {
    /// Whether no value changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn unless_equal<T: PartialEq>(wanted: Option<T>, current: &T) -> Option<T> {
    wanted.filter(|value| value != current)
}

impl Subscription {
    /// Returns the values that the request would change; empty when there are none (204).
    ///
    /// # Errors
    /// The service is not on the subscription, or there are too many services.
    pub fn difference(&self, request: ChangeRequest) -> Result<Change, ServiceError> {
        let services = |services| Change { services: Some(services), ..Change::default() };
        let tags = |tags| Change { tags: Some(tags), ..Change::default() };
        let wanted = match request {
            ChangeRequest::Values(change) => *change,
            ChangeRequest::AddServices(requests) => {
                services(service::added(&self.services, requests)?)
            }
            ChangeRequest::AdjustService(id, settings) => {
                services(service::adjusted(&self.services, &id, &settings)?)
            }
            ChangeRequest::RemoveService(id, instance) => {
                services(service::removed(&self.services, &id, instance)?)
            }
            ChangeRequest::AddTag(tag) => {
                tags(self.tags.iter().cloned().chain(std::iter::once(tag)).collect())
            }
            ChangeRequest::RemoveTag(tag) => {
                tags(self.tags.iter().filter(|t| **t != tag).cloned().collect())
            }
        };
        Ok(self.without_current_values(wanted))
    }

    fn without_current_values(&self, wanted: Change) -> Change {
        Change {
            msisdn: wanted.msisdn.filter(|number| self.msisdn.as_ref() != Some(number)),
            iccid: unless_equal(wanted.iccid, &self.iccid),
            blocked: unless_equal(wanted.blocked, &self.blocked),
            state: unless_equal(wanted.state, &self.state),
            odb_profile: unless_equal(wanted.odb_profile, &self.odb_profile),
            static_ip: unless_equal(wanted.static_ip, &self.static_ip),
            apn_ids: unless_equal(wanted.apn_ids, &self.apn_ids),
            a2p_voice_app_key: wanted
                .a2p_voice_app_key
                .filter(|key| self.a2p_voice_app_key.as_ref() != Some(key)),
            tags: unless_equal(wanted.tags, &self.tags),
            services: unless_equal(wanted.services, &self.services),
        }
    }

    /// The subscription after the change.
    pub fn changed(mut self, change: Change) -> Self {
        self.msisdn = change.msisdn.or(self.msisdn);
        if let Some(iccid) = change.iccid {
            // An IMSI is a property of the SIM: that of the new SIM is not known.
            self.imsi = None;
            self.iccid = iccid;
        }
        self.blocked = change.blocked.unwrap_or(self.blocked);
        self.state = change.state.unwrap_or(self.state);
        self.odb_profile = change.odb_profile.unwrap_or(self.odb_profile);
        self.static_ip = change.static_ip.unwrap_or(self.static_ip);
        self.apn_ids = change.apn_ids.unwrap_or(self.apn_ids);
        self.a2p_voice_app_key = change.a2p_voice_app_key.or(self.a2p_voice_app_key);
        self.tags = change.tags.unwrap_or(self.tags);
        self.services = change.services.unwrap_or(self.services);
        self
    }
}
