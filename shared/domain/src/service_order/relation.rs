//! Relationships between the items of an order: an order of execution, without cycles.

use std::collections::HashMap;

use thiserror::Error;

use super::{ItemId, NewItem};

/// What is wrong with the id of an item, or with what it is to wait for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RelationError {
    /// An item before it has the id.
    #[error("another item has this id")]
    Duplicate,
    /// It waits for an item that the order does not have.
    #[error("the order has no item {}", .0.as_str())]
    Unknown(ItemId),
    /// It waits for itself, directly or by others.
    #[error("the item waits for itself")]
    Cycle,
}

/// Checks the items of an order: every error, with the index of its item.
pub fn check_relations(items: &[NewItem]) -> Vec<(usize, RelationError)> {
    let mut indexes: HashMap<&ItemId, usize> = HashMap::new();
    let mut errors = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if indexes.contains_key(&item.id) {
            errors.push((index, RelationError::Duplicate));
        } else {
            indexes.insert(&item.id, index);
        }
    }
    let awaited = |item: &NewItem| -> Vec<ItemId> {
        item.within.iter().chain(&item.after).cloned().collect()
    };
    for (index, item) in items.iter().enumerate() {
        let unknown = awaited(item).into_iter().filter(|id| !indexes.contains_key(id));
        errors.extend(unknown.map(|id| (index, RelationError::Unknown(id))));
    }
    let edges: Vec<Vec<usize>> = items
        .iter()
        .map(|item| awaited(item).iter().filter_map(|id| indexes.get(id).copied()).collect())
        .collect();
    let cycles = (0..items.len()).filter(|index| reaches_itself(*index, &edges));
    errors.extend(cycles.map(|index| (index, RelationError::Cycle)));
    errors.sort_by_key(|(index, _)| *index);
    errors
}

fn reaches_itself(start: usize, edges: &[Vec<usize>]) -> bool {
    let mut seen = vec![false; edges.len()];
    let mut open = edges[start].clone();
    while let Some(next) = open.pop() {
        if next == start {
            return true;
        }
        if !std::mem::replace(&mut seen[next], true) {
            open.extend(&edges[next]);
        }
    }
    false
}
