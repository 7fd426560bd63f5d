use std::{
    collections::BTreeMap,
    os::unix::fs::symlink,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use orderwire_local::{
    process::Processes,
    runtime::{
        Binaries, Endpoints, FunctionOutput, InvokeError, Invoker, NativeOptions, NativeRuntime,
        lambda_environment,
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixtures::{place, small_plan, test_function};

struct Running {
    runtime: Arc<NativeRuntime>,
    folder: TempDir,
}

fn running(concurrency: usize) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let plan = small_plan(&[("Seconds", "1")]);
    for function in &plan.functions {
        symlink(test_function(), folder.path().join(&function.name)).unwrap();
    }
    let options = NativeOptions {
        binaries: Binaries::new(Some(folder.path().to_owned()), Vec::new()).unwrap(),
        concurrency: Some(concurrency),
        output: FunctionOutput::Discarded,
    };
    let endpoints = Endpoints { dynamodb: "http://d".to_owned(), sqs: "http://q".to_owned() };
    let functions: Vec<_> = plan
        .functions
        .iter()
        .map(|function| (function, lambda_environment(function, &place(), &endpoints)))
        .collect();
    let runtime = NativeRuntime::new(functions, &options, Processes::default());
    Running { runtime: Arc::new(runtime), folder }
}

async fn ask(runtime: &NativeRuntime, what: &str) -> Result<Value, InvokeError> {
    let event = Bytes::from(json!({ "do": what }).to_string());
    let answer = runtime.invoke("things-api", event).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

/// No longer there, or only its status is.
fn gone(pid: i64) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit(')').next().is_some_and(|rest| rest.trim().starts_with('Z')),
        Err(_) => true,
    }
}

#[tokio::test]
async fn a_function_runs_with_lambdas_and_the_templates_environment() {
    let functions = small_plan(&[]);
    let endpoints = Endpoints { dynamodb: "http://d".to_owned(), sqs: "http://q".to_owned() };
    let environment: BTreeMap<String, String> =
        lambda_environment(functions.function("things-api").unwrap(), &place(), &endpoints);
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "things-api"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://d"),
        ("AWS_ENDPOINT_URL_SQS", "http://q"),
        ("AWS_REGION", "us-east-1"),
        ("TABLE", "ThingsTable"),
    ] {
        assert_eq!(environment[name], value);
    }
    let answer = ask(&running(1).runtime, "echo").await.unwrap();
    assert_eq!(
        (&answer["greeting"], &answer["event"]),
        (&json!("hello"), &json!({ "do": "echo" }))
    );
}

#[tokio::test]
async fn an_instance_is_reused_and_told_its_real_deadline() {
    let running = running(4);
    let first = ask(&running.runtime, "echo").await.unwrap();
    let second = ask(&running.runtime, "echo").await.unwrap();
    assert_eq!(first["pid"], second["pid"]);
    let deadline: u64 = second["deadline"].as_str().unwrap().parse().unwrap();
    let left = deadline.saturating_sub(orderwire_local::clock::unix_millis());
    assert!((1..=1000).contains(&left), "{left} ms");
    assert_eq!(running.runtime.instances()[0].invocations, 2);
}

#[tokio::test]
async fn at_the_deadline_the_instance_is_killed_and_the_next_call_gets_a_new_one() {
    let running = running(1);
    let pid = ask(&running.runtime, "echo").await.unwrap()["pid"].as_i64().unwrap();
    let started = Instant::now();
    assert_eq!(ask(&running.runtime, "hang").await, Err(InvokeError::TimedOut));
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(990) && took < Duration::from_secs(2), "{took:?}");
    let next = ask(&running.runtime, "echo").await.unwrap()["pid"].as_i64().unwrap();
    assert_ne!(pid, next);
    assert!(gone(pid));
}

#[tokio::test]
async fn a_crash_or_an_error_fails_its_invocation_only() {
    let running = running(1);
    let failed = ask(&running.runtime, "fail").await.unwrap_err();
    assert_eq!(failed, InvokeError::Function { kind: "Asked".to_owned() });
    assert_eq!(ask(&running.runtime, "exit").await, Err(InvokeError::Exited));
    assert!(ask(&running.runtime, "echo").await.is_ok());
    assert_eq!(
        running.runtime.invoke("nothing", Bytes::new()).await,
        Err(InvokeError::UnknownFunction)
    );
}

#[tokio::test]
async fn an_instance_killed_while_idle_costs_no_invocation() {
    let running = running(1);
    for _ in 0..20 {
        let pid = ask(&running.runtime, "echo").await.unwrap()["pid"].as_i64().unwrap();
        std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap();
        while !gone(pid) {
            std::thread::yield_now();
        }
    }
}

#[tokio::test]
async fn a_function_without_a_program_is_unknown_and_nothing_is_started_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let plan = small_plan(&[]);
    let options = NativeOptions {
        binaries: Binaries::new(Some(folder.path().to_owned()), vec!["another"]).unwrap(),
        concurrency: None,
        output: FunctionOutput::Discarded,
    };
    let functions = plan.functions.iter().map(|function| (function, BTreeMap::new()));
    let runtime = NativeRuntime::new(functions, &options, Processes::default());
    assert_eq!(ask(&runtime, "echo").await, Err(InvokeError::UnknownFunction));
    assert!(runtime.instances().is_empty());
}

#[tokio::test]
async fn a_program_that_was_built_again_runs_at_the_next_call() {
    let running = running(1);
    let pid = async || ask(&running.runtime, "echo").await.unwrap()["pid"].as_i64().unwrap();
    let first = pid().await;
    assert_eq!(first, pid().await);
    let program = running.folder.path().join("things-api");
    std::fs::remove_file(&program).unwrap();
    assert_eq!(first, pid().await, "while it is being replaced, the old one runs");
    std::fs::copy(test_function(), &program).unwrap();
    let second = pid().await;
    assert_ne!(first, second);
    assert!(gone(first));
    assert_eq!(second, pid().await);
}

#[tokio::test]
async fn there_are_as_many_instances_as_work_up_to_the_limit() {
    let running = running(2);
    let hang = || {
        let runtime = running.runtime.clone();
        tokio::spawn(async move { ask(&runtime, "hang").await })
    };
    let calls = [hang(), hang(), hang()];
    tokio::time::sleep(Duration::from_millis(300)).await;
    let instances = running.runtime.instances();
    assert_eq!(instances.iter().filter(|instance| instance.busy).count(), 2);
    assert_eq!(running.runtime.kill("things-api"), 2);
    for call in calls {
        assert!(call.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn instances_end_with_the_runtime() {
    let running = running(1);
    let pid = ask(&running.runtime, "echo").await.unwrap()["pid"].as_i64().unwrap();
    drop(running);
    for _ in 0..100 {
        if gone(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{pid} is still there");
}

#[tokio::test]
async fn a_caller_is_refused_when_the_functions_concurrency_is_used_up() {
    let running = running(1);
    let soon = |what: &str| {
        let (runtime, event) = (running.runtime.clone(), json!({ "do": what }).to_string());
        async move { runtime.invoke_soon("things-worker", event.into()).await }
    };
    // Two at once are reserved for it: one runs, one waits for the only instance, a third is too
    // many.
    let (first, second) = (tokio::spawn(soon("hang")), tokio::spawn(soon("echo")));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let asked = Instant::now();
    assert_eq!(soon("echo").await, Err(InvokeError::Throttled));
    assert!(asked.elapsed() < Duration::from_millis(100));
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert_eq!(first, Err(InvokeError::TimedOut), "the template gives it five seconds");
    assert!(second.is_ok() || second == Err(InvokeError::Throttled), "{second:?}");
}
