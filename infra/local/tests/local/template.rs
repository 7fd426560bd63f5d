use std::{collections::BTreeMap, time::Duration};

use orderwire_local::template::{LOCAL_SECRET, StartingPosition, Template, TemplateError};
use serde_json::json;

use crate::fixtures::{folder, place, small_plan};

#[test]
fn the_deployment_template_can_be_read_with_every_reference_resolved() {
    let file = folder().join("../template.yaml");
    let template = Template::read(&file, &BTreeMap::new()).unwrap();
    let plan = template.plan(&place()).unwrap();
    assert!(plan.tables.iter().any(|table| table.name == "OrdersTable"));
    for mapping in &plan.queue_mappings {
        assert!(plan.queue_by_arn(&mapping.queue_arn).is_some());
    }
    for function in &plan.functions {
        let unresolved = |value: &String| value.contains("${") || value.contains("{{resolve:");
        assert!(!function.environment.values().any(unresolved), "{function:?}");
    }
    assert!(!plan.routes.is_empty() && !plan.schedules.is_empty());
}

#[test]
fn an_account_with_a_low_limit_reserves_nothing_for_callers_that_wait() {
    let file = folder().join("../template.yaml");
    let reserved = |given: BTreeMap<String, String>| {
        let plan = Template::read(&file, &given).unwrap().plan(&place()).unwrap();
        let reserved: Vec<usize> =
            plan.functions.iter().filter_map(|function| function.reserved_concurrency).collect();
        reserved
    };
    assert!(reserved(BTreeMap::new()).is_empty());
    let given = BTreeMap::from([("LongPollConcurrency".to_owned(), "100".to_owned())]);
    assert_eq!(reserved(given), [100]);
}

#[test]
fn functions_get_their_own_and_the_global_settings() {
    let plan = small_plan(&[]);
    let api = plan.function("things-api").unwrap();
    assert_eq!((api.timeout_seconds, api.memory_mb), (2, 256));
    let worker = plan.function("things-worker").unwrap();
    assert_eq!((worker.timeout_seconds, worker.memory_mb), (5, 128));
    assert_eq!((worker.reserved_concurrency, api.reserved_concurrency), (Some(2), None));
    assert_eq!(worker.environment["GREETING"], "everywhere");
    assert_eq!(
        json!(api.environment),
        json!({
            "GREETING": "hello",
            "JOINED": "a-test-y",
            "NETWORK_URL": "http://network.invalid",
            "PEPPER": LOCAL_SECRET,
            "QUEUE_URL": "http://127.0.0.1:4566/000000000000/WorkQueue",
            "TABLE": "ThingsTable",
            "TOKEN_ISSUER": "http://issuer.invalid",
        })
    );
}

#[test]
fn parameters_and_conditions_decide_what_there_is() {
    let names = |stage: &str| -> Vec<String> {
        small_plan(&[("Stage", stage)]).queues.into_iter().map(|queue| queue.name).collect()
    };
    assert_eq!(names("test"), ["DeadQueue", "things-test", "WorkQueue"]);
    assert_eq!(names("live"), ["DeadQueue", "LiveQueue", "WorkQueue"]);
    let live = small_plan(&[("Stage", "live"), ("Seconds", "7")]);
    let api = live.function("things-api").unwrap();
    assert_eq!((api.timeout_seconds, api.environment["GREETING"].as_str()), (7, "welcome"));
}

#[test]
fn unknown_and_unwanted_parameters_are_refused() {
    let read = |name: &str, value: &str| {
        let given = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        Template::read(&crate::fixtures::small_template(), &given).unwrap_err()
    };
    assert!(matches!(read("Stagee", "live"), TemplateError::UnknownParameter { .. }));
    assert!(matches!(read("Stage", "other"), TemplateError::ParameterNotAllowed { .. }));
}

#[test]
fn a_reference_to_nothing_is_an_error() {
    let text = "
Resources:
  FooFunction:
    Type: AWS::Serverless::Function
    Properties:
      Environment: { Variables: { URL: !Ref NoSuchQueue } }
";
    let template = Template::parse(text, &BTreeMap::new()).unwrap();
    let refused = template.plan(&place()).unwrap_err();
    assert!(matches!(refused, TemplateError::UnknownReference(name) if name == "NoSuchQueue"));
}

#[test]
fn queues_carry_their_attributes_and_their_redrive_policy() {
    let plan = small_plan(&[]);
    let work = plan.queues.iter().find(|queue| queue.name == "WorkQueue").unwrap();
    assert_eq!(work.attributes["VisibilityTimeout"], "2");
    assert_eq!(work.attributes["MessageRetentionPeriod"], "345600");
    let redrive = work.redrive.as_ref().unwrap();
    assert_eq!(redrive.max_receives, 2);
    assert_eq!(plan.queue_by_arn(&redrive.dead_letter_arn).unwrap().name, "DeadQueue");
}

#[test]
fn a_table_becomes_a_create_request() {
    let plan = small_plan(&[]);
    let [table] = plan.tables.as_slice() else { panic!("one table") };
    assert_eq!(table.time_to_live.as_deref(), Some("expiresAt"));
    let request = &table.create_request;
    assert_eq!(request["GlobalSecondaryIndexes"][0]["IndexName"], "byOwner");
    assert_eq!(request["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
}

#[test]
fn mappings_and_schedules_carry_their_settings() {
    let plan = small_plan(&[]);
    let [queue] = plan.queue_mappings.as_slice() else { panic!("one queue mapping") };
    assert_eq!((queue.batch_size, queue.maximum_concurrency), (5, Some(2)));
    assert!(queue.reports_failures);
    let [stream] = plan.stream_mappings.as_slice() else { panic!("one stream mapping") };
    assert_eq!(stream.table, "ThingsTable");
    assert_eq!(stream.starting_position, StartingPosition::TrimHorizon);
    assert_eq!((stream.batch_size, stream.maximum_retries, stream.bisect), (25, Some(3), true));
    assert_eq!(stream.maximum_age, Some(Duration::from_secs(3600)));
    assert_eq!(stream.filters.len(), 1);
    let [schedule] = plan.schedules.as_slice() else { panic!("one schedule") };
    assert_eq!((schedule.name.as_str(), schedule.every.as_secs()), ("things-worker-clock", 300));
}
