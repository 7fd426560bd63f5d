use base64::{Engine, engine::general_purpose::STANDARD};
use testkit::{Call, clients::secret_of};

use crate::fixture::{FORM, Fixture, TOKEN, present};

const GRANT: &str = "grant_type=client_credentials";

#[tokio::test]
async fn an_api_accepts_an_issued_token() {
    let fixture = Fixture::new().await;
    let response = fixture.ask("acme", GRANT).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.body["token_type"], "Bearer");
    assert_eq!(response.body["expires_in"], 900);
    assert_eq!(response.body["scope"], "ecc RESELLER");
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.header("pragma"), "no-cache");
    let token = response.body["access_token"].as_str().unwrap();
    let presented = present(token, &fixture.orders()).await;
    assert_eq!(presented.status, 200, "{}", presented.body);
    assert_eq!(presented.body["client"], "acme");
    assert_eq!(presented.body["tenant"], "acme-tenant");
}

#[tokio::test]
async fn the_secret_may_be_in_the_body() {
    let fixture = Fixture::new().await;
    let secret = secret_of("acme");
    let form = format!("{GRANT}&client_id=acme&client_secret={secret}&unknown=ignored&scope=");
    assert_eq!(fixture.post(&form).await.status, 200);
}

#[tokio::test]
async fn the_secret_in_the_header_is_form_encoded() {
    let fixture = Fixture::new().await;
    let encoded = |text: &str| text.replace('-', "%2D");
    let credential = format!("acme:{}", encoded(&secret_of("acme")));
    let header = format!("Basic {}", STANDARD.encode(credential));
    let call = Call::new("POST", TOKEN).header("authorization", &header).bytes(FORM, GRANT);
    assert_eq!(call.to(&fixture.function).await.status, 200);
}

#[tokio::test]
async fn the_path_of_the_seeds_api_is_the_same() {
    let fixture = Fixture::new().await;
    let path = "/auth/realms/any/protocol/openid-connect/token";
    let call = Call::new("POST", path).as_client("acme").bytes(FORM, GRANT);
    assert_eq!(call.to(&fixture.function).await.status, 200);
}

#[tokio::test]
async fn a_token_has_only_the_requested_roles() {
    let fixture = Fixture::new().await;
    let response = fixture.ask("acme", &format!("{GRANT}&scope=ecc")).await;
    assert_eq!(response.body["scope"], "ecc");
    let token = response.body["access_token"].as_str().unwrap();
    let presented = present(token, &fixture.orders()).await;
    assert_eq!((presented.status, &presented.body["type"]), (403, &"ACCESS_DENIED".into()));
    let challenge = r#"Bearer realm="orderwire", error="insufficient_scope""#;
    assert!(presented.header("www-authenticate").starts_with(challenge), "{presented:?}");
    for scope in ["RESELLER+ecc", "ecc+RESELLER+ecc", "+ecc++RESELLER+"] {
        let both = fixture.ask("acme", &format!("{GRANT}&scope={scope}")).await;
        assert_eq!(both.body["scope"], "ecc RESELLER", "{scope}");
    }
}

#[tokio::test]
async fn an_expired_token_is_refused_with_a_challenge() {
    let fixture = Fixture::new().await;
    let token = fixture.token("acme").await;
    fixture.clock.advance(time::Duration::minutes(16));
    let presented = present(&token, &fixture.orders()).await;
    assert_eq!((presented.status, &presented.body["type"]), (401, &"UNAUTHORISED".into()));
    let challenge = r#"Bearer realm="orderwire", error="invalid_token""#;
    assert_eq!(presented.header("www-authenticate"), challenge);
    let anonymous = Call::new("GET", "/orders").to(&fixture.orders()).await;
    assert_eq!(anonymous.header("www-authenticate"), r#"Bearer realm="orderwire""#);
    let basic = Call::new("GET", "/orders").as_client("acme").to(&fixture.orders()).await;
    assert_eq!(basic.status, 401, "an API with tokens does not accept secrets");
}

#[tokio::test]
async fn cached_credentials_and_keys_need_no_call() {
    let fixture = Fixture::new().await;
    let token = fixture.token("acme").await;
    let orders = fixture.orders();
    assert_eq!(present(&token, &orders).await.status, 200);
    fixture.db.proxy.take_calls();
    assert_eq!(present(&token, &orders).await.status, 200);
    fixture.token("acme").await;
    assert!(fixture.db.proxy.take_calls().is_empty());
}
