//! Environments: `samconfig.toml`, `infra/environments` and the template name the same things.

use std::collections::BTreeMap;

use harness::template::{root, template, text};
use orderwire_local::template::{Place, Template, given_in};
use serde_json::json;

/// The names of the environments, by their files of parameters.
fn names() -> Vec<String> {
    let files = std::fs::read_dir(root().join("infra/environments")).unwrap();
    let stem = |path: std::path::PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<_> = files.map(|file| stem(file.unwrap().path())).collect();
    names.sort();
    names
}

/// `samconfig.toml`: the settings of each section.
fn sections() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut section = String::new();
    for line in text("samconfig.toml").lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(".parameters]").to_owned();
        } else if let Some((name, value)) = line.split_once(" = ") {
            let value = value.trim_matches('"').to_owned();
            sections.entry(section.clone()).or_default().insert(name.to_owned(), value);
        }
    }
    sections
}

#[test]
fn every_environment_has_a_stack_of_its_own_and_its_own_parameters() {
    let sections = sections();
    let names = names();
    assert_eq!(names, ["dev", "prod", "staging"]);
    for name in &names {
        let of = |command: &str| &sections[&format!("{name}.{command}")];
        assert_eq!(of("global")["stack_name"], format!("orderwire-{name}"));
        assert!(!of("global")["region"].is_empty());
        let parameters = format!("file://infra/environments/{name}.yaml");
        assert_eq!(of("build")["parameter_overrides"], parameters);
        let deploy = of("deploy");
        assert_eq!(deploy["parameter_overrides"], parameters);
        assert_eq!(deploy["tags"], format!("project=orderwire environment={name}"));
        assert_eq!(deploy["capabilities"], "CAPABILITY_IAM");
        assert_eq!(deploy["resolve_s3"], "true");
        // The same again is no failure.
        assert_eq!(deploy["fail_on_empty_changeset"], "false");
        assert_eq!(deploy["confirm_changeset"], (name == "prod").to_string());
    }
    let deployed = sections.keys().filter(|section| section.ends_with(".deploy")).count();
    assert_eq!(deployed, names.len(), "nothing is deployed without the name of an environment");
}

#[test]
fn what_is_deployed_is_what_was_built() {
    for (section, settings) in sections() {
        let reads_the_source = section.ends_with(".build") || section.ends_with(".validate");
        let file = settings.get("template_file").map(String::as_str);
        assert_eq!(file, reads_the_source.then_some("infra/template.yaml"), "{section}");
    }
}

#[test]
fn the_parameters_of_every_environment_are_the_templates_and_fit_together() {
    for name in names() {
        let given = given_in(&root().join(format!("infra/environments/{name}.yaml"))).unwrap();
        let template = Template::read(&root().join("infra/template.yaml"), &given).unwrap();
        template.check_rules().unwrap();
    }
}

#[test]
fn every_parameter_is_described_in_operating_with_its_default() {
    let page = text("infra/docs/operating.md");
    let (_, configure) = page.split_once("## Configure").unwrap();
    let rows = || configure.lines().filter(|line| line.starts_with('|'));
    for name in template().parameters().keys() {
        let quoted = format!("`{name}`");
        let row = rows().find(|row| row.split('|').nth(1).unwrap_or_default().contains(&quoted));
        assert!(row.is_some(), "{name}");
    }
}

#[test]
fn nobody_is_asked_about_authentication_and_the_issuer_follows_the_domain() {
    let template = template();
    let api = &template.resources()["HttpApi"]["Properties"];
    assert_eq!(api["Auth"], json!({ "EnableIamAuthorizer": false }));
    assert_eq!(api["DisableExecuteApiEndpoint"]["Fn::If"], json!(["HasDomainName", true, false]));
    let given = [
        ("DomainName", "orders.example.com"),
        ("CertificateArn", "arn:aws:acm:eu-north-1:123456789012:certificate/1"),
    ];
    let issuer = |more: &[(&str, &str)]| {
        let all = given.iter().chain(more).map(|(name, value)| ((*name).into(), (*value).into()));
        let file = root().join("infra/template.yaml");
        let template = Template::read(&file, &all.collect()).unwrap();
        let plan = template.plan(&Place::local("http://q")).unwrap();
        plan.function("token-api").unwrap().environment["TOKEN_ISSUER"].clone()
    };
    assert_eq!(issuer(&[]), "https://orders.example.com");
    let other = "https://login.example.com";
    assert_eq!(issuer(&[("TokenIssuer", other)]), other);
}

/// The table is never deleted with its stack; a first deployment that fails leaves no key and no
/// pepper behind, and nothing else deletes them.
#[test]
fn deletion_keeps_table_key_and_pepper() {
    let template = template();
    let kept: BTreeMap<&str, &str> = template
        .resources()
        .iter()
        .filter_map(|(name, resource)| Some((name.as_str(), resource["DeletionPolicy"].as_str()?)))
        .filter(|(_, policy)| policy.starts_with("Retain"))
        .collect();
    let unless_new = "RetainExceptOnCreate";
    assert_eq!(
        kept,
        BTreeMap::from([
            ("OrdersTable", "Retain"),
            ("TableKey", unless_new),
            ("CredentialPepper", unless_new),
        ])
    );
}

/// A restore: everything works on the table that is given, and none is made.
#[test]
fn an_existing_table_takes_the_place_of_the_stacks_own() {
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/restored";
    let given = BTreeMap::from([
        ("ExistingTableArn".to_owned(), arn.to_owned()),
        ("ExistingTableStreamArn".to_owned(), format!("{arn}/stream/2026-12-01T10:20:30.123")),
        ("ExistingTableKeyArn".to_owned(), "arn:aws:kms:us-east-1:000000000000:key/0-1".to_owned()),
        (
            "PepperSecret".to_owned(),
            "arn:aws:secretsmanager:us-east-1:000000000000:secret:kept-AbCdEf".to_owned(),
        ),
    ]);
    let file = root().join("infra/template.yaml");
    let template = Template::read(&file, &given).unwrap();
    template.check_rules().unwrap();
    let plan = template.plan(&Place::local("")).unwrap();
    assert!(plan.tables.is_empty(), "{:?}", plan.tables);
    for function in &plan.functions {
        assert_eq!(function.environment["ORDERS_TABLE_NAME"], "restored", "{}", function.name);
    }
    for mapping in &plan.stream_mappings {
        assert_eq!(mapping.table, "restored");
    }
    let mut named = 0;
    for (caller, statements) in &plan.roles {
        for statement in statements {
            let text = statement.to_string();
            let of_a_table = text.contains("dynamodb:");
            assert!(!text.contains("OrdersTable"), "{caller}: {text}");
            assert!(!of_a_table || text.contains(arn), "{caller}: {text}");
            named += usize::from(of_a_table);
        }
    }
    assert!(named > 80, "{named}");
}
