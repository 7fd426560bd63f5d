//! Whether a role allows a call to DynamoDB or SQS, by the statements of the template, as IAM does:
//! actions, resources, leading keys, attributes. A call that is not allowed is refused to whoever
//! makes it, so that a missing permission is seen before AWS sees it.
//!
//! [`Resources`] reads a call as the [`Request`]s it is made of, [`Permissions::judge`] judges each,
//! [`record`] keeps what was judged, and [`needed`] finds the grants that no recorded call needs.

mod attributes;
pub mod needed;
pub mod record;
mod request;
mod role;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::{caller::ADMINISTRATOR, template::Plan};

pub use request::{Request, Resources};
pub use role::{Condition, Grant, Role};

/// A call that the caller's role does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{caller} is not authorized to perform {action} on {resource} ({context:?})")]
pub struct Denied {
    /// The function, or the role itself.
    pub caller: String,
    /// IAM action.
    pub action: String,
    /// ARN.
    pub resource: String,
    /// The condition keys of the request, and their values.
    pub context: BTreeMap<String, Vec<String>>,
}

impl Denied {
    fn new(caller: &str, request: &Request) -> Self {
        let Request { action, resource, context } = request.clone();
        Self { caller: caller.to_owned(), action, resource, context }
    }
}

/// The roles of a template, by who has them.
#[derive(Debug, Clone, Default)]
pub struct Permissions {
    roles: BTreeMap<String, Role>,
    /// Functions whose role SAM writes: the template does not have it.
    unwritten: BTreeSet<String>,
}

impl Permissions {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Self {
        let role = |(name, statements): (&String, &Vec<_>)| (name.clone(), Role::new(statements));
        let roles: BTreeMap<_, _> = plan.roles.iter().map(role).collect();
        let functions = plan.functions.iter().map(|function| &function.name);
        let unwritten = functions.filter(|name| !roles.contains_key(*name)).cloned().collect();
        Self { roles, unwritten }
    }

    /// The roles, by function or by their own name.
    pub fn roles(&self) -> &BTreeMap<String, Role> {
        &self.roles
    }

    /// Whether there is such a caller: the administrator, or whoever has a role. An access key id
    /// that nobody has is refused, whatever the call is.
    ///
    /// # Errors
    /// There is none.
    pub fn identify(&self, caller: &str, action: &str) -> Result<(), Denied> {
        let known = caller == ADMINISTRATOR
            || self.roles.contains_key(caller)
            || self.unwritten.contains(caller);
        if known { Ok(()) } else { Err(Denied::new(caller, &Request::new(action, "*"))) }
    }

    /// Whether the caller may do this.
    ///
    /// # Errors
    /// Its role does not allow it, or there is no such caller.
    pub fn judge(&self, caller: &str, request: &Request) -> Result<(), Denied> {
        self.identify(caller, &request.action)?;
        match self.roles.get(caller) {
            Some(role) if !role.allows(request) => Err(Denied::new(caller, request)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
