use std::collections::BTreeMap;

#[cfg(feature = "openapi")]
use api::schema::{Kind, Object, object, optional, parsed, required};
use api::{HeaderMap, Problem, header, identity::basic_credential};
#[cfg(feature = "openapi")]
use domain::identity::ClientId;
use percent_encoding::percent_decode_str;

/// The form of a request: judged by RFC 6749 and not by the schema, so that each refusal has the
/// error code of that document. Parameters that it does not know are ignored.
#[cfg(feature = "openapi")]
pub(crate) static TOKEN_FORM: Object = object(
    "TokenForm",
    &[
        required("grant_type", Kind::Word(&[GRANT_TYPE], &[])).about("The only one."),
        optional("client_id", parsed::<ClientId>()).about("The client."),
        optional("client_secret", Kind::String).about("Its secret."),
        optional("scope", Kind::String)
            .about("Roles, separated by spaces; all the client has when left out.")
            .example(r#""RESELLER""#),
    ],
)
.about("A request for a token. The client sends its secret here or by HTTP Basic, not both.")
.open()
.example(
    r#"{"grant_type": "client_credentials", "client_id": "reseller-1", "client_secret": "…"}"#,
);

/// The only grant type.
pub(crate) const GRANT_TYPE: &str = "client_credentials";

/// A request for a token (RFC 6749, sections 2.3.1 and 4.4.2).
pub(crate) struct TokenRequest {
    pub(crate) grant_type: String,
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) scope: Option<String>,
}

fn invalid(info: &'static str) -> Problem {
    Problem::bad_request("invalid_request", info)
}

impl TokenRequest {
    /// Parses a request. The secret is in the header or in the body, not in both or in the query.
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        let mut fields = fields(body)?;
        let grant_type =
            fields.remove("grant_type").ok_or_else(|| invalid("grant_type is missing"))?;
        let (id, secret) = (fields.remove("client_id"), fields.remove("client_secret"));
        let (id, secret) = if headers.contains_key(header::AUTHORIZATION) {
            if secret.is_some() {
                return Err(invalid("the client is authenticated in two ways"));
            }
            let (named, secret) = in_header(headers).ok_or(Problem::Unauthorized)?;
            if id.is_some_and(|id| id != named) {
                return Err(invalid("client_id is not the authenticated client"));
            }
            (named, secret)
        } else {
            (id.ok_or(Problem::Unauthorized)?, secret.ok_or(Problem::Unauthorized)?)
        };
        Ok(Self { grant_type, id, secret, scope: fields.remove("scope") })
    }
}

/// The parameters, each at most once; one without a value counts as omitted (RFC 6749, 3.2).
fn fields(body: &[u8]) -> Result<BTreeMap<String, String>, Problem> {
    let mut seen = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(body).into_owned() {
        if seen.insert(name, value).is_some() {
            return Err(invalid("a parameter is repeated"));
        }
    }
    seen.retain(|_, value| !value.is_empty());
    Ok(seen)
}

fn in_header(headers: &HeaderMap) -> Option<(String, String)> {
    let (id, secret) = basic_credential(headers)?;
    let decoded = |text: &str| {
        percent_decode_str(&text.replace('+', " ")).decode_utf8().map(String::from).ok()
    };
    Some((decoded(&id)?, decoded(&secret)?))
}
