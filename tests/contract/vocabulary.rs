//! Names and prose use the words of `infra/docs/glossary.md`. These words were replaced and have no
//! ordinary use in this project; other replaced words are a matter of review.

use crate::citations::{files, shown};

/// This file, which lists them.
const SELF: &str = "tests/contract/vocabulary.rs";

/// Parts of a CamelCase name.
const PARTS: [&str; 11] = [
    "Telling",
    "Happening",
    "Passage",
    "Desk",
    "Errand",
    "Obstacle",
    "Courier",
    "Heard",
    "Wish",
    "Mirror",
    "Owed",
];

/// Parts of a snake_case name, and plain words.
const NAMES: [&str; 9] = [
    "glance",
    "give_back",
    "put_off",
    "leave_to_a_person",
    "left_to_a_person",
    "awaiting_a_person",
    "as_it_is_now",
    "pass_on",
    "untold",
];

/// The words of a text: letters, digits and underscores.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// Whether a name has `part` as a whole part: `DynamoTelling` has `Telling`, `Desktop` has no
/// `Desk`.
fn has_part(name: &str, part: &str) -> bool {
    name.match_indices(part).any(|(at, _)| {
        let rest = &name[at + part.len()..];
        // A plural is the same word.
        let rest = rest.strip_prefix("es").or_else(|| rest.strip_prefix('s')).unwrap_or(rest);
        !rest.starts_with(|c: char| c.is_ascii_lowercase())
    })
}

/// Whether a lower-case name has `name` as whole words between underscores.
fn has_name(word: &str, name: &str) -> bool {
    word.match_indices(name).any(|(at, _)| {
        let (before, after) = (&word[..at], &word[at + name.len()..]);
        (before.is_empty() || before.ends_with('_')) && (after.is_empty() || after.starts_with('_'))
    })
}

fn wrong(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    PARTS.iter().any(|part| has_part(word, part)) || NAMES.iter().any(|name| has_name(&lower, name))
}

#[test]
fn no_name_and_no_page_uses_a_replaced_word() {
    let mut found = Vec::new();
    for file in files(&[".rs", ".md", ".yaml"]) {
        let path = shown(&file);
        if path == SELF {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let here = words(line).filter(|word| wrong(word));
            found.extend(here.map(|word| format!("{path}:{}: {word}", number + 1)));
        }
    }
    let count = found.len();
    found.truncate(40);
    assert!(found.is_empty(), "{count} in all, the first are {found:#?}");
}

#[test]
fn parts_of_names_are_distinguished_from_other_words() {
    for word in
        ["DynamoTelling", "Desk", "OrderDesk", "Mirrors", "Wishes", "give_back", "GIVE_BACK_AFTER"]
    {
        assert!(wrong(word), "{word}");
    }
    for word in ["Desktop", "desk", "wish", "output_offset", "give", "telling", "overheard"] {
        assert!(!wrong(word), "{word}");
    }
}
