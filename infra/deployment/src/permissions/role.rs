//! A role: what it allows and what it denies.

use serde_json::{Map, Value};

use super::Request;

/// Everything that one role says, each action on each resource apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// What is allowed.
    pub allowed: Vec<Grant>,
    /// What is denied whatever is allowed.
    pub denied: Vec<Grant>,
}

/// One action on one resource, under conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// IAM action.
    pub action: String,
    /// ARN; `*` and `?` stand for any text and for any character.
    pub resource: String,
    /// All of them have to hold.
    pub conditions: Vec<Condition>,
}

/// A condition on one key of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator as IAM writes it.
    pub operator: String,
    /// Condition key.
    pub key: String,
    /// The values that it allows.
    pub values: Vec<String>,
}

impl Role {
    /// Of these statements, references resolved.
    pub fn new(statements: &[Value]) -> Self {
        let mut role = Self::default();
        for statement in statements {
            let into = match &statement["Effect"] {
                effect if effect == "Deny" => &mut role.denied,
                _ => &mut role.allowed,
            };
            let conditions = conditions(&statement["Condition"]);
            for action in texts(&statement["Action"]) {
                for resource in texts(&statement["Resource"]) {
                    let (action, conditions) = (action.clone(), conditions.clone());
                    into.push(Grant { action, resource, conditions });
                }
            }
        }
        role
    }

    /// Whether some grant allows the request and none denies it.
    pub fn allows(&self, request: &Request) -> bool {
        let applies = |grant: &Grant| grant.applies_to(request);
        self.allowed.iter().any(applies) && !self.denied.iter().any(applies)
    }
}

impl Grant {
    /// Whether action, resource and conditions are those of the request.
    pub fn applies_to(&self, request: &Request) -> bool {
        self.action == request.action
            && like(&self.resource, &request.resource)
            && self.conditions.iter().all(|condition| condition.holds(request))
    }
}

impl Condition {
    /// An operator that is not known never holds: such a statement allows nothing here.
    fn holds(&self, request: &Request) -> bool {
        let found = request.context.get(&self.key).map_or(&[][..], Vec::as_slice);
        let is_one_of = |text: &String, pattern: bool| {
            self.values.iter().any(|value| if pattern { like(value, text) } else { value == text })
        };
        match self.operator.as_str() {
            "ForAllValues:StringLike" => found.iter().all(|text| is_one_of(text, true)),
            "ForAllValues:StringEquals" => found.iter().all(|text| is_one_of(text, false)),
            "StringLike" => matches!(found, [text] if is_one_of(text, true)),
            "StringEquals" => matches!(found, [text] if is_one_of(text, false)),
            _ => false,
        }
    }
}

fn conditions(value: &Value) -> Vec<Condition> {
    let entries = |value: &Value| value.as_object().cloned().unwrap_or_else(Map::new);
    let operators = entries(value).into_iter();
    let each = operators.flat_map(|(operator, keys)| {
        entries(&keys).into_iter().map(move |(key, values)| Condition {
            operator: operator.clone(),
            key,
            values: texts(&values),
        })
    });
    each.collect()
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match value {
        Value::Array(values) => values.iter().filter_map(text).collect(),
        value => text(value).into_iter().collect(),
    }
}

/// Whether the text fits a pattern in which `*` is any text and `?` any character.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return same(pattern, text) };
    let Some(rest) = split_at(text, head.chars().count()) else { return false };
    let (start, mut rest) = rest;
    if !same(head, start) {
        return false;
    }
    loop {
        if like(tail, rest) {
            return true;
        }
        let mut characters = rest.chars();
        if characters.next().is_none() {
            return false;
        }
        rest = characters.as_str();
    }
}

/// The first `count` characters and the others; none when there are fewer.
fn split_at(text: &str, count: usize) -> Option<(&str, &str)> {
    let ends = text.char_indices().map(|(index, _)| index).chain([text.len()]);
    text.split_at_checked(ends.into_iter().nth(count)?)
}

/// Equal, except that `?` is any character.
fn same(pattern: &str, text: &str) -> bool {
    let mut text = text.chars();
    pattern.chars().all(|wanted| text.next().is_some_and(|found| wanted == '?' || wanted == found))
        && text.next().is_none()
}
