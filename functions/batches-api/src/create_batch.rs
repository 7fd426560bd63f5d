use api::{
    ApiRequest, ApiResponse, Problem, StatusCode, header,
    json::parse_object,
    schema::{self, Kind, Object, object, optional, required},
};
use domain::{
    batch::{Batch, BatchKind, BatchRequest, MAX_REQUESTS, RequestStatus},
    violation::Violations,
};
use ecc::BatchContext;
use lambda::dispatch::Dispatch;

use crate::{BatchResponse, BatchesApi};

const KINDS: [(&str, BatchKind); 2] = [("single", BatchKind::Single), ("multi", BatchKind::Multi)];
static KIND_WORDS: [&str; KINDS.len()] = schema::words(&KINDS);

/// `POST /batches`. What is malformed within a request rejects that request, not the batch.
pub(crate) static CREATE_BATCH: Object = object(
    "CreateBatchRequest",
    &[
        optional("type", Kind::Word(&KIND_WORDS, &[]))
            .about(
                "`single`: all at once, one for each subscription. `multi`: one after the other, \
                 up to the first that does not complete.",
            )
            .default(r#""single""#),
        required("requests", Kind::List(1, MAX_REQUESTS, &Kind::Object(&REQUEST)))
            .about("The changes, in order."),
    ],
)
.about("Changes to make.")
.example(
    r#"{"requests": [{"method": "PATCH", "resource": "/subscriptions/msisdn:46708421488",
        "body": {"blocked": true}, "requestid": "first"}]}"#,
);

static REQUEST: Object = object(
    "BatchRequest",
    &[
        required("method", Kind::Text(1, 10))
            .about("`POST`, `PATCH` or `DELETE`; any other rejects the request.")
            .example(r#""PATCH""#),
        required("resource", Kind::Text(1, 500))
            .about("The path below `/ecc/v1`, with or without the slash at its beginning.")
            .example(r#""/subscriptions/msisdn:46708421488""#),
        optional("body", Kind::OrNull(&Kind::Any)).about(
            "As the call itself takes it. A service may be named by `id` here instead of in the \
             path, and its `limit` may be text.",
        ),
        optional("requestid", Kind::OrNull(&Kind::Text(1, 64))).about("The caller's name for it."),
    ],
)
.about("A change: creating, blocking, state, services or tags.");

impl<D: Dispatch> BatchesApi<D> {
    /// `POST /batches`: each request is checked now; malformed ones are rejected, and the rest
    /// executed.
    pub(crate) async fn create_batch(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let (kind, requests) = read(&request.body)?;
        let idempotency = request.idempotency(accepted)?;
        let context = BatchContext {
            tenant: &request.identity()?.tenant,
            correlation_id: &request.correlation_id,
            idempotency: idempotency.as_ref(),
        };
        let batch = self.batches.create(&context, kind, requests).await?;
        Ok(accepted(&batch)?.recorded())
    }
}

fn accepted(batch: &Batch) -> Result<ApiResponse, Problem> {
    let response = ApiResponse::json(StatusCode::ACCEPTED, &BatchResponse::from(batch))?;
    Ok(response.header(header::LOCATION, format!("/ecc/v1/batches/{}", batch.id)))
}

fn read(body: &[u8]) -> Result<(BatchKind, Vec<BatchRequest>), Violations> {
    CREATE_BATCH.read(&parse_object(body)?, |members| {
        let kind = schema::read::word(members, "type", &KINDS);
        let requests = schema::read::objects(members, "requests").map(request);
        Some((kind.unwrap_or(BatchKind::Single), requests.collect::<Option<_>>()?))
    })
}

fn request(request: &schema::Members) -> Option<BatchRequest> {
    Some(BatchRequest {
        requestid: schema::read::owned(request, "requestid"),
        method: schema::read::owned(request, "method")?,
        resource: schema::read::owned(request, "resource")?,
        body: request
            .get("body")
            .filter(|body| !body.is_null())
            .map(ToString::to_string)
            .unwrap_or_default(),
        status: RequestStatus::Approved,
        info: None,
        order: None,
    })
}
