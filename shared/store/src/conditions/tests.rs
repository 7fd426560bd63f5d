use std::collections::BTreeSet;

use super::*;

fn placeholders(expression: &str) -> BTreeSet<&str> {
    let end = |rest: &str| rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    expression.split(':').skip(1).map(|rest| &rest[..end(rest)]).collect()
}

/// DynamoDB rejects a write with a value missing, and one with a value too many.
#[test]
fn every_condition_has_the_values_its_expression_names() {
    for (name, expression, values) in ALL {
        let values: BTreeSet<&str> = values.iter().copied().collect();
        assert_eq!(placeholders(expression), values, "{name}");
    }
}

#[test]
fn no_value_of_a_condition_has_the_name_of_a_value_of_an_update() {
    for (name, _, values) in ALL {
        let clash = values.iter().find(|value| **value == "one" || value.starts_with("new"));
        assert_eq!(clash, None, "{name}");
    }
}

#[test]
fn an_operand_is_the_value_of_its_name() {
    let condition = Condition::OpenUnderFence { status: "open", fence: Fence(7) };
    let (expression, values) = condition.expression();
    assert_eq!(expression, "#status = :status AND #fence = :fence");
    let expected = [
        (":status".to_owned(), AttributeValue::S("open".to_owned())),
        (":fence".to_owned(), AttributeValue::N("7".to_owned())),
    ];
    assert_eq!(values, HashMap::from(expected));
}
