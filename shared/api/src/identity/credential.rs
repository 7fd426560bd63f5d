//! The `Authorization` credentials of callers, and the challenges of APIs.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use domain::identity::{ClientId, Role};
use http::{HeaderMap, header};

/// The authentication schemes that an API accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schemes {
    /// HTTP Basic, RFC 7617.
    Basic,
    /// Bearer tokens, RFC 6750.
    Bearer,
    /// Either.
    BasicOrBearer,
}

impl Schemes {
    pub(super) fn accept_basic(self) -> bool {
        matches!(self, Self::Basic | Self::BasicOrBearer)
    }

    pub(super) fn accept_bearer(self) -> bool {
        matches!(self, Self::Bearer | Self::BasicOrBearer)
    }

    /// `WWW-Authenticate` of a 401: the accepted schemes, and an error if an invalid token was
    /// presented (RFC 6750, section 3).
    pub(crate) fn challenge(self, headers: &HeaderMap) -> String {
        const BASIC: &str = r#"Basic realm="orderwire", charset="UTF-8""#;
        let mut challenge = String::new();
        if self.accept_basic() {
            challenge.push_str(BASIC);
        }
        if self.accept_bearer() {
            let separator = if challenge.is_empty() { "" } else { ", " };
            challenge.push_str(separator);
            challenge.push_str(r#"Bearer realm="orderwire""#);
            if scheme_and_rest(headers).is_some_and(|(scheme, _)| is(scheme, "bearer")) {
                challenge.push_str(r#", error="invalid_token""#);
            }
        }
        challenge
    }
}

/// `WWW-Authenticate` of a 403 to a token without one of the roles that the operation takes (RFC 6750,
/// section 3.1). None for a caller without a token: another scope is of no use to it.
pub(crate) fn insufficient_scope(headers: &HeaderMap, roles: &[Role]) -> Option<String> {
    let (scheme, _) = scheme_and_rest(headers)?;
    let mut challenge = r#"Bearer realm="orderwire", error="insufficient_scope""#.to_owned();
    // Of several roles one is enough, which the parameter could not say.
    if let [role] = roles {
        challenge.push_str(&format!(r#", scope="{}""#, role.as_str()));
    }
    is(scheme, "bearer").then_some(challenge)
}

/// A credential.
pub(super) enum Credential<'h> {
    /// RFC 7617.
    Basic { id: Option<ClientId>, secret: String },
    /// RFC 6750.
    Bearer(&'h str),
}

fn is(scheme: &str, name: &str) -> bool {
    scheme.eq_ignore_ascii_case(name)
}

/// Scheme and parameters of the only `Authorization` header; none if there are several.
fn scheme_and_rest(headers: &HeaderMap) -> Option<(&str, &str)> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    value.to_str().ok()?.split_once(' ')
}

/// The credential of a request, if it is well-formed. An id that no client can have becomes `None`,
/// so that the secret is still hashed.
pub(super) fn credential(headers: &HeaderMap) -> Option<Credential<'_>> {
    let (scheme, rest) = scheme_and_rest(headers)?;
    if is(scheme, "bearer") {
        return Some(Credential::Bearer(rest.trim()));
    }
    if !is(scheme, "basic") {
        return None;
    }
    let (id, secret) = decode_basic(rest)?;
    Some(Credential::Basic { id: id.parse().ok(), secret })
}

/// The non-empty id and secret of HTTP Basic.
fn decode_basic(text: &str) -> Option<(String, String)> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let decoded = String::from_utf8(LENIENT.decode(text.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    (!id.is_empty() && !secret.is_empty()).then(|| (id.to_owned(), secret.to_owned()))
}

/// The id and secret of HTTP Basic without further decoding: for the token endpoint, where both are
/// also form-encoded (RFC 6749, section 2.3.1).
pub fn basic_credential(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, rest) = scheme_and_rest(headers)?;
    is(scheme, "basic").then(|| decode_basic(rest))?
}
