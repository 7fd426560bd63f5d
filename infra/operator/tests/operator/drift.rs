//! Differences between orders and networks, as the operator lists and approves them.

use domain::{
    clock::Clock as _,
    drift::{DriftSubject, Finding, Pass, PassCounts, PassPosition, RepairState},
    network::{Drift, DriftKind},
};
use serde_json::{Value, json};
use store::{DynamoFindings, DynamoPass};
use testkit::numbers;
use time::Duration;

use crate::scene::Scene;

fn finding(scene: &Scene, subject: DriftSubject, kind: DriftKind, minutes: i64) -> Finding {
    let is_foreign = kind == DriftKind::Foreign;
    let is_known = matches!(subject, DriftSubject::Sim(_));
    Finding {
        subject,
        drift: Drift { kind, difference: "no number".to_owned() },
        network: "10.0.1.5:4259".to_owned(),
        subscription: None,
        tenant: (!is_foreign).then(|| "acme".parse().unwrap()),
        last_order: (!is_foreign).then(|| 20_144.to_string().parse().unwrap()),
        is_repairable: is_known,
        found_at: scene.clock.now() - Duration::minutes(minutes),
        repair: RepairState::Proposed,
        revision: 1,
    }
}

#[tokio::test]
async fn differences_are_listed_oldest_first_and_their_repair_approved() {
    let scene = Scene::new().await;
    let shown = scene.run("drift list").await.unwrap();
    assert_eq!(shown, "nothing has been compared yet\nno differences are known\n");
    let sim = |n| DriftSubject::Sim(numbers::iccid(n));
    let unknown = DriftSubject::Unknown(numbers::imsi(9));
    let findings = DynamoFindings::new(scene.db.table.clone());
    for (subject, kind, minutes) in [
        (sim(1), DriftKind::Different, 1),
        (sim(2), DriftKind::Foreign, 3),
        (unknown.clone(), DriftKind::Foreign, 2),
    ] {
        let finding = finding(&scene, subject, kind, minutes);
        assert!(findings.add(&finding).await.unwrap());
        assert!(!findings.add(&finding).await.unwrap(), "kept once");
    }
    let mut pass = Pass::new(findings.all().await.unwrap()[0].found_at, 0);
    pass.position = PassPosition::Finished;
    pass.ended_at = Some(pass.began_at);
    pass.counts = PassCounts { subscriptions: 7, found: 3, ..PassCounts::default() };
    pass.not_listed = vec!["10.0.1.6:4259".to_owned()];
    assert!(DynamoPass::new(scene.db.table.clone()).save(&mut pass).await.unwrap());
    let listed = scene.json("drift list").await;
    let ids: Vec<Value> = [sim(2), unknown, sim(1)].map(|one| json!(one.to_string())).into();
    let all = listed["findings"].as_array().unwrap();
    assert_eq!(all.iter().map(|line| line["id"].clone()).collect::<Vec<_>>(), ids);
    let repairs: Vec<&Value> = all.iter().map(|line| &line["repair"]).collect();
    assert_eq!(repairs, ["proposed", "by hand", "proposed"]);
    assert_eq!(all[2]["lastOrder"], 20_144);
    assert_eq!(listed["comparison"]["foreignNotChecked"], json!(["10.0.1.6:4259"]));
    let shown = scene.run("drift list").await.unwrap();
    assert!(shown.contains("foreign subscribers of 10.0.1.6:4259 were not checked"), "{shown}");

    let approve =
        |id: &Value, rest: &str| format!("drift approve {} --by ann{rest}", id.as_str().unwrap());
    for (words, error) in [
        (approve(&ids[0], ""), "no subscription has the SIM"),
        (approve(&ids[1], " --tenant acme"), "no order can repair it"),
        (approve(&ids[2], " --tenant acme"), "the SIM is in a subscription"),
        (approve(&json!(numbers::iccid(5).to_string()), ""), "there is no difference with this id"),
    ] {
        let said = scene.error(&words).await;
        assert!(said.starts_with(error), "{said}");
    }
    scene.run(&approve(&ids[0], " --tenant acme")).await.unwrap();
    scene.run(&approve(&ids[2], "")).await.unwrap();
    let approved = |tenant: Option<&str>| RepairState::Approved {
        by: "ann".to_owned(),
        tenant: tenant.map(|tenant| tenant.parse().unwrap()),
    };
    let stored = |subject: DriftSubject| {
        let findings = findings.clone();
        async move { findings.get(&subject).await.unwrap().unwrap().repair }
    };
    assert_eq!(stored(sim(2)).await, approved(Some("acme")));
    assert_eq!(stored(sim(1)).await, approved(None));
    let listed = scene.json("drift list").await;
    assert_eq!(listed["findings"][0]["repair"], "approved");
    assert_eq!(listed["findings"][0]["approvedBy"], "ann");
}
