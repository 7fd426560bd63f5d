use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::signing::{RING_REMEMBERED, VERIFIES_AFTER_RETIREMENT};
use futures::future::join_all;
use testkit::Call;

use crate::scene::{FORM, Scene, TOKEN, present};

#[tokio::test]
async fn the_keys_are_published_and_cacheable_and_hold_nothing_private() {
    let scene = Scene::new().await;
    let answer = Call::new("GET", "/.well-known/jwks.json").to(&scene.function).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let keys = answer.body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2, "one signs, one is next");
    for key in keys {
        let members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["kty", "crv", "x", "y", "kid", "use", "alg"]);
        assert_eq!((&key["alg"], &key["use"]), (&"ES256".into(), &"sig".into()));
    }
}

#[tokio::test]
async fn the_server_describes_itself() {
    let scene = Scene::new().await;
    let path = "/.well-known/oauth-authorization-server";
    let answer = Call::new("GET", path).to(&scene.function).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["issuer"], "https://orders.example.com");
    assert_eq!(answer.body["token_endpoint"], "https://orders.example.com/oauth/token");
    assert_eq!(answer.body["jwks_uri"], "https://orders.example.com/.well-known/jwks.json");
    assert_eq!(answer.body["grant_types_supported"][0], "client_credentials");
}

#[tokio::test]
async fn functions_that_start_together_sign_with_one_key() {
    let scene = Scene::new().await;
    let functions: Vec<_> = (0..8).map(|_| scene.another()).collect();
    let ask = |function| async move {
        let call = Call::new("POST", TOKEN).as_client("acme");
        call.text(FORM, "grant_type=client_credentials").to(function).await
    };
    let orders = scene.orders();
    for answer in join_all(functions.iter().map(ask)).await {
        let token = answer.body["access_token"].as_str().unwrap();
        assert_eq!(present(token, &orders).await.status, 200);
    }
    assert_eq!(scene.published().await["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn tokens_from_before_and_after_a_rotation_are_good() {
    let scene = Scene::new().await;
    let orders = scene.orders();
    let before = scene.token("acme").await;
    scene.rotate().await;
    // Signed with the old key still: this process remembers the ring.
    let remembered = scene.token("acme").await;
    scene.clock.advance(RING_REMEMBERED);
    let after = scene.token("acme").await;
    assert_ne!(kid(&after), kid(&before));
    assert_eq!(kid(&remembered), kid(&before));
    for orders in [&orders, &scene.orders()] {
        for token in [&before, &remembered, &after] {
            assert_eq!(present(token, orders).await.status, 200);
        }
    }
    assert_eq!(scene.published().await["keys"].as_array().unwrap().len(), 3);
    scene.clock.advance(VERIFIES_AFTER_RETIREMENT);
    assert_eq!(scene.published().await["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_is_published_before_it_signs() {
    let scene = Scene::new().await;
    let published = scene.published().await;
    let known = |token: &str| {
        let keys = published["keys"].as_array().unwrap();
        keys.iter().any(|key| key["kid"].as_str() == Some(&kid(token)))
    };
    assert!(known(&scene.token("acme").await));
    scene.rotate().await;
    scene.clock.advance(RING_REMEMBERED);
    assert!(known(&scene.token("acme").await), "by whoever read the keys before the rotation");
}

/// The name of the key in a token's header.
fn kid(token: &str) -> String {
    let header = token.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).expect("a token's parts are base64url");
    let header: serde_json::Value = serde_json::from_slice(&header).expect("a header is JSON");
    header["kid"].as_str().expect("a key has a name").to_owned()
}
