use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Denied, Permissions, Resources,
    needed::{self, Report},
    record::{self, Judge, Judged},
    role::like,
};
use crate::template::{Place, Plan, Template};

const TEMPLATE: &str = r#"
Resources:
  OrdersTable:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }]
      GlobalSecondaryIndexes:
        - IndexName: byOwner
          KeySchema: [{ AttributeName: ownerKey, KeyType: HASH }]
  WorkQueue: { Type: AWS::SQS::Queue }
  WorkerFunction:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: ../functions/worker, Role: !GetAtt WorkerRole.Arn }
  FreeFunction:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: ../functions/free }
  SharedPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: { Statement: { Effect: Allow, Action: "sqs:GetQueueAttributes", Resource: !GetAtt WorkQueue.Arn } }
  WorkerRole:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: [!Ref SharedPolicy, !Ref AWS::NoValue]
      Policies:
        - PolicyDocument:
            Statement:
              - Effect: Allow
                Action: ["dynamodb:GetItem", "dynamodb:UpdateItem"]
                Resource: !GetAtt OrdersTable.Arn
                Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["ORDER#*", "SUB#*"] } }
              - Effect: Allow
                Action: "dynamodb:Query"
                Resource: !Sub "${OrdersTable.Arn}/index/byOwner"
                Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": "TENANT#*" } }
              - Effect: Allow
                Action: ["dynamodb:Query"]
                Resource: !GetAtt OrdersTable.Arn
                Condition:
                  "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["HOOKS#*"] }
                  "ForAllValues:StringEquals": { "dynamodb:Attributes": [pk, sk, events] }
                  StringEquals: { "dynamodb:Select": SPECIFIC_ATTRIBUTES }
              - { Effect: Deny, Action: "dynamodb:GetItem", Resource: "*", Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["ORDER#secret"] } } }
  OperatorRole:
    Type: AWS::IAM::Role
    Properties: { Policies: [{ PolicyDocument: { Statement: [{ Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt WorkQueue.Arn }] } }] }
"#;

fn plan() -> Plan {
    let template = Template::parse(TEMPLATE, &BTreeMap::new()).unwrap();
    template.plan(&place()).unwrap()
}

fn place() -> Place {
    Place::local("http://127.0.0.1:1")
}

/// Judges a call as a whole.
fn judge(caller: &str, target: &str, body: Value) -> Result<(), Denied> {
    let plan = plan();
    let requests = Resources::new(&plan, &place()).requests(target, body.to_string().as_bytes());
    assert!(!requests.is_empty(), "{target}");
    let permissions = Permissions::of(&plan);
    requests.iter().try_for_each(|request| permissions.judge(caller, request))
}

fn table(operation: &str, body: Value) -> Result<(), Denied> {
    judge("worker", &format!("DynamoDB_20120810.{operation}"), body)
}

fn get(pk: &str) -> Value {
    json!({ "TableName": "OrdersTable", "Key": { "pk": { "S": pk }, "sk": { "S": "x" } } })
}

#[test]
fn an_action_on_the_keys_of_a_role_is_allowed_and_everything_else_is_denied() {
    assert_eq!(table("GetItem", get("ORDER#1")), Ok(()));
    let denied = table("GetItem", get("HOOKS#1")).unwrap_err();
    assert_eq!((&*denied.caller, &*denied.action), ("worker", "dynamodb:GetItem"));
    assert!(denied.resource.ends_with(":table/OrdersTable"), "{denied}");
    assert!(table("DeleteItem", get("ORDER#1")).is_err());
    assert!(table("Scan", json!({ "TableName": "OrdersTable" })).is_err());
    assert!(table("GetItem", get("ORDER#secret")).is_err(), "denied after all");
}

#[test]
fn callers_without_a_role_of_the_template_are_not_judged() {
    for caller in ["free", "local"] {
        assert_eq!(judge(caller, "DynamoDB_20120810.Scan", json!({})), Ok(()));
    }
    assert!(judge("operator", "AmazonSQS.ReceiveMessage", json!({})).is_err());
}

#[test]
fn a_caller_that_is_neither_a_function_nor_the_administrator_is_refused() {
    for caller in ["anonymous", "AKIAIOSFODNN7EXAMPLE", "worker.x", "workers", "Local", ""] {
        let denied = judge(caller, "DynamoDB_20120810.GetItem", get("ORDER#1")).unwrap_err();
        assert_eq!(denied.caller, caller);
        let denied = Permissions::of(&plan()).identify(caller, "any call").unwrap_err();
        assert_eq!((&*denied.caller, &*denied.action), (caller, "any call"));
    }
}

#[test]
fn each_part_of_a_transaction_needs_its_own_action() {
    let update = |pk: &str| json!({ "Update": get(pk) });
    let write = |parts: Value| table("TransactWriteItems", json!({ "TransactItems": parts }));
    assert_eq!(write(json!([update("ORDER#1"), update("SUB#1")])), Ok(()));
    let checked = write(json!([update("ORDER#1"), { "ConditionCheck": get("ORDER#2") }]));
    assert_eq!(checked.unwrap_err().action, "dynamodb:ConditionCheckItem");
    let put =
        json!({ "Put": { "TableName": "OrdersTable", "Item": { "pk": { "S": "ORDER#1" } } } });
    assert_eq!(write(json!([put])).unwrap_err().action, "dynamodb:PutItem");
}

#[test]
fn every_key_of_a_batch_has_to_be_allowed() {
    let batch = |keys: &[&str]| {
        let keys: Vec<_> = keys.iter().map(|pk| json!({ "pk": { "S": pk } })).collect();
        let body = json!({ "RequestItems": { "OrdersTable": { "Keys": keys } } });
        let plan = plan();
        let target = "DynamoDB_20120810.BatchGetItem";
        let requests =
            Resources::new(&plan, &place()).requests(target, body.to_string().as_bytes());
        requests[0].context["dynamodb:LeadingKeys"].clone()
    };
    assert_eq!(batch(&["ORDER#1", "SUB#2"]), ["ORDER#1", "SUB#2"]);
    assert!(table("BatchGetItem", json!({ "RequestItems": { "OrdersTable": {} } })).is_err());
}

#[test]
fn a_query_is_judged_by_its_index_and_the_partition_that_it_reads() {
    let query = |index: Option<&str>, condition: &str, value: &str| {
        let mut body = json!({
            "TableName": "OrdersTable",
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": { "#owner": "ownerKey" },
            "ExpressionAttributeValues": { ":value": { "S": value } },
        });
        if let Some(index) = index {
            body["IndexName"] = json!(index);
        }
        table("Query", body)
    };
    assert_eq!(query(Some("byOwner"), "ownerKey = :value", "TENANT#a"), Ok(()));
    assert_eq!(query(Some("byOwner"), "#owner = :value AND sk > :x", "TENANT#a"), Ok(()));
    assert!(query(Some("byOwner"), "ownerKey = :value", "CLIENTS").is_err());
    assert!(query(Some("byOwner"), "pk = :value", "TENANT#a").is_err(), "no partition of it");
    assert!(query(None, "pk = :value", "TENANT#a").is_err());
    assert!(query(Some("byDue"), "dueShard = :value", "TENANT#a").is_err());
}

#[test]
fn attributes_that_a_role_does_not_name_are_denied() {
    let query = |projection: Option<&str>, select: Option<&str>| {
        let mut body = json!({
            "TableName": "OrdersTable",
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeNames": { "#events": "events", "#secret": "secret" },
            "ExpressionAttributeValues": { ":pk": { "S": "HOOKS#a" } },
        });
        body["ProjectionExpression"] = json!(projection);
        body["Select"] = json!(select);
        table("Query", body).is_ok()
    };
    assert!(query(Some("sk, #events"), Some("SPECIFIC_ATTRIBUTES")));
    assert!(!query(Some("sk, #secret"), Some("SPECIFIC_ATTRIBUTES")));
    assert!(!query(None, Some("SPECIFIC_ATTRIBUTES")));
    assert!(!query(Some("sk"), Some("ALL_ATTRIBUTES")) && !query(Some("sk"), None));
}

#[test]
fn a_batch_of_messages_needs_the_action_of_one() {
    let url = json!({ "QueueUrl": "http://127.0.0.1:1/000000000000/WorkQueue" });
    let send = |caller| judge(caller, "AmazonSQS.SendMessageBatch", url.clone());
    assert_eq!(send("operator"), Ok(()));
    assert_eq!(send("worker").unwrap_err().action, "sqs:SendMessage");
    assert_eq!(judge("worker", "AmazonSQS.GetQueueAttributes", url.clone()), Ok(()), "attached");
}

#[test]
fn patterns_are_those_of_iam() {
    for (pattern, text, fits) in [
        ("ORDER#*", "ORDER#1", true),
        ("ORDER#*", "ORDER#", true),
        ("ORDER#*", "ORDERS#1", false),
        ("*", "", true),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-c-b", false),
        ("a?c", "aüc", true),
        ("a?c", "ac", false),
        ("ORDER#warm", "ORDER#warmer", false),
        ("é*", "e", false),
    ] {
        assert_eq!(like(pattern, text), fits, "{pattern} {text}");
    }
}

/// What these calls say of the template's roles, by way of a folder.
fn recorded(calls: &[(&str, &str, Value)], permissions: Permissions) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let resources = Resources::new(&plan(), &place());
    let judge = Judge::keeping(permissions.clone(), Some(folder.path()));
    for (caller, target, body) in calls {
        for request in resources.requests(target, body.to_string().as_bytes()) {
            let _ = judge.judge(caller, &request);
        }
    }
    let kept: Vec<Judged> = record::read(folder.path()).unwrap();
    assert!(kept.len() <= calls.len());
    needed::report(&permissions, &kept)
}

fn every_call() -> Vec<(&'static str, &'static str, Value)> {
    let queue = json!({ "QueueUrl": "http://127.0.0.1:1/000000000000/WorkQueue" });
    let query = |key: &str, value: &str, index: Value, projection: Value, select: Value| {
        json!({
            "TableName": "OrdersTable", "IndexName": index, "Select": select,
            "KeyConditionExpression": format!("{key} = :value"), "ProjectionExpression": projection,
            "ExpressionAttributeValues": { ":value": { "S": value } },
        })
    };
    let get = |pk| ("worker", "DynamoDB_20120810.GetItem", get(pk));
    let update = |pk| ("worker", "DynamoDB_20120810.UpdateItem", self::get(pk));
    let owner = query("ownerKey", "TENANT#a", json!("byOwner"), json!(null), json!(null));
    let hooks =
        query("pk", "HOOKS#a", json!(null), json!("sk, events"), json!("SPECIFIC_ATTRIBUTES"));
    vec![
        get("ORDER#1"),
        get("ORDER#2"),
        get("SUB#1"),
        update("ORDER#1"),
        update("SUB#1"),
        ("worker", "DynamoDB_20120810.Query", owner),
        ("worker", "DynamoDB_20120810.Query", hooks),
        ("worker", "AmazonSQS.GetQueueAttributes", queue.clone()),
        ("operator", "AmazonSQS.SendMessage", queue),
    ]
}

#[test]
fn each_grant_that_is_taken_away_refuses_a_recorded_call() {
    let report = recorded(&every_call(), Permissions::of(&plan()));
    assert_eq!((report.unneeded.len(), report.denied.len()), (0, 0), "{report:?}");
    let units: Vec<String> = report.needed.iter().map(|(unit, _)| unit.to_string()).collect();
    assert!(units.contains(&"worker: dynamodb:GetItem on OrdersTable, SUB#*".to_owned()));
    assert!(
        units.contains(&"worker: dynamodb:Query on OrdersTable/index/byOwner, TENANT#*".to_owned())
    );
    assert!(units.contains(&"operator: sqs:SendMessage on WorkQueue".to_owned()));
    let attribute = "worker: dynamodb:Query on OrdersTable, dynamodb:Attributes events";
    assert!(units.contains(&attribute.to_owned()), "{units:?}");
}

#[test]
fn a_grant_that_no_call_needs_is_named() {
    let mut calls = every_call();
    calls.retain(|(_, target, body)| {
        !(target.ends_with("UpdateItem") && body.to_string().contains("SUB#1"))
    });
    let report = recorded(&calls, Permissions::of(&plan()));
    let unneeded: Vec<String> = report.unneeded.iter().map(ToString::to_string).collect();
    assert_eq!(unneeded, ["worker: dynamodb:UpdateItem on OrdersTable, SUB#*"]);

    // Twice the same: neither is needed.
    let twice = TEMPLATE.replace(r#"["ORDER#*", "SUB#*"]"#, r#"["ORDER#*", "SUB#*", "O*"]"#);
    let twice = Template::parse(&twice, &BTreeMap::new()).unwrap().plan(&place()).unwrap();
    let report = recorded(&every_call(), Permissions::of(&twice));
    assert_eq!(report.unneeded.len(), 4, "{:?}", report.unneeded);
}

#[test]
fn calls_that_were_denied_are_named() {
    let denied = [("worker", "DynamoDB_20120810.DeleteItem", get("ORDER#1"))];
    let report = recorded(&denied, Permissions::of(&plan()));
    assert_eq!(report.denied.len(), 1);
    assert_eq!(report.denied[0].request.action, "dynamodb:DeleteItem");
}
