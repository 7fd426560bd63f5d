use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// The items in an order in which their owners take turns: one of each, then the second of each.
/// An owner with thousands of items delays another by one item in each round.
pub(crate) fn take_turns<T, K: Eq + Hash>(
    items: Vec<T>,
    owner: impl Fn(&T) -> K,
) -> impl Iterator<Item = T> {
    let mut index = HashMap::new();
    let mut of_each: Vec<VecDeque<T>> = Vec::new();
    for item in items {
        let at = *index.entry(owner(&item)).or_insert_with(|| {
            of_each.push(VecDeque::new());
            of_each.len() - 1
        });
        of_each[at].push_back(item);
    }
    let mut waiting: VecDeque<VecDeque<T>> = of_each.into();
    std::iter::from_fn(move || {
        let mut items = waiting.pop_front()?;
        let item = items.pop_front()?;
        if !items.is_empty() {
            waiting.push_back(items);
        }
        Some(item)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_take_turns_and_each_keeps_its_order() {
        let items = vec!["a1", "a2", "a3", "b1", "a4", "c1", "b2"];
        let ordered: Vec<&str> = take_turns(items, |item| item.as_bytes()[0]).collect();
        assert_eq!(ordered, ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]);
    }
}
