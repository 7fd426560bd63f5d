//! Tokens of another issuer, whose keys are fetched from where it publishes them.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

use std::{sync::Arc, time::Duration as Wait};

use api::{
    HttpHandler,
    identity::{Authenticator, NoClients, TokenTerms, TokenVerifier},
};
use domain::clock::Clock;
use esim_orders_api::EsimOrdersApi;
use serde_json::{Value, json};
use store::DynamoPublicKeys;
use testkit::{Call, FixedClock, Issuer, TestTable};
use time::Duration;

const THEIRS: &str = "https://login.example.net/realms/partner";
const ORDER: &str = "/esim/v1/order/0193a0a2-0000-7000-8000-000000000001";

struct Scene {
    issuer: Issuer,
    clock: FixedClock,
    function: HttpHandler<EsimOrdersApi, NoClients, TokenVerifier<DynamoPublicKeys>>,
    _db: TestTable,
}

impl Scene {
    async fn new() -> Self {
        let (db, issuer) = (TestTable::create().await, Issuer::start().await);
        let clock = FixedClock::default();
        let trusted = json!([{
            "issuer": THEIRS, "audience": "orders", "tenant": "partner",
            "roles": { "esim": "RESELLER", "ethernet": "buyer" }, "jwksUri": issuer.url(),
        }]);
        let terms =
            TokenTerms { issuer: "https://o.example".to_owned(), audience: "orderwire".to_owned() };
        let keys = DynamoPublicKeys::new(db.table.clone(), Arc::new(clock.clone()));
        let verifier =
            TokenVerifier::new(keys, terms).trusting(trusted.to_string().parse().unwrap());
        let authenticator = Authenticator::of_tokens(verifier).with_clock(Arc::new(clock.clone()));
        let api = EsimOrdersApi::new(db.table.clone(), Duration::minutes(5));
        Self { issuer, clock, function: HttpHandler::new(api, authenticator), _db: db }
    }

    fn claims(&self) -> Value {
        let now = self.clock.now().unix_timestamp();
        json!({ "iss": THEIRS, "aud": "orders", "azp": "app", "exp": now + 7200, "scope": "esim" })
    }

    fn good(&self, kid: &str) -> String {
        let alg = if kid == "rsa" { "RS256" } else { "ES256" };
        self.issuer.token(&json!({ "alg": alg, "kid": kid, "typ": "JWT" }), &self.claims())
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[name] = value;
        self.issuer.token(&json!({ "alg": "ES256", "kid": "ec" }), &claims)
    }

    /// 404 is the answer to who is let in: there is no such order.
    async fn read(&self, token: &str) -> u16 {
        Call::new("GET", ORDER).bearer(token).to(&self.function).await.status
    }
}

#[tokio::test]
async fn tokens_of_a_trusted_issuer_are_taken_whichever_algorithm_signs_them() {
    let scene = Scene::new().await;
    assert_eq!(scene.issuer.fetches(), 0, "only when needed");
    for _ in 0..3 {
        assert_eq!(scene.read(&scene.good("ec")).await, 404);
        assert_eq!(scene.read(&scene.good("rsa")).await, 404);
    }
    assert_eq!(scene.issuer.fetches(), 1);
    assert_eq!(scene.read(&scene.with_claim("scope", json!("ethernet"))).await, 403);
}

#[tokio::test]
async fn a_token_that_is_not_theirs_or_not_for_us_opens_nothing() {
    let (scene, stranger) = (Scene::new().await, Issuer::start().await);
    let (now, claims) = (scene.clock.now().unix_timestamp(), scene.claims());
    let header = |alg: &str, kid: &str| json!({ "alg": alg, "kid": kid });
    let unsigned = scene.issuer.token(&header("none", "ec"), &claims);
    let unsigned = unsigned.rsplit_once('.').unwrap().0.to_owned() + ".";
    for (why, token) in [
        ("a foreign key", stranger.token(&header("ES256", "ec"), &claims)),
        ("a foreign key", stranger.token(&header("RS256", "rsa"), &claims)),
        ("no signature", unsigned),
        ("no algorithm", scene.issuer.token(&header("none", "ec"), &claims)),
        ("an algorithm that is not the key's", scene.issuer.token(&header("RS256", "ec"), &claims)),
        ("an algorithm with a secret", scene.issuer.token(&header("HS256", "rsa"), &claims)),
        ("a key for other things", scene.issuer.token(&header("RS256", "enc"), &claims)),
        ("another audience", scene.with_claim("aud", json!("orderwire"))),
        ("expired", scene.with_claim("exp", json!(now - 31))),
        ("not yet", scene.with_claim("nbf", json!(now + 31))),
        ("another issuer", scene.with_claim("iss", json!("https://login.example.net"))),
        ("ours", scene.with_claim("iss", json!("https://o.example"))),
    ] {
        assert_eq!(scene.read(&token).await, 401, "{why}");
    }
    assert_eq!((scene.issuer.fetches(), stranger.fetches()), (1, 0));
    assert_eq!(scene.read(&scene.good("ec")).await, 404);
}

#[tokio::test]
async fn guessed_key_names_make_two_fetches_a_minute_at_most() {
    let scene = Scene::new().await;
    assert_eq!(scene.read(&scene.good("ec")).await, 404);
    for second in 0..60 {
        let header = json!({ "alg": "ES256", "kid": format!("guess-{second}") });
        assert_eq!(scene.read(&scene.issuer.token(&header, &scene.claims())).await, 401);
        scene.clock.advance(Duration::SECOND);
    }
    assert_eq!(scene.issuer.fetches(), 2);
}

#[tokio::test]
async fn a_key_that_is_new_is_found_and_one_that_is_gone_ends_within_the_hour() {
    let scene = Scene::new().await;
    assert_eq!(scene.read(&scene.good("ec")).await, 404);
    scene.issuer.publish(|keys| keys.body = keys.body.replace(r#""kid":"ec""#, r#""kid":"new""#));
    scene.clock.advance(Duration::seconds(31));
    let token = scene.issuer.token(&json!({ "alg": "ES256", "kid": "new" }), &scene.claims());
    assert_eq!(scene.read(&token).await, 404);
    assert_eq!(scene.read(&scene.good("ec")).await, 401);
    scene.clock.advance(Duration::HOUR);
    assert_eq!(scene.read(&scene.good("new")).await, 404, "asked again");
    assert_eq!(scene.issuer.fetches(), 3);
}

#[tokio::test]
async fn an_issuer_that_is_down_is_believed_for_a_day() {
    let scene = Scene::new().await;
    assert_eq!(scene.read(&scene.good("ec")).await, 404);
    scene.issuer.publish(|keys| keys.status = 500);
    scene.clock.advance(Duration::hours(23));
    assert_eq!(scene.read(&scene.good("ec")).await, 404);
    scene.clock.advance(Duration::hours(2));
    assert_eq!(scene.read(&scene.good("ec")).await, 503);
}

#[tokio::test]
async fn keys_that_are_too_long_too_late_or_elsewhere_are_not_read() {
    for (status, long, delay) in [(200, true, 0), (200, false, 60), (302, false, 0)] {
        let scene = Scene::new().await;
        scene.issuer.publish(|keys| {
            keys.status = status;
            keys.delay = Wait::from_secs(delay);
            if long {
                keys.body.push_str(&" ".repeat(64 * 1024));
            }
        });
        let called = std::time::Instant::now();
        assert_eq!(scene.read(&scene.good("ec")).await, 503);
        assert_eq!(scene.read(&scene.good("ec")).await, 503);
        assert!(called.elapsed() < Wait::from_secs(5), "the second does not wait again");
        assert_eq!(scene.issuer.fetches(), 1);
    }
}
