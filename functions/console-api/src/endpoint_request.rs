//! What requests about an endpoint have in common.

use api::{ApiRequest, Problem};
use domain::{identity::Tenant, webhook::EndpointId};
use endpoints::{CommandContext, WebhookError};

/// Why nothing was done.
pub(crate) fn refused(error: WebhookError) -> Problem {
    match error {
        WebhookError::NotFound => Problem::NotFound,
        WebhookError::Store(error) => Problem::failed(error),
        other => Problem::conflict("ENDPOINT_UNCHANGED", other.to_string()),
    }
}

/// Tenant and endpoint of a path.
pub(crate) fn named(request: &ApiRequest) -> Result<(Tenant, EndpointId), Problem> {
    let tenant = request.params.get("tenant").parse().map_err(|_| Problem::NotFound)?;
    let endpoint = request.params.get("endpoint").parse().map_err(|_| Problem::NotFound)?;
    Ok((tenant, endpoint))
}

/// The command of an operator: no version is expected, and no key is given.
pub(crate) fn context<'a, T: ?Sized>(
    request: &'a ApiRequest,
    tenant: &'a Tenant,
) -> CommandContext<'a, T> {
    CommandContext {
        tenant,
        correlation_id: &request.correlation_id,
        expected: None,
        unexpected: Vec::new(),
        idempotency: None,
    }
}
