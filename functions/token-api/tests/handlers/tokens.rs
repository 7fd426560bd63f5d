use base64::{Engine, engine::general_purpose::STANDARD};
use testkit::{Call, gateway::secret_of};

use crate::scene::{FORM, Scene, TOKEN, present};

const GRANT: &str = "grant_type=client_credentials";

#[tokio::test]
async fn a_client_gets_a_token_that_an_api_takes() {
    let scene = Scene::new().await;
    let answer = scene.ask("acme", GRANT).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 900);
    assert_eq!(answer.body["scope"], "ecc RESELLER");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    let token = answer.body["access_token"].as_str().unwrap();
    let told = present(token, &scene.orders()).await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert_eq!(told.body["client"], "acme");
    assert_eq!(told.body["tenant"], "acme-tenant");
}

#[tokio::test]
async fn the_secret_may_come_in_the_body() {
    let scene = Scene::new().await;
    let secret = secret_of("acme");
    let form = format!("{GRANT}&client_id=acme&client_secret={secret}&unknown=ignored&scope=");
    assert_eq!(scene.post(&form).await.status, 200);
}

#[tokio::test]
async fn the_secret_in_the_header_is_form_encoded() {
    let scene = Scene::new().await;
    let encoded = |text: &str| text.replace('-', "%2D");
    let credential = format!("acme:{}", encoded(&secret_of("acme")));
    let header = format!("Basic {}", STANDARD.encode(credential));
    let call = Call::new("POST", TOKEN).header("authorization", &header).text(FORM, GRANT);
    assert_eq!(call.to(&scene.function).await.status, 200);
}

#[tokio::test]
async fn the_path_of_the_seeds_api_is_the_same() {
    let scene = Scene::new().await;
    let path = "/auth/realms/any/protocol/openid-connect/token";
    let call = Call::new("POST", path).as_client("acme").text(FORM, GRANT);
    assert_eq!(call.to(&scene.function).await.status, 200);
}

#[tokio::test]
async fn a_token_carries_the_roles_asked_for_and_no_other() {
    let scene = Scene::new().await;
    let answer = scene.ask("acme", &format!("{GRANT}&scope=ecc")).await;
    assert_eq!(answer.body["scope"], "ecc");
    let token = answer.body["access_token"].as_str().unwrap();
    let told = present(token, &scene.orders()).await;
    assert_eq!((told.status, &told.body["type"]), (403, &"ACCESS_DENIED".into()));
    let both = scene.ask("acme", &format!("{GRANT}&scope=RESELLER+ecc")).await;
    assert_eq!(both.body["scope"], "ecc RESELLER");
}

#[tokio::test]
async fn a_token_is_refused_with_a_challenge_when_it_has_expired() {
    let scene = Scene::new().await;
    let token = scene.token("acme").await;
    scene.clock.advance(time::Duration::minutes(16));
    let told = present(&token, &scene.orders()).await;
    assert_eq!((told.status, &told.body["type"]), (401, &"UNAUTHORISED".into()));
    let challenge = r#"Bearer realm="orderwire", error="invalid_token""#;
    assert_eq!(told.header("www-authenticate"), challenge);
    let nobody = Call::new("GET", "/orders").to(&scene.orders()).await;
    assert_eq!(nobody.header("www-authenticate"), r#"Bearer realm="orderwire""#);
    let basic = Call::new("GET", "/orders").as_client("acme").to(&scene.orders()).await;
    assert_eq!(basic.status, 401, "an API with tokens takes no secret");
}

#[tokio::test]
async fn warm_credentials_and_keys_cost_no_call() {
    let scene = Scene::new().await;
    let token = scene.token("acme").await;
    let orders = scene.orders();
    assert_eq!(present(&token, &orders).await.status, 200);
    scene.db.proxy.take_calls();
    assert_eq!(present(&token, &orders).await.status, 200);
    scene.token("acme").await;
    assert!(scene.db.proxy.take_calls().is_empty());
}
