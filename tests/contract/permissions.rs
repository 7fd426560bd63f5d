//! IAM: how roles are written. Whether each function has the permissions that its calls need, and
//! no others, is proved by the calls of all tests (`cargo xtask permissions`).

use harness::template::{plan, template};
use serde_json::{Value, json};

/// The only actions with the resource `*`: X-Ray has no resources, and Lambda names none when it
/// attaches a function to subnets.
const WITHOUT_A_RESOURCE: [&str; 8] = [
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

/// The short form of a resource: `!GetAtt Queue.Arn` is `Queue`, `!Sub "${Table.Arn}/index/x"` is
/// `Table/index/x`.
fn short(resource: &Value) -> String {
    let text = match (&resource["Fn::GetAtt"], &resource["Fn::Sub"]) {
        (Value::String(text), _) | (_, Value::String(text)) => text.clone(),
        (Value::Array(parts), _) => {
            parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(".")
        }
        _ => resource.to_string(),
    };
    let text = text.replace("${", "").replace('}', "");
    text.replace(".Arn/", "/").trim_end_matches(".Arn").to_owned()
}

fn statements(policies: &Value) -> Vec<Value> {
    list(policies)
        .into_iter()
        // A function that calls nothing has none of its own.
        .filter(|policy| !policy.is_null())
        .flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]).into_iter().cloned())
        .collect()
}

#[test]
fn each_function_has_a_role_of_its_own_that_is_written_out() {
    let (template, plan) = (template(), plan());
    for function in &plan.functions {
        let resource = &template.resources()[&function.logical_id]["Properties"];
        let role = short(&resource["Role"]);
        assert!(resource.get("Policies").is_none(), "{role}: the role alone gives permissions");
        assert_eq!(role, function.logical_id.replace("Function", "Role"));
        assert!(plan.roles.contains_key(&function.name), "{role} is not judged");
    }
}

#[test]
fn no_statement_has_a_wildcard_a_scan_or_a_policy_template() {
    let template = template();
    for (name, resource) in template.resources() {
        let properties = &resource["Properties"];
        let all = match resource["Type"].as_str().unwrap() {
            "AWS::IAM::Role" => statements(&properties["Policies"]),
            "AWS::IAM::ManagedPolicy" => statements(properties),
            _ => continue,
        };
        for statement in all {
            if statement["Effect"] == "Deny" {
                continue;
            }
            assert_eq!(statement["Effect"], "Allow", "{name}");
            for action in list(&statement["Action"]) {
                let action = action.as_str().unwrap();
                assert!(!action.contains('*'), "{name}: {action}");
                assert!(action != "dynamodb:Scan", "{name}");
                if statement["Resource"] == "*" {
                    assert!(WITHOUT_A_RESOURCE.contains(&action), "{name}: {action} on *");
                }
            }
        }
        for policy in list(&properties["ManagedPolicyArns"]) {
            let subnets = policy["Fn::If"][1]["Ref"] == "SubnetPolicy";
            let known = policy.get("Ref").is_some() || policy.is_null() || subnets;
            assert!(known, "{name}: {policy}");
        }
    }
}

/// The functions that call networks, the SM-DP+, Sellers and endpoints.
const CALL_OUTSIDE: [&str; 6] = [
    "carrier-order-worker",
    "drift-sweeper",
    "esim-worker",
    "subscription-worker",
    "subscriptions-api",
    "webhook-sender",
];

#[test]
fn functions_that_call_outside_can_be_in_subnets_and_use_them_only_by_lambda() {
    let template = template();
    let mut attached: Vec<String> = Vec::new();
    for function in plan().functions {
        let properties = &template.resources()[&function.logical_id]["Properties"];
        let role = &template.resources()[&short(&properties["Role"])]["Properties"];
        let allowed = list(&role["ManagedPolicyArns"]).iter().any(|policy| {
            policy["Fn::If"]
                == json!(["HasSubnets", { "Ref": "SubnetPolicy" }, { "Ref": "AWS::NoValue" }])
        });
        assert_eq!(properties["VpcConfig"]["Fn::If"][0] == "HasSubnets", allowed);
        if allowed {
            attached.push(function.name);
        }
    }
    attached.sort();
    assert_eq!(attached, CALL_OUTSIDE);
    let all = statements(&template.resources()["SubnetPolicy"]["Properties"]);
    let [allowed, denied] = all.as_slice() else { panic!("two statements") };
    assert_eq!((&denied["Effect"], &denied["Action"]), (&json!("Deny"), &allowed["Action"]));
    // The key is there in calls by a function's own code.
    assert_eq!(denied["Condition"], json!({ "Null": { "lambda:SourceFunctionArn": "false" } }));
}

#[test]
fn writes_are_limited_to_the_keys_a_function_owns() {
    let template = template();
    for (name, role) in template.resources() {
        if role["Type"] != "AWS::IAM::Role" {
            continue;
        }
        for statement in statements(&role["Properties"]["Policies"]) {
            let on_items = list(&statement["Action"]).iter().any(|action| {
                let action = action.as_str().unwrap();
                action.starts_with("dynamodb:")
                    && (action.ends_with("Item") || action.ends_with("Query"))
            });
            if on_items {
                let keys =
                    &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
                let keys = list(keys);
                let limited = keys.iter().all(|key| key.as_str().is_some_and(|key| key != "*"));
                assert!(limited && !keys.is_empty(), "{name}: {statement}");
            }
        }
    }
}

/// Functions that accept tokens only, or no credential at all.
const WITHOUT_SECRETS: [&str; 3] = ["console-api", "docs-api", "esim-orders-api"];

#[test]
fn only_functions_that_accept_secrets_can_read_the_pepper() {
    let plan = plan();
    for function in &plan.functions {
        let serves = plan.routes.iter().any(|route| route.function == function.name);
        let takes = serves && !WITHOUT_SECRETS.contains(&&*function.name);
        let given = function.environment.contains_key("CREDENTIAL_PEPPER");
        assert_eq!(takes, given, "{}", function.name);
    }
}

#[test]
fn only_the_token_function_and_the_operator_can_read_or_write_private_keys() {
    let template = template();
    for (name, role) in template.resources() {
        let rotates = ["TokenApiRole", "OperatorRole"].contains(&name.as_str());
        if role["Type"] != "AWS::IAM::Role" || rotates {
            continue;
        }
        for statement in statements(&role["Properties"]["Policies"]) {
            let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
            for key in list(keys).into_iter().filter_map(Value::as_str) {
                // The part before the first wildcard must not match SIGNKEY#.
                let fixed = key.split(['*', '?']).next().unwrap_or_default();
                let private = "SIGNKEY#".starts_with(fixed) || fixed.starts_with("SIGNKEY#");
                assert!(!private, "{name}: {key}");
            }
        }
    }
}
