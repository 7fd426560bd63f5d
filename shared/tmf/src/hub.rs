//! `hub`: subscriptions to the events of an API. Each is an endpoint of webhooks, with TM Forum's
//! envelope.

use std::collections::BTreeSet;

use api::{
    ApiRequest, ApiResponse, Problem, StatusCode, header,
    json::parse_object,
    schema::{Custom, Kind, Object, object, optional, parsed, read, required},
};
use domain::{
    service_order::Face,
    webhook::{Endpoint, EndpointId, HubEvent, Patterns},
};
use endpoints::{CalledUrl, CommandContext, NewEndpoint, WebhookError, Webhooks};
use serde_json::json;

use crate::wire::names;

const EVENT_TYPE: &str = "eventType=";

/// The filter of a subscription: a query of types that the API sends. Everything else is refused: a
/// slip in it would mean silence for ever.
macro_rules! query {
    ($face:expr, $types:literal, $all:literal) => {
        Custom {
            check: |value| {
                let text = value.as_str().ok_or("must be a string")?;
                read_query($face, text).map(drop).ok_or(concat!(
                    "only eventType= and types that are sent, separated by commas: ",
                    $all
                ))
            },
            schema: concat!(
                r#"{"type": "string", "pattern": "^(eventType=("#,
                $types,
                ")(,(",
                $types,
                r#"))*)?$"}"#
            ),
            beyond: false,
            examples: &["\"\""],
        }
    };
}

static SERVICE_QUERY: Custom = query!(
    Face::Service,
    "(Cancel)?ServiceOrder(Create|StateChange)Event|ServiceOrder(Milestone|AttributeValueChange|Delete|Jeopardy)Event",
    "ServiceOrderCreateEvent, ServiceOrderStateChangeEvent, ServiceOrderMilestoneEvent, \
     ServiceOrderAttributeValueChangeEvent, ServiceOrderDeleteEvent, ServiceOrderJeopardyEvent, \
     CancelServiceOrderCreateEvent, CancelServiceOrderStateChangeEvent"
);
static PRODUCT_QUERY: Custom = query!(
    Face::Product,
    "(Cancel)?ProductOrder(Create|StateChange)Event|ProductOrder(AttributeValueChange|Delete)Event",
    "ProductOrderCreateEvent, ProductOrderStateChangeEvent, \
     ProductOrderAttributeValueChangeEvent, ProductOrderDeleteEvent, \
     CancelProductOrderCreateEvent, CancelProductOrderStateChangeEvent"
);

macro_rules! subscription {
    ($query:expr, $example:literal) => {
        object(
            "EventSubscriptionInput",
            &[
                required("callback", parsed::<CalledUrl>())
                    .about("Where it listens: https, port 443 or 8443, a public name or address."),
                optional("query", Kind::OrNull(&Kind::Custom(&$query)))
                    .about(
                        "`eventType=` and types of events, separated by commas; all that are sent \
                         when it is left out or empty.",
                    )
                    .example($example),
            ],
        )
        .about("A subscription to events.")
        .open()
        .example(r#"{"callback": "https://example.com/orderwire"}"#)
    };
}

/// `POST hub` of TMF641.
pub static SERVICE_SUBSCRIPTION: Object =
    subscription!(SERVICE_QUERY, r#""eventType=ServiceOrderStateChangeEvent""#);
/// `POST hub` of TMF622.
pub static PRODUCT_SUBSCRIPTION: Object =
    subscription!(PRODUCT_QUERY, r#""eventType=ProductOrderStateChangeEvent""#);

/// The table of an API.
pub const fn table(face: Face) -> &'static Object {
    match face {
        Face::Service => &SERVICE_SUBSCRIPTION,
        Face::Product => &PRODUCT_SUBSCRIPTION,
    }
}

/// Reads the filter of a subscription. None: it is no filter by types that the API sends.
fn read_query(face: Face, query: &str) -> Option<BTreeSet<HubEvent>> {
    if query.is_empty() {
        return Some(HubEvent::all(face).collect());
    }
    let types = query.strip_prefix(EVENT_TYPE)?.split(',');
    let of_face = |name| HubEvent::from_name(name).filter(|event| event.face == face);
    types.map(of_face).collect()
}

/// Registers a subscription: 201, with the secret of its signatures, which is shown this once.
///
/// # Errors
/// Why it was not registered, as a problem.
pub async fn subscribe(
    hub: &Webhooks<()>,
    face: Face,
    request: &ApiRequest,
) -> Result<ApiResponse, Problem> {
    let (url, events) = table(face).read(&parse_object(&request.body)?, |members| {
        let events = read_query(face, read::text(members, "query").unwrap_or_default())?;
        Some((read::parsed::<CalledUrl>(members, "callback")?, Patterns::of_hub(events)))
    })?;
    let key = request.idempotency(|endpoint: &Endpoint| subscribed(face, endpoint))?;
    let context = CommandContext {
        tenant: &request.identity()?.tenant,
        correlation_id: &request.correlation_id,
        expected: None,
        unexpected: Vec::new(),
        idempotency: key.as_ref(),
    };
    let endpoint = hub.register(&context, NewEndpoint { url: url.0, events }).await;
    Ok(subscribed(face, &endpoint.map_err(problem)?)?.recorded())
}

fn subscribed(face: Face, endpoint: &Endpoint) -> Result<ApiResponse, Problem> {
    let types: Vec<&str> = endpoint.events.hub_events().map(HubEvent::as_str).collect();
    let mut body = json!({
        "id": endpoint.id.as_str(),
        "callback": endpoint.url.as_str(),
        "secret": endpoint.secrets.current.reveal(),
    });
    if types.len() < HubEvent::all(face).count() {
        body["query"] = format!("{EVENT_TYPE}{}", types.join(",")).into();
    }
    let location = format!("{}/hub/{}", names(face).base, endpoint.id);
    Ok(ApiResponse::json(StatusCode::CREATED, &body)?.header(header::LOCATION, location))
}

/// Deletes a subscription: 204. What still waits for it is abandoned.
///
/// # Errors
/// 404, or a problem of ours.
pub async fn unsubscribe(
    hub: &Webhooks<()>,
    face: Face,
    request: &ApiRequest,
) -> Result<ApiResponse, Problem> {
    let id: EndpointId = request.params.get("id").parse().map_err(|_| Problem::NotFound)?;
    let key = request.idempotency(|()| Ok(ApiResponse::empty(StatusCode::NO_CONTENT)))?;
    let context = CommandContext {
        tenant: &request.identity()?.tenant,
        correlation_id: &request.correlation_id,
        expected: None,
        unexpected: Vec::new(),
        idempotency: key.as_ref(),
    };
    let is_of_face = |endpoint: &Endpoint| endpoint.events.hub() == Some(face);
    hub.delete_if(&context, &id, is_of_face).await.map_err(problem)?;
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT).recorded())
}

fn problem(error: WebhookError) -> Problem {
    let text = error.to_string();
    match error {
        WebhookError::NotFound => Problem::NotFound,
        WebhookError::TooManyEndpoints => Problem::conflict("TOO_MANY_WEBHOOKS", text),
        WebhookError::Url(_) | WebhookError::NotPublic(_) | WebhookError::NoAddress => {
            Problem::invalid("/callback", text)
        }
        WebhookError::LookUp(error) => Problem::unavailable(error),
        WebhookError::KeyUsed(used) => Problem::KeyUsed(used),
        WebhookError::Store(error) => Problem::failed(error),
        // What is asked of an endpoint that is there.
        WebhookError::OtherVersion
        | WebhookError::TooManyRotations(_)
        | WebhookError::Disabled
        | WebhookError::DeliveryMovedOn => Problem::internal(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_filters_are_the_types_that_are_sent() {
        for face in Face::ALL {
            let all: Vec<&str> = HubEvent::all(face).map(HubEvent::as_str).collect();
            let custom = if face == Face::Service { &SERVICE_QUERY } else { &PRODUCT_QUERY };
            let refused = (custom.check)(&"eventType=x".into()).unwrap_err();
            let (_, named) = refused.split_once(": ").unwrap();
            let named: BTreeSet<&str> = named.split(", ").collect();
            assert_eq!(named, all.iter().copied().collect());
            for name in &all {
                assert_eq!(read_query(face, &format!("eventType={name}")).unwrap().len(), 1);
            }
            assert_eq!(read_query(face, "").unwrap().len(), all.len());
            assert_eq!(
                read_query(face, &format!("eventType={}", all.join(","))).unwrap().len(),
                all.len()
            );
            for wrong in [
                "eventType=",
                "eventType",
                "x=1",
                " ",
                "eventType=ServiceOrderInformationRequiredEvent",
            ] {
                assert_eq!(read_query(face, wrong), None, "{wrong}");
            }
        }
    }
}
