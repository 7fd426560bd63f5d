//! Client secrets: generated, shown once, stored as a keyed hash (`infra/docs/reliability.md`, fact
//! 11).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::SecretHash;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// A client has two secrets while one is being rotated.
const MOST_SECRETS: usize = 2;

/// Hashes secrets with HMAC-SHA256 under the deployment's pepper.
#[derive(Clone)]
pub struct SecretHasher {
    keyed: Hmac<Sha256>,
}

impl fmt::Debug for SecretHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHasher(..)")
    }
}

impl SecretHasher {
    /// With `pepper`: at least 32 random bytes (the configuration checks the length).
    pub fn new(pepper: impl AsRef<[u8]>) -> Self {
        let keyed = Hmac::new_from_slice(pepper.as_ref()).expect("HMAC takes a key of any length");
        Self { keyed }
    }

    /// The hash to store.
    pub fn hash(&self, secret: &str) -> SecretHash {
        let mut mac = self.keyed.clone();
        mac.update(secret.as_bytes());
        SecretHash(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// Whether `secret` matches one of `hashes`, with the same comparisons for every result.
    pub fn matches(&self, secret: &str, hashes: &[SecretHash]) -> bool {
        let presented = self.hash(secret);
        let absent = SecretHash("-".repeat(presented.0.len()));
        let mut matches = Choice::from(0);
        for n in 0..MOST_SECRETS.max(hashes.len()) {
            let stored = hashes.get(n).unwrap_or(&absent);
            matches |= stored.0.as_bytes().ct_eq(presented.0.as_bytes())
                & Choice::from(u8::from(n < hashes.len()));
        }
        matches.into()
    }
}

/// A new secret: `owsec_` and 256 random bits in base64url. Show it once; do not store it.
pub fn generate_secret() -> String {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits)
        .expect("the kernel's generator cannot fail once the system has started");
    format!("owsec_{}", URL_SAFE_NO_PAD.encode(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_matches_its_own_hash_with_its_own_pepper_only() {
        let hasher = SecretHasher::new("pepper");
        let hashes = [hasher.hash("a"), hasher.hash("b")];
        assert!(hasher.matches("a", &hashes) && hasher.matches("b", &hashes));
        assert!(!hasher.matches("c", &hashes));
        assert!(!hasher.matches("a", &[]));
        assert!(!SecretHasher::new("other").matches("a", &hashes));
    }

    #[test]
    fn the_hash_is_hmac_sha_256() {
        // RFC 4231, test case 2.
        let hash = SecretHasher::new("Jefe").hash("what do ya want for nothing?");
        let expected = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM";
        assert_eq!(hash.0, expected);
    }

    #[test]
    fn a_generated_secret_has_256_bits_and_is_unique() {
        let (one, two) = (generate_secret(), generate_secret());
        assert_eq!(one.len(), "owsec_".len() + 43);
        assert_ne!(one, two);
    }
}
