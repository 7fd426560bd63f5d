use super::{Custom, Form, Members, NoQuirk, Object};

/// What a member must be.
#[derive(Debug, Clone, Copy)]
pub enum Kind<Q: 'static = NoQuirk> {
    /// Any value but `null`.
    Any,
    /// Any string.
    String,
    /// A string with a least and a greatest number of characters.
    Text(usize, usize),
    /// A string of at most so many characters; not empty when required.
    Label(usize),
    /// A [`Kind::Label`] of at most `read` characters, more than `write` of which we never write.
    LongLabel {
        /// What is documented.
        write: usize,
        /// What is accepted.
        read: usize,
        /// Between the two.
        quirk: Q,
    },
    /// A string that may be part of a key: 1 to so many characters, no `#`, no control character.
    Id(usize),
    /// A string that a value type accepts: see [`parsed`](super::parsed).
    Form(Form),
    /// An integer between two bounds; `2.0` is one, `"2"` is not.
    Integer(i64, i64),
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of these words, or a deviating one.
    Word(&'static [&'static str], &'static [(&'static str, Q)]),
    /// An object.
    Object(&'static Object<Q>),
    /// One of several object types.
    OneOf(&'static Choice<Q>),
    /// An array of so many items. Items of an array that is too long are not looked at.
    List(usize, usize, &'static Self),
    /// That, or `null`, which means the same as an absent member.
    OrNull(&'static Self),
    /// That, or a text, which is a deviation.
    Or(&'static Self, Other<Q>, Q),
    /// A member that is itself a deviation.
    Deviation(Q, &'static Self),
    /// Ours: whatever is sent is ignored.
    Ours(&'static Self),
    /// What it is depends on another member of the same object.
    Depends(&'static Depends<Q>),
    /// A rule of its own.
    Custom(&'static Custom),
    /// A value that must not be there, with the message that says so.
    Absent(&'static str),
    /// That, described.
    Noted(&'static str, &'static Self),
}

/// The text of a [`Kind::Or`].
#[derive(Debug, Clone, Copy)]
pub enum Other<Q: 'static> {
    /// One of these words; any other text is judged as the first kind.
    Words(&'static [&'static str]),
    /// A text of this kind.
    Kind(&'static Kind<Q>),
}

/// A kind that depends on another member of the same object.
#[derive(Debug, Clone, Copy)]
pub struct Depends<Q: 'static = NoQuirk> {
    /// The other member.
    pub on: &'static str,
    /// Where it is one of these words …
    pub is: &'static [&'static str],
    /// … it is this, …
    pub then: &'static Kind<Q>,
    /// … and else that.
    pub otherwise: &'static Kind<Q>,
    /// What the document shows: accepts whatever either accepts in a valid object.
    pub shown: &'static Kind<Q>,
}

/// Object types of which a member is one, told apart by their tag.
#[derive(Debug, Clone, Copy)]
pub struct Choice<Q: 'static = NoQuirk> {
    /// The member that names the type.
    pub tag: &'static str,
    /// The object types.
    pub objects: &'static [&'static Object<Q>],
    /// Members that give the type away when the tag is missing, with its index; first match.
    pub hints: &'static [(&'static str, usize)],
}

impl<Q: Copy + 'static> Kind<Q> {
    /// The kind that holds in an object of these members.
    pub(super) fn in_object(&self, members: &Members) -> Self {
        let mut kind = *self;
        while let Self::Depends(depends) = kind {
            kind = *if depends.holds(members) { depends.then } else { depends.otherwise };
        }
        kind
    }
}

impl<Q> Depends<Q> {
    fn holds(&self, members: &Members) -> bool {
        let word = members.get(self.on).and_then(serde_json::Value::as_str);
        word.is_some_and(|word| self.is.contains(&word))
    }
}

impl<Q: Copy + 'static> Choice<Q> {
    /// The type an object says or shows to be.
    pub fn object_of(&self, members: &Members) -> Option<&'static Object<Q>> {
        let there = |name: &str| members.get(name).filter(|value| !value.is_null());
        if let Some(name) = there(self.tag) {
            let name = name.as_str()?;
            return self.objects.iter().copied().find(|object| object.is_tagged(name).is_some());
        }
        let (_, index) = self.hints.iter().find(|(member, _)| there(member).is_some())?;
        self.objects.get(*index).copied()
    }
}
