//! IAM: each function has exactly the permissions that its ports need.

use std::collections::BTreeSet;

use harness::template::{plan, template};
use serde_json::{Value, json};

const TABLE: &str = "OrdersTable";

/// The permissions that each function's ports need: (function, action, resource). A transaction
/// needs the actions of its parts. `X#warm` reads open the connection in init.
const NEEDED: &[(&str, &str, &str)] = &[
    // DynamoClients, DynamoSubscriptions, DynamoPlacing
    ("subscriptions-api", "dynamodb:GetItem", TABLE),
    ("subscriptions-api", "dynamodb:BatchGetItem", TABLE),
    ("subscriptions-api", "dynamodb:PutItem", TABLE),
    ("subscriptions-api", "dynamodb:UpdateItem", TABLE),
    ("subscriptions-api", "dynamodb:Query", "OrdersTable/index/byOwner"),
    // DynamoClients, DynamoBatches, WorkQueue::send_batch
    ("batches-api", "dynamodb:GetItem", TABLE),
    ("batches-api", "dynamodb:Query", TABLE),
    ("batches-api", "dynamodb:PutItem", TABLE),
    ("batches-api", "dynamodb:UpdateItem", TABLE),
    ("batches-api", "sqs:SendMessage", "BatchesQueue"),
    // The queue mapping, WorkQueue::{extend_visibility, warm}, DynamoBatchWork, DynamoOrders,
    // DynamoSubscriptions::find, DynamoPlacing
    ("batch-worker", "sqs:ReceiveMessage", "BatchesQueue"),
    ("batch-worker", "sqs:DeleteMessage", "BatchesQueue"),
    ("batch-worker", "sqs:ChangeMessageVisibility", "BatchesQueue"),
    ("batch-worker", "sqs:GetQueueAttributes", "BatchesQueue"),
    ("batch-worker", "dynamodb:GetItem", TABLE),
    ("batch-worker", "dynamodb:ConditionCheckItem", TABLE),
    ("batch-worker", "dynamodb:Query", TABLE),
    ("batch-worker", "dynamodb:PutItem", TABLE),
    ("batch-worker", "dynamodb:UpdateItem", TABLE),
    // DynamoClients, DynamoFeeds, DynamoFeedUse, DynamoWaits
    ("events-api", "dynamodb:GetItem", TABLE),
    ("events-api", "dynamodb:Query", TABLE),
    ("events-api", "dynamodb:UpdateItem", TABLE),
    // DynamoClients, DynamoPublicKeys, DynamoEndpoints, DynamoDeliveries, WorkQueue::send_batch
    ("webhooks-api", "dynamodb:GetItem", TABLE),
    ("webhooks-api", "dynamodb:Query", TABLE),
    ("webhooks-api", "dynamodb:Query", "OrdersTable/index/byOwner"),
    ("webhooks-api", "dynamodb:PutItem", TABLE),
    ("webhooks-api", "dynamodb:UpdateItem", TABLE),
    ("webhooks-api", "dynamodb:DeleteItem", TABLE),
    ("webhooks-api", "sqs:SendMessage", "DeliveriesQueue"),
    // DynamoClients, DynamoOrders
    ("provisioning-orders-api", "dynamodb:GetItem", TABLE),
    // DynamoClients, SigningKeys::list_or_make
    ("token-api", "dynamodb:GetItem", TABLE),
    ("token-api", "dynamodb:PutItem", TABLE),
    // DynamoClients, DynamoPublicKeys, DynamoParties, DynamoCarrierOrders, DynamoSellerWork,
    // DynamoBuyerWork
    ("carrier-orders-api", "dynamodb:GetItem", TABLE),
    ("carrier-orders-api", "dynamodb:BatchGetItem", TABLE),
    ("carrier-orders-api", "dynamodb:PutItem", TABLE),
    ("carrier-orders-api", "dynamodb:UpdateItem", TABLE),
    ("carrier-orders-api", "dynamodb:Query", "OrdersTable/index/byOwner"),
    ("carrier-status-api", "dynamodb:GetItem", TABLE),
    ("carrier-status-api", "dynamodb:PutItem", TABLE),
    ("carrier-status-api", "dynamodb:UpdateItem", TABLE),
    ("carrier-notifications-api", "dynamodb:GetItem", TABLE),
    ("carrier-notifications-api", "dynamodb:BatchGetItem", TABLE),
    ("carrier-notifications-api", "dynamodb:Query", TABLE),
    ("carrier-notifications-api", "dynamodb:PutItem", TABLE),
    ("carrier-notifications-api", "dynamodb:UpdateItem", TABLE),
    // The queue mapping, WorkQueue::{extend_visibility, warm}, DynamoSellerWork, DynamoBuyerWork, DynamoSvlans,
    // DynamoParties
    ("carrier-order-worker", "sqs:ReceiveMessage", "CarrierWorkQueue"),
    ("carrier-order-worker", "sqs:DeleteMessage", "CarrierWorkQueue"),
    ("carrier-order-worker", "sqs:ChangeMessageVisibility", "CarrierWorkQueue"),
    ("carrier-order-worker", "sqs:GetQueueAttributes", "CarrierWorkQueue"),
    ("carrier-order-worker", "dynamodb:GetItem", TABLE),
    ("carrier-order-worker", "dynamodb:BatchGetItem", TABLE),
    ("carrier-order-worker", "dynamodb:Query", TABLE),
    ("carrier-order-worker", "dynamodb:Query", "OrdersTable/index/byOwner"),
    ("carrier-order-worker", "dynamodb:PutItem", TABLE),
    ("carrier-order-worker", "dynamodb:UpdateItem", TABLE),
    ("carrier-order-worker", "dynamodb:ConditionCheckItem", TABLE),
    ("carrier-order-worker", "dynamodb:DeleteItem", TABLE),
    // DynamoPublicKeys, DynamoEsimOrders
    ("esim-orders-api", "dynamodb:GetItem", TABLE),
    ("esim-orders-api", "dynamodb:BatchGetItem", TABLE),
    ("esim-orders-api", "dynamodb:PutItem", TABLE),
    ("esim-orders-api", "dynamodb:UpdateItem", TABLE),
    // DynamoClients, DynamoProgress
    ("es2plus-callback-api", "dynamodb:GetItem", TABLE),
    ("es2plus-callback-api", "dynamodb:UpdateItem", TABLE),
    // The queue mapping, WorkQueue::{extend_visibility, warm}, DynamoEsimWork
    ("esim-worker", "sqs:ReceiveMessage", "EsimWorkQueue"),
    ("esim-worker", "sqs:DeleteMessage", "EsimWorkQueue"),
    ("esim-worker", "sqs:ChangeMessageVisibility", "EsimWorkQueue"),
    ("esim-worker", "sqs:GetQueueAttributes", "EsimWorkQueue"),
    ("esim-worker", "dynamodb:GetItem", TABLE),
    ("esim-worker", "dynamodb:Query", TABLE),
    ("esim-worker", "dynamodb:PutItem", TABLE),
    ("esim-worker", "dynamodb:UpdateItem", TABLE),
    ("esim-worker", "dynamodb:DeleteItem", TABLE),
    // The stream mapping and its failures, WorkQueue::{send_batch, warm}, DynamoSubscribers::of
    ("outbox-relay", "dynamodb:DescribeStream", "OrdersTable.StreamArn"),
    ("outbox-relay", "dynamodb:GetRecords", "OrdersTable.StreamArn"),
    ("outbox-relay", "dynamodb:GetShardIterator", "OrdersTable.StreamArn"),
    ("outbox-relay", "dynamodb:ListStreams", "OrdersTable/stream/*"),
    ("outbox-relay", "sqs:SendMessage", "SubscriptionWorkQueue"),
    ("outbox-relay", "sqs:SendMessage", "CarrierWorkQueue"),
    ("outbox-relay", "sqs:SendMessage", "EsimWorkQueue"),
    ("outbox-relay", "sqs:SendMessage", "EventsQueue"),
    ("outbox-relay", "sqs:SendMessage", "RelayFailuresQueue"),
    ("outbox-relay", "sqs:GetQueueAttributes", "SubscriptionWorkQueue"),
    ("outbox-relay", "dynamodb:GetItem", TABLE),
    ("outbox-relay", "dynamodb:Query", TABLE),
    // The queue mapping, WorkQueue::{extend_visibility, warm}, DynamoWork::{lease, for_tenant}
    ("subscription-worker", "sqs:ReceiveMessage", "SubscriptionWorkQueue"),
    ("subscription-worker", "sqs:DeleteMessage", "SubscriptionWorkQueue"),
    ("subscription-worker", "sqs:ChangeMessageVisibility", "SubscriptionWorkQueue"),
    ("subscription-worker", "sqs:GetQueueAttributes", "SubscriptionWorkQueue"),
    ("subscription-worker", "dynamodb:GetItem", TABLE),
    ("subscription-worker", "dynamodb:Query", TABLE),
    ("subscription-worker", "dynamodb:UpdateItem", TABLE),
    ("subscription-worker", "dynamodb:DeleteItem", TABLE),
    // DynamoWatchdog, DynamoStock::{awaited_by, has_free}, WorkQueue::send_batch
    ("sweeper", "dynamodb:Query", "OrdersTable/index/byDue"),
    ("sweeper", "dynamodb:Query", TABLE),
    ("sweeper", "dynamodb:GetItem", TABLE),
    ("sweeper", "dynamodb:BatchGetItem", TABLE),
    ("sweeper", "dynamodb:UpdateItem", TABLE),
    ("sweeper", "sqs:SendMessage", "SubscriptionWorkQueue"),
    ("sweeper", "sqs:SendMessage", "CarrierWorkQueue"),
    ("sweeper", "sqs:SendMessage", "EsimWorkQueue"),
    ("sweeper", "sqs:SendMessage", "EventsQueue"),
    ("sweeper", "sqs:SendMessage", "DeliveriesQueue"),
    ("sweeper", "sqs:SendMessage", "BatchesQueue"),
    // The queue mapping, WorkQueue::{extend_visibility, warm, send_batch}, DynamoPublisher,
    // DynamoSubscribers::with_endpoints, DynamoDeliveries::plan
    ("notification-fanout", "sqs:ReceiveMessage", "EventsQueue"),
    ("notification-fanout", "sqs:DeleteMessage", "EventsQueue"),
    ("notification-fanout", "sqs:ChangeMessageVisibility", "EventsQueue"),
    ("notification-fanout", "sqs:GetQueueAttributes", "EventsQueue"),
    ("notification-fanout", "sqs:SendMessage", "DeliveriesQueue"),
    ("notification-fanout", "sqs:SendMessage", "BatchesQueue"),
    ("notification-fanout", "dynamodb:GetItem", TABLE),
    ("notification-fanout", "dynamodb:Query", TABLE),
    ("notification-fanout", "dynamodb:PutItem", TABLE),
    ("notification-fanout", "dynamodb:UpdateItem", TABLE),
    // The queue mapping, WorkQueue::{extend_visibility, warm, send_batch}, DynamoSending,
    // DynamoBacklog, DynamoEndpoints::{find, attempted}, DynamoPushTargets
    ("webhook-sender", "sqs:ReceiveMessage", "DeliveriesQueue"),
    ("webhook-sender", "sqs:DeleteMessage", "DeliveriesQueue"),
    ("webhook-sender", "sqs:ChangeMessageVisibility", "DeliveriesQueue"),
    ("webhook-sender", "sqs:GetQueueAttributes", "DeliveriesQueue"),
    ("webhook-sender", "sqs:SendMessage", "DeliveriesQueue"),
    ("webhook-sender", "dynamodb:GetItem", TABLE),
    ("webhook-sender", "dynamodb:BatchGetItem", TABLE),
    ("webhook-sender", "dynamodb:Query", TABLE),
    ("webhook-sender", "dynamodb:Query", "OrdersTable/index/byDue"),
    ("webhook-sender", "dynamodb:PutItem", TABLE),
    ("webhook-sender", "dynamodb:UpdateItem", TABLE),
    // WorkQueue::receive, DynamoWatchdog::{get, mark_needs_intervention}
    ("dead-letter-consumer", "sqs:ReceiveMessage", "SubscriptionWorkDeadLetterQueue"),
    ("dead-letter-consumer", "sqs:ReceiveMessage", "CarrierWorkDeadLetterQueue"),
    ("dead-letter-consumer", "sqs:ReceiveMessage", "EsimWorkDeadLetterQueue"),
    ("dead-letter-consumer", "dynamodb:GetItem", TABLE),
    ("dead-letter-consumer", "dynamodb:UpdateItem", TABLE),
];

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
        .flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]).into_iter().cloned())
        .collect()
}

#[test]
fn each_function_has_exactly_the_permissions_that_its_ports_need() {
    let (template, plan) = (template(), plan());
    let mut found = BTreeSet::new();
    for function in &plan.functions {
        let resource = &template.resources()[&function.logical_id]["Properties"];
        let role = short(&resource["Role"]);
        assert!(resource.get("Policies").is_none(), "{role}: the role alone gives permissions");
        assert_eq!(role, function.logical_id.replace("Function", "Role"));
        let role = &template.resources()[&role]["Properties"];
        for statement in statements(&role["Policies"]) {
            for action in list(&statement["Action"]) {
                for resource in list(&statement["Resource"]) {
                    let action = action.as_str().unwrap().to_owned();
                    found.insert((function.name.clone(), action, short(resource)));
                }
            }
        }
    }
    let needed: BTreeSet<_> =
        NEEDED.iter().map(|(f, a, r)| ((*f).into(), (*a).into(), (*r).into())).collect();
    assert_eq!(found, needed);
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
const CALL_OUTSIDE: [&str; 4] =
    ["carrier-order-worker", "esim-worker", "subscription-worker", "webhook-sender"];

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

/// Functions that accept tokens only, and no secrets.
const WITHOUT_SECRETS: [&str; 1] = ["esim-orders-api"];

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
fn only_the_token_function_can_read_or_write_private_keys() {
    let template = template();
    for (name, role) in template.resources() {
        if role["Type"] != "AWS::IAM::Role" || name == "TokenApiRole" {
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
