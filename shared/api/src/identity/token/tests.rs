//! Valid and forged tokens.

mod attacks;
mod own;
mod trusted;

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::identity::{
    DirectoryUnavailable, Role,
    signing::{NewKey, PrivateKey, PublicKey, TOKEN_LIFE},
};
use jsonwebtoken::{EncodingKey, crypto, encode};
use serde_json::json;

use super::*;

const ISSUER: &str = "https://orders.example.com";
const AUDIENCE: &str = "orderwire";

/// The keys of a deployment.
#[derive(Default)]
struct Keys {
    known: Mutex<Vec<PublicKey>>,
    reads: AtomicU32,
    down: AtomicBool,
}

impl PublicKeys for &'static Keys {
    async fn public_key(&self, id: &KeyId) -> Result<Option<PublicKey>, DirectoryUnavailable> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.down.load(Ordering::Relaxed) {
            return Err(DirectoryUnavailable);
        }
        Ok(self.known.lock().unwrap().iter().find(|key| key.id == *id).cloned())
    }
}

struct Fixture {
    verifier: TokenVerifier<&'static Keys>,
    keys: &'static Keys,
    key: NewKey,
    now: OffsetDateTime,
}

fn terms() -> TokenTerms {
    TokenTerms { issuer: ISSUER.to_owned(), audience: AUDIENCE.to_owned() }
}

fn caller() -> Identity {
    Identity {
        client: "acme-client".parse().unwrap(),
        tenant: "acme".parse().unwrap(),
        roles: BTreeSet::from([Role::Reseller, Role::Buyer]),
        parties: BTreeSet::from(["Acme Carrier".to_owned()]),
    }
}

fn fixture() -> Fixture {
    let keys: &'static Keys = Box::leak(Box::default());
    let key = generate_key();
    keys.known.lock().unwrap().push(key.public.clone());
    let verifier = TokenVerifier::new(keys, terms());
    let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
    Fixture { verifier, keys, key, now }
}

fn private(key: &NewKey) -> EncodingKey {
    EncodingKey::from_ec_der(&BASE64.decode(&key.private.0).unwrap())
}

impl Fixture {
    fn token(&self) -> String {
        let caller = caller();
        sign(&caller, &caller.roles, &terms(), (&self.key.public, &self.key.private), self.now)
            .unwrap()
    }

    fn claims(&self) -> Value {
        json!({
            "iss": ISSUER,
            "sub": "acme-client",
            "client_id": "acme-client",
            "aud": AUDIENCE,
            "iat": self.now.unix_timestamp(),
            "exp": self.now.unix_timestamp() + 900,
            "jti": "1",
            "scope": "RESELLER",
            "tenant": "acme",
        })
    }

    fn header(&self) -> Value {
        json!({ "typ": "at+jwt", "alg": "ES256", "kid": self.key.public.id.as_str() })
    }

    /// A token with any header and claims and a valid signature.
    fn forged(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let key = private(&self.key);
        let signature = crypto::sign(message.as_bytes(), &key, Algorithm::ES256).unwrap();
        format!("{message}.{signature}")
    }

    /// A token with one claim changed or, by null, omitted.
    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        self.forged(&self.header(), &claims)
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header();
        match value {
            Value::Null => drop(header.as_object_mut().unwrap().remove(name)),
            value => header[name] = value,
        }
        self.forged(&header, &self.claims())
    }

    async fn present(&self, token: &str) -> Result<Identity, AuthenticationError> {
        self.verifier.identify(token, self.now).await
    }

    async fn refuses(&self, token: &str) -> bool {
        self.present(token).await == Err(AuthenticationError::Refused)
    }

    fn reads(&self) -> u32 {
        self.keys.reads.load(Ordering::Relaxed)
    }
}
