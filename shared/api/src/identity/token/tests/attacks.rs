use super::*;

#[tokio::test]
async fn the_forger_of_these_tests_makes_good_tokens_when_it_forges_nothing() {
    let scene = scene();
    assert!(scene.present(&scene.forged(&scene.header(), &scene.claims())).await.is_ok());
    let capitals = scene.with_header("typ", json!("Application/AT+JWT"));
    assert!(scene.present(&capitals).await.is_ok());
    let many = scene.with_claim("aud", json!(["other", AUDIENCE]));
    assert!(scene.refuses(&many).await, "we issue for one audience, as one string");
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    let scene = scene();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let token = scene.with_header("alg", json!(alg));
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert!(scene.refuses(&token).await, "{alg}");
        assert!(scene.refuses(&unsigned).await, "{alg}");
    }
    let token = scene.token();
    let message = token.rsplit_once('.').unwrap().0;
    for stripped in [message.to_owned(), format!("{message}."), format!("{message}.AAAA")] {
        assert!(scene.refuses(&stripped).await);
    }
}

#[tokio::test]
async fn hs256_with_the_public_key_is_refused() {
    let scene = scene();
    let PublicKey { x, y, .. } = &scene.key.public;
    let point = [vec![4], BASE64.decode(x).unwrap(), BASE64.decode(y).unwrap()].concat();
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }).to_string();
    for secret in [&point[..], &point[1..], x.as_bytes(), jwk.as_bytes(), b""] {
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(scene.key.public.id.as_str().to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let token = encode(&header, &scene.claims(), &EncodingKey::from_secret(secret)).unwrap();
        assert!(scene.refuses(&token).await);
    }
}

#[tokio::test]
async fn any_other_algorithm_is_refused() {
    let scene = scene();
    for alg in ["HS256", "HS384", "RS256", "PS256", "ES384", "ES512", "ES256K", "EdDSA", "es256"] {
        assert!(scene.refuses(&scene.with_header("alg", json!(alg))).await, "{alg}");
    }
    assert!(scene.refuses(&scene.with_header("alg", Value::Null)).await);
}

#[tokio::test]
async fn a_wrong_missing_or_impossible_key_name_is_refused() {
    let scene = scene();
    let other = generate_key().public.id;
    let long = "k".repeat(65);
    for kid in [other.as_str(), "", "a#b", "../../etc/passwd", "' OR 1=1", &long] {
        assert!(scene.refuses(&scene.with_header("kid", json!(kid))).await, "{kid}");
    }
    for kid in [Value::Null, json!(1), json!([scene.key.public.id.as_str()])] {
        assert!(scene.refuses(&scene.with_header("kid", kid)).await);
    }
}

#[tokio::test]
async fn a_key_of_somebody_else_under_our_name_is_refused() {
    let mut scene = scene();
    let ours = std::mem::replace(&mut scene.key, generate_key());
    scene.key.public.id = ours.public.id;
    assert!(scene.refuses(&scene.forged(&scene.header(), &scene.claims())).await);
}

#[tokio::test]
async fn a_header_that_brings_or_points_to_a_key_is_refused() {
    let scene = scene();
    let PublicKey { x, y, .. } = &scene.key.public;
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
        assert!(scene.refuses(&scene.with_header(name, value)).await, "{name}");
    }
}

#[tokio::test]
async fn a_token_for_another_purpose_is_refused() {
    let scene = scene();
    for typ in [json!("JWT"), json!("id+jwt"), json!("logout+jwt"), json!(""), Value::Null] {
        assert!(scene.refuses(&scene.with_header("typ", typ.clone())).await, "{typ}");
    }
}

#[tokio::test]
async fn wrong_or_missing_claims_are_refused() {
    let scene = scene();
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
            assert!(scene.refuses(&scene.with_claim(name, value.clone())).await, "{name} {value}");
        }
        if name != "nbf" {
            assert!(scene.refuses(&scene.with_claim(name, Value::Null)).await, "no {name}");
        }
    }
}

#[tokio::test]
async fn a_token_is_refused_outside_its_time_but_for_the_leeway() {
    let scene = scene();
    let at = |seconds: i64| json!(scene.now.unix_timestamp() + seconds);
    for (name, seconds, good) in [
        ("exp", -30, false),
        ("exp", -29, true),
        ("nbf", 31, false),
        ("nbf", 30, true),
        ("iat", 31, false),
        ("iat", 30, true),
    ] {
        let token = scene.with_claim(name, at(seconds));
        assert_eq!(scene.present(&token).await.is_ok(), good, "{name} {seconds}");
    }
}

#[tokio::test]
async fn a_token_changed_in_any_place_is_refused() {
    let scene = scene();
    let token = scene.token();
    for n in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[n] = match changed[n] {
            b'A' => b'Q',
            b'.' => b'A',
            _ => b'A',
        };
        let changed = String::from_utf8(changed).unwrap();
        // Guesses of key names must not cut the way short.
        let scene = Scene {
            verifier: TokenVerifier::new(scene.keys, terms()),
            keys: scene.keys,
            key: scene.key.clone(),
            now: scene.now,
        };
        assert!(scene.refuses(&changed).await, "{n}");
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let scene = scene();
    let token = scene.token();
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
        assert!(scene.refuses(text).await, "{text}");
    }
    assert!(scene.reads() <= 1);
}
