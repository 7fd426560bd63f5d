//! Documents made of a table, valid and damaged: what a test gives to the validator and to the JSON
//! Schema, which must judge alike.

use serde_json::{Map, Value, json};

use super::{Kind, Member, Members, Object, Other, Presence, Rule};

/// What the validator says about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Every violation, as text.
    pub violations: Vec<String>,
    /// How many of them are of rules that JSON Schema cannot state.
    pub beyond: usize,
    /// Whether a deviation was tolerated or a member of ours ignored, which JSON Schema does not
    /// describe.
    pub tolerated: bool,
}

/// An object type behind its quirks.
pub trait Judge: Sync {
    /// The name among the document's schemas.
    fn name(&self) -> &'static str;

    /// What the validator says.
    fn judge(&self, document: &Members) -> Judgement;

    /// A document that keeps every rule a JSON Schema can state.
    fn sample(&self, dice: &mut Dice) -> Members;
}

impl<Q: Copy + Sync + 'static> Judge for Object<Q> {
    fn name(&self) -> &'static str {
        self.component()
    }

    fn judge(&self, document: &Members) -> Judgement {
        let findings = self.check(document);
        let violations =
            findings.violations.iter().map(|one| format!("{}: {}", one.pointer, one.message));
        Judgement {
            violations: violations.collect(),
            beyond: findings.beyond,
            tolerated: !findings.tolerated.is_empty() || findings.ignored > 0,
        }
    }

    fn sample(&self, dice: &mut Dice) -> Members {
        sample(self, dice)
    }
}

/// A reproducible source of choices (xorshift64*).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `sides`.
    pub fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let wide = u128::from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d));
        usize::try_from((wide * sides as u128) >> 64).unwrap_or(0)
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    fn pick<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        all.get(self.below(all.len().max(1)))
    }
}

fn sample<Q: Copy>(object: &Object<Q>, dice: &mut Dice) -> Members {
    let mut members = Map::new();
    if let Some(tag) = &object.tag
        && dice.one_in(2)
    {
        members.insert(tag.member.to_owned(), object.name.into());
    }
    for member in object.members {
        if matches!(member.presence, Presence::Required | Presence::Expected(_)) || dice.one_in(2) {
            add(member, &mut members, dice);
        }
    }
    for rule in object.rules {
        for need in needed(rule, &members) {
            if let Some(member) = object.members.iter().find(|member| member.name == need) {
                members.shift_remove(need);
                add_value(member, need, &mut members, dice);
            }
        }
    }
    if members.is_empty() && object.not_empty.is_some() {
        for member in object.members.iter().take(1) {
            add(member, &mut members, dice);
        }
    }
    members
}

fn there(members: &Members, name: &str) -> bool {
    members.get(name).is_some_and(|value| !value.is_null())
}

/// The members that a rule requires and that are not there.
fn needed<Q>(rule: &Rule<Q>, members: &Members) -> Vec<&'static str> {
    let needs: &[&'static str] = match rule {
        Rule::With(member, needs) if there(members, member) => needs,
        Rule::Without(member, needs) if !there(members, member) => needs,
        Rule::When { member, is, needs, .. } => {
            let word = members.get(*member).and_then(Value::as_str);
            if word.is_some_and(|word| is.contains(&word)) {
                std::slice::from_ref(needs)
            } else {
                &[]
            }
        }
        _ => &[],
    };
    needs.iter().copied().filter(|need| !there(members, need)).collect()
}

fn add<Q: Copy>(member: &Member<Q>, members: &mut Members, dice: &mut Dice) {
    let mut names = vec![member.name];
    names.extend(member.aliases.iter().flat_map(|aliases| aliases.names).map(|(name, _)| *name));
    let name = *dice.pick(&names).unwrap_or(&member.name);
    let null = dice.one_in(6);
    match value(&member.kind.in_object(members), dice) {
        Some(_) if null && takes_null(&member.kind.in_object(members)) => {
            members.insert(name.to_owned(), Value::Null);
        }
        Some(value) => {
            members.insert(name.to_owned(), value);
        }
        None => {}
    }
}

fn add_value<Q: Copy>(member: &Member<Q>, name: &str, members: &mut Members, dice: &mut Dice) {
    if let Some(value) = value(&member.kind.in_object(members), dice) {
        members.insert(name.to_owned(), value);
    }
}

fn takes_null<Q>(kind: &Kind<Q>) -> bool {
    match kind {
        Kind::OrNull(_) => true,
        Kind::Noted(_, kind) => takes_null(kind),
        _ => false,
    }
}

/// A value of a kind, never `null`; none of what must not be there or is a deviation.
fn value<Q: Copy>(kind: &Kind<Q>, dice: &mut Dice) -> Option<Value> {
    Some(match kind {
        Kind::Any => dice.pick(&[json!(1), json!("x"), json!({"a": []}), json!(true)])?.clone(),
        Kind::String => text(0, 20, dice),
        Kind::Text(least, most) => text(*least, *most, dice),
        Kind::Label(most) | Kind::LongLabel { write: most, .. } | Kind::Id(most) => {
            text(1, *most, dice)
        }
        Kind::Form(form) => form.example.into(),
        Kind::Integer(least, most) => {
            let middle = least.saturating_add(dice.below(1000) as i64).min(*most);
            json!(*dice.pick(&[*least, middle, *most])?)
        }
        Kind::Number => dice.pick(&[json!(0), json!(2.5), json!(-7)])?.clone(),
        Kind::Boolean => dice.one_in(2).into(),
        Kind::Word(words, _) => (*dice.pick(words)?).into(),
        Kind::Object(object) => Value::Object(sample(object, dice)),
        Kind::OneOf(choice) => {
            let object = *dice.pick(choice.objects)?;
            let mut members = sample(object, dice);
            if choice.object_of(&members).is_none_or(|found| found.name != object.name) {
                members.insert(choice.tag.to_owned(), object.name.into());
            }
            Value::Object(members)
        }
        Kind::List(least, most, kind) => {
            let most = (*most).min(least + 3);
            let length = least + dice.below(most - least + 1);
            (0..length).filter_map(|_| value(kind, dice)).collect()
        }
        Kind::OrNull(kind) | Kind::Or(kind, Other::Kind(_) | Other::Words(_), _) => {
            value(kind, dice)?
        }
        Kind::Noted(_, kind) | Kind::Ours(kind) => value(kind, dice)?,
        Kind::Depends(depends) => value(depends.shown, dice)?,
        Kind::Custom(custom) => serde_json::from_str(dice.pick(custom.examples)?).ok()?,
        Kind::Absent(_) | Kind::Deviation(..) => return None,
    })
}

fn text(least: usize, most: usize, dice: &mut Dice) -> Value {
    let most = most.min(least + 40);
    let length = [least, most, least + dice.below(most - least + 1)][dice.below(3)];
    let letters = ['a', 'Z', '9', 'å', '-', '"', '\u{1f600}'];
    let text: String = (0..length).filter_map(|_| dice.pick(&letters)).collect();
    text.into()
}

/// Damages a document in up to three places: a value becomes another, a member or an item goes or
/// comes.
pub fn damage(document: &mut Members, dice: &mut Dice) {
    let mut whole = Value::Object(std::mem::take(document));
    for _ in 0..=dice.below(3) {
        damage_value(&mut whole, true, dice);
    }
    if let Value::Object(members) = whole {
        *document = members;
    }
}

fn damage_value(value: &mut Value, root: bool, dice: &mut Dice) {
    let deeper = root || !dice.one_in(3);
    match value {
        Value::Object(members) if deeper => damage_members(members, dice),
        Value::Array(items) if deeper && !items.is_empty() => {
            let index = dice.below(items.len());
            match dice.below(4) {
                0 => drop(items.remove(index)),
                1 => items.push(items[index].clone()),
                _ => damage_value(&mut items[index], false, dice),
            }
        }
        Value::String(text) if deeper => match dice.below(4) {
            0 => drop(text.pop()),
            1 => text.push('9'),
            2 => text.insert(0, '#'),
            _ => *text = text.repeat(60),
        },
        Value::Number(number) if deeper => {
            let by = [1.0, -1.0, 0.5, 100_000.0][dice.below(4)];
            *value = json!(number.as_f64().unwrap_or_default().clamp(-1e12, 1e12) + by);
        }
        value => *value = junk(dice),
    }
}

fn damage_members(members: &mut Members, dice: &mut Dice) {
    let names: Vec<String> = members.keys().cloned().collect();
    let Some(name) = dice.pick(&names) else {
        members.insert("unknown".to_owned(), junk(dice));
        return;
    };
    match dice.below(8) {
        0 => drop(members.insert("unknown".to_owned(), junk(dice))),
        1 => drop(members.shift_remove(name)),
        2 => drop(members.insert(name.clone(), junk(dice))),
        _ => {
            if let Some(value) = members.get_mut(name) {
                damage_value(value, false, dice);
            }
        }
    }
}

fn junk(dice: &mut Dice) -> Value {
    let all = [
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(2.0),
        json!(1.5),
        json!(""),
        json!("x"),
        json!("a\u{0}b"),
        json!("x".repeat(3000)),
        json!([]),
        json!({}),
        json!(["x"]),
        json!({"objectType": "x"}),
    ];
    all[dice.below(all.len())].clone()
}
