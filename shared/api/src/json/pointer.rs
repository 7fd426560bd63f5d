use std::fmt;

/// Where a value stands in a body: an RFC 6901 JSON pointer that is built only when it is printed,
/// so that following a valid body costs no allocation.
#[derive(Debug, Clone, Copy)]
pub enum Pointer<'p> {
    /// The body itself.
    Root,
    /// A member of the object at the first pointer.
    Member(&'p Pointer<'p>, &'p str),
    /// An item, counted from 0, of the array at the first pointer.
    Item(&'p Pointer<'p>, usize),
}

impl<'p> Pointer<'p> {
    /// The member `name` of the object here.
    pub const fn member(&'p self, name: &'p str) -> Self {
        Self::Member(self, name)
    }

    /// Item `index` of the array here.
    pub const fn item(&'p self, index: usize) -> Self {
        Self::Item(self, index)
    }
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) if name.contains(['~', '/']) => {
                write!(f, "{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Member(parent, name) => write!(f, "{parent}/{name}"),
            Self::Item(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_printed_as_rfc_6901_says() {
        let items = Pointer::Root.member("items");
        let third = items.item(2);
        assert_eq!(third.member("a/b~c").to_string(), "/items/2/a~1b~0c");
        assert_eq!(Pointer::Root.to_string(), "");
    }
}
