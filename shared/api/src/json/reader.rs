use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use domain::violation::Violations;
use serde_json::{Map, Value};

use super::Pointer;

/// A member of an object: absent and `null` are told apart, as a patch needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member<T> {
    /// The member is not there, or is wrong (then there is a violation).
    Absent,
    /// The member is `null`.
    Null,
    /// The member's value.
    Present(T),
}

impl<T> Member<T> {
    /// The value, when there is one.
    pub fn present(self) -> Option<T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

/// Reads the members of one object and remembers which it was asked for.
#[derive(Debug)]
pub struct ObjectReader<'m, 'v> {
    members: &'m Map<String, Value>,
    pointer: Pointer<'v>,
    violations: &'v mut Violations,
    known: Vec<&'static str>,
}

impl<'m, 'v> ObjectReader<'m, 'v> {
    /// Reads a whole body.
    pub fn new(members: &'m Map<String, Value>, violations: &'v mut Violations) -> Self {
        Self::at(members, Pointer::Root, violations)
    }

    /// Reads the object that stands at `pointer`.
    pub fn at(
        members: &'m Map<String, Value>,
        pointer: Pointer<'v>,
        violations: &'v mut Violations,
    ) -> Self {
        Self { members, pointer, violations, known: Vec::new() }
    }

    /// A member that must be there and must not be `null`.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(ValueReader<'m, '_>) -> Option<T>,
    ) -> Option<T> {
        self.known.push(name);
        match self.members.get(name) {
            None => {
                self.refuse(name, "required");
                None
            }
            Some(value) => self.value(name, value, read),
        }
    }

    /// A member that may be missing but must not be `null`.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(ValueReader<'m, '_>) -> Option<T>,
    ) -> Option<T> {
        self.known.push(name);
        let value = self.members.get(name)?;
        self.value(name, value, read)
    }

    /// A member that may be missing, and may be `null` to mean something.
    pub fn nullable<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(ValueReader<'m, '_>) -> Option<T>,
    ) -> Member<T> {
        self.known.push(name);
        match self.members.get(name) {
            None => Member::Absent,
            Some(Value::Null) => Member::Null,
            Some(value) => match self.value(name, value, read) {
                Some(value) => Member::Present(value),
                None => Member::Absent,
            },
        }
    }

    /// Whether the member is there, `null` included.
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Adds a violation at a member: for rules between members.
    pub fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.violations.add(self.pointer.member(name).to_string(), message);
    }

    /// Ends the reading: a member nobody asked for is a violation. A caller that keeps unknown
    /// members just drops the reader.
    pub fn deny_unknown(self) {
        for name in self.members.keys().filter(|name| !self.known.contains(&name.as_str())) {
            self.violations.add(self.pointer.member(name).to_string(), "not known here");
        }
    }

    fn value<T>(
        &mut self,
        name: &'static str,
        value: &'m Value,
        read: impl FnOnce(ValueReader<'m, '_>) -> Option<T>,
    ) -> Option<T> {
        let pointer = self.pointer.member(name);
        if value.is_null() {
            self.violations.add(pointer.to_string(), "must not be null");
            return None;
        }
        read(ValueReader { value, pointer, violations: self.violations })
    }
}

/// Reads one value as what it should be. Every method gives `None` and adds a violation when the
/// value is something else.
#[derive(Debug)]
pub struct ValueReader<'m, 'v> {
    value: &'m Value,
    pointer: Pointer<'v>,
    violations: &'v mut Violations,
}

impl<'m> ValueReader<'m, '_> {
    /// The value as it is.
    pub fn raw(self) -> &'m Value {
        self.value
    }

    /// A string of so many characters (Unicode scalar values, as JSON Schema counts).
    pub fn text(self, characters: RangeInclusive<usize>) -> Option<&'m str> {
        let Value::String(text) = self.value else { return self.refuse("must be a string") };
        // Never more characters than bytes: most texts need no counting.
        let fits = text.len() <= *characters.end() && *characters.start() == 0
            || characters.contains(&text.chars().count());
        if fits {
            return Some(text);
        }
        let (min, max) = (characters.start(), characters.end());
        self.refuse(format!("must have {min} to {max} characters"))
    }

    /// A string that a domain type understands; its error is the message.
    pub fn parse<T: FromStr<Err: Display>>(self) -> Option<T> {
        let Value::String(text) = self.value else { return self.refuse("must be a string") };
        text.parse().map_err(|error: T::Err| self.refuse::<()>(error.to_string())).ok()
    }

    /// One of these words, as what it stands for.
    pub fn one_of<T: Copy>(self, words: &[(&str, T)]) -> Option<T> {
        let found =
            self.value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
        if let Some((_, value)) = found {
            return Some(*value);
        }
        let list = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        self.refuse(format!("must be one of: {list}"))
    }

    /// `true` or `false`.
    pub fn boolean(self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(*value),
            _ => self.refuse("must be true or false"),
        }
    }

    /// A whole number in a range; `2.0` is one, `"2"` is not.
    pub fn integer(self, range: RangeInclusive<i64>) -> Option<i64> {
        let number = whole(self.value).filter(|number| range.contains(number));
        if number.is_some() {
            return number;
        }
        self.refuse(format!("must be an integer from {} to {}", range.start(), range.end()))
    }

    /// An array of so many items, each read by `read`. Items of an array that is too long are not
    /// looked at. `None` also when an item is wrong.
    pub fn array<T>(
        self,
        length: RangeInclusive<usize>,
        mut read: impl FnMut(ValueReader<'m, '_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Value::Array(items) = self.value else { return self.refuse("must be an array") };
        if !length.contains(&items.len()) {
            let (min, max) = (length.start(), length.end());
            return self.refuse(format!("must have {min} to {max} items"));
        }
        let (mut read_items, mut whole) = (Vec::with_capacity(items.len()), true);
        for (index, value) in items.iter().enumerate() {
            let pointer = self.pointer.item(index);
            match read(ValueReader { value, pointer, violations: self.violations }) {
                Some(item) => read_items.push(item),
                None => whole = false,
            }
        }
        whole.then_some(read_items)
    }

    /// An object, read by `read`.
    pub fn object<T>(self, read: impl FnOnce(&mut ObjectReader<'m, '_>) -> Option<T>) -> Option<T> {
        let Value::Object(members) = self.value else { return self.refuse("must be an object") };
        read(&mut ObjectReader::at(members, self.pointer, self.violations))
    }

    /// An object whose members are all known to `read`.
    pub fn closed_object<T>(
        self,
        read: impl FnOnce(&mut ObjectReader<'m, '_>) -> Option<T>,
    ) -> Option<T> {
        let Value::Object(members) = self.value else { return self.refuse("must be an object") };
        let mut reader = ObjectReader::at(members, self.pointer, self.violations);
        let value = read(&mut reader);
        reader.deny_unknown();
        value
    }

    /// Adds a violation here: for rules of the caller's own.
    pub fn refuse<T>(self, message: impl Into<String>) -> Option<T> {
        self.violations.add(self.pointer.to_string(), message);
        None
    }
}

/// The number as an `i64`; floats count when they are whole and exactly representable.
pub fn whole(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = value.as_number()?;
    number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|f| f.fract() == 0.0 && f.abs() <= EXACT)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked above")]
        Some(float as i64)
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use serde_json::json;

    use super::*;

    fn read<'m, T>(
        body: &'m Value,
        read: impl FnOnce(&mut ObjectReader<'m, '_>) -> T,
    ) -> (T, String) {
        let mut violations = Violations::new();
        let value = read(&mut ObjectReader::new(body.as_object().unwrap(), &mut violations));
        (value, violations.to_string())
    }

    #[test]
    fn absent_null_and_present_are_told_apart() {
        let body = json!({"a": null, "b": "x", "c": 1});
        let (got, wrong) = read(&body, |reader| {
            ["a", "b", "c", "d"].map(|name| reader.nullable(name, |value| value.text(0..=3)))
        });
        assert_eq!(got, [Member::Null, Member::Present("x"), Member::Absent, Member::Absent]);
        assert_eq!(wrong, "/c: must be a string");
    }

    #[test]
    fn null_is_not_a_value_and_what_is_required_must_be_there() {
        let (_, wrong) = read(&json!({"a": null, "b": null}), |reader| {
            reader.optional("a", |v| v.boolean());
            reader.required("b", |v| v.boolean());
            reader.required("c", |v| v.boolean());
            reader.optional("d", |v| v.boolean());
        });
        assert_eq!(wrong, "/a: must not be null; /b: must not be null; /c: required");
    }

    #[test]
    fn every_violation_is_reported_with_its_pointer() {
        let body = json!({
            "name": "12345", "flag": "true", "size": 2.5, "kind": "C", "ip": "1.2.3",
            "list": [1, "x", 30], "inner": {"size": 0, "other/one": 1}, "rest": 1,
        });
        let mut violations = Violations::new();
        let mut reader = ObjectReader::new(body.as_object().unwrap(), &mut violations);
        reader.required("name", |v| v.text(0..=4));
        reader.required("flag", |v| v.boolean());
        reader.required("size", |v| v.integer(1..=9));
        reader.required("kind", |v| v.one_of(&[("A", 1), ("B", 2)]));
        reader.required("ip", |v| v.parse::<Ipv4Addr>());
        reader.required("list", |v| v.array(0..=5, |v| v.integer(0..=9)));
        reader.required("inner", |v| {
            v.closed_object(|inner| inner.required("size", |v| v.integer(1..=9)))
        });
        reader.deny_unknown();
        let list: Vec<_> = violations.iter().map(|v| (&*v.pointer, &*v.message)).collect();
        assert_eq!(
            list,
            [
                ("/name", "must have 0 to 4 characters"),
                ("/flag", "must be true or false"),
                ("/size", "must be an integer from 1 to 9"),
                ("/kind", "must be one of: A, B"),
                ("/ip", "invalid IPv4 address syntax"),
                ("/list/1", "must be an integer from 0 to 9"),
                ("/list/2", "must be an integer from 0 to 9"),
                ("/inner/size", "must be an integer from 1 to 9"),
                ("/inner/other~1one", "not known here"),
                ("/rest", "not known here"),
            ]
        );
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let body = json!({"a": "åäö", "b": "", "c": "abcd"});
        let (got, wrong) =
            read(&body, |reader| ["a", "b", "c"].map(|n| reader.required(n, |v| v.text(1..=3))));
        assert_eq!(got, [Some("åäö"), None, None]);
        assert_eq!(wrong, "/b: must have 1 to 3 characters; /c: must have 1 to 3 characters");
    }

    #[test]
    fn whole_floats_are_integers() {
        let body = json!({"a": 2.0, "b": 1e300, "c": -3, "d": u64::MAX});
        let (got, _) = read(&body, |reader| {
            ["a", "b", "c", "d"].map(|n| reader.required(n, |v| v.integer(-5..=5)))
        });
        assert_eq!(got, [Some(2), None, Some(-3), None]);
    }

    #[test]
    fn the_items_of_an_array_that_is_too_long_are_not_read() {
        let (got, wrong) = read(&json!({"a": [1, 2, "x"]}), |reader| {
            reader.required("a", |v| v.array(0..=2, |v| v.integer(0..=9)))
        });
        assert_eq!((got, &*wrong), (None, "/a: must have 0 to 2 items"));
    }
}
