//! Both APIs over HTTP: commands from requests, responses and problems from their outcomes.

use api::{
    ApiRequest, ApiResponse, Problem, Query, StatusCode,
    header::{self, HeaderName},
    json::parse_object,
    link::with_query,
    schema::{Custom, Kind, Members, Parameters, optional, query::parameters},
};
use domain::{
    service_order::{Face, ServiceOrderError},
    violation::Violations,
};
use lambda::telemetry::{Metric, name_order};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::MOST_SERVICE_ORDERS;

use crate::{
    CommandContext, ListQuery, Listed, Placed, ServiceOrders, TmfError, Whole,
    wire::{cancel_task_body, names, read_cancellation, read_new},
};

static TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
static RESULT_COUNT: HeaderName = HeaderName::from_static("x-result-count");

const DEFAULT_LIMIT: usize = 20;
const OWN_PARAMETERS: [&str; 3] = ["fields", "offset", "limit"];
/// Members that a selection of fields always has.
const ALWAYS: [&str; 2] = ["id", "href"];

/// Described as it is accepted. More than a list looks at is refused by the list, which says how
/// older ones are found.
const OFFSET: Custom = Custom {
    check: |value| {
        let number = value.as_u64().or_else(|| value.as_str()?.parse::<u64>().ok());
        number.filter(|number| i64::try_from(*number).is_ok()).map(drop).ok_or("at least 0")
    },
    schema: r#"{"type": "integer", "minimum": 0, "maximum": 1000}"#,
    beyond: false,
    examples: &["0"],
};

/// The parameters of a list. Every other one is a filter by an attribute.
pub const LIST_QUERY: Parameters = parameters(&[
    optional("fields", Kind::Text(0, 1_000))
        .about("The members to show, separated by commas; `id` and `href` always are.")
        .example(r#""id,state""#),
    optional("offset", Kind::Custom(&OFFSET)).about("How many are left out first.").default("0"),
    optional("limit", Kind::Integer(1, 100)).about("The most on a page.").default("20"),
])
.with_filters();

/// The parameters of a read.
pub const GET_QUERY: Parameters = parameters(&[optional("fields", Kind::Text(0, 1_000))
    .about("The members to show, separated by commas; `id` and `href` always are.")
    .example(r#""id,state""#)]);

/// Places the order of a request: 201 with the order; 200 when the same request has placed it
/// before, with the same `externalId`.
///
/// # Errors
/// Why it was not placed, as a problem.
pub async fn create(orders: &ServiceOrders, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let new = read_new(orders.face, &request.body)?;
    if new.is_old {
        Metric::count("ToleratedQuirks", 1).by("quirk", "orderItem").emit();
    }
    let idempotency = request.idempotency(|whole: &Whole| created(whole))?;
    let context = CommandContext {
        caller: request.identity()?,
        correlation_id: &request.correlation_id,
        idempotency: idempotency.as_ref(),
    };
    match orders.create(&context, new).await? {
        Placed::New(whole) => {
            name_order(&whole.order.id.to_string());
            Ok(created(&whole)?.recorded())
        }
        Placed::Known(whole) => shown(StatusCode::OK, &whole),
    }
}

fn created(whole: &Whole) -> Result<ApiResponse, Problem> {
    let names = names(whole.order.face);
    let location = format!("{}/{}/{}", names.base, names.order, whole.order.id);
    Ok(shown(StatusCode::CREATED, whole)?.header(header::LOCATION, location))
}

fn shown(status: StatusCode, whole: &Whole) -> Result<ApiResponse, Problem> {
    let body = whole.body();
    Ok(ApiResponse::json(status, &body)?.header(header::ETAG, etag(&body)))
}

/// The order's tag: it changes with what is shown of the order.
fn etag(body: &Members) -> String {
    let digest = Sha256::digest(Value::Object(body.clone()).to_string().as_bytes());
    let digits: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

/// An order, or 304 when the caller has it as it is.
///
/// # Errors
/// 404, or a problem of ours.
pub async fn get(orders: &ServiceOrders, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let id = request.params.get("id").parse().map_err(|_| Problem::NotFound)?;
    let body = orders.get(&request.identity()?.tenant, id).await?.body();
    let current = etag(&body);
    request.check_conditions(&current)?;
    if let Some(seen) = request.seen(&current) {
        return Ok(ApiResponse::empty(StatusCode::NOT_MODIFIED).header(header::ETAG, seen));
    }
    let body = selected(body, request.query("fields"));
    Ok(ApiResponse::json(StatusCode::OK, &body)?.header(header::ETAG, current))
}

/// Only these members, and those that identify the order.
fn selected(mut body: Members, fields: Option<&str>) -> Members {
    let Some(fields) = fields.filter(|fields| !fields.trim().is_empty()) else { return body };
    let wanted: Vec<&str> = fields
        .split(',')
        .map(|field| field.trim().split('.').next().unwrap_or_default())
        .chain(ALWAYS)
        .collect();
    body.retain(|name, _| wanted.contains(&name.as_str()));
    body
}

/// Applies the merge patch of a request: 200 with the order.
///
/// # Errors
/// Why it was not changed, as a problem.
pub async fn patch(orders: &ServiceOrders, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let id = request.params.get("id").parse().map_err(|_| Problem::NotFound)?;
    let patch = parse_object(&request.body)?;
    if patch.is_empty() {
        return Err(Problem::invalid("", "at least one member to change"));
    }
    let idempotency = request.idempotency(|whole: &Whole| shown(StatusCode::OK, whole))?;
    let context = CommandContext {
        caller: request.identity()?,
        correlation_id: &request.correlation_id,
        idempotency: idempotency.as_ref(),
    };
    let (whole, is_stored) = orders.patch(&context, id, &patch, as_expected(request)).await?;
    let response = shown(StatusCode::OK, &whole)?;
    Ok(if is_stored { response.recorded() } else { response })
}

/// Whether the caller knows an order as it is: by `If-Match` and `If-None-Match`.
fn as_expected(request: &ApiRequest) -> impl Fn(&Whole) -> Result<(), TmfError> + '_ {
    |whole| request.check_conditions(&etag(&whole.body())).map_err(|_| TmfError::OtherVersion)
}

/// Deletes an order that has ended: 204.
///
/// # Errors
/// Why it was not deleted, as a problem.
pub async fn delete(orders: &ServiceOrders, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let id = request.params.get("id").parse().map_err(|_| Problem::NotFound)?;
    let response = ApiResponse::empty(StatusCode::NO_CONTENT);
    let guard = request.guard(&response)?;
    let tenant = &request.identity()?.tenant;
    orders.delete(tenant, id, guard.as_ref(), as_expected(request)).await?;
    Ok(response.recorded())
}

/// The orders of the caller's tenant that pass the filters, newest first.
///
/// # Errors
/// Every parameter that is wrong, or a problem of ours.
pub async fn list(orders: &ServiceOrders, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let query = read_query(orders.face, false, request.whole_query())?;
    let listed = orders.list(&request.identity()?.tenant, &query).await?;
    page(request, &query, listed)
}

/// Stores a request to cancel an order: 201 with the task.
///
/// # Errors
/// Why it was not stored, as a problem.
pub async fn create_cancel_task(
    orders: &ServiceOrders,
    request: &ApiRequest,
) -> Result<ApiResponse, Problem> {
    let cancellation = read_cancellation(orders.face, &request.body)?;
    let idempotency = request.idempotency(task_created)?;
    let context = CommandContext {
        caller: request.identity()?,
        correlation_id: &request.correlation_id,
        idempotency: idempotency.as_ref(),
    };
    Ok(task_created(&orders.cancel(&context, cancellation).await?)?.recorded())
}

fn task_created(whole: &Whole) -> Result<ApiResponse, Problem> {
    let task = whole.order.cancel_tasks.last();
    let task = task.ok_or_else(|| Problem::internal("an order without its cancel task"))?;
    let body = cancel_task_body(&whole.order, task);
    let location = body["href"].as_str().unwrap_or_default().to_owned();
    Ok(ApiResponse::json(StatusCode::CREATED, &body)?.header(header::LOCATION, location))
}

/// A request to cancel an order.
///
/// # Errors
/// 404, or a problem of ours.
pub async fn get_cancel_task(
    orders: &ServiceOrders,
    request: &ApiRequest,
) -> Result<ApiResponse, Problem> {
    let id = request.params.get("id").parse().map_err(|_| Problem::NotFound)?;
    let body = orders.cancel_task(&request.identity()?.tenant, id).await?;
    ApiResponse::json(StatusCode::OK, &selected(body, request.query("fields")))
}

/// The requests to cancel orders of the caller's tenant, newest first.
///
/// # Errors
/// Every parameter that is wrong, or a problem of ours.
pub async fn list_cancel_tasks(
    orders: &ServiceOrders,
    request: &ApiRequest,
) -> Result<ApiResponse, Problem> {
    let query = read_query(orders.face, true, request.whole_query())?;
    let listed = orders.cancel_tasks(&request.identity()?.tenant, &query).await?;
    page(request, &query, listed)
}

fn read_query(face: Face, of_tasks: bool, query: &Query) -> Result<ListQuery, Violations> {
    let others = query.iter().filter(|(name, _)| !OWN_PARAMETERS.contains(name));
    let offset = query.parsed("offset").unwrap_or(0);
    let (filters, mut violations) = match ListQuery::filters(face, of_tasks, others) {
        Ok(filters) => (filters, Violations::new()),
        Err(violations) => (Vec::new(), violations),
    };
    if offset > MOST_SERVICE_ORDERS {
        let way_out = "for older ones narrow the list by orderDate.lt";
        violations.add("query/offset", format!("0 to {MOST_SERVICE_ORDERS}: {way_out}"));
    }
    let limit = query.parsed("limit").unwrap_or(DEFAULT_LIMIT);
    violations.into_result(ListQuery { filters, offset, limit })
}

/// A page, with how many there are and where the next one is. Of more than a list looks at, the
/// number is not known.
fn page(request: &ApiRequest, query: &ListQuery, listed: Listed) -> Result<ApiResponse, Problem> {
    let (count, fields) = (listed.items.len(), request.query("fields"));
    let next = query.offset + count;
    let older = || listed.items.last()?.get("orderDate")?.as_str().map(str::to_owned);
    let link = match listed.has_next {
        true if count > 0 && next <= MOST_SERVICE_ORDERS => {
            Some(next_page(request, ("offset", &next.to_string()), &["offset"]))
        }
        true => older()
            .map(|date| next_page(request, ("orderDate.lte", &date), &["offset", "orderDate.lte"])),
        false => None,
    };
    let items: Vec<Members> = listed.items.into_iter().map(|body| selected(body, fields)).collect();
    let mut response =
        ApiResponse::json(StatusCode::OK, &items)?.header(RESULT_COUNT.clone(), count.to_string());
    if let Some(total) = listed.total {
        response = response.header(TOTAL_COUNT.clone(), total.to_string());
    }
    Ok(match link {
        Some(link) => response.header(header::LINK, format!("<{link}>; rel=\"next\"")),
        None => response,
    })
}

/// The path of the request with another parameter in place of some.
fn next_page(request: &ApiRequest, other: (&str, &str), replaced: &[&str]) -> String {
    let kept = request.query_pairs().filter(|(name, _)| !replaced.contains(name));
    with_query(&request.raw_path, kept.chain([other]))
}

impl From<TmfError> for Problem {
    fn from(error: TmfError) -> Self {
        let text = error.to_string();
        match error {
            TmfError::NotFound => Self::NotFound,
            TmfError::Invalid(violations) => violations.into(),
            TmfError::OtherVersion => Self::PreconditionFailed,
            TmfError::ExternalIdTaken(order) => {
                Self::conflict("EXTERNAL_ID_TAKEN", text).with("orderId", order.to_string())
            }
            TmfError::StateIsOurs => Self::conflict("STATE_NOT_PATCHABLE", text),
            TmfError::NotEnded(_) => Self::conflict("ORDER_NOT_ENDED", text),
            TmfError::Refused(why) => Self::conflict(code(&why), text),
            TmfError::Contended => Self::Unavailable { retry_after_seconds: 1, cause: None },
            TmfError::KeyUsed(used) => Self::KeyUsed(used),
            TmfError::Store(error) => Self::failed(error),
        }
    }
}

const fn code(error: &ServiceOrderError) -> &'static str {
    match error {
        ServiceOrderError::Ended(_) => "ORDER_ENDED",
        ServiceOrderError::Item(_) | ServiceOrderError::Begun(_) => "ITEM_BEGUN",
        ServiceOrderError::CancelOpen | ServiceOrderError::NotDue => "CANCELLATION_OPEN",
        ServiceOrderError::TooManyTasks => "TOO_MANY_CANCELLATIONS",
    }
}
