//! Constructors of tables, all of them `const`.

use domain::text::Described;

use super::{Aliases, Form, Kind, Member, Object, Presence, Rule, Tag};

/// A closed object type: members it does not have are refused.
pub const fn object<Q: Copy>(name: &'static str, members: &'static [Member<Q>]) -> Object<Q> {
    Object {
        name,
        component: None,
        text: "",
        members,
        closed: true,
        tag: None,
        not_empty: None,
        nulls: None,
        rules: &[],
        example: None,
    }
}

/// A member that must be there.
pub const fn required<Q: Copy>(name: &'static str, kind: Kind<Q>) -> Member<Q> {
    member(name, Presence::Required, kind)
}

/// A member that may be missing.
pub const fn optional<Q: Copy>(name: &'static str, kind: Kind<Q>) -> Member<Q> {
    member(name, Presence::Optional, kind)
}

const fn member<Q: Copy>(name: &'static str, presence: Presence<Q>, kind: Kind<Q>) -> Member<Q> {
    Member {
        name,
        quirks: &[],
        aliases: None,
        presence,
        kind,
        text: "",
        example: None,
        default: None,
    }
}

/// A string that a value type accepts.
pub const fn parsed<T: Described>() -> Kind {
    Kind::Form(Form::of::<T>())
}

/// The words of a table such as `OrderStatus::WORDS`.
pub const fn words<T: Copy, const N: usize>(table: &[(&'static str, T)]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut n = 0;
    while n < N {
        words[n] = table[n].0;
        n += 1;
    }
    assert!(table.len() == N, "every word of the table");
    words
}

impl<Q: Copy> Object<Q> {
    /// Describes the type.
    #[must_use]
    pub const fn about(mut self, text: &'static str) -> Self {
        self.text = text;
        self
    }

    /// Another name among the document's schemas: generated clients name a variable after it, which
    /// must not be one of a member.
    #[must_use]
    pub const fn component_named(mut self, name: &'static str) -> Self {
        self.component = Some(name);
        self
    }

    /// Other members are kept and not looked at.
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.closed = false;
        self
    }

    /// Names the type in a member.
    #[must_use]
    pub const fn tagged(
        mut self,
        member: &'static str,
        aliases: &'static [(&'static str, Option<Q>)],
    ) -> Self {
        self.tag = Some(Tag { member, aliases });
        self
    }

    /// Refuses an object without members.
    #[must_use]
    pub const fn not_empty(mut self, message: &'static str) -> Self {
        self.not_empty = Some(message);
        self
    }

    /// Reads an optional member that is `null` as absent: a deviation.
    #[must_use]
    pub const fn nulls(mut self, quirk: Q) -> Self {
        self.nulls = Some(quirk);
        self
    }

    /// What holds between the members.
    #[must_use]
    pub const fn rules(mut self, rules: &'static [Rule<Q>]) -> Self {
        self.rules = rules;
        self
    }

    /// A valid object, as JSON text.
    #[must_use]
    pub const fn example(mut self, json: &'static str) -> Self {
        self.example = Some(json);
        self
    }
}

impl<Q: Copy> Member<Q> {
    /// Describes the member.
    #[must_use]
    pub const fn about(mut self, text: &'static str) -> Self {
        self.text = text;
        self
    }

    /// A valid value, as JSON text.
    #[must_use]
    pub const fn example(mut self, json: &'static str) -> Self {
        self.example = Some(json);
        self
    }

    /// What an absent member means, as JSON text.
    #[must_use]
    pub const fn default(mut self, json: &'static str) -> Self {
        self.default = Some(json);
        self
    }

    /// Deviating names under which the member is found as well, in whatever case.
    #[must_use]
    pub const fn quirks(mut self, names: &'static [(&'static str, Q)]) -> Self {
        self.quirks = names;
        self
    }

    /// Other names of the same value, each with whether it is deprecated. Two names with different
    /// values are refused with `differs`.
    #[must_use]
    pub const fn aliases(
        mut self,
        names: &'static [(&'static str, bool)],
        differs: &'static str,
    ) -> Self {
        self.aliases = Some(Aliases { names, differs: Some(differs) });
        self
    }

    /// Another name that counts where the first is missing.
    #[must_use]
    pub const fn or_named(mut self, names: &'static [(&'static str, bool)]) -> Self {
        self.aliases = Some(Aliases { names, differs: None });
        self
    }

    /// An object without it is tolerated.
    #[must_use]
    pub const fn expected(mut self, quirk: Q) -> Self {
        self.presence = Presence::Expected(quirk);
        self
    }
}
