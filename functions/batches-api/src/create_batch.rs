use std::time::Duration;

use domain::{
    batch::{Batch, BatchId, BatchKind, BatchRequest, BatchStatus, MAX_REQUESTS, RequestStatus},
    violation::Violations,
};
use edge::{
    dispatch::Dispatch,
    http::{ApiRequest, ApiResponse, Problem, StatusCode, header},
    json::{ObjectReader, ValueReader, parse_object},
    message::BatchMessage,
};
use uuid::Uuid;

use crate::{BatchResponse, BatchesApi};

impl<D: Dispatch> BatchesApi<D> {
    /// `POST /batches`: each request is looked at now; what is malformed is rejected, and the
    /// rest carried out.
    pub(crate) async fn create_batch(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let (kind, requests) = read(&request.body)?;
        let now = self.clock.now();
        let mut batch = Batch {
            id: BatchId(Uuid::new_v4()),
            tenant: request.identity()?.tenant.clone(),
            kind,
            status: BatchStatus::Initialised,
            created_at: now,
            correlation_id: request.correlation_id.clone(),
            requests,
        };
        for one in &mut batch.requests {
            if let Err(wrong) = ecc::batch::command(&one.method, &one.resource, &one.body) {
                one.status = RequestStatus::Rejected;
                one.info = Some(wrong.to_string());
            }
        }
        batch.reject_repetitions(subject);
        self.batches.add(&batch, now + self.watchdog).await.map_err(Problem::failed)?;
        let message = BatchMessage {
            batch_id: batch.id,
            index: None,
            correlation_id: batch.correlation_id.clone(),
        };
        // A message that is not taken: the watchdog drives the batch.
        self.queue.dispatch(vec![(message.to_body(), Duration::ZERO)]).await;
        tracing::info!(batch_id = %batch.id, requests = batch.requests.len(), "batch accepted");
        let answer = ApiResponse::json(StatusCode::ACCEPTED, &BatchResponse::from(&batch))?;
        Ok(answer.header(header::LOCATION, format!("/ecc/v1/batches/{}", batch.id)))
    }
}

fn subject(request: &BatchRequest) -> String {
    ecc::batch::command(&request.method, &request.resource, &request.body)
        .map_or_else(|_| request.resource.clone(), |command| ecc::batch::subject(&command))
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
