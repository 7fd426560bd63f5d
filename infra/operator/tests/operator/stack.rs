//! A deployment that is found by the name of its stack.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
};

use api::identity::SecretHasher;
use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::{Value, json};
use store::ClientAdministration;
use tokio::net::TcpListener;

use crate::scene::{PEPPER, Scene};

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:pepper-1";

/// CloudFormation with one stack, whose outputs these are, and Secrets Manager.
struct Stack {
    outputs: BTreeMap<String, String>,
    /// By ARN.
    secrets: BTreeMap<String, String>,
}

type Shared = Arc<Mutex<Stack>>;

/// The address of a stack with a table, and with a pepper of its own.
async fn aws(table: &str) -> (String, Shared) {
    let outputs = [("OrdersTableName", table), ("CredentialPepperArn", ARN)];
    let outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let secrets = [(ARN.to_owned(), PEPPER.to_owned())].into();
    let stack = Arc::new(Mutex::new(Stack { outputs, secrets }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(answer)).with_state(Arc::clone(&stack));
    tokio::spawn(async { axum::serve(listener, router).await });
    (url, stack)
}

/// Secrets Manager.
fn secret(stack: &mut Stack, call: &str, asked: &Value) -> Value {
    if call == "secretsmanager.GetSecretValue" {
        let arn = asked["SecretId"].as_str().unwrap();
        return json!({ "ARN": arn, "SecretString": stack.secrets[arn] });
    }
    assert_eq!(call, "secretsmanager.CreateSecret");
    let name = asked["Name"].as_str().unwrap();
    assert!(name.starts_with("orderwire-prod-pepper-"), "the operator's role allows no other");
    let arn = ARN.replace("pepper-1", &format!("{name}-AbCdEf"));
    let text = asked["SecretString"].as_str().unwrap().to_owned();
    assert_eq!(stack.secrets.insert(arn.clone(), text), None, "it is a new one");
    json!({ "ARN": arn, "Name": name })
}

async fn answer(State(stack): State<Shared>, headers: HeaderMap, body: String) -> Response {
    // Of the profile, not of the environment.
    assert!(headers["authorization"].to_str().unwrap().contains("Credential=operator/"));
    let mut stack = stack.lock().unwrap();
    if let Some(call) = headers.get("x-amz-target") {
        let asked = serde_json::from_str(&body).unwrap();
        return secret(&mut stack, call.to_str().unwrap(), &asked).to_string().into_response();
    }
    if !body.contains("StackName=orderwire-prod&") && !body.ends_with("StackName=orderwire-prod") {
        let error = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
                     <Message>Stack with id other does not exist</Message></Error></ErrorResponse>";
        return (axum::http::StatusCode::BAD_REQUEST, error).into_response();
    }
    let output = |(key, value): (&String, &String)| {
        format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
    };
    let outputs: String = stack.outputs.iter().map(output).collect();
    format!(
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <DescribeStacksResult><Stacks><member><StackName>orderwire-prod</StackName>\
         <CreationTime>2026-11-30T00:00:00Z</CreationTime>\
         <StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{outputs}</Outputs></member></Stacks>\
         </DescribeStacksResult></DescribeStacksResponse>"
    )
    .into_response()
}

/// Runs the command with a profile and nothing else in its environment: (succeeded, printed).
async fn run(aws: &str, scene: &Scene, folder: &Path, words: &str) -> (bool, String) {
    let config = "[profile work]\nregion = eu-west-1\n";
    std::fs::write(folder.join("config"), config).unwrap();
    let keys = "[work]\naws_access_key_id = operator\naws_secret_access_key = local\n";
    std::fs::write(folder.join("credentials"), keys).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_orderwire"));
    command
        .args(["--profile", "work"])
        .args(words.split(' '))
        .env_clear()
        .env("AWS_CONFIG_FILE", folder.join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("credentials"))
        .env("AWS_ENDPOINT_URL_CLOUDFORMATION", aws)
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", aws)
        .env("AWS_ENDPOINT_URL_DYNAMODB", scene.db.proxy.url())
        .env("AWS_ENDPOINT_URL_SQS", &scene.queues.endpoint);
    // What it calls is served by this thread.
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let printed = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8(printed).unwrap())
}

#[tokio::test]
async fn the_name_of_a_stack_and_a_profile_are_all_the_configuration_there_is() {
    let (scene, folder) = (Scene::new().await, tempfile::tempdir().unwrap());
    let (aws, _) = aws(&scene.db.name).await;
    let run = async |words| run(&aws, &scene, folder.path(), words).await;

    let add = "--stack orderwire-prod --output json client add acme --tenant t --role ecc";
    let (done, printed) = run(add).await;
    assert!(done, "{printed}");
    let added: Value = serde_json::from_str(&printed).unwrap();
    // The functions check it with the same pepper.
    let stored = scene.json("client list").await;
    assert_eq!(stored["clients"][0]["id"], added["id"]);
    let (done, said) = run("--stack other client list").await;
    assert!(!done);
    let expected = "orderwire: cannot read the stack other: ";
    assert!(said.starts_with(expected) && said.contains("does not exist"), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");
}

/// A deployment: the functions read the secret that the parameter names.
fn deploy(stack: &Shared, next: &Value) -> SecretHasher {
    let mut stack = stack.lock().unwrap();
    let arn = next["arn"].as_str().unwrap().to_owned();
    stack.outputs.insert("CredentialPepperArn".to_owned(), arn.clone());
    SecretHasher::new(&stack.secrets[&arn])
}

#[tokio::test]
async fn a_pepper_is_replaced_while_every_secret_stays_valid() {
    let (scene, folder) = (Scene::new().await, tempfile::tempdir().unwrap());
    let (aws, stack) = aws(&scene.db.name).await;
    let run = async |words: &str| {
        let words = format!("--stack orderwire-prod --output json {words}");
        let (done, printed) = run(&aws, &scene, folder.path(), &words).await;
        (done, serde_json::from_str::<Value>(&printed).unwrap())
    };
    let result = async |words: &str| {
        let (done, printed) = run(words).await;
        assert!(done, "{words}: {printed}");
        printed
    };
    let deploy = |next: &Value| deploy(&stack, next);
    let clients = ClientAdministration::new(scene.db.table.clone());
    let accepts = async |functions: &SecretHasher, added: &Value| {
        let all = clients.all().await.unwrap();
        let client = all.iter().find(|client| *client.id.as_str() == added["id"]).unwrap();
        functions.matches(added["secret"].as_str().unwrap(), &client.secrets)
    };

    let old = result("client add old --tenant t --role ecc").await;
    let next = result("pepper rotate").await;
    let before = SecretHasher::new(PEPPER);
    // Until the deployment everything is as before: what is added now is known to the functions.
    let late = result("client add late --tenant t --role ecc").await;
    assert!(accepts(&before, &old).await && accepts(&before, &late).await);
    let during = deploy(&next);
    assert_eq!(
        (during.previous(), &next["previous"]),
        (Some(before.current()), &json!(before.current()))
    );
    let new = result("client add new --tenant t --role ecc").await;
    for added in [&old, &late, &new] {
        assert!(accepts(&during, added).await, "{added}");
    }
    let listed = result("pepper list").await;
    let line = |n: usize| (&listed["peppers"][n]["state"], &listed["peppers"][n]["clients"]);
    assert_eq!(line(0), (&json!("current"), &json!(["new"])));
    assert_eq!(line(1), (&json!("previous"), &json!(["late", "old"])));
    assert_eq!(result("client list").await["clients"][0]["peppers"], json!(["previous"]));

    let (done, error) = run("pepper rotate").await;
    assert!(!done && error["error"].as_str().unwrap().contains("replaced already"), "{error}");
    let (done, error) = run("pepper end-previous").await;
    assert!(
        !done && error["error"].as_str().unwrap().starts_with("secrets of late,old"),
        "{error}"
    );
    let old = result("client rotate-secret old").await;
    let (_, error) = run("pepper end-previous").await;
    assert!(error["error"].as_str().unwrap().starts_with("secrets of late,old"), "both are valid");
    result("client end-old-secret old").await;
    // Whoever may not call needs no new secret.
    result("client disable late").await;
    let after = deploy(&result("pepper end-previous").await);
    assert_eq!((after.current(), after.previous()), (during.current(), None));
    assert!(accepts(&after, &old).await && accepts(&after, &new).await);
    assert!(!accepts(&after, &late).await);
    assert!(!accepts(&before, &new).await, "under a pepper that these functions never had");
    assert_eq!(result("client list").await["clients"][0]["peppers"], json!(["unknown"]));
}

#[tokio::test]
async fn without_credentials_the_command_says_so() {
    let (scene, folder) = (Scene::new().await, tempfile::tempdir().unwrap());
    let words = "--profile none --stack orderwire-prod client list";
    let mut command = Command::new(env!("CARGO_BIN_EXE_orderwire"));
    command
        .args(words.split(' '))
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", folder.path().join("none"))
        .env("AWS_ENDPOINT_URL_DYNAMODB", scene.db.proxy.url());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("orderwire: no access to AWS: "), "{said}");
}

#[test]
fn a_shell_gets_completions_and_a_reader_a_manual() {
    let run = |words: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orderwire"));
        let output = command.args(words.split(' ')).env_clear().output().unwrap();
        assert!(output.status.success(), "{words}");
        String::from_utf8(output.stdout).unwrap()
    };
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&format!("completions {shell}"));
        assert!(script.contains("orderwire") && script.contains("dead-letters"), "{shell}");
    }
    let manual = run("man");
    let titles = manual.lines().filter(|line| line.starts_with(".TH")).count();
    assert!(titles > 20 && manual.contains("needs\\-intervention"), "{titles}");
}

#[test]
fn a_stack_is_protected_only_by_its_name() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orderwire"));
    let output = command.args(["stack", "protect"]).env_clear().output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "orderwire: no stack is given: --stack NAME\n");
}

#[tokio::test]
async fn a_pepper_is_made_only_for_a_stack_by_its_name() {
    let scene = Scene::new().await;
    for words in ["pepper rotate", "pepper end-previous"] {
        assert_eq!(scene.error(words).await, "no stack is given: --stack NAME");
    }
    assert_eq!(scene.json("pepper list").await["peppers"][0]["state"], "current");
}
