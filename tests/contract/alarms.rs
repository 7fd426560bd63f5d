use std::{collections::BTreeSet, path::PathBuf};

use harness::template::{plan, root, template};
use serde_json::Value;

use crate::layout::sources;

/// The required alarms: (alarm, metric, threshold).
const ALARMS: [(&str, &str, f64); 21] = [
    ("SubscriptionWorkDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("CarrierWorkDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("EsimWorkDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("RelayFailuresAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("SubscriptionWorkAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("CarrierWorkAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("EsimWorkAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("EventsDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("DeliveriesDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("BatchesDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("BatchesAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("EventsAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("DeliveriesAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("EndpointsDisabledAlarm", "EndpointsDisabled", 0.0),
    ("OrdersOverdueAlarm", "OrdersOverdue", 0.0),
    ("OrdersNeedingInterventionAlarm", "OrdersNeedingIntervention", 0.0),
    ("NetworkAwayAlarm", "OrdersAwaitingNetwork", 0.0),
    ("RetryQuotaEmptyAlarm", "RetryQuotaEmpty", 0.0),
    ("ServerErrorsAlarm", "5xx", 0.0),
    ("FunctionThrottlesAlarm", "Throttles", 0.0),
    ("TableThrottlesAlarm", "WriteThrottleEvents", 0.0),
];

/// The namespace of the stack's own metrics, as the template's alarms have it.
const OWN: &str = r#""Namespace":{"Fn::Sub":"Orderwire/${AWS::StackName}"}"#;

/// Another stack in the account emits the same metrics: its sweeper must not keep the alarm of
/// ours quiet.
#[test]
fn own_metrics_are_those_of_this_stack() {
    let plan = plan();
    assert!(plan.functions.iter().all(|function| {
        function.environment["METRICS_NAMESPACE"] == "Orderwire/orderwire-local"
    }));
    let template = template();
    let mut own = 0;
    for (name, resource) in template.resources() {
        let text = resource.to_string();
        own += text.matches(OWN).count();
        assert!(!text.contains(r#""Namespace":"Orderwire""#), "{name}");
        assert!(!text.contains(r#"[\"Orderwire\""#), "{name}");
    }
    assert!(own >= 5, "{own}");
}

#[test]
fn every_required_alarm_exists() {
    let template = template();
    for (name, metric, threshold) in ALARMS {
        let alarm = &template.resources()[name];
        assert_eq!(alarm["Type"], "AWS::CloudWatch::Alarm", "{name}");
        let alarm = &alarm["Properties"];
        assert!(alarm.to_string().contains(&format!("\"MetricName\":\"{metric}\"")), "{name}");
        assert_eq!(alarm["Threshold"].as_f64(), Some(threshold), "{name}");
        assert_eq!(alarm["ComparisonOperator"], "GreaterThanThreshold", "{name}");
    }
}

/// An alarm on a metric that no function emits never fires.
#[test]
fn every_own_metric_of_a_required_alarm_is_emitted() {
    let template = template();
    let runs = |path: &PathBuf| {
        let path = path.strip_prefix(root()).unwrap();
        ["functions", "shared"].iter().any(|room| path.starts_with(room))
            && path.components().any(|part| part.as_os_str() == "src")
            && !path.ends_with("tests.rs")
    };
    let code = |source: String| source.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
    let sources = sources().into_iter().filter(runs);
    let sources = sources.map(|path| code(std::fs::read_to_string(path).unwrap()));
    let sources: Vec<_> = sources.collect();
    for (name, metric, _) in ALARMS {
        let alarm = template.resources()[name]["Properties"].to_string();
        if alarm.contains(OWN) {
            let counted = sources.iter().any(|source| source.contains(&format!("\"{metric}\"")));
            assert!(counted, "{metric}");
        }
    }
}

#[test]
fn every_alarm_notifies_the_alarm_topic() {
    let template = template();
    for (name, resource) in template.resources() {
        if resource["Type"] == "AWS::CloudWatch::Alarm" {
            let actions = &resource["Properties"]["AlarmActions"];
            assert_eq!(actions[0]["Ref"], "AlarmTopic", "{name}");
        }
    }
}

fn mentioned(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            found.insert(text.split('.').next().unwrap_or_default().to_owned());
        }
        Value::Array(all) => all.iter().for_each(|one| mentioned(one, found)),
        Value::Object(all) => all.values().for_each(|one| mentioned(one, found)),
        _ => {}
    }
}

#[test]
fn every_queue_has_its_own_alarm() {
    let template = template();
    let mut watched = BTreeSet::new();
    for resource in template.resources().values() {
        if resource["Type"] == "AWS::CloudWatch::Alarm" {
            mentioned(resource, &mut watched);
        }
    }
    for queue in plan().queues {
        assert!(watched.contains(&queue.logical_id), "{}", queue.logical_id);
    }
}
