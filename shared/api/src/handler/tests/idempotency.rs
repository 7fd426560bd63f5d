//! Requests with an `Idempotency-Key`.

use std::{
    collections::HashMap,
    sync::{Mutex, atomic::Ordering},
};

use domain::{
    idempotency::{
        Audience, IdempotencyGuard, IdempotencyKey, KeyUsed, PartyRole, ResponseCall,
        StoredResponse,
    },
    identity::Tenant,
};

use super::*;

/// A response store without expiry.
#[derive(Default)]
pub(super) struct MemoryResponses {
    stored: Mutex<HashMap<(Tenant, IdempotencyKey), StoredResponse>>,
    calls: AtomicU64,
}

impl MemoryResponses {
    fn insert(&self, guard: &IdempotencyGuard) -> Option<KeyUsed> {
        let key = (guard.tenant.clone(), guard.request.key.clone());
        let mut stored = self.stored.lock().unwrap();
        if let Some(response) = stored.get(&key) {
            let (request, response) = (guard.request.clone(), response.clone());
            return Some(KeyUsed { request, response });
        }
        stored.insert(key, guard.response.clone());
        None
    }
}

impl ResponseStore for MemoryResponses {
    fn get<'a>(
        &'a self,
        tenant: &'a Tenant,
        key: &'a IdempotencyKey,
    ) -> ResponseCall<'a, Option<StoredResponse>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let key = (tenant.clone(), key.clone());
        let found = self.stored.lock().unwrap().get(&key).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn put<'a>(&'a self, guard: &'a IdempotencyGuard) -> ResponseCall<'a, Option<KeyUsed>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let used = self.insert(guard);
        Box::pin(async move { Ok(used) })
    }
}

impl Echo {
    /// An effect that stores its response with itself: 201 with a number that rises.
    pub(super) async fn counted(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let respond = |number: &u64| {
            let response = ApiResponse::json(StatusCode::CREATED, &json!({ "number": number }))?;
            Ok(response
                .header(header::LOCATION, format!("/counted/{number}"))
                .header(header::ETAG, "\"1\""))
        };
        let idempotency = request.idempotency(respond)?;
        let number = self.executed.load(Ordering::Relaxed) + 1;
        if let Some(key) = &idempotency
            && let Some(used) = self.responses.insert(&key.guard(&number).unwrap())
        {
            return Err(Problem::KeyUsed(Box::new(used)));
        }
        self.executed.store(number, Ordering::Relaxed);
        Ok(respond(&number)?.recorded())
    }

    /// No effect: 204, for Buyer B alone when the query says so.
    pub(super) async fn unrecorded(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        self.executed.fetch_add(1, Ordering::Relaxed);
        let response = ApiResponse::empty(StatusCode::NO_CONTENT);
        let buyer = PartyRole { role: Role::Buyer, party: "B".to_owned() };
        Ok(match request.query("for") {
            Some(_) => response.visible_to(Audience::Parties(vec![buyer])),
            None => response,
        })
    }

    /// Possible once.
    pub(super) async fn only_once(&self, _: &ApiRequest) -> Result<ApiResponse, Problem> {
        match self.executed.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(ApiResponse::bytes(StatusCode::OK, "text/plain", "done")),
            _ => Err(Problem::conflict("DONE", "done already")),
        }
    }
}

fn keyed(path: &str, query: &str, body: &str, key: &str) -> Value {
    let mut event = event("POST", path, query, Some(body));
    event["headers"]["idempotency-key"] = json!(key);
    event
}

fn calls(handler: &HttpHandler<Echo, OneClient>) -> u64 {
    handler.api.responses.calls.swap(0, Ordering::Relaxed)
}

#[tokio::test]
async fn a_replay_has_status_headers_and_body_of_the_first_response() {
    let handler = handler();
    for path in ["/counted", "/once"] {
        let request = keyed(path, "", "{}", path);
        let mut first = handler.handle_event(&request).await;
        let again = handler.handle_event(&request).await;
        assert_eq!(first["headers"].get("idempotency-replayed"), None);
        assert_eq!(again["headers"]["idempotency-replayed"], "true", "{path}");
        first["headers"]["idempotency-replayed"] = json!("true");
        first["multiValueHeaders"] = again["multiValueHeaders"].clone();
        assert_eq!(again, first);
        handler.api.executed.store(0, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_key_under_which_nothing_happened_is_used_all_the_same() {
    let handler = handler();
    let request = keyed("/unrecorded", "", "{}", "key");
    assert_eq!(handler.handle_event(&request).await["statusCode"], 204);
    let again = handler.handle_event(&request).await;
    assert_eq!(
        (&again["statusCode"], &again["headers"]["idempotency-replayed"]),
        (&json!(204), &json!("true"))
    );
    let other = handler.handle_event(&keyed("/unrecorded", "", "[]", "key")).await;
    assert_eq!(
        (&other["statusCode"], &body(&other)["code"]),
        (&json!(422), &json!("IDEMPOTENCY_KEY_REUSED"))
    );
}

#[tokio::test]
async fn a_request_that_says_the_same_in_other_words_is_the_same() {
    let handler = handler();
    let request = r#"{"a": [3, {"b": 1.50}], "c": "3"}"#;
    handler.handle_event(&keyed("/unrecorded", "", request, "key")).await;
    for same in [
        r#"{"a":[3,{"b":1.5}],"c":"3"}"#,
        r#" {"c": "3", "a": [3.0, {"b": 15e-1}]} "#,
        r#"{"c": "\u0033", "a": [0.3E+1, {"b": 1.500000}]}"#,
    ] {
        let again = handler.handle_event(&keyed("/unrecorded", "", same, "key")).await;
        assert_eq!(again["headers"]["idempotency-replayed"], "true", "{same}");
    }
    for other in [
        r#"{"a": [3, {"b": 1.5}], "c": 3}"#,
        r#"{"a": [3, {"b": 1.50000000000000000000001}], "c": "3"}"#,
        r#"{"a": [{"b": 1.5}, 3], "c": "3"}"#,
        r#"{"a": [3, {"b": 1.5}], "c": "3", "d": null}"#,
        r#"{"a": [3, {"b": 1.5}], "c": "3""#,
    ] {
        let refused = handler.handle_event(&keyed("/unrecorded", "", other, "key")).await;
        assert_eq!(refused["statusCode"], 422, "{other}");
    }
}

#[tokio::test]
async fn a_key_costs_no_call_where_the_effect_stores_the_response() {
    let handler = handler();
    handler.handle_event(&event("POST", "/unrecorded", "", Some("{}"))).await;
    handler.handle_event(&event("POST", "/once", "", Some("{}"))).await;
    handler.handle_event(&event("POST", "/once", "", Some("{}"))).await;
    assert_eq!(calls(&handler), 0, "without a key");
    let request = keyed("/counted", "", "{}", "key");
    handler.handle_event(&request).await;
    handler.handle_event(&request).await;
    assert_eq!(calls(&handler), 0, "stored with the effect, found by it");
    assert_eq!(handler.handle_event(&keyed("/once", "", "{}", "new")).await["statusCode"], 409);
    assert_eq!(calls(&handler), 1, "one read when it failed");
    handler.handle_event(&keyed("/unrecorded", "", "{}", "free")).await;
    assert_eq!(calls(&handler), 1, "one put when there was no effect");
}

#[tokio::test]
async fn a_caller_outside_the_audience_gets_no_replay() {
    let handler = handler();
    let request = keyed("/unrecorded", "for=B", "{}", "key");
    assert_eq!(handler.handle_event(&request).await["statusCode"], 204);
    let again = handler.handle_event(&request).await;
    assert_eq!(again["statusCode"], 422, "the client is no Buyer");
    assert!(again["headers"].get("idempotency-replayed").is_none());
    let failing = keyed("/once", "", "{}", "key");
    handler.api.executed.store(1, Ordering::Relaxed);
    let refused = handler.handle_event(&failing).await;
    assert_eq!((&refused["statusCode"], &body(&refused)["code"]), (&json!(409), &json!("DONE")));
}

#[tokio::test]
async fn a_safe_method_takes_no_key() {
    let handler = handler();
    let mut event = get("/ecc/v1/subscriptions");
    event["headers"]["idempotency-key"] = json!("");
    assert_eq!(handler.handle_event(&event).await["statusCode"], 200);
    assert_eq!(calls(&handler), 0);
}
