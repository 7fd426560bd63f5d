//! The processing of a request, from event to response: the same in Lambda and in tests.

use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::identity::{ClientDirectory, Identity};
use futures::FutureExt;
use http::{HeaderName, header};
use lambda::{
    Deadline,
    telemetry::{About, name_order, name_tenant},
};
use lambda_http::{
    Adapter, Body, Request, RequestExt, Service,
    aws_lambda_events::apigw::ApiGatewayV2httpResponse, request::LambdaRequest,
};
use lambda_runtime::{Context, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use super::{
    Access, Api, ApiRequest, ApiResponse, Problem, Query, ResponseContext,
    encoding::ContentEncoding,
    event::{self, ValidatedEvent},
    idempotency::Replayable,
    limits,
    problem::takes_pages,
    request::correlation_id,
    route::{Route, Table},
};
use crate::identity::{Authenticator, NoTokens, Tokens, insufficient_scope};

/// Kept back of an invocation's time, to say that it was not enough.
const MARGIN: Duration = Duration::from_millis(500);

/// Serves an API until the runtime ends.
///
/// # Errors
/// When the Lambda runtime cannot be reached any more.
pub async fn run<A, D, T>(
    api: A,
    authenticator: Authenticator<D, T>,
) -> Result<(), lambda_runtime::Error>
where
    A: Api,
    D: ClientDirectory + 'static,
    T: Tokens + 'static,
{
    let handler = Arc::new(HttpHandler::new(api, authenticator));
    let serve = move |event: LambdaEvent<Box<RawValue>>| {
        let handler = Arc::clone(&handler);
        async move {
            let (payload, context) = event.into_parts();
            Ok::<_, Infallible>(handler.serve(payload.get(), context).await)
        }
    };
    Runtime::new(service_fn(serve)).run().await
}

/// RFC 9745: since when an alias of old documents is deprecated, in seconds (2026-11-30).
const DEPRECATED_SINCE: &str = "@1795996800";
static DEPRECATION: HeaderName = HeaderName::from_static("deprecation");

/// An API behind the checks that every request passes.
pub struct HttpHandler<A: Api, D, T = NoTokens> {
    api: A,
    authenticator: Authenticator<D, T>,
    table: Table<A>,
}

/// What goes back to the gateway.
#[derive(Serialize)]
#[serde(untagged)]
enum GatewayResponse<L> {
    Served(L),
    Bare(Box<ApiGatewayV2httpResponse>),
}

/// What the log line says besides the answer.
#[derive(Default)]
struct Notes {
    operation: &'static str,
    /// The path is an alias of old documents.
    deprecated: bool,
    /// What a token lacks: `WWW-Authenticate` of a 403.
    insufficient_scope: Option<String>,
}

impl<A: Api, D: ClientDirectory, T: Tokens> HttpHandler<A, D, T> {
    /// # Panics
    /// When two routes of the constant table contradict each other.
    pub fn new(api: A, authenticator: Authenticator<D, T>) -> Self {
        Self { api, authenticator, table: Table::new(A::ROUTES) }
    }

    /// Answers a gateway event (payload format 2.0) in process: for tests and tools, by the way
    /// requests take in Lambda.
    pub async fn handle_event(&self, event: &Value) -> Value {
        self.handle_text(&event.to_string()).await
    }

    /// As [`HttpHandler::handle_event`], for events that need not even be JSON.
    pub async fn handle_text(&self, event: &str) -> Value {
        let answer = self.serve(event, Context::default()).await;
        serde_json::to_value(answer).unwrap_or_default()
    }

    async fn serve(&self, raw: &str, context: Context) -> impl Serialize + use<A, D, T> {
        let ValidatedEvent { event, refusal, too_large } = event::validate(raw);
        let deadline = Deadline::of(&context).earlier_by(MARGIN);
        let mut refusal = refusal;
        let service = service_fn(|request: Request| {
            let refusal = refusal.take();
            async move { Ok::<_, Infallible>(self.handle(request, refusal, too_large, deadline).await) }
        });
        let request = LambdaEvent::new(LambdaRequest::ApiGatewayV2(event), context);
        let call = async { Adapter::from(service).call(request).await };
        match AssertUnwindSafe(call).catch_unwind().await {
            Ok(Ok(answer)) => GatewayResponse::Served(answer),
            Ok(Err(never)) => match never {},
            // Nothing known makes the adapter panic behind the checks; should it, the caller
            // still gets an answer and the process lives on.
            Err(_) => {
                let mut answer = ApiGatewayV2httpResponse::default();
                answer.status_code = Problem::Internal { cause: None }.status().as_u16().into();
                GatewayResponse::Bare(Box::new(answer))
            }
        }
    }

    /// Processes a request and logs its outcome in one line.
    async fn handle(
        &self,
        request: Request,
        refusal: Option<Problem>,
        too_large: bool,
        deadline: Deadline,
    ) -> lambda_http::Response<Body> {
        let begin = Instant::now();
        let invocation = request.lambda_context_ref().map_or("", |context| &context.request_id);
        let correlation_id = correlation_id(request.headers(), invocation);
        let challenge = A::SCHEMES.challenge(request.headers());
        let takes_pages = takes_pages(request.headers());
        let without_body = *request.method() == http::Method::HEAD;
        let encoding = ContentEncoding::accepted(request.headers());
        let about = About { correlation_id: Some(correlation_id.clone()), ..About::default() };
        let span = about.span();
        let mut notes = Notes::default();
        let outcome = match refusal {
            Some(problem) => Err(problem),
            None => {
                let work = self.dispatch(request, too_large, &correlation_id, deadline, &mut notes);
                let work = AssertUnwindSafe(work.instrument(span.clone())).catch_unwind();
                match timeout_at(deadline.instant(), work).await {
                    Ok(Ok(outcome)) => outcome,
                    Ok(Err(_)) => Err(Problem::internal("panic")),
                    Err(_) => Err(Problem::unavailable("out of time")),
                }
            }
        };
        span.in_scope(|| log(&notes, &outcome, begin.elapsed()));
        let context = ResponseContext { challenge: &challenge, correlation_id: &correlation_id };
        let mut answer = outcome.unwrap_or_else(|problem| match takes_pages {
            true => problem.into_page_or_response::<A::Problems>(&context),
            false => problem.into_response::<A::Problems>(&context),
        });
        if let Some(challenge) = notes.insufficient_scope {
            answer = answer.header(header::WWW_AUTHENTICATE, challenge);
        }
        if notes.deprecated {
            answer = answer.header(DEPRECATION.clone(), DEPRECATED_SINCE);
        }
        let answer = answer.encoded(encoding);
        let answer = if without_body { answer.without_body() } else { answer };
        answer.finish(&correlation_id)
    }

    /// Every check in order, then the route's handler.
    async fn dispatch(
        &self,
        request: Request,
        too_large: bool,
        correlation_id: &str,
        deadline: Deadline,
        notes: &mut Notes,
    ) -> Result<ApiResponse, Problem> {
        let raw_path = request.raw_http_path().to_owned();
        let (parts, body) = request.into_parts();
        let (route, params) = self.table.find(&parts.method, &raw_path)?;
        notes.operation = route.id;
        notes.deprecated = route.deprecated;
        let identity = self.authorize(route, &parts.headers).await;
        if let (Err(Problem::Forbidden), Access::Roles(roles)) = (&identity, route.access) {
            notes.insufficient_scope = insufficient_scope(&parts.headers, roles);
        }
        let identity = identity?;
        if let Some(identity) = &identity {
            name_tenant(identity.tenant.as_str());
        }
        if too_large {
            return Err(Problem::TooLarge);
        }
        let body = match body {
            Body::Text(text) => Bytes::from(text),
            Body::Binary(bytes) => Bytes::from(bytes),
            _ => Bytes::new(),
        };
        limits::check_body(&parts.method, &parts.headers, &body, route.media)?;
        let query = Query::of(parts.uri.query());
        let query_violations = route.query.check(&query);
        if !query_violations.is_empty() && !route.query.has_cursor() {
            return Err(query_violations.into());
        }
        let mut request = ApiRequest {
            query,
            query_violations,
            method: parts.method,
            raw_path,
            params,
            headers: parts.headers,
            body,
            identity,
            idempotent: None,
            correlation_id: correlation_id.to_owned(),
            deadline,
        };
        let replayable = Replayable::new(&self.api, &mut request)?;
        let outcome = (route.handler)(&self.api, request).await;
        match replayable {
            Some(replayable) => replayable.complete(outcome).await,
            None => outcome,
        }
    }

    /// The caller, if its roles allow the operation; nobody on a public route.
    async fn authorize(
        &self,
        route: &Route<A>,
        headers: &http::HeaderMap,
    ) -> Result<Option<Identity>, Problem> {
        let Access::Roles(roles) = route.access else { return Ok(None) };
        let identity = self.authenticator.authenticate(headers, A::SCHEMES).await?;
        if roles.iter().any(|role| identity.roles.contains(role)) {
            Ok(Some(identity))
        } else {
            Err(Problem::Forbidden)
        }
    }
}

/// One line an outcome, with what the request's span says: never the path, which holds numbers
/// and SIMs.
fn log(notes: &Notes, outcome: &Result<ApiResponse, Problem>, took: Duration) {
    let operation = notes.operation;
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match outcome {
        Ok(answer) => {
            answer.order_id().into_iter().for_each(name_order);
            let status = answer.status().as_u16();
            tracing::info!(operation, status, ms, "answered");
        }
        Err(problem) => {
            let (status, code) = (problem.status().as_u16(), problem.code());
            match problem.cause().map(chain) {
                Some(cause) => tracing::error!(operation, status, code, cause, ms, "failed"),
                None => tracing::info!(operation, status, code, ms, "refused"),
            }
        }
    }
}

fn chain(error: &(dyn std::error::Error + Send + Sync)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
