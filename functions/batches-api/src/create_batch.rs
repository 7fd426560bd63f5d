use api::{
    ApiRequest, ApiResponse, Problem, StatusCode, header,
    json::{ObjectReader, ValueReader, parse_object},
};
use domain::{
    batch::{Batch, BatchKind, BatchRequest, MAX_REQUESTS, RequestStatus},
    violation::Violations,
};
use ecc::BatchContext;
use lambda::dispatch::Dispatch;

use crate::{BatchResponse, BatchesApi};

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
    let members = parse_object(body)?;
    let mut violations = Violations::new();
    let mut reader = ObjectReader::new(&members, &mut violations);
    let kind = reader.optional("type", |value| {
        value.one_of(&[("single", BatchKind::Single), ("multi", BatchKind::Multi)])
    });
    let requests = reader.required("requests", |value| value.array(1..=MAX_REQUESTS, read_request));
    reader.deny_unknown();
    violations.into_result((kind.unwrap_or(BatchKind::Single), requests.unwrap_or_default()))
}

fn read_request(value: ValueReader<'_, '_>) -> Option<BatchRequest> {
    value.closed_object(|request| {
        let requestid = request.optional("requestid", |value| value.text(1..=64));
        let method = request.required("method", |value| value.text(1..=10));
        let resource = request.required("resource", |value| value.text(1..=500));
        let body = request.optional("body", |value| Some(value.raw().to_string()));
        Some(BatchRequest {
            requestid: requestid.map(str::to_owned),
            method: method?.to_owned(),
            resource: resource?.to_owned(),
            body: body.unwrap_or_default(),
            status: RequestStatus::Approved,
            info: None,
            order: None,
        })
    })
}
