//! Commands from requests, responses and problems from their outcomes.

use api::{ApiRequest, ApiResponse, Problem, StatusCode, VersionConditions, header};
use domain::{
    idempotency::Idempotency,
    webhook::{Endpoint, EndpointId},
};
use endpoints::{CommandContext, WebhookError};
use store::StoredDelivery;

use crate::{DeliveryResponse, EndpointResponse, EndpointWithSecret};

/// The context of a command of the caller.
pub(crate) fn context<'a, T: ?Sized>(
    request: &'a ApiRequest,
    idempotency: Option<&'a Idempotency<'a, T>>,
) -> Result<CommandContext<'a, T>, Problem> {
    let VersionConditions { expected, unexpected } = request.version_conditions();
    Ok(CommandContext {
        tenant: &request.identity()?.tenant,
        correlation_id: &request.correlation_id,
        expected,
        unexpected,
        idempotency,
    })
}

/// The endpoint that the path names. What cannot be an id does not exist.
pub(crate) fn endpoint_id(request: &ApiRequest) -> Result<EndpointId, Problem> {
    request.params.get("id").parse().map_err(|_| Problem::NotFound)
}

/// The `ETag` of an endpoint: another one after each change, also of its health.
fn etag(endpoint: &Endpoint) -> String {
    format!("\"{}\"", endpoint.revision)
}

pub(crate) fn registered(endpoint: &Endpoint) -> Result<ApiResponse, Problem> {
    let response = ApiResponse::json(StatusCode::CREATED, &EndpointWithSecret::from(endpoint))?;
    let location = format!("/webhooks/{}", endpoint.id);
    Ok(response.header(header::LOCATION, location).header(header::ETAG, etag(endpoint)))
}

/// The endpoint, or 304 when the caller has it as it is.
pub(crate) fn endpoint_if_changed(
    request: &ApiRequest,
    found: &Endpoint,
) -> Result<ApiResponse, Problem> {
    let current = etag(found);
    request.check_conditions(&current)?;
    match request.seen(&current) {
        Some(seen) => Ok(ApiResponse::empty(StatusCode::NOT_MODIFIED).header(header::ETAG, seen)),
        None => endpoint(found),
    }
}

pub(crate) fn endpoint(endpoint: &Endpoint) -> Result<ApiResponse, Problem> {
    Ok(enabled(endpoint)?.header(header::ETAG, etag(endpoint)))
}

pub(crate) fn enabled(endpoint: &Endpoint) -> Result<ApiResponse, Problem> {
    ApiResponse::json(StatusCode::OK, &EndpointResponse::from(endpoint))
}

pub(crate) fn rotated(endpoint: &Endpoint) -> Result<ApiResponse, Problem> {
    ApiResponse::json(StatusCode::OK, &EndpointWithSecret::from(endpoint))
}

pub(crate) fn deleted() -> ApiResponse {
    ApiResponse::empty(StatusCode::NO_CONTENT)
}

pub(crate) fn delivery(delivery: &StoredDelivery) -> Result<ApiResponse, Problem> {
    ApiResponse::json(StatusCode::ACCEPTED, &DeliveryResponse::from(delivery))
}

pub(crate) fn problem(error: WebhookError) -> Problem {
    let text = error.to_string();
    match error {
        WebhookError::NotFound => Problem::NotFound,
        WebhookError::OtherVersion => Problem::PreconditionFailed,
        WebhookError::TooManyEndpoints => Problem::conflict("TOO_MANY_WEBHOOKS", text),
        WebhookError::TooManyRotations(_) => Problem::conflict("TOO_MANY_ROTATIONS", text),
        WebhookError::Disabled => Problem::conflict("ENDPOINT_DISABLED", text),
        WebhookError::DeliveryMovedOn => Problem::conflict("DELIVERY_MOVED_ON", text),
        WebhookError::Url(_) | WebhookError::NotPublic(_) | WebhookError::NoAddress => {
            Problem::invalid("/url", text)
        }
        WebhookError::LookUp(error) => Problem::unavailable(error),
        WebhookError::KeyUsed(used) => Problem::KeyUsed(used),
        WebhookError::Store(error) => Problem::failed(error),
    }
}
