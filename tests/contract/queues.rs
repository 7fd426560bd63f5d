use harness::template::{plan, template};
use orderwire_local::template::{Plan, Queue};
use serde_json::Value;

/// Whether a queue is terminal: a dead-letter queue or an on-failure destination.
fn is_terminal(plan: &Plan, queue: &Queue) -> bool {
    plan.queues.iter().any(|other| {
        other.redrive.as_ref().is_some_and(|redrive| redrive.dead_letter_arn == queue.arn)
    }) || plan.stream_mappings.iter().any(|m| m.on_failure_arn.as_ref() == Some(&queue.arn))
}

#[test]
fn every_queue_with_a_consumer_has_its_own_dead_letter_queue() {
    let plan = plan();
    let mut taken = Vec::new();
    for queue in plan.queues.iter().filter(|queue| !is_terminal(&plan, queue)) {
        let redrive = queue.redrive.as_ref().unwrap_or_else(|| panic!("{}", queue.name));
        assert_eq!(redrive.max_receives, 10, "{}", queue.name);
        let dead_letters = plan.queue_by_arn(&redrive.dead_letter_arn).unwrap();
        let expected = queue.name.replace("Queue", "DeadLetterQueue");
        assert_eq!(dead_letters.name, expected);
        assert!(!taken.contains(&dead_letters.name), "{} is shared", dead_letters.name);
        taken.push(dead_letters.name.clone());
    }
    assert!(!taken.is_empty());
}

#[test]
fn messages_are_kept_four_days_and_dead_letters_fourteen() {
    let plan = plan();
    for queue in &plan.queues {
        let days = if is_terminal(&plan, queue) { 14 } else { 4 };
        let kept = &queue.attributes["MessageRetentionPeriod"];
        assert_eq!(*kept, (days * 86_400).to_string(), "{}", queue.name);
    }
}

#[test]
fn every_queue_is_encrypted() {
    let resources = template();
    let queues = resources.resources().iter().filter(|(_, r)| r["Type"] == "AWS::SQS::Queue");
    for (name, queue) in queues {
        assert_eq!(queue["Properties"]["SqsManagedSseEnabled"], Value::Bool(true), "{name}");
    }
}

#[test]
fn the_visibility_time_out_is_six_function_time_outs_and_failures_are_reported_per_record() {
    let plan = plan();
    assert!(!plan.queue_mappings.is_empty());
    for mapping in &plan.queue_mappings {
        let queue = plan.queue_by_arn(&mapping.queue_arn).unwrap();
        let hidden: u64 = queue.attributes["VisibilityTimeout"].parse().unwrap();
        let function = plan.function(&mapping.function).unwrap();
        assert!(hidden >= 6 * function.timeout_seconds, "{}", queue.name);
        assert!(mapping.reports_failures, "{}", mapping.function);
        assert!(mapping.batch_size <= 5, "{}", mapping.function);
        // A sender of webhooks waits for strangers; see the decision on slots.
        let at_once = if mapping.function == "webhook-sender" { 100 } else { 20 };
        assert_eq!(mapping.maximum_concurrency, Some(at_once), "{}", mapping.function);
    }
}

#[test]
fn every_other_queue_has_a_consumer() {
    let plan = plan();
    for queue in plan.queues.iter().filter(|queue| !is_terminal(&plan, queue)) {
        let fed = plan.queue_mappings.iter().any(|mapping| mapping.queue_arn == queue.arn);
        assert!(fed, "{} has no consumer", queue.name);
    }
}
