//! The table of conditions, read from its source, and what is left of each without a part of it.

use anyhow::{Context, Result};
use std::fmt;

/// True of every item, and of none.
const ALWAYS: &str = "attribute_exists(pk) OR attribute_not_exists(pk)";

/// A condition without one of its clauses, or without any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mutant {
    /// Its name.
    pub(super) condition: String,
    /// The clause that is removed; none: all of them.
    pub(super) clause: Option<String>,
    /// The tests that its comment names.
    pub(super) tests: Vec<String>,
    /// The expression as it is sent.
    pub(super) from: String,
    /// The expression in its place.
    pub(super) to: String,
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.clause {
            Some(clause) => write!(f, "{} without {clause}", self.condition),
            None => f.write_str(&self.condition),
        }
    }
}

/// The mutants of every condition in the table. Conditions with one expression are removed at the
/// same time: each names its own tests.
pub(super) fn mutants(source: &str) -> Result<Vec<Mutant>> {
    let (_, table) = source.split_once("\nconditions! {").context("no table of conditions")?;
    let (table, _) = table.split_once("\n}\n").context("the table does not end")?;
    let (mut all, mut comment, mut code) = (Vec::new(), String::new(), String::new());
    for line in table.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            comment.push_str(text);
        } else {
            code.push_str(line);
            code.push(' ');
            // The first statement names the enum.
            if line.ends_with(';') {
                if let Some((head, expression)) = code.split_once("=>") {
                    all.extend(of_condition(head, expression, &comment)?);
                }
                comment.clear();
                code.clear();
            }
        }
    }
    Ok(all)
}

fn of_condition(head: &str, expression: &str, comment: &str) -> Result<Vec<Mutant>> {
    let condition = head.split_whitespace().next().context("a condition without a name")?;
    let text = expression.trim().trim_end_matches(';').trim_matches('"');
    let words: Vec<&str> = text.split_whitespace().filter(|word| *word != "\\").collect();
    let from = words.join(" ");
    let mutant = |clause: Option<&str>| Mutant {
        condition: condition.to_owned(),
        clause: clause.map(ToOwned::to_owned),
        tests: tests(comment),
        from: from.clone(),
        // All placeholders stay: DynamoDB refuses a value that no expression names.
        to: match clause {
            Some(clause) => from.replacen(clause, &format!("({clause} OR {ALWAYS})"), 1),
            None => format!("({from}) OR {ALWAYS}"),
        },
    };
    let clauses = clauses(&from);
    let parts = if clauses.len() > 1 { clauses } else { Vec::new() };
    Ok(std::iter::once(None).chain(parts.into_iter().map(Some)).map(mutant).collect())
}

/// The parts between the `AND`s that are in no brackets.
fn clauses(expression: &str) -> Vec<&str> {
    const AND: &str = " AND ";
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    for (at, sign) in expression.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 && expression[at..].starts_with(" OR ") => return Vec::new(),
            ' ' if depth == 0 && expression[at..].starts_with(AND) => {
                parts.push(&expression[start..at]);
                start = at + AND.len();
            }
            _ => {}
        }
    }
    parts.push(&expression[start..]);
    parts
}

/// The names in backticks that are long enough for a test's.
fn tests(comment: &str) -> Vec<String> {
    let quoted = comment.split('`').skip(1).step_by(2);
    let is_name = |text: &&str| text.contains('_') && text.chars().all(is_part_of_name);
    quoted.filter(is_name).map(ToOwned::to_owned).collect()
}

const fn is_part_of_name(sign: char) -> bool {
    sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_'
}

#[cfg(test)]
mod tests_of_reading {
    use super::*;

    const TABLE: &str = r##"
conditions! {
    /// A table.
    enum Condition<'a>;

    /// The first. Test: `a_first_test`,
    /// `and_a_second_one`. Of `this`.
    First { owner: &'a str } => "#owner = :owner";

    /// The second.
    ///
    /// Test: `b_test`.
    Second { status: u8, now: OffsetDateTime } with { state: "free" }
        => "#status = :status \
            AND (attribute_not_exists(#until) OR #until < :now)";

    /// Test: `c_test`.
    Third => "attribute_not_exists(#pk) OR #expiresAt < :now";
}
"##;

    #[test]
    fn a_condition_is_removed_whole_and_clause_by_clause() {
        let all = mutants(TABLE).unwrap();
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        let expected = [
            "First",
            "Second",
            "Second without #status = :status",
            "Second without (attribute_not_exists(#until) OR #until < :now)",
            "Third",
        ];
        assert_eq!(names, expected);
        assert_eq!(all[0].tests, ["a_first_test", "and_a_second_one"]);
        assert_eq!(all[0].to, format!("(#owner = :owner) OR {ALWAYS}"));
        let until = "(attribute_not_exists(#until) OR #until < :now)";
        assert_eq!(all[1].from, format!("#status = :status AND {until}"));
        assert_eq!(all[2].to, format!("(#status = :status OR {ALWAYS}) AND {until}"));
    }
}
