use serde_json::json;

use crate::scene::Scene;

pub(crate) fn file(content: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    file
}

/// ICCIDs of 20 digits with check digits.
fn iccids(count: usize) -> Vec<String> {
    (0..count * 10)
        .map(|n| format!("8946117771{n:010}"))
        .filter(|text| text.parse::<domain::numbering::Iccid>().is_ok())
        .take(count)
        .collect()
}

impl Scene {
    /// A pool with `iccids` of a new type.
    async fn stocked(&self, iccids: &[String], kind: &str) {
        let all = file(&iccids.join("\n"));
        let words = format!("--type {kind} --new-type {kind}");
        self.run(&format!("profiles import {} {words}", all.path().display())).await.unwrap();
    }
}

#[tokio::test]
async fn a_type_that_nobody_knows_is_refused_with_those_that_are_known() {
    let scene = Scene::new().await;
    let all = iccids(3);
    scene.stocked(&all[..1], "consumer").await;
    let typo = file(&format!("{},cosnumer\n{},consumer", all[1], all[2]));
    let words = format!("profiles import {}", typo.path().display());
    let error = scene.error(&words).await;
    assert!(error.starts_with("1 line was wrong and left out"), "{error}");
    let counted = scene.json("profiles count").await;
    assert_eq!(counted["types"], json!([{ "profileType": "consumer", "free": 2 }]));
    // A product of a catalogue makes its type known.
    let products = json!({ "products": [{ "id": "P", "profileType": "iot" }] });
    let catalogue = file(&products.to_string());
    let catalogue = catalogue.path().display();
    scene.run(&format!("catalogue import {catalogue} --tenant acme")).await.unwrap();
    let iot = file(&format!("{},iot", all[1]));
    assert_eq!(scene.json(&format!("profiles import {}", iot.path().display())).await["new"], 1);
}

#[tokio::test]
async fn a_profile_under_another_type_is_named_by_its_line_and_stays() {
    let scene = Scene::new().await;
    let all = iccids(3);
    scene.stocked(&all[..2], "consumer").await;
    let other = file(&format!("iccid,type\n{},iot\n{},iot\n", all[2], all[0]));
    let words = format!("profiles import {} --new-type iot", other.path().display());
    let error = scene.error(&words).await;
    assert!(error.starts_with("1 profile is in the pool under another type"), "{error}");
    let counted = scene.json("profiles count").await;
    let types = json!([
        { "profileType": "consumer", "free": 2 }, { "profileType": "iot", "free": 1 },
    ]);
    assert_eq!((&counted["types"], &counted["quarantined"]), (&types, &json!(0)));
}

#[tokio::test]
async fn the_pool_is_listed_and_corrected() {
    let scene = Scene::new().await;
    let all = iccids(60);
    scene.stocked(&all, "consumer").await;
    let listed = scene.json("profiles list --type consumer --limit 10").await;
    let profiles = listed["profiles"].as_array().unwrap();
    assert_eq!((profiles.len(), &listed["more"]), (10, &json!(true)));
    assert_eq!(scene.json("profiles list").await["profiles"].as_array().unwrap().len(), 60);
    let removed = scene.json(&format!("profiles remove {} {}", all[0], all[1])).await;
    let expected = json!({ "removed": 2, "notFree": 0, "notThere": 0, "refused": 0 });
    assert_eq!(removed, expected);
    let error = scene.error(&format!("profiles remove {}", all[0])).await;
    assert_eq!(error, "none of them is in the pool: nothing was removed");
    let rest = file(&all.join(",consumer\n"));
    let words = format!("profiles remove --file {}", rest.path().display());
    let removed = scene.json(&words).await;
    assert_eq!((&removed["removed"], &removed["notThere"]), (&json!(58), &json!(2)));
    assert_eq!(scene.json("profiles list").await["profiles"], json!([]));
    // What was removed may be imported again.
    scene.stocked(&all, "iot").await;
    assert_eq!(scene.json("profiles list --type iot").await["profiles"][59]["iccid"], all[59]);
}

#[tokio::test]
async fn a_list_of_what_nobody_knows_says_so() {
    let scene = Scene::new().await;
    scene.stocked(&iccids(1), "consumer").await;
    let error = scene.error("profiles list --type cosnumer").await;
    assert_eq!(error, "no profile and no product has had the type cosnumer (known: consumer)");
    let error = scene.error("catalogue list --tenant acmee").await;
    assert_eq!(error, "there is no tenant acmee: no client and no catalogue has it");
    // A tenant may have clients and nothing to order yet.
    scene.run("client add c --tenant acme --role RESELLER").await.unwrap();
    assert_eq!(scene.json("catalogue list --tenant acme").await["products"], json!([]));
}

#[tokio::test]
async fn files_with_a_byte_order_mark_are_read_and_empty_ones_are_not() {
    let scene = Scene::new().await;
    let marked = file(&format!("\u{feff}{}", iccids(1)[0]));
    let words = "--type consumer --new-type consumer";
    let import = format!("profiles import {} {words}", marked.path().display());
    assert_eq!(scene.json(&import).await["new"], 1);
    let products = r#"{"products":[{"id":"P","profileType":"consumer"}],"currencies":["EUR"]}"#;
    let catalogue = file(&format!("\u{feff}{products}"));
    let catalogue = format!("catalogue import {} --tenant acme", catalogue.path().display());
    scene.run(&catalogue).await.unwrap();
    let listed = scene.json("catalogue list --tenant acme").await;
    assert_eq!(listed["products"], json!([{ "id": "P", "profileType": "consumer" }]));
    assert_eq!(listed["currencies"], json!(["EUR"]));
    for content in ["", "\n\n", "iccid,profileType\n"] {
        let empty = file(content);
        let import = format!("profiles import {} {words}", empty.path().display());
        assert!(scene.error(&import).await.ends_with("there is no profile in it"));
    }
    let nonsense = file("nope");
    let words = format!("catalogue import {} --tenant acme", nonsense.path().display());
    assert!(scene.error(&words).await.contains("no JSON object"));
}

#[test]
fn a_dash_is_standard_input() {
    use std::io::Write as _;
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_orderwire"));
    command.args(["party", "add", "-", "--json"]).env_clear();
    command.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(br#"{"id":"Cox","leaddays":1}"#).unwrap();
    let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(said.contains("unknown member leaddays"), "{said}");
}
