//! List cursors: opaque, and signed for their tenant, so that a caller can neither forge a cursor
//! nor use that of another tenant.

use std::str::FromStr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{identity::Tenant, violation::Violations};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

use crate::{ApiRequest, Problem};

/// Length of the truncated signature in bytes: 128 bits.
const SIGNATURE: usize = 16;

/// The text is not a cursor issued for this tenant and list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a cursor of this list")]
pub struct CursorError;

/// Issues and verifies cursors.
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
    /// With a key derived from the deployment's pepper.
    pub fn new(pepper: &str) -> Self {
        let keyed = |key: &[u8]| {
            <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length")
        };
        let mut derive = keyed(pepper.as_bytes());
        derive.update(b"orderwire cursor key");
        Self { key: keyed(&derive.finalize().into_bytes()) }
    }

    /// For a function that has no secret: the key is known, so that a cursor is checked against
    /// mistakes only. Enough for a list of which the tenant is part of the key that is read, and a
    /// position that is parsed: who makes up a cursor sees its own list from there on.
    pub fn without_secret() -> Self {
        Self::new("")
    }

    fn signed(&self, tenant: &Tenant, list: &str, position: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        // Neither a tenant nor the name of a list contains a newline.
        mac.update(format!("{tenant}\n{list}\n").as_bytes());
        mac.update(position);
        mac
    }

    /// A cursor for a position in a list.
    pub fn write(&self, tenant: &Tenant, list: &str, position: &str) -> String {
        let signature = self.signed(tenant, list, position.as_bytes()).finalize().into_bytes();
        let mut bytes = signature[..SIGNATURE].to_vec();
        bytes.extend_from_slice(position.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that a list continues after, if its query has a cursor, and everything that is
    /// wrong with the query.
    ///
    /// # Errors
    /// Nobody is identified.
    pub fn after<P: FromStr>(
        &self,
        request: &ApiRequest,
        list: &str,
    ) -> Result<(Option<P>, Violations), Problem> {
        let (tenant, mut violations) = (&request.identity()?.tenant, request.query_violations());
        let cursor = request.query("cursor");
        let after = cursor.and_then(|text| self.read(tenant, list, text).ok()?.parse().ok());
        if cursor.is_some() && after.is_none() {
            violations.add("query/cursor", CursorError.to_string());
        }
        Ok((after, violations))
    }

    /// The position of a cursor.
    ///
    /// # Errors
    /// The cursor was changed, or was issued for another tenant or list.
    pub fn read(&self, tenant: &Tenant, list: &str, cursor: &str) -> Result<String, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError)?;
        let (signature, position) = bytes.split_at_checked(SIGNATURE).ok_or(CursorError)?;
        let mac = self.signed(tenant, list, position);
        mac.verify_truncated_left(signature).map_err(|_| CursorError)?;
        String::from_utf8(position.to_vec()).map_err(|_| CursorError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Tenant {
        name.parse().unwrap()
    }

    #[test]
    fn a_cursor_is_valid_for_its_own_list_and_tenant_only() {
        let cursors = Cursors::new("pepper");
        let cursor = cursors.write(&tenant("a"), "subscriptions", "position");
        assert_eq!(cursors.read(&tenant("a"), "subscriptions", &cursor).as_deref(), Ok("position"));
        assert_eq!(cursors.read(&tenant("b"), "subscriptions", &cursor), Err(CursorError));
        assert_eq!(cursors.read(&tenant("a"), "orders", &cursor), Err(CursorError));
        let other = Cursors::new("salt");
        assert_eq!(other.read(&tenant("a"), "subscriptions", &cursor), Err(CursorError));
    }

    #[test]
    fn a_cursor_changed_at_any_position_is_refused() {
        let cursors = Cursors::new("pepper");
        let cursor = cursors.write(&tenant("a"), "l", "position");
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
