use super::*;

const THEIRS: &str = "https://login.example.net/realms/partner";

struct Theirs {
    fixture: Fixture,
    key: NewKey,
}

fn configuration(key: &NewKey) -> Value {
    let PublicKey { id, x, y } = &key.public;
    json!([{
        "issuer": THEIRS,
        "audience": "orders",
        "tenant": "partner",
        "rolesClaim": "/realm_access/roles",
        "roles": { "esim": "RESELLER" },
        "jwks": { "keys": [
            { "kty": "EC", "crv": "P-256", "kid": id, "x": x, "y": y, "alg": "ES256" },
            { "kty": "oct", "use": "enc", "kid": "not-for-signatures", "k": "AAAA" },
        ] },
    }])
}

fn theirs() -> Theirs {
    let (mut fixture, key) = (fixture(), generate_key());
    let trusted = configuration(&key).to_string().parse().unwrap();
    fixture.verifier = fixture.verifier.trusting(trusted);
    Theirs { fixture, key }
}

impl Theirs {
    fn claims(&self) -> Value {
        json!({
            "iss": THEIRS,
            "sub": "c2b0f4d2-0000-4000-8000-000000000001",
            "azp": "partner-client",
            "aud": ["account", "orders"],
            "exp": self.fixture.now.unix_timestamp() + 300,
            "realm_access": { "roles": ["esim", "operator", "RESELLER"] },
            "tenant": "acme",
            "parties": ["Acme Carrier"],
        })
    }

    fn sign(&self, claims: &Value, typ: Option<&str>) -> String {
        let header = Header {
            typ: typ.map(str::to_owned),
            kid: Some(self.key.public.id.as_str().to_owned()),
            ..Header::new(Algorithm::ES256)
        };
        encode(&header, claims, &private(&self.key)).unwrap()
    }
}

#[tokio::test]
async fn the_token_identifies_the_client_and_the_configuration_sets_its_rights() {
    let theirs = theirs();
    for typ in [Some("JWT"), Some("at+jwt"), None] {
        let who = theirs.fixture.present(&theirs.sign(&theirs.claims(), typ)).await.unwrap();
        assert_eq!(who.client.as_str(), "partner-client");
        assert_eq!(who.tenant.as_str(), "partner", "not the tenant in the token");
        assert_eq!(who.roles, BTreeSet::from([Role::Reseller]), "only what is mapped");
        assert!(who.parties.is_empty());
    }
    assert_eq!(theirs.fixture.reads(), 0);
    assert!(
        theirs.fixture.present(&theirs.fixture.token()).await.is_ok(),
        "our own tokens are accepted as well"
    );
}

#[tokio::test]
async fn a_trusted_issuers_token_has_the_same_checks_as_ours() {
    let theirs = theirs();
    let now = theirs.fixture.now.unix_timestamp();
    for (name, value) in [
        ("aud", json!("orderwire")),
        ("aud", json!(["account"])),
        ("exp", json!(now - 31)),
        ("nbf", json!(now + 31)),
        ("iss", json!("https://login.example.net/realms/other")),
        ("azp", json!("no client id")),
    ] {
        let mut claims = theirs.claims();
        claims[name] = value;
        assert!(theirs.fixture.refuses(&theirs.sign(&claims, Some("JWT"))).await, "{name}");
    }
    assert!(theirs.fixture.refuses(&theirs.sign(&theirs.claims(), Some("logout+jwt"))).await);
}

/// RFC 7519, section 2: a `NumericDate` may have a fraction.
#[tokio::test]
async fn times_may_have_a_fraction() {
    let theirs = theirs();
    let now = theirs.fixture.now.unix_timestamp();
    for (name, value, good) in [
        ("exp", format!("{now}.75"), true),
        ("exp", format!("{}.5e0", now - 31), false),
        ("nbf", format!("{}.5", now - 1), true),
        ("nbf", format!("{}.5", now + 31), false),
    ] {
        let mut claims = theirs.claims();
        claims[name] = value.parse().unwrap();
        assert_eq!(
            !theirs.fixture.refuses(&theirs.sign(&claims, Some("JWT"))).await,
            good,
            "{value}"
        );
    }
}

#[tokio::test]
async fn neither_issuer_can_sign_for_the_other() {
    let theirs = theirs();
    let mut claims = theirs.fixture.claims();
    assert!(theirs.fixture.refuses(&theirs.sign(&claims, Some("at+jwt"))).await);
    claims["iss"] = json!(THEIRS);
    claims["aud"] = json!("orders");
    assert!(
        theirs.fixture.refuses(&theirs.fixture.forged(&theirs.fixture.header(), &claims)).await
    );
}

#[test]
fn keys_have_one_secure_source() {
    let parse = |value: &Value| value.to_string().parse::<TrustedIssuers>().map(drop);
    let given = configuration(&generate_key());
    let mut both = given.clone();
    both[0]["jwksUri"] = json!("https://login.example.net/keys");
    assert_eq!(parse(&both), Err(ParseTrustedIssuersError::Source));
    let mut fetched = both.clone();
    fetched[0].as_object_mut().unwrap().remove("jwks");
    for url in ["https://login.example.net/keys?v=1", "http://127.0.0.1:8080/k", "http://[::1]/k"] {
        fetched[0]["jwksUri"] = json!(url);
        assert_eq!(parse(&fetched), Ok(()), "{url}");
    }
    for url in ["http://login.example.net/keys", "ftp://localhost/k", "https://a:b@c.example/k", ""]
    {
        fetched[0]["jwksUri"] = json!(url);
        assert_eq!(parse(&fetched), Err(ParseTrustedIssuersError::Source), "{url}");
    }
    let mut neither = given;
    neither[0].as_object_mut().unwrap().remove("jwks");
    assert_eq!(parse(&neither), Err(ParseTrustedIssuersError::Source));
}

#[test]
fn an_invalid_configuration_is_refused() {
    let key = generate_key();
    let parse = |value: &Value| value.to_string().parse::<TrustedIssuers>().map(drop);
    let good = configuration(&key);
    assert_eq!(parse(&good), Ok(()));
    assert_eq!(parse(&json!([])), Ok(()));
    let twice = json!([good[0], good[0]]);
    assert_eq!(parse(&twice), Err(ParseTrustedIssuersError::Twice));
    assert_eq!(parse(&json!({})), Err(ParseTrustedIssuersError::Malformed));
    for (name, value) in [("tenant", json!("a#b")), ("roles", json!({ "a": "king" }))] {
        let mut wrong = good.clone();
        wrong[0][name] = value;
        assert_eq!(parse(&wrong), Err(ParseTrustedIssuersError::Malformed));
    }
    for key in [
        json!({ "kty": "EC", "crv": "P-384", "kid": "a", "x": "AA", "y": "AA" }),
        json!({ "kty": "oct", "kid": "a", "k": "AAAA" }),
        json!({ "kty": "RSA", "kid": "a", "alg": "PS256", "n": "AAAA", "e": "AQAB" }),
        json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
        json!({ "kty": "EC", "crv": "P-256", "kid": "a", "x": "!", "y": "AA" }),
    ] {
        let mut wrong = good.clone();
        wrong[0]["jwks"]["keys"] = json!([key]);
        assert_eq!(parse(&wrong), Err(ParseTrustedIssuersError::Key));
    }
}
