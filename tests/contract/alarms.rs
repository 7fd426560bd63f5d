use std::{collections::BTreeSet, path::PathBuf};

use harness::template::{plan, root, template, text};
use serde_json::{Value, json};

use crate::layout::sources;

/// The required alarms: (alarm, metric, threshold).
const ALARMS: [(&str, &str, f64); 31] = [
    ("SubscriptionWorkDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("CarrierWorkDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("EsimWorkDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("ServiceWorkDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("RelayFailuresAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("SubscriptionWorkAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("CarrierWorkAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("EsimWorkAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("ServiceWorkAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("EventsDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("DeliveriesDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("BatchesDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", 0.0),
    ("BatchesAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("EventsAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("DeliveriesAgeAlarm", "ApproximateAgeOfOldestMessage", 300.0),
    ("EndpointsDisabledAlarm", "EndpointsDisabled", 0.0),
    ("OrdersOverdueAlarm", "OrdersOverdue", 0.0),
    ("OrdersNeedingInterventionAlarm", "OrdersNeedingIntervention", 0.0),
    ("DriftAlarm", "DriftFindings", 0.0),
    ("DriftNetworkAwayAlarm", "DriftNetworksAway", 0.0),
    ("NetworkAwayAlarm", "OrdersAwaitingNetwork", 0.0),
    ("RetryQuotaEmptyAlarm", "RetryQuotaEmpty", 0.0),
    // One failed call is not worth a person's night.
    ("ServerErrorsAlarm", "5xx", 4.0),
    ("LatencyAlarm", "Latency", 3_000.0),
    ("EccFunctionErrorsAlarm", "Errors", 2.0),
    ("OrderFunctionErrorsAlarm", "Errors", 2.0),
    ("WorkerFunctionErrorsAlarm", "Errors", 2.0),
    ("RelayAgeAlarm", "IteratorAge", 60_000.0),
    ("FunctionThrottlesAlarm", "Throttles", 0.0),
    ("TableThrottlesAlarm", "WriteThrottleEvents", 0.0),
    ("IndexThrottlesAlarm", "WriteThrottleEvents", 0.0),
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
            for actions in ["AlarmActions", "OKActions"] {
                let actions = &resource["Properties"][actions];
                assert_eq!(actions[0]["Ref"], "AlarmTopic", "{name}");
            }
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

/// The alarms of the template.
fn alarms() -> Vec<(String, Value)> {
    let of = |(name, resource): (&String, &Value)| {
        let alarm = resource["Type"] == "AWS::CloudWatch::Alarm";
        alarm.then(|| (name.clone(), resource["Properties"].clone()))
    };
    template().resources().iter().filter_map(of).collect()
}

/// The functions whose metric with this name the alarms watch.
fn functions_watched(metric: &str) -> Vec<String> {
    let mut watched = Vec::new();
    for (_, alarm) in alarms() {
        let parts = alarm["Metrics"].as_array().cloned().unwrap_or_default();
        let parts = parts.into_iter().map(|part| part["MetricStat"]["Metric"].clone());
        for part in parts.chain([alarm]).filter(|part| part["MetricName"] == metric) {
            let function = &part["Dimensions"][0]["Value"]["Ref"];
            watched.extend(function.as_str().map(str::to_owned));
        }
    }
    watched.sort();
    watched
}

#[test]
fn every_function_is_watched_for_errors_once() {
    let mut functions: Vec<_> = plan().functions.into_iter().map(|f| f.logical_id).collect();
    functions.sort();
    assert_eq!(functions_watched("Errors"), functions);
}

#[test]
fn what_drives_all_recovery_is_watched_for_silence() {
    let template = template();
    for name in ["SweeperSilentAlarm", "DeadLetterConsumerSilentAlarm"] {
        let alarm = &template.resources()[name]["Properties"];
        assert_eq!(alarm["ComparisonOperator"], "LessThanThreshold", "{name}");
        // A function that does not run has no data.
        assert_eq!(alarm["TreatMissingData"], "breaching", "{name}");
    }
    assert_eq!(functions_watched("IteratorAge"), ["OutboxRelayFunction"]);
    assert_eq!(functions_watched("Invocations"), ["DeadLetterConsumerFunction"]);
}

#[test]
fn every_index_is_watched_for_throttles() {
    let template = template();
    let alarm = template.resources()["IndexThrottlesAlarm"].to_string();
    for index in template.resources()["OrdersTable"]["Properties"]["GlobalSecondaryIndexes"]
        .as_array()
        .unwrap()
    {
        let dimension = json!({ "Name": "GlobalSecondaryIndexName", "Value": index["IndexName"] });
        // Reads and writes.
        assert_eq!(alarm.matches(&dimension.to_string()).count(), 2, "{dimension}");
    }
}

/// A caller that waits and finds no instance free is refused: an ordinary state.
#[test]
fn a_full_long_poll_pages_nobody() {
    let template = template();
    let properties = |name: &str| template.resources()[name]["Properties"].clone();
    for (name, minuend) in [("ServerErrorsAlarm", "all"), ("FunctionThrottlesAlarm", "account")] {
        let metrics = &properties(name)["Metrics"];
        let expression = format!("FILL({minuend}, 0) - FILL(polls, 0)");
        assert_eq!(metrics[0]["Expression"], expression, "{name}");
        assert_eq!(metrics[2]["Id"], "polls", "{name}");
    }
    let polls = plan()
        .routes
        .into_iter()
        .find(|route| route.function == "events-api" && route.method == "GET");
    let polls = polls.unwrap();
    let dimensions =
        properties("ServerErrorsAlarm")["Metrics"][2]["MetricStat"]["Metric"]["Dimensions"]
            .to_string();
    assert!(dimensions.contains(&polls.path), "{dimensions}");
    let throttled = &properties("FunctionThrottlesAlarm")["Metrics"][2]["MetricStat"]["Metric"];
    assert_eq!(throttled["Dimensions"][0]["Value"]["Ref"], "EventsApiFunction");
}

#[test]
fn alarms_on_single_routes_name_routes_of_the_template() {
    let routes = plan().routes;
    let mut found = 0;
    for (name, alarm) in alarms() {
        for part in alarm["Metrics"].as_array().into_iter().flatten() {
            let dimensions = part["MetricStat"]["Metric"]["Dimensions"].as_array();
            let of = |wanted: &str| {
                let named = dimensions?.iter().find(|dimension| dimension["Name"] == wanted)?;
                named["Value"].as_str().map(str::to_owned)
            };
            let (Some(method), Some(path)) = (of("Method"), of("Resource")) else { continue };
            assert!(routes.iter().any(|r| r.method == method && r.path == path), "{name}: {path}");
            assert_eq!(of("Stage").as_deref(), Some("$default"), "{name}");
            found += 1;
        }
    }
    assert!(found >= 4, "{found}");
}

/// What a page of a runbook has, in this order.
const SECTIONS: [&str; 3] = ["\n## Meaning\n", "\n## Look at\n", "\n## Mend\n"];

#[test]
fn every_alarm_names_its_runbook_and_every_runbook_its_alarms() {
    let mut named = BTreeSet::new();
    for (name, alarm) in alarms() {
        let description = alarm["AlarmDescription"].as_str().unwrap();
        let page = description.rsplit_once(" Runbook: ").map(|(_, page)| page.to_owned());
        let page = page.unwrap_or_else(|| panic!("{name}: {description}"));
        let content = text(&page);
        assert!(content.contains(&format!("`{name}`")), "{page} says nothing of {name}");
        let at = SECTIONS.map(|section| content.find(section));
        assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{page}: {at:?}");
        let (_, mend) = content.split_once(SECTIONS[2]).unwrap();
        assert!(mend.contains("```sh\n"), "{page}: the command that mends it");
        named.insert(page);
    }
    let index = text("infra/docs/runbooks/README.md");
    let folder = std::fs::read_dir(root().join("infra/docs/runbooks")).unwrap();
    for file in folder.map(|file| file.unwrap().file_name().into_string().unwrap()) {
        let page = format!("infra/docs/runbooks/{file}");
        assert!(file == "README.md" || named.contains(&page), "{page}: of no alarm");
        assert!(file == "README.md" || index.contains(&format!("]({file})")), "{page}: not listed");
    }
}

/// The body of the dashboard, with names in place of references.
fn dashboard() -> (String, Value) {
    let template = template();
    let body = &template.resources()["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0];
    let body = body.as_str().unwrap().to_owned();
    let mut plain = String::new();
    for (at, part) in body.split("${").enumerate() {
        plain.push_str(if at == 0 { part } else { part.split_once('}').unwrap().1 });
    }
    (body, serde_json::from_str(&plain).unwrap())
}

#[test]
fn the_dashboard_shows_every_function_and_every_queue() {
    let (body, parsed) = dashboard();
    let plan = plan();
    for function in &plan.functions {
        // Errors, throttles, calls, duration.
        let shown = body.matches(&format!("\"${{{}}}\"", function.logical_id)).count();
        assert!(shown >= 4, "{}: {shown}", function.logical_id);
    }
    for queue in &plan.queues {
        assert!(body.contains(&format!("${{{}.QueueName}}", queue.logical_id)), "{}", queue.name);
    }
    let mut places = BTreeSet::new();
    for widget in parsed["widgets"].as_array().unwrap() {
        assert!(places.insert((widget["x"].as_u64(), widget["y"].as_u64())), "{widget}");
        assert!(!widget["properties"]["metrics"].as_array().unwrap().is_empty(), "{widget}");
    }
}
