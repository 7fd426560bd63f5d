//! Reading members of validated objects. Each gives `None` where the member is absent or `null`;
//! a member that its schema has checked is never anything else than its kind.

use std::str::FromStr;

use serde_json::Value;

use super::Members;
use crate::json::whole;

/// A text member.
pub fn text<'m>(object: &'m Members, name: &str) -> Option<&'m str> {
    object.get(name)?.as_str()
}

/// A text member, owned.
pub fn owned(object: &Members, name: &str) -> Option<String> {
    text(object, name).map(str::to_owned)
}

/// A text member as its value type.
pub fn parsed<T: FromStr>(object: &Members, name: &str) -> Option<T> {
    text(object, name)?.parse().ok()
}

/// An integer member, as the integer type that holds the range of its schema.
pub fn integer<T: TryFrom<i64>>(object: &Members, name: &str) -> Option<T> {
    T::try_from(whole(object.get(name)?)?).ok()
}

/// A boolean member.
pub fn boolean(object: &Members, name: &str) -> Option<bool> {
    object.get(name)?.as_bool()
}

/// A word, as what it stands for in a table such as `OrderStatus::WORDS`.
pub fn word<T: Copy>(object: &Members, name: &str, words: &[(&str, T)]) -> Option<T> {
    let text = text(object, name)?;
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
}

/// An object member.
pub fn object<'m>(object: &'m Members, name: &str) -> Option<&'m Members> {
    object.get(name)?.as_object()
}

/// The items of an array; none of an array that is not there.
pub fn items<'m>(object: &'m Members, name: &str) -> impl Iterator<Item = &'m Value> {
    object.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The objects of an array; none of an array that is not there.
pub fn objects<'m>(object: &'m Members, name: &str) -> impl Iterator<Item = &'m Members> {
    items(object, name).filter_map(Value::as_object)
}
