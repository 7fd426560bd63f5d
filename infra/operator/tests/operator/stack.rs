//! A deployment that is found by the name of its stack.

use std::{collections::BTreeMap, path::Path, process::Command};

use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::scene::{PEPPER, Scene};

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:pepper-1";

/// CloudFormation with one stack, and Secrets Manager with one secret.
async fn aws(outputs: BTreeMap<String, String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(answer)).with_state(outputs);
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

async fn answer(
    State(outputs): State<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    // Of the profile, not of the environment.
    assert!(headers["authorization"].to_str().unwrap().contains("Credential=operator/"));
    if headers.get("x-amz-target").is_some_and(|it| it == "secretsmanager.GetSecretValue") {
        let asked: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(asked["SecretId"], ARN);
        return json!({ "ARN": ARN, "Name": "pepper", "SecretString": PEPPER })
            .to_string()
            .into_response();
    }
    if !body.contains("StackName=orderwire-prod&") && !body.ends_with("StackName=orderwire-prod") {
        let error = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
                     <Message>Stack with id other does not exist</Message></Error></ErrorResponse>";
        return (axum::http::StatusCode::BAD_REQUEST, error).into_response();
    }
    let output = |(key, value): (&String, &String)| {
        format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
    };
    let outputs: String = outputs.iter().map(output).collect();
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
    let outputs = [("OrdersTableName", scene.db.name.as_str()), ("CredentialPepperArn", ARN)];
    let outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let aws = aws(outputs.into()).await;
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
