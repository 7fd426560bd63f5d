//! Client secrets: generated, shown once, stored as a keyed hash (`infra/docs/reliability.md`, fact
//! 11).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::SecretHash;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// A client has two secrets while one is being rotated.
const MOST_SECRETS: usize = 2;

/// The characters of a digest: 256 bits in base64url.
const DIGEST_LENGTH: usize = 43;
/// What is hashed under a pepper to name it.
const NAME: &str = "the name of a pepper";
/// The characters of a pepper's name.
const NAME_LENGTH: usize = 8;

/// Hashes secrets with HMAC-SHA256 under the deployment's pepper, and accepts those that were
/// hashed under the one before it.
#[derive(Clone)]
pub struct SecretHasher {
    current: Pepper,
    previous: Option<Pepper>,
}

/// A pepper, ready to hash.
#[derive(Clone)]
struct Pepper {
    keyed: Hmac<Sha256>,
    /// Beside each hash: says under which pepper it is, and nothing else of the pepper.
    name: String,
}

impl fmt::Debug for SecretHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHasher(..)")
    }
}

impl Pepper {
    fn new(pepper: &str) -> Self {
        let keyed =
            Hmac::new_from_slice(pepper.as_bytes()).expect("HMAC takes a key of any length");
        let mut pepper = Self { keyed, name: String::new() };
        pepper.name = pepper.digest(NAME);
        pepper.name.truncate(NAME_LENGTH);
        pepper
    }

    fn digest(&self, text: &str) -> String {
        let mut mac = self.keyed.clone();
        mac.update(text.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Whether a stored hash is this one, under this pepper. A hash without a name is of a version
    /// that knew one pepper only.
    fn is_hash(&self, stored: &SecretHash, presented: &str) -> Choice {
        let named = stored.pepper().is_none_or(|name| name == self.name);
        stored.digest().as_bytes().ct_eq(presented.as_bytes()) & Choice::from(u8::from(named))
    }
}

impl SecretHasher {
    /// With one pepper, or two of a line each: the current one, and the previous one, which is
    /// still accepted (the configuration checks both).
    pub fn new(peppers: impl AsRef<str>) -> Self {
        let mut peppers = lambda::config::peppers(peppers.as_ref()).map(Pepper::new);
        let current = peppers.next().unwrap_or_else(|| Pepper::new(""));
        Self { current, previous: peppers.next() }
    }

    /// The hash to store: under the current pepper.
    pub fn hash(&self, secret: &str) -> SecretHash {
        SecretHash(format!("{}.{}", self.current.name, self.current.digest(secret)))
    }

    /// Whether `secret` matches one of `hashes`, with the same comparisons for every result.
    pub fn matches(&self, secret: &str, hashes: &[SecretHash]) -> bool {
        let absent = SecretHash("-".repeat(DIGEST_LENGTH));
        let mut matches = Choice::from(0);
        for pepper in [Some(&self.current), self.previous.as_ref()].into_iter().flatten() {
            let presented = pepper.digest(secret);
            for n in 0..MOST_SECRETS.max(hashes.len()) {
                let stored = hashes.get(n).unwrap_or(&absent);
                matches |=
                    pepper.is_hash(stored, &presented) & Choice::from(u8::from(n < hashes.len()));
            }
        }
        matches.into()
    }

    /// The name of the current pepper, as it is beside the hashes.
    pub fn current(&self) -> &str {
        &self.current.name
    }

    /// The name of the previous pepper.
    pub fn previous(&self) -> Option<&str> {
        self.previous.as_ref().map(|pepper| pepper.name.as_str())
    }
}

/// A new secret: `owsec_` and 256 random bits in base64url. Show it once; do not store it.
pub fn generate_secret() -> String {
    format!("owsec_{}", random_text())
}

/// A new pepper: 256 random bits in base64url.
pub fn generate_pepper() -> String {
    random_text()
}

/// A secret of 256 random bits that is found by its digest: the code of a one-time link, or what a
/// session's cookie holds.
pub fn generate_code() -> String {
    random_text()
}

/// SHA-256 of such a secret, in hexadecimal. It needs no pepper: nobody guesses 256 random bits.
pub fn digest_of_code(code: &str) -> String {
    Sha256::digest(code).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random_text() -> String {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits)
        .expect("the kernel's generator cannot fail once the system has started");
    URL_SAFE_NO_PAD.encode(bits)
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
        assert_eq!((hash.digest(), hash.digest().len()), (expected, DIGEST_LENGTH));
    }

    #[test]
    fn a_generated_secret_has_256_bits_and_is_unique() {
        let (one, two) = (generate_secret(), generate_secret());
        assert_eq!(one.len(), "owsec_".len() + 43);
        assert_ne!(one, two);
    }

    #[test]
    fn a_code_is_found_by_its_digest_alone() {
        let (one, two) = (generate_code(), generate_code());
        assert_eq!(one.len(), 43);
        assert_ne!(digest_of_code(&one), digest_of_code(&two));
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest_of_code("abc"), expected);
    }

    const OLD: &str = "the pepper of the first year, for all clients";
    const NEW: &str = "the pepper of the second year, for all clients";

    #[test]
    fn while_a_pepper_is_replaced_secrets_under_both_match() {
        let (before, after) = (SecretHasher::new(OLD), SecretHasher::new(NEW));
        let during = SecretHasher::new(format!("{NEW}\n{OLD}\n"));
        let (old, new) = (before.hash("a"), during.hash("b"));
        let both = [old.clone(), new.clone()];
        assert!(during.matches("a", &both) && during.matches("b", &both));
        assert!(before.matches("a", &both) && !before.matches("b", &both));
        assert!(!after.matches("a", &both) && after.matches("b", &both));
        for other in [SecretHasher::new("x"), SecretHasher::new(format!("x\n{NEW}x"))] {
            assert!(!other.matches("a", &both) && !other.matches("b", &both));
        }
        assert_eq!((old.pepper(), new.pepper()), (Some(before.current()), Some(after.current())));
        assert_eq!((during.current(), during.previous()), (after.current(), old.pepper()));
    }

    #[test]
    fn a_hash_under_another_name_or_without_one_needs_its_own_pepper() {
        let (before, during) = (SecretHasher::new(OLD), SecretHasher::new(format!("{NEW}\n{OLD}")));
        let digest = before.hash("a").digest().to_owned();
        let without = [SecretHash(digest.clone())];
        assert!(before.matches("a", &without) && during.matches("a", &without));
        assert!(!SecretHasher::new(NEW).matches("a", &without));
        for name in ["", during.current(), "another"] {
            assert!(!during.matches("a", &[SecretHash(format!("{name}.{digest}"))]), "{name}");
        }
    }
}
