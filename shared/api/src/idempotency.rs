//! Idempotency of requests with an `Idempotency-Key`: the first response is stored, and replayed
//! to every repetition.
//!
//! An operation with an effect stores its response in the transaction of the effect
//! ([`ApiRequest::idempotency`], [`ApiResponse::recorded`]). Here is the rest, the same for every
//! API: storing the response of an operation without an effect, and replaying.

use domain::{
    idempotency::{
        Idempotency, IdempotencyGuard, IdempotencyKey, IdempotentRequest, KeyUsed,
        ParseIdempotencyKeyError, ResponseError, ResponseStore, StoredResponse,
    },
    identity::Identity,
};
use http::{HeaderName, HeaderValue, StatusCode};

use super::{Api, ApiRequest, ApiResponse, Problem};

static KEY: HeaderName = HeaderName::from_static("idempotency-key");
static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A request with a key, and where its response is stored.
pub(super) struct Replayable<'a> {
    responses: &'a dyn ResponseStore,
    request: IdempotentRequest,
    caller: Identity,
}

impl<'a> Replayable<'a> {
    /// None: the request has no key, or is of a kind that needs none. `request` then knows its
    /// key.
    ///
    /// # Errors
    /// 400 when the key is empty, longer than 255 characters or not printable ASCII.
    pub(super) fn new<A: Api>(
        api: &'a A,
        request: &mut ApiRequest,
    ) -> Result<Option<Self>, Problem> {
        let (Some(responses), Some(caller)) = (api.responses(), &request.identity) else {
            return Ok(None);
        };
        let Some(key) = request.headers.get(&KEY) else { return Ok(None) };
        if request.method.is_safe() {
            return Ok(None);
        }
        let idempotent = IdempotentRequest { key: parse(key)?, fingerprint: request.body_hash() };
        let replayable = Self { responses, request: idempotent.clone(), caller: caller.clone() };
        request.idempotent = Some(idempotent);
        Ok(Some(replayable))
    }

    /// The response to the request, given what its operation came to: that, or the first
    /// response under the key.
    ///
    /// When the process dies between an operation without an effect and [`ResponseStore::put`],
    /// the key is unused, and a repetition is executed like a first request: nothing happens
    /// twice, because nothing has happened.
    pub(super) async fn complete(
        &self,
        outcome: Result<ApiResponse, Problem>,
    ) -> Result<ApiResponse, Problem> {
        match outcome {
            Ok(response) if response.is_recorded() => Ok(response),
            Ok(response) => {
                let guard = IdempotencyGuard {
                    tenant: self.caller.tenant.clone(),
                    request: self.request.clone(),
                    response: stored(&response, &self.request),
                };
                match self.responses.put(&guard).await.map_err(Problem::failed)? {
                    None => Ok(response),
                    Some(used) => self.replay(used),
                }
            }
            Err(Problem::KeyUsed(used)) => self.replay(*used),
            // Sent again after it was executed, a request may be impossible by now. Only then is
            // it worth a read to see whether it was.
            Err(problem) => {
                let found = self.responses.get(&self.caller.tenant, &self.request.key).await;
                match found.map_err(Problem::failed)? {
                    Some(response) if response.audience.admits(&self.caller) => {
                        self.replay(KeyUsed { request: self.request.clone(), response })
                    }
                    // A caller that may not see the response learns no more than without a key.
                    Some(_) | None => Err(problem),
                }
            }
        }
    }

    /// The first response, if the request is the same and the caller may see it.
    fn replay(&self, used: KeyUsed) -> Result<ApiResponse, Problem> {
        if used.same_request() && used.response.audience.admits(&self.caller) {
            Ok(ApiResponse::from(used.response).header(REPLAYED.clone(), "true"))
        } else {
            Err(Problem::KeyUsed(Box::new(used)))
        }
    }
}

impl ApiRequest {
    /// The caller's key, and how the response to the effect `T` of the request is written. The
    /// operation stores it in the transaction of the effect, and says so with
    /// [`ApiResponse::recorded`]. None: the request has no key.
    ///
    /// # Errors
    /// [`Problem::Unauthorized`] on a public route, where nobody is identified.
    pub fn idempotency<'a, T: ?Sized>(
        &'a self,
        respond: impl Fn(&T) -> Result<ApiResponse, Problem> + Send + Sync + 'a,
    ) -> Result<Option<Idempotency<'a, T>>, Problem> {
        let Some(request) = &self.idempotent else { return Ok(None) };
        let tenant = self.identity()?.tenant.clone();
        let respond = move |effect: &T| match respond(effect) {
            Ok(response) => Ok(stored(&response, request)),
            Err(problem) => Err(ResponseError(problem.code().to_owned())),
        };
        Ok(Some(Idempotency::new(tenant, request.clone(), respond)))
    }

    /// What the transaction of an effect stores whose response is known before. The operation
    /// then returns the response as [`ApiResponse::recorded`]. None: the request has no key.
    ///
    /// # Errors
    /// [`Problem::Unauthorized`] on a public route, where nobody is identified.
    pub fn guard(&self, response: &ApiResponse) -> Result<Option<IdempotencyGuard>, Problem> {
        let Some(request) = &self.idempotent else { return Ok(None) };
        let tenant = self.identity()?.tenant.clone();
        let response = stored(response, request);
        Ok(Some(IdempotencyGuard { tenant, request: request.clone(), response }))
    }
}

fn parse(key: &HeaderValue) -> Result<IdempotencyKey, Problem> {
    key.to_str().unwrap_or_default().parse().map_err(|error: ParseIdempotencyKeyError| {
        Problem::invalid("header/idempotency-key", error.to_string())
    })
}

/// A response as it is stored. Its headers are visible ASCII, by [`ApiResponse::header`].
fn stored(response: &ApiResponse, request: &IdempotentRequest) -> StoredResponse {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    StoredResponse {
        fingerprint: request.fingerprint.clone(),
        status: response.status().as_u16(),
        headers: response.headers().iter().filter_map(header).collect(),
        body: String::from_utf8_lossy(response.body()).into_owned(),
        audience: response.audience().clone(),
    }
}

impl From<StoredResponse> for ApiResponse {
    fn from(stored: StoredResponse) -> Self {
        let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
        let mut response = Self::empty(status).with_text(stored.body);
        for (name, value) in stored.headers {
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                response = response.header(name, value);
            }
        }
        response.visible_to(stored.audience).recorded()
    }
}
