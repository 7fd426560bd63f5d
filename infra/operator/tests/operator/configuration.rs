use clap::{CommandFactory as _, Parser as _, error::ErrorKind};
use lambda::config::Environment;
use operator::{Cli, CommandError, Context, Output};
use serde_json::json;

use crate::scene::{PEPPER, Scene};

fn refused(words: &str) -> ErrorKind {
    let words = ["orderwire"].into_iter().chain(words.split(' '));
    Cli::try_parse_from(words).expect_err("the command is no valid one").kind()
}

async fn run(words: &str, environment: Environment) -> Result<String, CommandError> {
    let cli = Cli::parse_from(["orderwire"].into_iter().chain(words.split(' ')));
    let json = cli.is_json();
    let context = Context::new(cli.deployment, environment)?;
    let mut printed = Vec::new();
    cli.command.run(&context, &mut Output::new(json, &mut printed)).await?;
    Ok(String::from_utf8(printed).unwrap())
}

#[test]
fn the_command_line_is_put_together_rightly() {
    Cli::command().debug_assert();
}

#[test]
fn a_status_that_no_order_can_have_is_refused_with_those_that_are() {
    for list in ["--open", "--retrying", "--overdue", "--needs-intervention"] {
        let words = ["orderwire", "order", "list", list, "--status", "PROVISONING"];
        let said = Cli::try_parse_from(words).expect_err("there is no such status").to_string();
        assert!(said.contains("CANCELED, CANCELLED, COMPLETED"), "{said}");
    }
    for known in ["provisioning", "HELD", "Fulfilling"] {
        let words = ["orderwire", "order", "list", "--open", "--status", known];
        assert!(Cli::try_parse_from(words).is_ok(), "{known}");
    }
}

#[test]
fn what_is_no_command_is_refused_before_anything_happens() {
    use ErrorKind::{ArgumentConflict, InvalidValue, MissingRequiredArgument, ValueValidation};
    assert_eq!(refused("client add a#b --tenant t --role ecc"), ValueValidation);
    assert_eq!(refused("client add a --tenant t --role king"), ValueValidation);
    assert_eq!(refused("client add a --tenant t"), MissingRequiredArgument);
    assert_eq!(refused("party add"), MissingRequiredArgument);
    assert_eq!(refused("party add --id P"), MissingRequiredArgument);
    assert_eq!(refused("party add p.json --id P"), ArgumentConflict);
    let party = "party add --id P --hosting local --fulfilment automatic";
    assert_eq!(refused(&format!("{party} --product EPL:1")), ValueValidation);
    assert_eq!(refused(&format!("{party} --product UNI")), ValueValidation);
    assert_eq!(refused(&format!("{party} --refuse-quirk TYPO")), ValueValidation);
    assert_eq!(refused(&format!("{party} --pace-seconds 901")), ValueValidation);
    assert_eq!(refused(&format!("{party} --callback-base ftp://a")), ValueValidation);
    assert_eq!(refused("order list"), MissingRequiredArgument);
    assert_eq!(refused("order list --overdue --needs-intervention"), ArgumentConflict);
    assert_eq!(refused("order resolve 1 --as FAILED --reason r --by b"), InvalidValue);
    assert_eq!(refused("order resolve 1 --as CANCELED --by b"), MissingRequiredArgument);
    assert_eq!(refused("dead-letters redrive"), MissingRequiredArgument);
    assert_eq!(refused("dead-letters redrive --all --order 1"), ArgumentConflict);
}

#[test]
fn what_cannot_be_undone_is_asked_and_nothing_else() {
    let question = |words: &str| {
        let words = ["orderwire"].into_iter().chain(words.split(' '));
        let cli = Cli::try_parse_from(words).unwrap();
        (cli.command.question().is_some(), cli.yes)
    };
    for words in [
        "order resolve 1 --as CANCELED --reason r --by b",
        "dead-letters delete --all",
        "client end-old-secret acme",
        "customer erase john@doe.com --tenant acme",
    ] {
        assert_eq!(question(words), (true, false), "{words}");
        assert_eq!(question(&format!("{words} --yes")), (true, true), "{words}");
    }
    for words in ["order show 1", "dead-letters redrive --all", "client list", "keys rotate"] {
        assert_eq!(question(words), (false, false), "{words}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named_with_the_ways_to_give_it() {
    let error = run("client list", Environment::of([("A", "b")])).await.unwrap_err().to_string();
    let expected = "ORDERS_TABLE_NAME is not set: give --stack or --ready-file, or --table";
    assert_eq!(error, expected);
    let error = run("client list --table t", Environment::of([("A", "b")])).await.unwrap_err();
    assert!(error.to_string().contains("AWS_REGION, AWS_ACCESS_KEY_ID"), "{error}");
}

#[tokio::test]
async fn only_what_a_command_needs_has_to_be_configured() {
    let scene = Scene::new().await;
    let needed = scene.environment().into_iter().filter(|(name, _)| {
        !matches!(*name, "CREDENTIAL_PEPPER" | "ORDERS_TABLE_NAME") && !name.contains("QUEUE")
    });
    let words = format!("client list --table {}", scene.db.name);
    let printed = run(&words, Environment::of(needed)).await.unwrap();
    assert_eq!(printed, "no clients\n");
}

#[tokio::test]
async fn the_ready_file_of_the_local_cloud_is_all_the_configuration_there_is() {
    let scene = Scene::new().await;
    scene.queues.letter("m1", "1");
    let file = tempfile::NamedTempFile::new().unwrap();
    let content = json!({
        "baseUrl": "http://127.0.0.1:1",
        "tableName": scene.db.name,
        "dynamodbEndpoint": scene.db.proxy.url(),
        "sqsEndpoint": scene.queues.endpoint,
        "queues": {
            "SubscriptionWorkQueue": scene.queues.url("work"),
            "SubscriptionWorkDeadLetterQueue": scene.queues.url("dead"),
            "CarrierWorkQueue": scene.queues.url("carrier-work"),
            "CarrierWorkDeadLetterQueue": scene.queues.url("carrier-dead"),
            "EsimWorkQueue": scene.queues.url("esim-work"),
            "EsimWorkDeadLetterQueue": scene.queues.url("esim-dead"),
            "ServiceWorkQueue": scene.queues.url("service-work"),
            "ServiceWorkDeadLetterQueue": scene.queues.url("service-dead"),
        },
        "credentialPepper": PEPPER,
    });
    std::fs::write(file.path(), content.to_string()).unwrap();
    let file = file.path().display();
    // What else is set is of another deployment.
    let others = || Environment::of([("ORDERS_TABLE_NAME", "other"), ("AWS_REGION", "eu-west-1")]);
    let add = format!("client add acme --tenant t --role ecc --ready-file {file}");
    run(&add, others()).await.unwrap();
    let printed = run(&format!("--ready-file {file} dead-letters list"), others()).await.unwrap();
    assert!(printed.contains("m1"), "{printed}");
    assert_eq!(scene.json("client list").await["clients"][0]["id"], "acme");
}

#[tokio::test]
async fn the_outputs_of_a_stack_name_its_table_and_queues() {
    let scene = Scene::new().await;
    scene.queues.letter("m1", "1");
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = |name: &str, value: &str| json!({ "OutputKey": name, "OutputValue": value });
    let content = json!([
        output("OrdersTableName", &scene.db.name),
        output("SubscriptionWorkQueueUrl", &scene.queues.url("work")),
        output("SubscriptionWorkDeadLetterQueueUrl", &scene.queues.url("dead")),
    ]);
    std::fs::write(file.path(), content.to_string()).unwrap();
    let file = file.path().display();
    let mut environment = scene.environment();
    environment.retain(|(name, _)| !name.contains("QUEUE"));
    // The table of another deployment.
    environment.retain(|(name, _)| *name != "ORDERS_TABLE_NAME");
    environment.push(("ORDERS_TABLE_NAME", "other".to_owned()));
    let environment = || Environment::of(environment.clone());
    let add = format!("client add acme --tenant t --role ecc --outputs {file}");
    run(&add, environment()).await.unwrap();
    let printed = run(&format!("--outputs {file} dead-letters list"), environment()).await.unwrap();
    assert!(printed.contains("m1"), "{printed}");
    assert_eq!(scene.json("client list").await["clients"][0]["id"], "acme");
    assert_eq!(refused("client list --outputs o --ready-file r"), ErrorKind::ArgumentConflict);
    let error = run("client list --outputs no-such", environment()).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot read the outputs in no-such: "), "{error}");
}

#[tokio::test]
async fn a_ready_file_that_is_not_there_is_named() {
    let words = "client list --ready-file no-such-file.json";
    let error = run(words, Environment::of([("A", "b")])).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot read the ready file no-such-file.json: "), "{error}");
}

#[tokio::test]
async fn a_pepper_that_the_functions_would_refuse_registers_nobody() {
    let scene = Scene::new().await;
    let mut environment = scene.environment();
    environment.retain(|(name, _)| *name != "CREDENTIAL_PEPPER");
    let words = "client add acme --tenant t --role ecc";
    let none = run(words, Environment::of(environment.clone())).await.unwrap_err();
    assert!(matches!(none, CommandError::NoPepper), "{none}");
    environment.push(("CREDENTIAL_PEPPER", "short".to_owned()));
    let short = run(words, Environment::of(environment)).await.unwrap_err();
    assert!(matches!(short, CommandError::WrongPepper(_)), "{short}");
    assert_eq!(scene.run("client list").await.unwrap(), "no clients\n");
}

#[tokio::test]
async fn a_table_that_is_not_there_is_said_in_plain_words() {
    let scene = Scene::new().await;
    // As an administrator: the operator's role knows one table, and is denied any other.
    let administrator = scene.environment().into_iter().map(|(name, value)| match name {
        "AWS_ACCESS_KEY_ID" => (name, "local".to_owned()),
        _ => (name, value),
    });
    let words = "order show 1 --table no-such-table";
    let error = run(words, Environment::of(administrator)).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no table of that name in this region");
}

#[tokio::test]
async fn a_local_cloud_that_has_ended_is_said_with_its_ready_file() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let content = json!({
        "baseUrl": "http://127.0.0.1:1",
        "tableName": "OrdersTable",
        "dynamodbEndpoint": format!("http://{free}"),
        "sqsEndpoint": format!("http://{free}"),
        "queues": {
            "EventsQueue": format!("http://{free}/0/EventsQueue"),
            "EventsDeadLetterQueue": format!("http://{free}/0/EventsDeadLetterQueue"),
        },
    });
    std::fs::write(file.path(), content.to_string()).unwrap();
    let expected = format!(
        "nothing answers at http://{free}: is the local cloud of {} running?",
        file.path().display()
    );
    for command in ["party list", "dead-letters list"] {
        let words = format!("orderwire --ready-file {} {command}", file.path().display());
        let cli = Cli::parse_from(words.split(' '));
        let context = Context::new(cli.deployment, Environment::of([("A", "b")])).unwrap();
        let mut printed = Vec::new();
        let error = cli.command.run(&context, &mut Output::new(true, &mut printed)).await;
        let error = error.unwrap_err();
        assert_eq!(context.explain(&error), expected, "{command}");
        let shown = json!({ "error": expected }).to_string();
        assert_eq!(error.to_json(&context.explain(&error)), shown);
    }
}

#[test]
fn errors_are_json_where_the_output_is() {
    let run = |words: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_orderwire"));
        let output = command.args(words.split(' ')).env_clear().output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), serde_json::from_str::<serde_json::Value>(&said).ok(), said)
    };
    let (code, json, _) = run("client list --json");
    let text = json.unwrap()["error"].as_str().unwrap().to_owned();
    assert_eq!(code, Some(1));
    assert!(text.starts_with("ORDERS_TABLE_NAME is not set"), "{text}");
    let (code, json, _) = run("client lst --json");
    assert_eq!(code, Some(2));
    assert!(json.unwrap()["error"].as_str().unwrap().contains("lst"));
    let (_, json, said) = run("client list");
    assert_eq!(json, None);
    assert!(said.starts_with("orderwire: ORDERS_TABLE_NAME"), "{said}");
}

#[test]
fn every_queue_of_the_template_can_be_given_and_is_an_output() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");
    let template = std::fs::read_to_string(file).unwrap();
    let help = Cli::command().render_long_help().to_string();
    let resources = template.lines().filter_map(|line| {
        let name = line.strip_prefix("  ")?.strip_suffix(':')?;
        (name.ends_with("Queue") && !name.starts_with(' ')).then_some(name)
    });
    let mut queues = 0;
    for name in resources {
        let mut variable = String::new();
        for (n, letter) in name.chars().enumerate() {
            if letter.is_ascii_uppercase() && n > 0 {
                variable.push('_');
            }
            variable.push(letter.to_ascii_uppercase());
        }
        assert!(help.contains(&format!("[env: {variable}_URL]")), "{name}: {help}");
        assert!(template.contains(&format!("\n  {name}Url:\n")), "{name} is no output");
        queues += 1;
    }
    assert!(queues >= 13, "{queues}");
}
