//! Cursors of lists: opaque, and signed for the tenant they were given to, so that nobody reads
//! from a place of their own making or another's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::Tenant;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

/// Bytes of the signature kept: 128 bits.
const SIGNATURE: usize = 16;

/// The text is no cursor of ours for this tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a cursor of this list")]
pub struct CursorError;

/// Signs and reads cursors.
#[derive(Clone)]
pub struct Cursors {
    key: Hmac<Sha256>,
}

impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cursors(..)")
    }
}

impl Cursors {
    /// With a key worked out from the deployment's pepper.
    pub fn new(pepper: &str) -> Self {
        let keyed = |key: &[u8]| {
            <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length")
        };
        let mut derive = keyed(pepper.as_bytes());
        derive.update(b"orderwire cursor key");
        Self { key: keyed(&derive.finalize().into_bytes()) }
    }

    fn signed(&self, tenant: &Tenant, list: &str, place: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        // Neither a tenant nor a list's name can hold a newline.
        mac.update(format!("{tenant}\n{list}\n").as_bytes());
        mac.update(place);
        mac
    }

    /// A cursor for a place in a list.
    pub fn write(&self, tenant: &Tenant, list: &str, place: &str) -> String {
        let signature = self.signed(tenant, list, place.as_bytes()).finalize().into_bytes();
        let mut bytes = signature[..SIGNATURE].to_vec();
        bytes.extend_from_slice(place.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place a cursor stands for.
    ///
    /// # Errors
    /// It was changed, or was given to another tenant or for another list.
    pub fn read(&self, tenant: &Tenant, list: &str, cursor: &str) -> Result<String, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError)?;
        let (signature, place) = bytes.split_at_checked(SIGNATURE).ok_or(CursorError)?;
        let mac = self.signed(tenant, list, place);
        mac.verify_truncated_left(signature).map_err(|_| CursorError)?;
        String::from_utf8(place.to_vec()).map_err(|_| CursorError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Tenant {
        name.parse().unwrap()
    }

    #[test]
    fn a_cursor_opens_its_own_list_for_its_own_tenant_only() {
        let cursors = Cursors::new("pepper");
        let cursor = cursors.write(&tenant("a"), "subscriptions", "place");
        assert_eq!(cursors.read(&tenant("a"), "subscriptions", &cursor).as_deref(), Ok("place"));
        assert_eq!(cursors.read(&tenant("b"), "subscriptions", &cursor), Err(CursorError));
        assert_eq!(cursors.read(&tenant("a"), "orders", &cursor), Err(CursorError));
        let other = Cursors::new("salt");
        assert_eq!(other.read(&tenant("a"), "subscriptions", &cursor), Err(CursorError));
    }

    #[test]
    fn a_cursor_changed_in_any_place_is_refused() {
        let cursors = Cursors::new("pepper");
        let cursor = cursors.write(&tenant("a"), "l", "place");
        for n in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[n] = if changed[n] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(cursors.read(&tenant("a"), "l", &changed), Err(CursorError), "{n}");
        }
        for text in ["", "A", "====", "ä"] {
            assert_eq!(cursors.read(&tenant("a"), "l", text), Err(CursorError));
        }
    }
}
