//! Rules between parameters, held as CloudFormation holds them before it creates anything.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html>

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{TemplateError, intrinsics::scalar_text};

type Parameters = BTreeMap<String, String>;

/// Fails with the first assertion that does not hold.
pub(super) fn check(
    rules: &Map<String, Value>,
    parameters: &Parameters,
) -> Result<(), TemplateError> {
    for (name, rule) in rules {
        let applies = rule.get("RuleCondition").map(|condition| holds(condition, parameters));
        if !applies.transpose()?.unwrap_or(true) {
            continue;
        }
        for assertion in rule.get("Assertions").and_then(Value::as_array).into_iter().flatten() {
            let assert = assertion.get("Assert").unwrap_or(&Value::Null);
            if !holds(assert, parameters)? {
                let why = assertion.get("AssertDescription").and_then(scalar_text);
                let why = why.unwrap_or_else(|| "the parameters do not fit together".to_owned());
                return Err(TemplateError::Contradiction { rule: name.clone(), why });
            }
        }
    }
    Ok(())
}

fn holds(condition: &Value, parameters: &Parameters) -> Result<bool, TemplateError> {
    let function = condition.as_object().filter(|map| map.len() == 1);
    let (name, argument) = function
        .and_then(|map| map.iter().next())
        .ok_or(TemplateError::Shape("a condition of a rule is one function"))?;
    let unsupported = || TemplateError::UnsupportedIntrinsic(name.clone());
    let parts = argument.as_array().ok_or_else(unsupported)?;
    let mut each = parts.iter().map(|part| holds(part, parameters));
    match (name.as_str(), parts.as_slice()) {
        ("Fn::Equals", [left, right]) => Ok(text(left, parameters)? == text(right, parameters)?),
        ("Fn::Contains", [Value::Array(list), one]) => {
            let one = text(one, parameters)?;
            let list: Result<Vec<_>, _> = list.iter().map(|item| text(item, parameters)).collect();
            Ok(list?.contains(&one))
        }
        ("Fn::Not", [inner]) => Ok(!holds(inner, parameters)?),
        ("Fn::And", _) => each.try_fold(true, |all, part| Ok(all & part?)),
        ("Fn::Or", _) => each.try_fold(false, |any, part| Ok(any | part?)),
        _ => Err(unsupported()),
    }
}

/// A text, or the value of a parameter.
fn text(value: &Value, parameters: &Parameters) -> Result<String, TemplateError> {
    if let Some(name) = value.get("Ref").and_then(Value::as_str) {
        let found = parameters.get(name).cloned();
        return found.ok_or_else(|| TemplateError::UnknownReference(name.to_owned()));
    }
    scalar_text(value).ok_or(TemplateError::Shape("a rule compares texts and parameters"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::template::Template;

    fn template() -> Template {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        Template::read(&file, &BTreeMap::new()).unwrap()
    }

    fn refusal(template: &Template, given: &[(&str, &str)]) -> Option<String> {
        let mut parameters = template.parameters.clone();
        parameters.extend(given.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        check(&template.rules, &parameters).err().map(|error| error.to_string())
    }

    #[test]
    fn the_defaults_fit_together() {
        let template = template();
        assert!(!template.rules.is_empty() && template.check_rules().is_ok());
    }

    /// What is listed in the template is what arithmetic would say, for every time-out.
    #[test]
    fn times_that_contradict_each_other_are_refused() {
        let template = template();
        for timeout in [10, 30, 60, 120] {
            for visibility in [1, 59, 60, 120, 180, 240, 360, 720, 900] {
                for lease in [60, 70, 90, 120, 180, 240, 300, 600] {
                    for watchdog in [60, 300, 600, 900, 1_200, 1_800, 3_600] {
                        let values = [timeout, visibility, lease, watchdog].map(|n| n.to_string());
                        let refused = refusal(
                            &template,
                            &[
                                ("WorkerTimeoutSeconds", &values[0]),
                                ("WorkVisibilitySeconds", &values[1]),
                                ("WorkLeaseSeconds", &values[2]),
                                ("OrderWatchdogSeconds", &values[3]),
                            ],
                        );
                        let fit = visibility >= 6 * timeout
                            && lease >= timeout + 60
                            && watchdog > visibility;
                        // A watchdog below five minutes is offered by no rule.
                        let offered = watchdog >= 300;
                        assert_eq!(refused.is_none(), fit && offered, "{values:?}: {refused:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn half_of_a_pair_is_refused_and_says_what_it_needs() {
        let template = template();
        let arn = "arn:aws:acm:eu-north-1:123456789012:certificate/1";
        let domain = ("DomainName", "orders.example.com");
        let subnets = ("SubnetIds", "subnet-0123456789abcdef0,subnet-0123456789abcdef1");
        let groups = ("SecurityGroupIds", "sg-0123456789abcdef0");
        let (table, stream) = (("ExistingTableArn", "a"), ("ExistingTableStreamArn", "b"));
        let (key, pepper) = (("ExistingTableKeyArn", "c"), ("PepperSecret", "d"));
        for (given, said) in [
            (&[domain][..], "DomainName needs CertificateArn"),
            (&[("CertificateArn", arn)], "CertificateArn needs DomainName"),
            (&[("HostedZoneId", "Z1")], "HostedZoneId needs DomainName"),
            (&[("TruststoreUri", "s3://b/k.pem")], "TruststoreUri needs DomainName"),
            (&[domain, ("CertificateArn", arn), ("HostedZoneId", "Z1")], ""),
            (&[subnets], "SubnetIds needs SecurityGroupIds"),
            (&[groups], "SecurityGroupIds needs SubnetIds"),
            (&[subnets, groups], ""),
            (&[("SmDpPlusSecret", "arn:x")], "SmDpPlusSecret needs SmDpPlusUrl"),
            (&[("SmDpPlusUrl", "https://smdp.example.com")], "SmDpPlusUrl needs SmDpPlusSecret"),
            (&[table], "ExistingTableArn needs ExistingTableStreamArn"),
            (&[table, stream], "ExistingTableArn needs ExistingTableKeyArn"),
            (&[table, stream, key], "ExistingTableArn needs PepperSecret"),
            (&[table, stream, key, pepper], ""),
            (&[stream], "ExistingTableStreamArn needs ExistingTableArn"),
            (&[key], "ExistingTableKeyArn needs ExistingTableArn"),
            (&[pepper], ""),
        ] {
            let refused = refusal(&template, given).unwrap_or_default();
            assert!(refused.contains(said) && said.is_empty() == refused.is_empty(), "{refused}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        let rules = |assert: Value| {
            let rule = json!({ "Assertions": [{ "Assert": assert }] });
            check(&Map::from_iter([("R".to_owned(), rule)]), &BTreeMap::new())
        };
        assert!(rules(json!({ "Fn::Equals": ["a", "a"] })).is_ok());
        assert!(rules(json!({ "Fn::Or": [{ "Fn::Equals": ["a", "b"] }] })).is_err());
        for wrong in [
            json!(true),
            json!({ "Fn::Equals": ["a", { "Ref": "NoSuch" }] }),
            json!({ "Fn::Join": ["", []] }),
            json!({ "Fn::Contains": ["a", "a"] }),
        ] {
            let refused = rules(wrong.clone()).unwrap_err();
            assert!(!matches!(refused, TemplateError::Contradiction { .. }), "{wrong}");
        }
    }
}
