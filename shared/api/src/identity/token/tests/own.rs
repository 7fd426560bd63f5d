use super::*;

#[tokio::test]
async fn a_token_says_who_its_bearer_is() {
    let scene = scene();
    assert_eq!(scene.present(&scene.token()).await, Ok(caller()));
}

#[tokio::test]
async fn a_token_follows_rfc_9068() {
    let scene = scene();
    let token = scene.token();
    let header = decode_header(&token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    assert_eq!(header.alg, Algorithm::ES256);
    assert_eq!(header.kid.as_deref(), Some(scene.key.public.id.as_str()));
    let claims: Value = insecure_decode_claims(&token).unwrap();
    assert_eq!(claims["scope"], "RESELLER buyer");
    assert_eq!(claims["sub"], claims["client_id"]);
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(life, TOKEN_LIFE.whole_seconds());
    assert_eq!(claims["jti"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn a_token_carries_only_the_roles_that_were_asked_for() {
    let scene = scene();
    let roles = BTreeSet::from([Role::Buyer]);
    let key = (&scene.key.public, &scene.key.private);
    let token = sign(&caller(), &roles, &terms(), key, scene.now).unwrap();
    assert_eq!(scene.present(&token).await.unwrap().roles, roles);
}

#[tokio::test]
async fn a_token_is_good_until_it_expires() {
    let mut scene = scene();
    let token = scene.token();
    scene.now += TOKEN_LIFE + LEEWAY - Duration::SECOND;
    assert!(scene.present(&token).await.is_ok());
    scene.now += Duration::SECOND;
    assert!(scene.refuses(&token).await);
}

#[tokio::test]
async fn a_known_key_costs_one_read_a_minute() {
    let mut scene = scene();
    let token = scene.token();
    for _ in 0..6 {
        assert!(scene.present(&token).await.is_ok());
        scene.now += Duration::seconds(9);
    }
    assert_eq!(scene.reads(), 1);
    scene.now += Duration::seconds(9);
    assert!(scene.present(&token).await.is_ok());
    assert_eq!(scene.reads(), 2);
}

#[tokio::test]
async fn guessed_key_names_cost_one_read_a_second() {
    let mut scene = scene();
    for n in 0..50 {
        let token = scene.with_header("kid", json!(format!("guess-{n}")));
        assert!(scene.refuses(&token).await);
    }
    assert_eq!(scene.reads(), 1);
    scene.now += Duration::SECOND;
    assert!(scene.present(&scene.token()).await.is_ok());
    assert_eq!(scene.reads(), 2);
}

#[tokio::test]
async fn guesses_do_not_push_out_a_key_that_was_known() {
    let mut scene = scene();
    assert!(scene.present(&scene.token()).await.is_ok());
    scene.now += Duration::minutes(2);
    assert!(scene.refuses(&scene.with_header("kid", json!("guess"))).await);
    assert!(scene.present(&scene.token()).await.is_ok());
}

#[tokio::test]
async fn a_key_that_was_withdrawn_verifies_for_a_minute_at_most() {
    let mut scene = scene();
    assert!(scene.present(&scene.token()).await.is_ok());
    scene.keys.known.lock().unwrap().clear();
    scene.now += Duration::MINUTE;
    assert!(scene.refuses(&scene.token()).await);
}

#[tokio::test]
async fn keys_that_cannot_be_looked_up_are_no_refusal() {
    let scene = scene();
    scene.keys.down.store(true, Ordering::Relaxed);
    let outcome = scene.present(&scene.token()).await;
    assert_eq!(outcome, Err(AuthenticationError::Unavailable(DirectoryUnavailable)));
}

#[test]
fn a_key_is_named_by_its_thumbprint_and_has_no_twin() {
    let (one, two) = (generate_key(), generate_key());
    assert_eq!(one.public.id.as_str().len(), 43);
    assert_ne!(one.public.id, two.public.id);
    assert_eq!(BASE64.decode(&one.public.x).unwrap().len(), 32);
}

#[test]
fn a_broken_key_signs_nothing() {
    let key = generate_key();
    let caller = caller();
    for broken in ["", "!", "AAAA"] {
        let private = PrivateKey(broken.to_owned());
        let now = OffsetDateTime::UNIX_EPOCH;
        assert!(sign(&caller, &caller.roles, &terms(), (&key.public, &private), now).is_err());
    }
}
