//! Sessions: a cookie with a secret, and a token in every form.

use api::{
    ApiRequest, Problem, Query, header,
    identity::{digest_of_code, generate_code},
};
use cookie::{Cookie, SameSite};
use domain::console::{OperatorName, SESSION_LIFETIME};
use lambda::dispatch::Dispatch;
use time::Duration;

use crate::ConsoleApi;

/// The cookie.
const NAME: &str = "orderwire-console";
/// Where it is sent to.
const PATH: &str = "/console";

/// A new secret of a session.
pub(crate) struct NewSession {
    secret: String,
}

impl NewSession {
    pub(crate) fn generate() -> Self {
        Self { secret: generate_code() }
    }

    pub(crate) fn digest(&self) -> String {
        digest_of_code(&self.secret)
    }

    /// The value of `Set-Cookie`.
    pub(crate) fn cookie(&self) -> String {
        cookie(&self.secret, SESSION_LIFETIME)
    }
}

/// The value of `Set-Cookie` that removes the cookie.
pub(crate) fn no_cookie() -> String {
    cookie("", Duration::ZERO)
}

/// No script reads it, no other site has it sent, and no plain connection carries it: browsers count
/// this machine as secure.
fn cookie(secret: &str, lifetime: Duration) -> String {
    Cookie::build((NAME, secret))
        .path(PATH)
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(lifetime)
        .to_string()
}

/// A request with a valid session.
#[derive(Debug)]
pub(crate) struct Visit {
    /// The digest of the session's secret.
    pub(crate) session: String,
    /// What every form of the session carries. It follows from the secret, which other sites do
    /// not have, and nothing follows from it.
    pub(crate) token: String,
    /// The name of the operator.
    pub(crate) operator: OperatorName,
}

/// The fields of a form.
#[derive(Debug)]
pub(crate) struct Form(Query);

impl Form {
    /// A field without blanks around it; empty when it is missing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_default().trim()
    }
}

/// Reads the form of a page of ours.
///
/// # Errors
/// The browser says that another site sent it, or it is no text.
pub(crate) fn form(request: &ApiRequest) -> Result<Form, Problem> {
    let site = request.header("sec-fetch-site");
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(Problem::Forbidden);
    }
    let text = std::str::from_utf8(&request.body).map_err(|_| Problem::invalid("", "not UTF-8"))?;
    Ok(Form(Query::parse(text)))
}

fn secret(request: &ApiRequest) -> Option<String> {
    let headers = request.headers.get_all(header::COOKIE).iter();
    let mut cookies = headers.filter_map(|value| value.to_str().ok()).flat_map(Cookie::split_parse);
    let found = cookies.find_map(|cookie| cookie.ok().filter(|cookie| cookie.name() == NAME));
    found.map(|cookie| cookie.value().to_owned())
}

impl<D: Dispatch> ConsoleApi<D> {
    /// The operator who asks.
    ///
    /// # Errors
    /// There is no valid session of an operator, or the database failed.
    pub(crate) async fn visit(&self, request: &ApiRequest) -> Result<Visit, Problem> {
        let secret = secret(request).ok_or(Problem::Forbidden)?;
        let session = digest_of_code(&secret);
        let found = self.console.session(&session, self.clock.now()).await;
        let access = found.map_err(Problem::failed)?.ok_or(Problem::Forbidden)?;
        let token = digest_of_code(&format!("token {secret}"));
        Ok(Visit { session, token, operator: access.operator })
    }

    /// The operator who acts, and the form.
    ///
    /// # Errors
    /// As [`visit`](Self::visit), or the form is none of this session.
    pub(crate) async fn act(&self, request: &ApiRequest) -> Result<(Visit, Form), Problem> {
        let form = form(request)?;
        let visit = self.visit(request).await?;
        // Digests are compared, so the time of it says nothing of the token.
        match digest_of_code(form.get("token")) == digest_of_code(&visit.token) {
            true => Ok((visit, form)),
            false => Err(Problem::Forbidden),
        }
    }
}
