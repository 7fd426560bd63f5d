use domain::{clock::Clock as _, console::LINK_LIFETIME};
use store::DynamoConsole;

use crate::scene::Scene;

const LINK: &str = "console --by ada --url https://api.example.com/";

#[tokio::test]
async fn a_link_opens_a_session_of_the_operator_that_made_it() {
    let scene = Scene::new().await;
    let printed = scene.json(LINK).await;
    assert_eq!(printed["until"], domain::clock::rfc3339(scene.clock.now() + LINK_LIFETIME));
    let url = printed["url"].as_str().unwrap();
    let code = url.strip_prefix("https://api.example.com/console/links/").unwrap();
    let digest = api::identity::digest_of_code(code);
    let console = DynamoConsole::new(scene.db.table.clone());
    let opened = console.open(&digest, "session", scene.clock.now()).await.unwrap();
    assert_eq!(opened.unwrap().operator, "ada".parse().unwrap());
    assert_ne!(scene.json(LINK).await["url"], printed["url"], "each link is another one");
}

#[tokio::test]
async fn without_the_url_of_the_api_there_is_no_link() {
    let scene = Scene::new().await;
    let error = scene.error("console --by ada").await;
    assert!(error.contains("API_URL") && error.contains("--url"), "{error}");
}
