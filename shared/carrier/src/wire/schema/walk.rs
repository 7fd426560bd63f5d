//! Walking a document along its tables.

use domain::carrier::Quirk;
use serde_json::Value;

use super::{Choice, Findings, Kind, Object, Presence, Shape};
use api::json::{Pointer, whole};

/// Checks an object of a known type.
pub(super) fn object(
    shape: &'static Shape,
    object: &Object,
    at: Pointer<'_>,
    findings: &mut Findings,
) {
    object_type(shape, object, at, findings);
    for member in shape.members {
        match (member.find(object), member.presence) {
            (Some(found), presence) => {
                let here = at.member(found.name);
                if let Some(quirk) = found.quirk {
                    findings.tolerate(here, quirk);
                }
                let needed = presence != Presence::Optional;
                value(&member.kind, found.value, needed, here, findings);
            }
            (None, Presence::Required) => findings.refuse(at.member(member.name), "required"),
            (None, Presence::Expected(quirk)) => findings.tolerate(at.member(member.name), quirk),
            (None, Presence::Optional) => {}
        }
    }
    if let Some(rule) = shape.rule {
        rule(object, at, findings);
    }
}

fn object_type(shape: &Shape, object: &Object, at: Pointer<'_>, findings: &mut Findings) {
    let Some(name) = object.get("objectType") else { return };
    match name.as_str().and_then(|name| shape.is_named(name)) {
        Some(None) => {}
        Some(Some(quirk)) => findings.tolerate(at.member("objectType"), quirk),
        None => findings.refuse(at.member("objectType"), format!("must be {}", shape.name)),
    }
}

fn value(kind: &Kind, value: &Value, needed: bool, at: Pointer<'_>, findings: &mut Findings) {
    match kind {
        Kind::Text(longest) => text(value, needed, *longest, at, findings),
        Kind::LongText { write, read, quirk } => {
            text(value, needed, *read, at, findings);
            if value.as_str().is_some_and(|text| !fits(text, *write) && fits(text, *read)) {
                findings.tolerate(at, *quirk);
            }
        }
        Kind::Id(longest) => id(value, *longest, at, findings),
        Kind::Date => expect(value.is_string(), "must be a string", at, findings),
        Kind::Integer(least, greatest) => integer(value, *least, *greatest, at, findings),
        Kind::Number => expect(value.is_number(), "must be a number", at, findings),
        Kind::Boolean => expect(value.is_boolean(), "must be true or false", at, findings),
        Kind::LooseBoolean => match value {
            Value::String(text) if text == "true" || text == "false" => {
                findings.tolerate(at, Quirk::BooleanAsText);
            }
            _ => expect(value.is_boolean(), "must be true or false", at, findings),
        },
        Kind::Word(words, aliases) => word(value, words, aliases, at, findings),
        Kind::PricingTerm if value.is_string() => findings.tolerate(at, Quirk::PricingTermAsText),
        Kind::PricingTerm => integer(value, 0, 999, at, findings),
        Kind::Object(shape) => match value.as_object() {
            Some(members) => object(shape, members, at, findings),
            None => findings.refuse(at, "must be an object"),
        },
        Kind::TextOr(longest, shape, quirk) => match value {
            Value::Object(members) => object(shape, members, at, findings),
            Value::String(_) => {
                findings.tolerate(at, *quirk);
                id(value, *longest, at, findings);
            }
            _ => findings.refuse(at, "must be an object"),
        },
        Kind::OneOf(choice) => one_of(choice, value, at, findings),
        Kind::List(least, most, kind) => list(kind, value, (*least, *most), at, findings),
        Kind::Deviation(quirk, kind) => {
            findings.tolerate(at, *quirk);
            self::value(kind, value, needed, at, findings);
        }
        Kind::Ignored => {}
    }
}

fn expect(right: bool, message: &str, at: Pointer<'_>, findings: &mut Findings) {
    if !right {
        findings.refuse(at, message);
    }
}

/// Never more characters than bytes: most texts need no counting.
fn fits(text: &str, longest: usize) -> bool {
    text.len() <= longest || text.chars().count() <= longest
}

fn text(value: &Value, needed: bool, longest: usize, at: Pointer<'_>, findings: &mut Findings) {
    match value.as_str() {
        None => findings.refuse(at, "must be a string"),
        Some("") if needed => findings.refuse(at, "must not be empty"),
        Some(text) if !fits(text, longest) => {
            findings.refuse(at, format!("must have at most {longest} characters"));
        }
        Some(_) => {}
    }
}

fn id(value: &Value, longest: usize, at: Pointer<'_>, findings: &mut Findings) {
    text(value, true, longest, at, findings);
    if value.as_str().is_some_and(|text| text.contains(|c: char| c == '#' || c.is_control())) {
        findings.refuse(at, "must not hold # or a control character");
    }
}

fn integer(value: &Value, least: i64, greatest: i64, at: Pointer<'_>, findings: &mut Findings) {
    if whole(value).is_some_and(|number| (least..=greatest).contains(&number)) {
        return;
    }
    let message = if greatest == i64::MAX {
        format!("must be an integer of at least {least}")
    } else {
        format!("must be an integer from {least} to {greatest}")
    };
    findings.refuse(at, message);
}

fn word(
    value: &Value,
    words: &[&str],
    aliases: &[(&str, Quirk)],
    at: Pointer<'_>,
    findings: &mut Findings,
) {
    let text = value.as_str();
    if text.is_some_and(|text| words.contains(&text)) {
        return;
    }
    match aliases.iter().find(|(alias, _)| Some(*alias) == text) {
        Some((_, quirk)) => findings.tolerate(at, *quirk),
        None => findings.refuse(at, format!("must be one of: {}", words.join(", "))),
    }
}

fn one_of(choice: &Choice, value: &Value, at: Pointer<'_>, findings: &mut Findings) {
    let Some(members) = value.as_object() else {
        return findings.refuse(at, "must be an object");
    };
    if let Some(shape) = choice.shape_of(members) {
        return object(shape, members, at, findings);
    }
    let names: Vec<_> = choice.shapes.iter().map(|shape| shape.name).collect();
    let message = format!("must be one of: {}", names.join(", "));
    findings.refuse(at.member("objectType"), message);
}

fn list(
    kind: &Kind,
    value: &Value,
    (least, most): (usize, usize),
    at: Pointer<'_>,
    findings: &mut Findings,
) {
    let Some(items) = value.as_array() else { return findings.refuse(at, "must be an array") };
    if !(least..=most).contains(&items.len()) {
        // Items of an array that is too long are not looked at: the answer stays short.
        return findings.refuse(at, format!("must have {least} to {most} items"));
    }
    for (index, item) in items.iter().enumerate() {
        self::value(kind, item, true, at.item(index), findings);
    }
}
