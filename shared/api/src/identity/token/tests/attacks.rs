use super::*;

#[tokio::test]
async fn a_token_built_without_a_forgery_is_accepted() {
    let fixture = fixture();
    assert!(fixture.present(&fixture.forged(&fixture.header(), &fixture.claims())).await.is_ok());
    let capitals = fixture.with_header("typ", json!("Application/AT+JWT"));
    assert!(fixture.present(&capitals).await.is_ok());
    let many = fixture.with_claim("aud", json!(["other", AUDIENCE]));
    assert!(fixture.refuses(&many).await, "we issue for one audience, as one string");
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    let fixture = fixture();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let token = fixture.with_header("alg", json!(alg));
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert!(fixture.refuses(&token).await, "{alg}");
        assert!(fixture.refuses(&unsigned).await, "{alg}");
    }
    let token = fixture.token();
    let message = token.rsplit_once('.').unwrap().0;
    for stripped in [message.to_owned(), format!("{message}."), format!("{message}.AAAA")] {
        assert!(fixture.refuses(&stripped).await);
    }
}

#[tokio::test]
async fn hs256_with_the_public_key_is_refused() {
    let fixture = fixture();
    let PublicKey { x, y, .. } = &fixture.key.public;
    let point = [vec![4], BASE64.decode(x).unwrap(), BASE64.decode(y).unwrap()].concat();
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }).to_string();
    for secret in [&point[..], &point[1..], x.as_bytes(), jwk.as_bytes(), b""] {
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(fixture.key.public.id.as_str().to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let token = encode(&header, &fixture.claims(), &EncodingKey::from_secret(secret)).unwrap();
        assert!(fixture.refuses(&token).await);
    }
}

#[tokio::test]
async fn any_other_algorithm_is_refused() {
    let fixture = fixture();
    for alg in ["HS256", "HS384", "RS256", "PS256", "ES384", "ES512", "ES256K", "EdDSA", "es256"] {
        assert!(fixture.refuses(&fixture.with_header("alg", json!(alg))).await, "{alg}");
    }
    assert!(fixture.refuses(&fixture.with_header("alg", Value::Null)).await);
}

#[tokio::test]
async fn a_wrong_missing_or_malformed_key_id_is_refused() {
    let fixture = fixture();
    let other = generate_key().public.id;
    let long = "k".repeat(65);
    for kid in [other.as_str(), "", "a#b", "../../etc/passwd", "' OR 1=1", &long] {
        assert!(fixture.refuses(&fixture.with_header("kid", json!(kid))).await, "{kid}");
    }
    for kid in [Value::Null, json!(1), json!([fixture.key.public.id.as_str()])] {
        assert!(fixture.refuses(&fixture.with_header("kid", kid)).await);
    }
}

#[tokio::test]
async fn a_foreign_key_under_our_key_id_is_refused() {
    let mut fixture = fixture();
    let ours = std::mem::replace(&mut fixture.key, generate_key());
    fixture.key.public.id = ours.public.id;
    assert!(fixture.refuses(&fixture.forged(&fixture.header(), &fixture.claims())).await);
}

#[tokio::test]
async fn a_header_that_embeds_or_references_a_key_is_refused() {
    let fixture = fixture();
    let PublicKey { x, y, .. } = &fixture.key.public;
    for (name, value) in [
        ("jku", json!("https://evil.example.com/jwks.json")),
        ("x5u", json!("https://evil.example.com/cert.pem")),
        ("jwk", json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })),
        ("x5c", json!(["AAAA"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
    ] {
        assert!(fixture.refuses(&fixture.with_header(name, value)).await, "{name}");
    }
}

#[tokio::test]
async fn a_token_for_another_purpose_is_refused() {
    let fixture = fixture();
    for typ in [json!("JWT"), json!("id+jwt"), json!("logout+jwt"), json!(""), Value::Null] {
        assert!(fixture.refuses(&fixture.with_header("typ", typ.clone())).await, "{typ}");
    }
}

#[tokio::test]
async fn wrong_or_missing_claims_are_refused() {
    let fixture = fixture();
    for (name, values) in [
        ("iss", json!(["https://evil.example.com", "", "https://orders.example.com/", [ISSUER]])),
        ("aud", json!(["other", "", "ORDERWIRE", [], ["other"], 1])),
        ("sub", json!(["somebody-else", "", "a#b", 1])),
        ("client_id", json!(["somebody-else", "", 1])),
        ("tenant", json!(["", "a#b", 1, ["acme"]])),
        ("exp", json!(["9999999999", [], {}, true, -1])),
        ("nbf", json!(["0", [], true])),
        ("iat", json!(["0", [], true])),
    ] {
        for value in values.as_array().unwrap() {
            assert!(
                fixture.refuses(&fixture.with_claim(name, value.clone())).await,
                "{name} {value}"
            );
        }
        if name != "nbf" {
            assert!(fixture.refuses(&fixture.with_claim(name, Value::Null)).await, "no {name}");
        }
    }
}

#[tokio::test]
async fn a_token_is_refused_outside_its_validity_plus_the_leeway() {
    let fixture = fixture();
    let at = |seconds: i64| json!(fixture.now.unix_timestamp() + seconds);
    for (name, seconds, good) in [
        ("exp", -30, false),
        ("exp", -29, true),
        ("nbf", 31, false),
        ("nbf", 30, true),
        ("iat", 31, false),
        ("iat", 30, true),
    ] {
        let token = fixture.with_claim(name, at(seconds));
        assert_eq!(fixture.present(&token).await.is_ok(), good, "{name} {seconds}");
    }
}

#[tokio::test]
async fn a_token_changed_at_any_position_is_refused() {
    let fixture = fixture();
    let token = fixture.token();
    for n in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[n] = match changed[n] {
            b'A' => b'Q',
            b'.' => b'A',
            _ => b'A',
        };
        let changed = String::from_utf8(changed).unwrap();
        // A new fixture: guessed key ids would suppress later lookups.
        let fixture = Fixture {
            verifier: TokenVerifier::new(fixture.keys, terms()),
            keys: fixture.keys,
            key: fixture.key.clone(),
            now: fixture.now,
        };
        assert!(fixture.refuses(&changed).await, "{n}");
    }
}

#[tokio::test]
async fn a_text_that_is_not_a_token_is_refused() {
    let fixture = fixture();
    let token = fixture.token();
    let long = format!("{token}{}", "A".repeat(LONGEST));
    let parts: Vec<&str> = token.split('.').collect();
    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "e30.e30.",
        &format!("{token}.{token}"),
        &format!("{token}="),
        &format!(" {token}"),
        &format!("{}.{}", parts[0], parts[2]),
        &format!("{}.{}.{}", parts[1], parts[0], parts[2]),
        &format!(".{}.{}", parts[1], parts[2]),
        &long,
    ] {
        assert!(fixture.refuses(text).await, "{text}");
    }
    assert!(fixture.reads() <= 1);
}
