use api::identity::SecretHasher;
use domain::identity::{Client, ClientDirectory};
use serde_json::json;
use store::DynamoClients;

use crate::scene::{PEPPER, Scene};

const ADD: &str = "client add acme --tenant acme-tenant --role ecc";

impl Scene {
    async fn stored(&self) -> Client {
        let clients = DynamoClients::new(self.db.table.clone());
        clients.client(&"acme".parse().unwrap()).await.unwrap().expect("the client is stored")
    }

    async fn register(&self, party: &str) {
        let words = format!("party add --id {party} --hosting local --fulfilment manual");
        self.run(&words).await.unwrap();
    }

    async fn opens(&self, secret: &str) -> bool {
        SecretHasher::new(PEPPER).matches(secret, &self.stored().await.secrets)
    }

    async fn secret(&self, words: &str) -> String {
        self.json(words).await["secret"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn the_secret_of_a_new_client_is_shown_once_and_opens_it() {
    let scene = Scene::new().await;
    scene.register("P1").await;
    scene.register("P2").await;
    let added = scene.json(&format!("{ADD} --role buyer,seller --party P1 --party P2")).await;
    assert_eq!(added["id"], "acme");
    assert_eq!(added["tenant"], "acme-tenant");
    assert_eq!(added["roles"], json!(["ecc", "buyer", "seller"]));
    assert_eq!(added["parties"], json!(["P1", "P2"]));
    assert!(scene.opens(added["secret"].as_str().unwrap()).await);
    let listed = scene.run("client list --json").await.unwrap();
    assert!(!listed.contains(added["secret"].as_str().unwrap()));
    assert!(!listed.contains(&scene.stored().await.secrets[0].0));
}

#[tokio::test]
async fn a_person_reads_the_secret_of_a_new_client() {
    let scene = Scene::new().await;
    let printed = scene.run(ADD).await.unwrap();
    assert!(printed.starts_with("client  acme\nsecret  owsec_"), "{printed}");
}

#[tokio::test]
async fn an_id_that_is_taken_is_refused_and_the_client_stays_as_it_is() {
    let scene = Scene::new().await;
    let secret = scene.secret(ADD).await;
    let error = scene.error("client add acme --tenant other --role RESELLER").await;
    assert_eq!(error, "there is a client acme already: nothing was changed");
    assert!(scene.opens(&secret).await);
    assert_eq!(scene.stored().await.tenant.as_str(), "acme-tenant");
}

#[tokio::test]
async fn all_clients_are_listed_with_their_state() {
    let scene = Scene::new().await;
    assert_eq!(scene.run("client list").await.unwrap(), "no clients\n");
    scene.run(ADD).await.unwrap();
    scene.register("P1").await;
    scene.run("client add beta --tenant b --role buyer --party P1").await.unwrap();
    scene.run("client disable beta").await.unwrap();
    let printed = scene.run("client list").await.unwrap();
    let lines: Vec<Vec<&str>> =
        printed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[1], ["acme", "acme-tenant", "ecc", "-", "1", "current", "enabled"]);
    assert_eq!(lines[2], ["beta", "b", "buyer", "P1", "1", "current", "disabled"]);
}

#[tokio::test]
async fn disabling_twice_is_disabling_once_and_can_be_undone() {
    let scene = Scene::new().await;
    scene.run(ADD).await.unwrap();
    assert_eq!(scene.json("client disable acme").await["changed"], true);
    assert_eq!(scene.json("client disable acme").await["changed"], false);
    assert!(scene.stored().await.disabled);
    assert_eq!(scene.json("client enable acme").await["changed"], true);
    assert!(!scene.stored().await.disabled);
}

#[tokio::test]
async fn both_secrets_are_valid_until_the_old_one_is_ended() {
    let scene = Scene::new().await;
    let old = scene.secret(ADD).await;
    let new = scene.secret("client rotate-secret acme").await;
    assert!(scene.opens(&old).await && scene.opens(&new).await);
    assert_eq!(scene.json("client end-old-secret acme").await["endedSecrets"], 1);
    assert!(!scene.opens(&old).await && scene.opens(&new).await);
    assert_eq!(scene.json("client end-old-secret acme").await["endedSecrets"], 0);
    assert!(scene.opens(&new).await);
}

#[tokio::test]
async fn a_client_never_has_more_than_two_secrets() {
    let scene = Scene::new().await;
    let first = scene.secret(ADD).await;
    let second = scene.secret("client rotate-secret acme").await;
    let third = scene.json("client rotate-secret acme").await;
    assert_eq!((&third["validSecrets"], &third["endedSecrets"]), (&json!(2), &json!(1)));
    assert!(!scene.opens(&first).await && scene.opens(&second).await);
}

#[tokio::test]
async fn a_secret_that_leaked_ends_with_its_rotation() {
    let scene = Scene::new().await;
    let leaked = scene.secret(ADD).await;
    let new = scene.secret("client rotate-secret acme --end-old").await;
    assert!(!scene.opens(&leaked).await && scene.opens(&new).await);
}

#[tokio::test]
async fn a_client_that_is_not_there_is_named() {
    let scene = Scene::new().await;
    for command in ["disable", "enable", "rotate-secret", "end-old-secret"] {
        let error = scene.error(&format!("client {command} nobody")).await;
        assert_eq!(error, "there is no client nobody");
    }
}

#[tokio::test]
async fn a_client_that_could_do_nothing_is_refused() {
    let scene = Scene::new().await;
    for (words, said) in [
        ("--role buyer", "a buyer or seller of no party: give --party PARTY"),
        ("--role seller,ecc", "a buyer or seller of no party: give --party PARTY"),
        ("--role ecc --party P1", "neither its buyer nor its seller: give --role"),
        ("--role buyer --party nobody", "there is no party nobody: register it first"),
        ("--role seller --party a#b", "there is no party a#b: register it first"),
    ] {
        let error = scene.error(&format!("client add acme --tenant t {words}")).await;
        assert!(error.contains(said), "{words}: {error}");
    }
    assert_eq!(scene.run("client list").await.unwrap(), "no clients\n");
    scene.register("P1").await;
    scene.run("client add acme --tenant t --role buyer --party P1").await.unwrap();
}
