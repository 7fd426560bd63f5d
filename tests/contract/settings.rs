//! `infra/docs/reliability.md`, *Settings*, against the template.

use std::time::Duration;

use harness::template::{plan, template, text};
use orderwire_local::template::StartingPosition;
use serde_json::{Value, json};

#[test]
fn api_functions_have_ten_seconds_and_workers_thirty() {
    for function in plan().functions {
        let expected = match function.name.as_str() {
            // Callers wait up to 25 seconds.
            "events-api" => 29,
            name if name.ends_with("-api") => 10,
            name if name.ends_with("-worker") || name.ends_with("-relay") => 30,
            "notification-fanout" | "webhook-sender" => 30,
            // Less than the minute between two runs.
            _ => 50,
        };
        assert_eq!(function.timeout_seconds, expected, "{}", function.name);
    }
}

#[test]
fn a_lease_lasts_a_minute_longer_than_its_worker() {
    let plan = plan();
    for function in &plan.functions {
        let Some(lease) = function.environment.get("WORK_LEASE_SECONDS") else { continue };
        let lease: u64 = lease.parse().unwrap();
        assert!(lease >= function.timeout_seconds + 60, "{}", function.name);
        let receives = &function.environment["WORK_MAX_RECEIVES"];
        let mapping = plan.queue_mappings.iter().find(|m| m.function == function.name).unwrap();
        let queue = plan.queue_by_arn(&mapping.queue_arn).unwrap();
        assert_eq!(*receives, queue.redrive.as_ref().unwrap().max_receives.to_string());
    }
}

#[test]
fn the_watchdog_is_longer_than_every_visibility_time_out() {
    let plan = plan();
    let longest = plan.queues.iter().filter_map(|q| q.attributes.get("VisibilityTimeout"));
    let longest: u64 = longest.filter_map(|seconds| seconds.parse().ok()).max().unwrap();
    let all: Vec<u64> = plan
        .functions
        .iter()
        .filter_map(|function| function.environment.get("ORDER_WATCHDOG_SECONDS"))
        .map(|seconds| seconds.parse().unwrap())
        .collect();
    assert!(!all.is_empty() && all.iter().all(|given| *given == all[0] && *given > longest));
}

#[test]
fn the_relay_reports_every_lost_record() {
    let plan = plan();
    let [relay] = plan.stream_mappings.as_slice() else { panic!("one relay") };
    assert_eq!(relay.function, "outbox-relay");
    assert_eq!(relay.starting_position, StartingPosition::TrimHorizon);
    assert_eq!(relay.batch_size, 25);
    assert!(relay.bisect && relay.reports_failures);
    assert_eq!(relay.maximum_retries, Some(10));
    assert_eq!(relay.maximum_age, Some(Duration::from_secs(3_600)));
    let destination = relay.on_failure_arn.as_ref().and_then(|arn| plan.queue_by_arn(arn));
    assert_eq!(destination.unwrap().name, "RelayFailuresQueue");
}

#[test]
fn the_relay_receives_orders_only_and_none_under_lease() {
    let plan = plan();
    assert_eq!(
        plan.stream_mappings[0].filters,
        [json!({
            "eventName": ["INSERT", "MODIFY"],
            "dynamodb": {
                "Keys": { "sk": { "S": ["ORDER"] } },
                "NewImage": { "leaseOwner": { "S": [{ "exists": false }] } },
            },
        })]
    );
}

#[test]
fn the_table_is_restorable_protected_encrypted_and_streams_both_images() {
    let template = template();
    let tables: Vec<&Value> =
        template.resources().values().filter(|r| r["Type"] == "AWS::DynamoDB::Table").collect();
    let [table] = tables.as_slice() else { panic!("one table") };
    assert_eq!(table["DeletionPolicy"], "Retain");
    let table = &table["Properties"];
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(table["SSESpecification"]["SSEEnabled"], true);
    assert_eq!(table["SSESpecification"]["SSEType"], "KMS");
    assert_eq!(table["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
    assert_eq!(plan().tables[0].time_to_live.as_deref(), Some("expiresAt"));
}

#[test]
fn logs_are_kept_thirty_days() {
    let template = template();
    let groups = template.resources().values().filter(|r| r["Type"] == "AWS::Logs::LogGroup");
    let kept: Vec<&Value> = groups.map(|group| &group["Properties"]["RetentionInDays"]).collect();
    assert!(!kept.is_empty() && kept.iter().all(|days| **days == json!(30)), "{kept:?}");
}

#[test]
fn scheduled_runs_are_every_minute_and_not_retried() {
    let plan = plan();
    let names: Vec<&str> = plan.schedules.iter().map(|s| s.function.as_str()).collect();
    assert_eq!(names, ["sweeper", "drift-sweeper", "dead-letter-consumer"]);
    assert!(plan.schedules.iter().all(|schedule| schedule.every == Duration::from_secs(60)));
}

#[test]
fn release_builds_have_the_measured_settings() {
    let manifest = text("Cargo.toml");
    let (_, release) = manifest.split_once("[profile.release]").unwrap();
    let release: Vec<&str> = release.lines().skip(1).take_while(|l| !l.starts_with('[')).collect();
    for setting in ["lto = \"fat\"", "codegen-units = 1", "panic = \"unwind\""] {
        assert!(release.contains(&setting), "{setting}");
    }
}

#[test]
fn calls_are_throttled_at_the_stage_and_at_the_most_expensive_routes() {
    let template = template();
    let api = &template.resources()["HttpApi"]["Properties"];
    for limit in ["ThrottlingBurstLimit", "ThrottlingRateLimit"] {
        assert!(api["DefaultRouteSettings"][limit].is_u64(), "{limit}");
    }
    let routes = plan().routes;
    for (key, _) in api["RouteSettings"].as_object().unwrap() {
        // The default route has neither method nor path of its own.
        let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
        assert!(routes.iter().any(|r| r.method == method && r.path == path), "{key}");
    }
    assert!(api["RouteSettings"].get("POST /ecc/v1/subscriptions").is_some());
}

/// The gateway does not escape what it fills in, and shows `-` for what there is not. A variable
/// whose name ends with `String` brings its own quotes.
#[test]
fn every_line_of_the_access_log_is_json() {
    let source = text("infra/template.yaml");
    let format = source.lines().map(str::trim).find(|line| line.contains("$context.requestId"));
    let format = format.unwrap();
    for known in [true, false] {
        let value = |name: &str| match (known, name.ends_with("String")) {
            (true, true) => "\"Forbidden\"",
            (true, false) => "Forbidden",
            (false, _) => "-",
        };
        let mut parts = format.split("$context.");
        let mut line = parts.next().unwrap().to_owned();
        for part in parts {
            let end = part.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '.');
            let (name, rest) = part.split_at(end.unwrap_or(part.len()));
            line.push_str(value(name));
            line.push_str(rest);
        }
        let line: Result<Value, _> = serde_json::from_str(&line);
        let line = line.unwrap_or_else(|error| panic!("{error}: {format}"));
        assert_eq!(line["error"], if known { "Forbidden" } else { "-" });
        assert!(line["integrationError"].is_string());
    }
}
