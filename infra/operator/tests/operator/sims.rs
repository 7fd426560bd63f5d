use serde_json::json;
use testkit::numbers;

use crate::{pool::file, scene::Scene};

const K: &str = "000102030405060708090a0b0c0d0e0f";
const OPC: &str = "101112131415161718191a1b1c1d1e1f";

fn line(sim: u64, imsi: u64) -> String {
    format!("{},{},milenage,{K},{OPC}", numbers::iccid(sim), numbers::imsi(imsi))
}

#[tokio::test]
async fn sims_are_stored_once_and_shown_without_their_keys() {
    let scene = Scene::new().await;
    let lines: Vec<String> = (0..70).map(|n| line(n, n)).collect();
    let all = file(&format!("ICCID,IMSI,ALGORITHM,K,OPC\n{}\n", lines.join("\n")));
    let import = format!("sims import {}", all.path().display());
    let imported = scene.json(&import).await;
    assert_eq!((&imported["new"], &imported["known"]), (&json!(70), &json!(0)));
    let imported = scene.json(&import).await;
    assert_eq!((&imported["new"], &imported["known"]), (&json!(0), &json!(70)));
    let shown = scene.json(&format!("sims show {}", numbers::iccid(7))).await;
    let (iccid, imsi) = (numbers::iccid(7).to_string(), numbers::imsi(7).to_string());
    assert_eq!(shown, json!({ "iccid": iccid, "imsi": imsi, "algorithm": "milenage" }));
    let shown = scene.run(&format!("sims show {}", numbers::iccid(7))).await.unwrap();
    assert!(!shown.contains(K) && !shown.contains(OPC), "{shown}");
    let error = scene.error(&format!("sims show {}", numbers::iccid(99))).await;
    assert_eq!(error, "there is no data of this SIM");
}

#[tokio::test]
async fn wrong_lines_are_named_and_the_others_stored() {
    let scene = Scene::new().await;
    let wrong = format!("{},1,xor,{K},{OPC}0", numbers::iccid(2));
    // The second SIM has the IMSI of the first, the last one the number of the first.
    let content = [line(1, 1), wrong, line(3, 1), line(4, 4), line(1, 9)].join("\n");
    let all = file(&content);
    let import = format!("sims import {}", all.path().display());
    let error = scene.error(&import).await;
    assert!(error.starts_with("1 line was wrong and left out"), "{error}");
    for (n, is_there) in [(1, true), (2, false), (3, false), (4, true)] {
        let shown = scene.run(&format!("sims show {}", numbers::iccid(n))).await;
        assert_eq!(shown.is_ok(), is_there, "{n}");
    }
    let rest = file(&[line(1, 9), line(3, 1), line(5, 5)].join("\n"));
    let error = scene.error(&format!("sims import {}", rest.path().display())).await;
    assert_eq!(error, "2 SIMs are stored otherwise: what is stored stays");
    assert!(scene.run(&format!("sims show {}", numbers::iccid(5))).await.is_ok());
    let shown = scene.json(&format!("sims show {}", numbers::iccid(1))).await;
    assert_eq!(shown["imsi"], numbers::imsi(1).to_string());
    for content in ["", "iccid,imsi\n"] {
        let empty = file(content);
        let error = scene.error(&format!("sims import {}", empty.path().display())).await;
        assert!(error.ends_with("there is no SIM in it"), "{error}");
    }
}
