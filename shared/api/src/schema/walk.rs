//! Walking a document along its tables.

use serde_json::Value;

use super::{
    Aliases, Choice, Findings, Form, Found, Kind, Member, Members, Object, Other, Presence,
};
use crate::json::{Pointer, same, whole};

/// Checks an object of a known type.
pub(super) fn object<Q: Copy + 'static>(
    schema: &Object<Q>,
    object: &Members,
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
) {
    if let Some(message) = schema.not_empty.filter(|_| object.is_empty()) {
        findings.refuse(at, message);
    }
    tag(schema, object, at, findings);
    for one in schema.members {
        match &one.aliases {
            Some(aliases) => aliased(one, aliases, object, at, findings),
            None => member(one, schema.nulls, object, at, findings),
        }
    }
    for rule in schema.rules {
        rule.check(object, schema.nulls.is_some(), at, findings);
    }
    if schema.closed {
        let tag = schema.tag.map(|tag| tag.member);
        let known = |name: &str| {
            tag == Some(name) || schema.members.iter().any(|member| member.is_named(name))
        };
        for name in object.keys().filter(|name| !known(name)) {
            findings.refuse(at.member(name), "not known here");
        }
    }
}

fn tag<Q: Copy>(schema: &Object<Q>, object: &Members, at: Pointer<'_>, findings: &mut Findings<Q>) {
    let Some(tag) = schema.tag else { return };
    let Some(name) = object.get(tag.member) else { return };
    if let Some(quirk) = schema.nulls.filter(|_| name.is_null()) {
        return findings.tolerate(at.member(tag.member), quirk);
    }
    match name.as_str().and_then(|name| schema.is_tagged(name)) {
        Some(None) => {}
        Some(Some(quirk)) => findings.tolerate(at.member(tag.member), quirk),
        None => findings.refuse(at.member(tag.member), format!("must be {}", schema.name)),
    }
}

fn member<Q: Copy + 'static>(
    member: &Member<Q>,
    nulls: Option<Q>,
    object: &Members,
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
) {
    match (member.find(object), member.presence) {
        (
            Some(Found { name, value: Value::Null, .. }),
            Presence::Optional | Presence::Expected(_),
        ) if nulls.is_some() && !takes_null(&member.kind.in_object(object)) => {
            // The guard says that there is one.
            nulls.into_iter().for_each(|quirk| findings.tolerate(at.member(name), quirk));
            if let Presence::Expected(quirk) = member.presence {
                findings.tolerate(at.member(name), quirk);
            }
        }
        (Some(found), presence) => {
            let here = at.member(found.name);
            if let Some(quirk) = found.quirk {
                findings.tolerate(here, quirk);
            }
            let needed = !matches!(presence, Presence::Optional);
            given(&member.kind.in_object(object), found.value, needed, here, findings);
        }
        (None, Presence::Required) => findings.refuse(at.member(member.name), "required"),
        (None, Presence::Expected(quirk)) => findings.tolerate(at.member(member.name), quirk),
        (None, Presence::Optional) => {}
    }
}

/// A member that may come under several names.
fn aliased<Q: Copy + 'static>(
    member: &Member<Q>,
    aliases: &Aliases,
    object: &Members,
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
) {
    let names = aliases.names.iter().map(|(name, _)| *name);
    let (mut there, mut first) = (false, None);
    for name in std::iter::once(member.name).chain(names) {
        let Some(value) = object.get(name) else { continue };
        there = true;
        let before = findings.violations.iter().count();
        let needed = matches!(member.presence, Presence::Required);
        given(&member.kind.in_object(object), value, needed, at.member(name), findings);
        let Some(message) = aliases.differs else { break };
        if value.is_null() || findings.violations.iter().count() > before {
            continue;
        }
        if first.is_some_and(|first| !same(first, value)) {
            findings.refuse(at.member(name), message);
            findings.beyond += 1;
        }
        first = first.or(Some(value));
    }
    if !there && matches!(member.presence, Presence::Required) {
        findings.refuse(at.member(member.name), "required");
    }
}

/// The value of a member: `null` only where its kind says so.
fn given<Q: Copy + 'static>(
    kind: &Kind<Q>,
    given: &Value,
    needed: bool,
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
) {
    if given.is_null() && !takes_null(kind) {
        return findings.refuse(at, "must not be null");
    }
    value(kind, given, needed, at, findings);
}

fn takes_null<Q>(kind: &Kind<Q>) -> bool {
    match kind {
        Kind::OrNull(_) | Kind::Ours(_) | Kind::Absent(_) => true,
        Kind::Noted(_, kind) => takes_null(kind),
        _ => false,
    }
}

fn value<Q: Copy + 'static>(
    kind: &Kind<Q>,
    value: &Value,
    needed: bool,
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
) {
    match kind {
        Kind::Any => {}
        Kind::Ours(_) => findings.ignored += 1,
        Kind::String => expect(value.is_string(), "must be a string", at, findings),
        Kind::Text(least, most) => text(value, (*least, *most), at, findings),
        Kind::Label(most) => label(value, needed, *most, at, findings),
        Kind::LongLabel { write, read, quirk } => {
            label(value, needed, *read, at, findings);
            if value.as_str().is_some_and(|text| !fits(text, *write) && fits(text, *read)) {
                findings.tolerate(at, *quirk);
            }
        }
        Kind::Id(most) => id(value, *most, at, findings),
        Kind::Form(form) => formed(form, value, at, findings),
        Kind::Integer(least, most) => integer(value, *least, *most, at, findings),
        Kind::Number => expect(value.is_number(), "must be a number", at, findings),
        Kind::Boolean => expect(value.is_boolean(), "must be true or false", at, findings),
        Kind::Word(words, aliases) => word(value, words, aliases, at, findings),
        Kind::Object(schema) => match value.as_object() {
            Some(members) => object(schema, members, at, findings),
            None => findings.refuse(at, "must be an object"),
        },
        Kind::OneOf(choice) => one_of(choice, value, at, findings),
        Kind::List(least, most, kind) => list(kind, value, (*least, *most), at, findings),
        Kind::OrNull(_) if value.is_null() => {}
        Kind::OrNull(kind) | Kind::Noted(_, kind) => {
            self::value(kind, value, needed, at, findings);
        }
        Kind::Or(kind, other, quirk) => {
            let kind = or_text(kind, other, *quirk, value, at, findings);
            self::value(kind, value, true, at, findings);
        }
        Kind::Deviation(quirk, kind) => {
            findings.tolerate(at, *quirk);
            self::value(kind, value, needed, at, findings);
        }
        // Resolved with the object at hand; an item of an array has none.
        Kind::Depends(depends) => self::value(depends.shown, value, needed, at, findings),
        Kind::Custom(custom) => {
            if let Err(message) = (custom.check)(value) {
                findings.refuse(at, message);
                findings.beyond += usize::from(custom.beyond);
            }
        }
        Kind::Absent(message) => findings.refuse(at, *message),
    }
}

fn formed<Q>(form: &Form, value: &Value, at: Pointer<'_>, findings: &mut Findings<Q>) {
    match value.as_str().map(|text| form.check(text)) {
        None => findings.refuse(at, "must be a string"),
        Some(Ok(())) => {}
        Some(Err(message)) => {
            findings.refuse(at, message);
            findings.beyond += usize::from(form.beyond.is_some());
        }
    }
}

/// The kind as which a value is judged that may deviate by being a text.
fn or_text<Q: Copy + 'static>(
    kind: &'static Kind<Q>,
    other: &Other<Q>,
    quirk: Q,
    value: &Value,
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
) -> &'static Kind<Q> {
    let Some(text) = value.as_str() else { return kind };
    match other {
        Other::Words(words) if !words.contains(&text) => kind,
        Other::Words(_) => {
            findings.tolerate(at, quirk);
            &Kind::String
        }
        Other::Kind(other) => {
            findings.tolerate(at, quirk);
            other
        }
    }
}

fn expect<Q>(right: bool, message: &str, at: Pointer<'_>, findings: &mut Findings<Q>) {
    if !right {
        findings.refuse(at, message);
    }
}

/// Never more characters than bytes: most texts need no counting.
fn fits(text: &str, longest: usize) -> bool {
    text.len() <= longest || text.chars().count() <= longest
}

fn text<Q>(
    value: &Value,
    (least, most): (usize, usize),
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
) {
    let Some(text) = value.as_str() else { return findings.refuse(at, "must be a string") };
    let right =
        fits(text, most) && (least < 2 && text.len() >= least || text.chars().count() >= least);
    if !right {
        findings.refuse(at, format!("must have {least} to {most} characters"));
    }
}

fn label<Q>(
    value: &Value,
    needed: bool,
    longest: usize,
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
) {
    match value.as_str() {
        None => findings.refuse(at, "must be a string"),
        Some("") if needed => findings.refuse(at, "must not be empty"),
        Some(text) if !fits(text, longest) => {
            findings.refuse(at, format!("must have at most {longest} characters"));
        }
        Some(_) => {}
    }
}

fn id<Q>(value: &Value, longest: usize, at: Pointer<'_>, findings: &mut Findings<Q>) {
    label(value, true, longest, at, findings);
    if value.as_str().is_some_and(|text| text.contains(|c: char| c == '#' || c.is_control())) {
        findings.refuse(at, "must not hold # or a control character");
    }
}

fn integer<Q>(value: &Value, least: i64, most: i64, at: Pointer<'_>, findings: &mut Findings<Q>) {
    if whole(value).is_some_and(|number| (least..=most).contains(&number)) {
        return;
    }
    let message = if most == i64::MAX {
        format!("must be an integer of at least {least}")
    } else {
        format!("must be an integer from {least} to {most}")
    };
    findings.refuse(at, message);
}

fn word<Q: Copy>(
    value: &Value,
    words: &[&str],
    aliases: &[(&str, Q)],
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
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

fn one_of<Q: Copy + 'static>(
    choice: &Choice<Q>,
    value: &Value,
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
) {
    let Some(members) = value.as_object() else {
        return findings.refuse(at, "must be an object");
    };
    if let Some(schema) = choice.object_of(members) {
        return object(schema, members, at, findings);
    }
    let names: Vec<_> = choice.objects.iter().map(|object| object.name).collect();
    let message = format!("must be one of: {}", names.join(", "));
    findings.refuse(at.member(choice.tag), message);
}

fn list<Q: Copy + 'static>(
    kind: &Kind<Q>,
    value: &Value,
    (least, most): (usize, usize),
    at: Pointer<'_>,
    findings: &mut Findings<Q>,
) {
    let Some(items) = value.as_array() else { return findings.refuse(at, "must be an array") };
    if !(least..=most).contains(&items.len()) {
        // Items of an array that is too long are not looked at: the response stays short.
        return findings.refuse(at, format!("must have {least} to {most} items"));
    }
    for (index, item) in items.iter().enumerate() {
        self::value(kind, item, true, at.item(index), findings);
    }
}
