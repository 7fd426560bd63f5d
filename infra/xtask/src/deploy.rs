//! `cargo xtask deploy`: an environment checked, built, deployed and called.

use crate::{
    run, sam,
    tools::{self, Tool},
    workspace,
};
use anyhow::{Context, Result, bail};
use deployment::template::{self, Template};
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf};

/// Check, build and deploy an environment, and call what was deployed
#[derive(clap::Args)]
pub(crate) struct Deploy {
    /// Which: a section of samconfig.toml, with its parameters in `infra/environments`
    #[arg(long, value_name = "NAME")]
    env: String,
    /// Confirm the changes of the environments that ask
    #[arg(long)]
    yes: bool,
    /// Only check: parameters, template, access to the account
    #[arg(long)]
    check_only: bool,
    /// Deploy what the last `sam build` left here
    #[arg(long)]
    no_build: bool,
}

/// The outputs of a stack.
type Outputs = BTreeMap<String, String>;

impl Deploy {
    pub(crate) async fn run(self) -> Result<()> {
        // All that can be refused is refused before minutes of compiling.
        let parameters = parameters(&self.env)?;
        tools::ensure(&[Tool::Sam, Tool::CargoLambda]).await?;
        sam::validate().await?;
        let first = outputs(&self.env).await?.is_none();
        eprintln!("── {}", if first { "a first deployment" } else { "an update" });
        if self.check_only {
            return Ok(());
        }
        if !self.no_build {
            sam::built(sam::sam(&["build", "--config-env", &self.env])).await?;
        }
        run::asking("sam deploy", sam::sam(&self.deployment())).await?;
        let outputs = outputs(&self.env).await?.context("there is no stack")?;
        match not_callable(&parameters, first) {
            Some(why) => eprintln!("── not called: {why}"),
            None => call(&outputs).await?,
        }
        print!("{}", summary(&self.env, &outputs, first));
        Ok(())
    }

    fn deployment(&self) -> Vec<&str> {
        let mut words = vec!["deploy", "--config-env", &self.env];
        if self.yes {
            words.push("--no-confirm-changeset");
        }
        words
    }
}

/// The parameters of an environment, when they fit to the template and to each other.
fn parameters(environment: &str) -> Result<BTreeMap<String, String>> {
    let file = folder().join(format!("{environment}.yaml"));
    if !file.is_file() {
        bail!("there is no environment {environment}: there is {}", environments()?.join(", "));
    }
    let given = template::given_in(&file)?;
    let template = Template::read(&workspace::root().join("infra/template.yaml"), &given);
    template
        .and_then(|template| template.check_rules().map(|()| template.parameters().clone()))
        .with_context(|| format!("infra/environments/{environment}.yaml"))
}

fn folder() -> PathBuf {
    workspace::root().join("infra/environments")
}

fn environments() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        names.extend(name.map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// The outputs of the environment's stack; none when there is no stack yet.
async fn outputs(environment: &str) -> Result<Option<Outputs>> {
    let list = ["list", "stack-outputs", "--output", "json", "--config-env", environment];
    let output = sam::sam(&list).output().await.context("cannot run sam")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(Some(read_outputs(&output.stdout)?));
    }
    // Anything else would stop the deployment as well, after the build.
    if said.contains("does not exist") {
        return Ok(None);
    }
    bail!("cannot reach the stack: {}", said.trim().trim_start_matches("Error: "))
}

fn read_outputs(listed: &[u8]) -> Result<Outputs> {
    let listed: Vec<Value> = serde_json::from_slice(listed).context("not a list of outputs")?;
    let text = |output: &Value, name: &str| output[name].as_str().map(str::to_owned);
    let pairs = listed.iter().filter_map(|o| text(o, "OutputKey").zip(text(o, "OutputValue")));
    Ok(pairs.collect())
}

/// Why the API of a deployment that is right may not answer us.
fn not_callable(parameters: &BTreeMap<String, String>, first: bool) -> Option<&'static str> {
    let given = |name| parameters.get(name).is_some_and(|value: &String| !value.is_empty());
    if given("TruststoreUri") {
        return Some("DomainName demands a client certificate");
    }
    let record_is_missing = first && given("DomainName") && !given("HostedZoneId");
    record_is_missing.then_some(
        "DomainName has no record yet: point it at ApiDomainTarget, then run tests/deploy/smoke.py",
    )
}

/// Calls the API from outside; a proof that API, functions, roles, table and key work together.
async fn call(outputs: &Outputs) -> Result<()> {
    let url = outputs.get("ApiUrl").context("the stack has no output ApiUrl")?;
    let mut smoke = run::command("python3");
    smoke.args(["tests/deploy/smoke.py", url]);
    run::shown("calls from outside", smoke).await
}

fn summary(environment: &str, outputs: &Outputs, first: bool) -> String {
    let mut text = format!("\nEnvironment {environment} is deployed.\n\n");
    for name in ["ApiUrl", "ApiDomainTarget", "AlarmTopicArn", "OrdersTableName"] {
        if let Some(value) = outputs.get(name) {
            text.push_str(&format!("  {name:<16} {value}\n"));
        }
    }
    text.push_str("\nNext: ");
    text.push_str(match first {
        true => {
            "confirm the subscription of the alarm e-mail; add a client (`orderwire client add`)"
        }
        false => "look at the dashboard and the alarms",
    });
    text.push_str("; infra/docs/operating.md has the rest.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        deploy: Deploy,
    }

    #[test]
    fn the_parameters_of_every_environment_fit() {
        let names = environments().unwrap();
        assert_eq!(names, ["dev", "prod", "staging"]);
        for name in names {
            assert!(parameters(&name).unwrap().contains_key("Architecture"), "{name}");
        }
        let refused = parameters("production").unwrap_err().to_string();
        assert_eq!(refused, "there is no environment production: there is dev, prod, staging");
    }

    #[test]
    fn only_who_says_yes_is_not_asked() {
        let words = |line: &str| {
            let deploy = Alone::try_parse_from(line.split(' ')).unwrap().deploy;
            deploy.deployment().join(" ")
        };
        assert_eq!(words("deploy --env prod"), "deploy --config-env prod");
        let sure = "deploy --config-env prod --no-confirm-changeset";
        assert_eq!(words("deploy --env prod --yes"), sure);
        assert!(Alone::try_parse_from(["deploy"]).is_err());
    }

    #[test]
    fn only_what_can_answer_is_called() {
        let why = |given: &[(&str, &str)], first| {
            let given = given.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            not_callable(&given.collect(), first)
        };
        let (domain, zone) = (("DomainName", "orders.example.com"), ("HostedZoneId", "Z1"));
        assert_eq!(why(&[("TruststoreUri", ""), ("DomainName", "")], true), None);
        assert!(why(&[domain], true).is_some_and(|why| why.contains("ApiDomainTarget")));
        assert_eq!((why(&[domain], false), why(&[domain, zone], true)), (None, None));
        let mutual = [domain, zone, ("TruststoreUri", "s3://b/k")];
        assert!(why(&mutual, false).is_some_and(|why| why.contains("certificate")));
    }

    #[test]
    fn the_summary_has_the_address_and_what_to_do_next() {
        let listed = br#"[{"OutputKey": "ApiUrl", "OutputValue": "https://x.example.com"}]"#;
        let outputs = read_outputs(listed).unwrap();
        let text = summary("dev", &outputs, true);
        assert!(text.contains("ApiUrl           https://x.example.com\n"), "{text}");
        assert!(text.contains("orderwire client add") && !text.contains("ApiDomainTarget"));
        assert!(read_outputs(b"{}").is_err());
    }
}
