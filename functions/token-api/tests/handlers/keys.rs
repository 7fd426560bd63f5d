use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::signing::{RING_REMEMBERED, VERIFIES_AFTER_RETIREMENT};
use futures::future::join_all;
use testkit::Call;

use crate::fixture::{FORM, Fixture, TOKEN, present};

#[tokio::test]
async fn the_keys_are_published_cacheable_and_without_private_parts() {
    let fixture = Fixture::new().await;
    let response = Call::new("GET", "/.well-known/jwks.json").to(&fixture.function).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), "public, max-age=300");
    assert_eq!(response.header("access-control-allow-origin"), "*");
    let keys = response.body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2, "one signs, one is next");
    for key in keys {
        let members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["kty", "crv", "x", "y", "kid", "use", "alg"]);
        assert_eq!((&key["alg"], &key["use"]), (&"ES256".into(), &"sig".into()));
    }
}

#[tokio::test]
async fn the_server_describes_itself() {
    let fixture = Fixture::new().await;
    let path = "/.well-known/oauth-authorization-server";
    let response = Call::new("GET", path).to(&fixture.function).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.body["issuer"], "https://orders.example.com");
    assert_eq!(response.body["token_endpoint"], "https://orders.example.com/oauth/token");
    assert_eq!(response.body["jwks_uri"], "https://orders.example.com/.well-known/jwks.json");
    assert_eq!(response.body["grant_types_supported"][0], "client_credentials");
}

#[tokio::test]
async fn functions_that_start_concurrently_sign_with_one_key() {
    let fixture = Fixture::new().await;
    let functions: Vec<_> = (0..8).map(|_| fixture.another()).collect();
    let ask = |function| async move {
        let call = Call::new("POST", TOKEN).as_client("acme");
        call.bytes(FORM, "grant_type=client_credentials").to(function).await
    };
    let orders = fixture.orders();
    for response in join_all(functions.iter().map(ask)).await {
        let token = response.body["access_token"].as_str().unwrap();
        assert_eq!(present(token, &orders).await.status, 200);
    }
    assert_eq!(fixture.published().await["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn tokens_from_before_and_after_a_rotation_are_valid() {
    let fixture = Fixture::new().await;
    let orders = fixture.orders();
    let before = fixture.token("acme").await;
    fixture.rotate().await;
    // Still signed with the old key: this process has cached the ring.
    let cached = fixture.token("acme").await;
    fixture.clock.advance(RING_REMEMBERED);
    let after = fixture.token("acme").await;
    assert_ne!(kid(&after), kid(&before));
    assert_eq!(kid(&cached), kid(&before));
    for orders in [&orders, &fixture.orders()] {
        for token in [&before, &cached, &after] {
            assert_eq!(present(token, orders).await.status, 200);
        }
    }
    assert_eq!(fixture.published().await["keys"].as_array().unwrap().len(), 3);
    fixture.clock.advance(VERIFIES_AFTER_RETIREMENT);
    assert_eq!(fixture.published().await["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_is_published_before_it_signs() {
    let fixture = Fixture::new().await;
    let published = fixture.published().await;
    let known = |token: &str| {
        let keys = published["keys"].as_array().unwrap();
        keys.iter().any(|key| key["kid"].as_str() == Some(&kid(token)))
    };
    assert!(known(&fixture.token("acme").await));
    fixture.rotate().await;
    fixture.clock.advance(RING_REMEMBERED);
    assert!(
        known(&fixture.token("acme").await),
        "known to a reader of the keys before the rotation"
    );
}

/// The `kid` in a token's header.
fn kid(token: &str) -> String {
    let header = token.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).expect("a token's parts are base64url");
    let header: serde_json::Value = serde_json::from_slice(&header).expect("a header is JSON");
    header["kid"].as_str().expect("a token has a kid").to_owned()
}
