use super::*;

#[tokio::test]
async fn a_token_identifies_its_bearer() {
    let fixture = fixture();
    assert_eq!(fixture.present(&fixture.token()).await, Ok(caller()));
}

#[tokio::test]
async fn a_token_follows_rfc_9068() {
    let fixture = fixture();
    let token = fixture.token();
    let header = decode_header(&token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    assert_eq!(header.alg, Algorithm::ES256);
    assert_eq!(header.kid.as_deref(), Some(fixture.key.public.id.as_str()));
    let claims: Value = insecure_decode_claims(&token).unwrap();
    assert_eq!(claims["scope"], "RESELLER buyer");
    assert_eq!(claims["sub"], claims["client_id"]);
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(life, TOKEN_LIFE.whole_seconds());
    assert_eq!(claims["jti"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn a_token_has_only_the_requested_roles() {
    let fixture = fixture();
    let roles = BTreeSet::from([Role::Buyer]);
    let key = (&fixture.key.public, &fixture.key.private);
    let token = sign(&caller(), &roles, &terms(), key, fixture.now).unwrap();
    assert_eq!(fixture.present(&token).await.unwrap().roles, roles);
}

#[tokio::test]
async fn a_token_is_valid_until_it_expires() {
    let mut fixture = fixture();
    let token = fixture.token();
    fixture.now += TOKEN_LIFE + LEEWAY - Duration::SECOND;
    assert!(fixture.present(&token).await.is_ok());
    fixture.now += Duration::SECOND;
    assert!(fixture.refuses(&token).await);
}

#[tokio::test]
async fn a_known_key_is_read_once_a_minute() {
    let mut fixture = fixture();
    let token = fixture.token();
    for _ in 0..6 {
        assert!(fixture.present(&token).await.is_ok());
        fixture.now += Duration::seconds(9);
    }
    assert_eq!(fixture.reads(), 1);
    fixture.now += Duration::seconds(9);
    assert!(fixture.present(&token).await.is_ok());
    assert_eq!(fixture.reads(), 2);
}

#[tokio::test]
async fn guessed_key_ids_cause_one_read_a_second() {
    let mut fixture = fixture();
    for n in 0..50 {
        let token = fixture.with_header("kid", json!(format!("guess-{n}")));
        assert!(fixture.refuses(&token).await);
    }
    assert_eq!(fixture.reads(), 1);
    fixture.now += Duration::SECOND;
    assert!(fixture.present(&fixture.token()).await.is_ok());
    assert_eq!(fixture.reads(), 2);
}

#[tokio::test]
async fn guesses_do_not_evict_a_known_key() {
    let mut fixture = fixture();
    assert!(fixture.present(&fixture.token()).await.is_ok());
    fixture.now += Duration::minutes(2);
    assert!(fixture.refuses(&fixture.with_header("kid", json!("guess"))).await);
    assert!(fixture.present(&fixture.token()).await.is_ok());
}

#[tokio::test]
async fn a_withdrawn_key_verifies_for_at_most_a_minute() {
    let mut fixture = fixture();
    assert!(fixture.present(&fixture.token()).await.is_ok());
    fixture.keys.known.lock().unwrap().clear();
    fixture.now += Duration::MINUTE;
    assert!(fixture.refuses(&fixture.token()).await);
}

#[tokio::test]
async fn an_unavailable_key_directory_is_not_a_refusal() {
    let fixture = fixture();
    fixture.keys.down.store(true, Ordering::Relaxed);
    let outcome = fixture.present(&fixture.token()).await;
    assert_eq!(outcome, Err(AuthenticationError::Unavailable(DirectoryUnavailable)));
}

#[test]
fn the_id_of_a_key_is_its_unique_thumbprint() {
    let (one, two) = (generate_key(), generate_key());
    assert_eq!(one.public.id.as_str().len(), 43);
    assert_ne!(one.public.id, two.public.id);
    assert_eq!(BASE64.decode(&one.public.x).unwrap().len(), 32);
}

#[test]
fn an_invalid_key_cannot_sign() {
    let key = generate_key();
    let caller = caller();
    for broken in ["", "!", "AAAA"] {
        let private = PrivateKey(broken.to_owned());
        let now = OffsetDateTime::UNIX_EPOCH;
        assert!(sign(&caller, &caller.roles, &terms(), (&key.public, &private), now).is_err());
    }
}
