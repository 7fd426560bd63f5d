//! What a change of a subscription asks for, and what is left of it once compared with what is.

use std::{collections::BTreeSet, net::Ipv4Addr};

use serde::{Deserialize, Serialize};

use super::{
    AppKey, OdbProfile, Service, ServiceError, ServiceId, ServiceRequest, ServiceSettings,
    Subscription, SubscriptionState, Tag, service,
};
use crate::numbering::{Iccid, Msisdn};

/// A change that a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeRequest {
    /// PATCH of the subscription: new values.
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

/// New values of a subscription: what is none stays as it is.
///
/// Every value is absolute, so that applying a change twice is applying it once (invariant 5),
/// and a worker need not read the subscription to carry it out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Change {
    /// Another number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msisdn: Option<Msisdn>,
    /// Another SIM; the old one becomes void.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iccid: Option<Iccid>,
    /// Block or unblock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
    /// First use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<SubscriptionState>,
    /// Barring.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odb_profile: Option<OdbProfile>,
    /// A fixed address, or (`Some(None)`) none any more.
    #[serde(skip_serializing_if = "Option::is_none", with = "explicit_null")]
    pub static_ip: Option<Option<Ipv4Addr>>,
    /// Access points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apn_ids: Option<Vec<u32>>,
    /// Key of the voice application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a2p_voice_app_key: Option<AppKey>,
    /// All tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeSet<Tag>>,
    /// All services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<Service>>,
}

impl Change {
    /// Whether nothing is left to do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `None` is left out, `Some(None)` is `null`.
mod explicit_null {
    use std::net::Ipv4Addr;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Option<Ipv4Addr>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.flatten().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<Ipv4Addr>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }
}

fn unless_same<T: PartialEq>(wanted: Option<T>, present: &T) -> Option<T> {
    wanted.filter(|value| value != present)
}

impl Subscription {
    /// What of the request would really change something. Empty: nothing to do (204).
    ///
    /// # Errors
    /// A service that is not there, or too many of them.
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
        Ok(self.without_what_is_so_already(wanted))
    }

    fn without_what_is_so_already(&self, wanted: Change) -> Change {
        Change {
            msisdn: wanted.msisdn.filter(|number| self.msisdn.as_ref() != Some(number)),
            iccid: unless_same(wanted.iccid, &self.iccid),
            blocked: unless_same(wanted.blocked, &self.blocked),
            state: unless_same(wanted.state, &self.state),
            odb_profile: unless_same(wanted.odb_profile, &self.odb_profile),
            static_ip: unless_same(wanted.static_ip, &self.static_ip),
            apn_ids: unless_same(wanted.apn_ids, &self.apn_ids),
            a2p_voice_app_key: wanted
                .a2p_voice_app_key
                .filter(|key| self.a2p_voice_app_key.as_ref() != Some(key)),
            tags: unless_same(wanted.tags, &self.tags),
            services: unless_same(wanted.services, &self.services),
        }
    }

    /// The subscription after the change, as the network has it then.
    pub fn changed(mut self, change: Change) -> Self {
        self.msisdn = change.msisdn.or(self.msisdn);
        if let Some(iccid) = change.iccid {
            // An IMSI is a property of the old SIM: it went with it.
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
