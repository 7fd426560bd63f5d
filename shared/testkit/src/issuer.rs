//! A third-party token issuer that publishes its keys over HTTP.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use axum::{Router, http::StatusCode, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};

/// The issuer's response to a request for its keys.
#[derive(Debug, Clone)]
pub struct Published {
    /// Status code.
    pub status: u16,
    /// Body.
    pub body: String,
    /// The delay before the response.
    pub delay: Duration,
}

/// An issuer with a key for ES256 (`kid` `ec`) and one for RS256 (`rsa`), published on 127.0.0.1.
#[derive(Debug)]
pub struct Issuer {
    ec: EcdsaKeyPair,
    rsa: RsaKeyPair,
    published: Arc<Mutex<Published>>,
    fetches: Arc<AtomicU32>,
    url: String,
}

impl Issuer {
    /// Publishes both keys, and keys of other kinds and for other purposes.
    ///
    /// # Panics
    /// No port or no random numbers are available.
    pub async fn start() -> Self {
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let rsa = rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
        let body = keys(&ec, &rsa).to_string();
        let published = Published { status: 200, body, delay: Duration::ZERO };
        let published = Arc::new(Mutex::new(published));
        let fetches = Arc::new(AtomicU32::new(0));
        let (current, counted) = (Arc::clone(&published), Arc::clone(&fetches));
        let publish = get(async move || {
            counted.fetch_add(1, Ordering::Relaxed);
            let Published { status, body, delay } = current.lock().unwrap().clone();
            tokio::time::sleep(delay).await;
            (StatusCode::from_u16(status).unwrap(), body)
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let serve = axum::serve(listener, Router::new().route("/keys", publish));
        tokio::spawn(async move { serve.await });
        Self { ec, rsa, published, fetches, url }
    }

    /// The URL of the keys.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The number of requests for the keys.
    pub fn fetches(&self) -> u32 {
        self.fetches.load(Ordering::Relaxed)
    }

    /// Changes the response of later requests.
    ///
    /// # Panics
    /// Another thread panicked during a change.
    pub fn publish(&self, change: impl FnOnce(&mut Published)) {
        change(&mut self.published.lock().unwrap());
    }

    /// A token with this header and these claims, signed as its `kid` says.
    ///
    /// # Panics
    /// No random numbers are available.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let (random, bytes) = (SystemRandom::new(), message.as_bytes());
        let signature = if header["kid"] == "rsa" {
            let mut signature = vec![0; self.rsa.public_modulus_len()];
            self.rsa.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature).unwrap();
            signature
        } else {
            self.ec.sign(&random, bytes).unwrap().as_ref().to_vec()
        };
        format!("{message}.{}", BASE64.encode(signature))
    }
}

fn keys(ec: &EcdsaKeyPair, rsa: &RsaKeyPair) -> Value {
    // An uncompressed point: 4, x, y.
    let (x, y) = ec.public_key().as_ref()[1..].split_at(32);
    // RSAPublicKey (RFC 8017) of 2048 bits with the exponent 65537, in DER.
    let public = rsa.public_key().as_ref();
    let (n, e) = (&public[9..265], &public[267..]);
    json!({ "keys": [
        { "kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig", "alg": "ES256",
          "x": BASE64.encode(x), "y": BASE64.encode(y) },
        { "kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256",
          "n": BASE64.encode(n), "e": BASE64.encode(e), "x5c": [] },
        { "kty": "RSA", "kid": "enc", "use": "enc", "alg": "RSA-OAEP", "n": "AAAA", "e": "AQAB" },
        { "kty": "future", "kid": "future" },
    ] })
}
