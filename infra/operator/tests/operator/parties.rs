use domain::carrier::{Party, Quirk};
use serde_json::json;
use store::DynamoParties;

use crate::scene::Scene;

const ADD: &str = "party add --id Cox --hosting local --fulfilment automatic --lead-days 1 \
                   --pace-seconds 2 --product UNI:AEVPL100:Access-100:prd-1 \
                   --product ACCESS_EPL:AEPL --refuse-quirk REJECT";

impl Scene {
    async fn party(&self, id: &str) -> Option<Party> {
        let parties = DynamoParties::new(self.db.table.clone());
        parties.get(&id.parse().unwrap()).await.unwrap()
    }
}

#[tokio::test]
async fn a_party_is_registered_as_the_flags_say_and_shown_so() {
    let scene = Scene::new().await;
    assert_eq!(scene.json(ADD).await["changed"], true);
    let party = scene.party("Cox").await.unwrap();
    assert_eq!(party.tolerance.refused().collect::<Vec<_>>(), [Quirk::Reject]);
    let expected = json!({
        "id": "Cox", "hosting": "LOCAL", "fulfilment": "AUTOMATIC", "leadDays": 1,
        "paceSeconds": 2, "tolerance": ["REJECT"],
        "products": [
            { "kind": "UNI", "code": "AEVPL100", "name": "Access-100", "id": "prd-1" },
            { "kind": "ACCESS_EPL", "code": "AEPL" },
        ],
    });
    assert_eq!(scene.json("party show Cox").await, expected);
    let printed = scene.run("party show Cox").await.unwrap();
    assert!(printed.contains("UNI AEVPL100 Access-100 prd-1"), "{printed}");
}

#[tokio::test]
async fn registering_a_party_twice_is_registering_it_once() {
    let scene = Scene::new().await;
    scene.run(ADD).await.unwrap();
    assert_eq!(scene.json(ADD).await["changed"], false);
    let manual = "party add --id Cox --hosting local --fulfilment manual";
    assert_eq!(scene.json(manual).await["changed"], true);
    let party = scene.party("Cox").await.unwrap();
    assert!(party.products.is_empty() && party.pace_seconds.is_none());
}

#[tokio::test]
async fn a_party_comes_back_from_the_file_it_was_shown_as() {
    let scene = Scene::new().await;
    scene.run(ADD).await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), scene.run("party show Cox --json").await.unwrap()).unwrap();
    let words = format!("party add {}", file.path().display());
    assert_eq!(scene.json(&words).await["changed"], false);
    let remote = json!({
        "id": "Verizon", "hosting": "REMOTE", "fulfilment": "MANUAL",
        "callbackBase": "https://buyer.example/carrier/",
    });
    std::fs::write(file.path(), remote.to_string()).unwrap();
    scene.run(&words).await.unwrap();
    let base = scene.party("Verizon").await.unwrap().callback_base;
    assert_eq!(base.as_deref(), Some("https://buyer.example/carrier"));
}

#[tokio::test]
async fn a_file_that_is_no_party_registers_nobody() {
    let scene = Scene::new().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let words = format!("party add {}", file.path().display());
    for content in [
        "{",
        r#"{"id":"Cox"}"#,
        r#"{"id":"a#b","hosting":"LOCAL","fulfilment":"MANUAL"}"#,
        r#"{"id":"Cox","hosting":"REMOTE","fulfilment":"MANUAL","callbackBase":"buyer"}"#,
        r#"{"id":"Cox","hosting":"LOCAL","fulfilment":"MANUAL","paceSeconds":901}"#,
    ] {
        std::fs::write(file.path(), content).unwrap();
        let error = scene.error(&words).await;
        assert!(error.starts_with("cannot read the party in "), "{error}");
    }
    assert_eq!(scene.run("party list").await.unwrap(), "no parties\n");
}

#[tokio::test]
async fn all_parties_are_listed() {
    let scene = Scene::new().await;
    scene.run(ADD).await.unwrap();
    let remote = "party add --id Verizon --hosting remote --fulfilment manual \
                  --callback-base https://buyer.example";
    scene.run(remote).await.unwrap();
    let printed = scene.run("party list").await.unwrap();
    let lines: Vec<Vec<&str>> =
        printed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[1], ["Cox", "LOCAL", "AUTOMATIC", "2", "-"]);
    assert_eq!(lines[2], ["Verizon", "REMOTE", "MANUAL", "0", "https://buyer.example"]);
}

#[tokio::test]
async fn a_party_that_is_not_there_is_named() {
    let scene = Scene::new().await;
    assert_eq!(scene.error("party show nobody").await, "there is no party nobody");
    let local = "party add --id P --hosting local --fulfilment manual --callback-base http://a";
    assert_eq!(scene.error(local).await, "a local party is not called");
}

#[tokio::test]
async fn a_party_whose_orders_could_not_be_carried_out_is_refused() {
    let scene = Scene::new().await;
    let remote = "party add --id P --hosting remote --fulfilment";
    for (words, said) in [
        ("manual".to_owned(), "needs a callback base"),
        ("automatic --callback-base https://a.example".to_owned(), "its fulfilment is manual"),
        ("manual --callback-base http://a.example".to_owned(), "must begin with https://"),
        ("manual --callback-base http://127.0.0.1.a.example".to_owned(), "must begin with"),
        ("manual --callback-base http://localhost@a.example".to_owned(), "must begin with"),
        ("manual --callback-base http://10.0.0.1:80/a".to_owned(), "must begin with https://"),
    ] {
        let error = scene.error(&format!("{remote} {words}")).await;
        assert!(error.contains(said), "{words}: {error}");
    }
    for base in ["http://127.0.0.1:3001", "http://localhost:1/a", "http://[::1]:1"] {
        scene.run(&format!("{remote} manual --callback-base {base}")).await.unwrap();
    }
    scene.run(&format!("{remote} manual --not-called")).await.unwrap();
    assert_eq!(scene.party("P").await.unwrap().callback_base, None);
}

#[tokio::test]
async fn a_member_that_a_party_does_not_have_is_named() {
    let scene = Scene::new().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let words = format!("party add {}", file.path().display());
    let party =
        |more: &str| format!(r#"{{"id":"Cox","hosting":"LOCAL","fulfilment":"MANUAL",{more}}}"#);
    for (more, name) in [
        (r#""leaddays":3"#, "leaddays"),
        (r#""products":[{"kind":"UNI","code":"A","nmae":"B"}]"#, "products: nmae"),
    ] {
        std::fs::write(file.path(), party(more)).unwrap();
        let error = scene.error(&words).await;
        assert!(error.contains(&format!("unknown member {name}")), "{error}");
    }
    std::fs::write(file.path(), format!("\u{feff}{}", party(r#""leadDays":3"#))).unwrap();
    assert_eq!(scene.json(&words).await["changed"], true, "a byte order mark is no fault");
}

#[tokio::test]
async fn a_party_is_removed_and_its_clients_are_named() {
    let scene = Scene::new().await;
    scene.run(ADD).await.unwrap();
    scene.run("client add acme --tenant t --role seller --party Cox").await.unwrap();
    let removed = scene.json("party remove Cox").await;
    assert_eq!(removed, json!({ "id": "Cox", "clients": ["acme"] }));
    assert_eq!(scene.run("party list").await.unwrap(), "no parties\n");
    assert_eq!(scene.error("party remove Cox").await, "there is no party Cox");
}
