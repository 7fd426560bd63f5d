//! Which grants the recorded calls need: each is taken away in turn, and the calls are judged again.

use std::fmt;

use super::{Permissions, Role, record::Judged, request::LEADING_KEYS};

/// The smallest thing that can be taken away from a role: one action on one resource, or one value
/// of its condition (a kind of leading keys, an attribute).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    /// The function, or the role itself.
    pub caller: String,
    /// IAM action.
    pub action: String,
    /// The resource: the last part of its ARN.
    pub resource: String,
    /// The value, and the name of its key unless that is the leading key.
    pub value: Option<String>,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { caller, action, resource, value } = self;
        write!(f, "{caller}: {action} on {resource}")?;
        value.as_ref().map_or(Ok(()), |value| write!(f, ", {value}"))
    }
}

/// What the calls say of the roles.
#[derive(Debug, Default)]
pub struct Report {
    /// Each unit without which a call would be refused, and the first such call.
    pub needed: Vec<(Unit, Judged)>,
    /// The units without which every call is allowed.
    pub unneeded: Vec<Unit>,
    /// The calls that are not allowed.
    pub denied: Vec<Judged>,
}

/// Where a unit is: grant, and condition and value of it.
type Position = (usize, Option<(usize, usize)>);

/// Judges the calls once more without each unit. Units of services whose calls are not judged are
/// in neither list.
pub fn report(permissions: &Permissions, calls: &[Judged]) -> Report {
    let mut report = Report::default();
    for (caller, role) in permissions.roles() {
        let own: Vec<_> = calls.iter().filter(|call| call.caller == *caller).collect();
        let (allowed, denied): (Vec<_>, Vec<_>) =
            own.into_iter().partition(|call| role.allows(&call.request));
        report.denied.extend(denied.into_iter().cloned());
        for (position, unit) in units(caller, role) {
            let without = without(role, position);
            // Most calls are of other actions.
            let mut about = allowed.iter().filter(|call| call.request.action == unit.action);
            match about.find(|call| !without.allows(&call.request)) {
                Some(refused) => report.needed.push((unit, (*refused).clone())),
                None => report.unneeded.push(unit),
            }
        }
    }
    report
}

fn units(caller: &str, role: &Role) -> Vec<(Position, Unit)> {
    let mut units = Vec::new();
    for (index, grant) in role.allowed.iter().enumerate() {
        if !grant.action.starts_with("dynamodb:") && !grant.action.starts_with("sqs:") {
            continue;
        }
        let unit = |value| Unit {
            caller: caller.to_owned(),
            action: grant.action.clone(),
            resource: short(&grant.resource).to_owned(),
            value,
        };
        let lists = grant.conditions.iter().enumerate();
        let lists = lists.filter(|(_, it)| it.operator.starts_with("ForAllValues:"));
        let mut values = Vec::new();
        for (condition, list) in lists {
            for (value, text) in list.values.iter().enumerate() {
                let text = match list.key.as_str() {
                    LEADING_KEYS => text.clone(),
                    key => format!("{key} {text}"),
                };
                values.push(((index, Some((condition, value))), unit(Some(text))));
            }
        }
        match values.is_empty() {
            true => units.push(((index, None), unit(None))),
            false => units.extend(values),
        }
    }
    units
}

/// The part of an ARN that differs: `OrdersTable/index/byOwner`, `EventsQueue`.
fn short(arn: &str) -> &str {
    let name = arn.rsplit(':').next().unwrap_or(arn);
    name.strip_prefix("table/").unwrap_or(name)
}

fn without(role: &Role, (index, value): Position) -> Role {
    let mut role = role.clone();
    match value {
        // A list without values would hold for every request.
        Some((condition, value)) if role.allowed[index].conditions[condition].values.len() > 1 => {
            role.allowed[index].conditions[condition].values.remove(value);
        }
        _ => {
            role.allowed.remove(index);
        }
    }
    role
}
