use std::time::Duration;

use api::{
    ApiRequest, ApiResponse, Problem, StatusCode, header,
    json::{ObjectReader, ValueReader, parse_object},
    remember, repeat,
};
use domain::{
    batch::{Batch, BatchId, BatchKind, BatchRequest, BatchStatus, MAX_REQUESTS, RequestStatus},
    idempotency::Once,
    violation::Violations,
};
use lambda::{dispatch::Dispatch, message::BatchMessage};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{BatchResponse, BatchesApi};

impl<D: Dispatch> BatchesApi<D> {
    /// `POST /batches`: each request is looked at now; what is malformed is rejected, and the
    /// rest carried out.
    pub(crate) async fn create_batch(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let once = request.once()?;
        let now = self.clock.now();
        if let Some(earlier) = self.earlier(request, once.as_ref(), now).await? {
            return earlier;
        }
        let (kind, requests) = read(&request.body)?;
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
        let answer = ApiResponse::json(StatusCode::ACCEPTED, &BatchResponse::from(&batch))?
            .header(header::LOCATION, format!("/ecc/v1/batches/{}", batch.id));
        let remembered = once.as_ref().map(|once| (once, remember(once, &answer)));
        let kept = remembered.as_ref().map(|(once, answer)| (*once, answer));
        let due = now + self.watchdog;
        let earlier = self.batches.add(&batch, due, kept).await.map_err(Problem::failed)?;
        // Two at once under one key: the other was first.
        if let Some((once, earlier)) = once.as_ref().zip(earlier) {
            return repeat(once, &earlier);
        }
        let message = BatchMessage {
            batch_id: batch.id,
            index: None,
            correlation_id: batch.correlation_id.clone(),
        };
        // A message that is not taken: the watchdog drives the batch.
        self.queue.dispatch(vec![(message.to_body(), Duration::ZERO)]).await;
        tracing::info!(batch_id = %batch.id, requests = batch.requests.len(), "batch accepted");
        Ok(answer)
    }

    /// The answer to an earlier request under the same key, if there was one.
    async fn earlier(
        &self,
        request: &ApiRequest,
        once: Option<&Once>,
        now: OffsetDateTime,
    ) -> Result<Option<Result<ApiResponse, Problem>>, Problem> {
        let Some(once) = once else { return Ok(None) };
        let tenant = &request.identity()?.tenant;
        let found = self.batches.remembered(tenant, once, now).await.map_err(Problem::failed)?;
        Ok(found.map(|earlier| repeat(once, &earlier)))
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
