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

use std::collections::BTreeMap;

use thiserror::Error;

use crate::template::Plan;

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

/// The roles of a template, by who has them.
#[derive(Debug, Clone, Default)]
pub struct Permissions {
    roles: BTreeMap<String, Role>,
}

impl Permissions {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Self {
        let role = |(name, statements): (&String, &Vec<_>)| (name.clone(), Role::new(statements));
        Self { roles: plan.roles.iter().map(role).collect() }
    }

    /// The roles, by function or by their own name.
    pub fn roles(&self) -> &BTreeMap<String, Role> {
        &self.roles
    }

    /// Whether the caller may do this. A caller that has no role in the template may do anything.
    ///
    /// # Errors
    /// Its role does not allow it.
    pub fn judge(&self, caller: &str, request: &Request) -> Result<(), Denied> {
        match self.roles.get(caller) {
            Some(role) if !role.allows(request) => Err(Denied {
                caller: caller.to_owned(),
                action: request.action.clone(),
                resource: request.resource.clone(),
                context: request.context.clone(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
