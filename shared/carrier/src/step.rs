//! Storing a step of an order for one of its parties.

use api::{ApiRequest, ApiResponse, Problem, StatusCode, header, remember, repeat};
use domain::{
    carrier::{Mirror, Notification, OrderHeader, OrderId, OrderProgress, Party},
    idempotency::Once,
    identity::Tenant,
};
use serde_json::{Map, Value};
use store::{CarrierCommit, CarrierCommitted, CarrierOrder, NewNotification};
use time::OffsetDateTime;

use crate::{
    desk::{Desk, Found, links},
    problem::not_stored,
    wire::{notification_body, order_body},
};

/// How often a step is worked out anew because the order was no more as read.
pub(crate) const ATTEMPTS: usize = 4;

/// A step of an order.
#[derive(Debug)]
pub struct Change {
    /// How it stands then.
    pub progress: OrderProgress,
    /// What the Buyer is told: each notification with its body, when it is not of our making.
    pub told: Vec<(Notification, Option<Map<String, Value>>)>,
    /// A new document, and what it says of which order it is.
    pub document: Option<(OrderHeader, Map<String, Value>)>,
    /// What is passed on to the Seller of an order that is kept there, when that changes.
    pub mirror: Option<Mirror>,
    /// What the caller gets.
    pub answer: Answer,
}

/// What a step is worked out from.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The order, as the caller sees it.
    pub found: &'a Found,
    /// Its Buyer, if registered.
    pub buyer: Option<Party>,
    /// Its Seller, if registered.
    pub seller: Option<Party>,
    /// Now.
    pub now: OffsetDateTime,
}

/// What the caller of a step gets.
#[derive(Debug)]
pub enum Answer {
    /// 200 and the order.
    Order,
    /// 201 and this.
    Created(Map<String, Value>),
}

impl Desk {
    /// Takes a step of the order in the path: reads it, lets `step` work out what happens, and
    /// stores that if the order is still as it was read.
    ///
    /// # Errors
    /// 404 for an order the caller may not see, 412, what `step` refuses, or a problem of ours.
    pub async fn take_step(
        &self,
        request: &ApiRequest,
        id: &OrderId,
        step: impl Fn(&Scene<'_>) -> Result<Change, Problem> + Send + Sync,
    ) -> Result<ApiResponse, Problem> {
        let identity = request.identity()?;
        let once = request.once()?;
        let tenant = &identity.tenant;
        match self.try_step(request, id, once.as_ref(), step).await {
            Ok(answer) => Ok(answer),
            // Sent again after it was done, a step is not possible any more. Only then is it
            // worth a read to see whether it was.
            Err(problem) => match self.earlier(tenant, once.as_ref()).await? {
                Some(earlier) => earlier,
                None => Err(problem),
            },
        }
    }

    async fn try_step(
        &self,
        request: &ApiRequest,
        id: &OrderId,
        once: Option<&Once>,
        step: impl Fn(&Scene<'_>) -> Result<Change, Problem> + Send + Sync,
    ) -> Result<ApiResponse, Problem> {
        let identity = request.identity()?;
        for _ in 0..ATTEMPTS {
            let found = self.find(identity, id).await?;
            if let Some(wanted) = request.header("if-match")
                && !names(wanted, &found.order)
            {
                return Err(Problem::PreconditionFailed);
            }
            let now = self.clock.now();
            let scene = self.scene(&found, now).await?;
            let change = step(&scene)?;
            let stored = self.store(request, found, change, once, now).await?;
            if let Some(answer) = stored {
                return Ok(answer);
            }
        }
        Err(not_stored())
    }

    async fn scene<'a>(&self, found: &'a Found, now: OffsetDateTime) -> Result<Scene<'a>, Problem> {
        let header = &found.order.header;
        let buyer = self.party(&header.buyer).await?;
        let seller = self.party(&header.seller).await?;
        Ok(Scene { found, buyer, seller, now })
    }

    async fn store(
        &self,
        request: &ApiRequest,
        found: Found,
        change: Change,
        once: Option<&Once>,
        now: OffsetDateTime,
    ) -> Result<Option<ApiResponse>, Problem> {
        let Found { mut order, mut document, .. } = found;
        let Change { progress, told, document: new, mirror, answer } = change;
        let mut text = None;
        if let Some((header, new)) = new {
            text = Some(serde_json::to_string(&new).map_err(Problem::internal)?);
            (order.header, document) = (header, new);
        }
        order.mirror = mirror.or(order.mirror);
        // A cancelled order may hold S-VLAN ids: the worker gives them back.
        order.release = progress.cancellation.is_some() && order.mirror.is_none();
        order.progress = progress;
        let notifications = notifications(&order.header, told)?;
        let due = self.due(&order, now).await?;
        // The answer shows the order as it is stored now.
        let mut shown = order.clone();
        shown.step += 1;
        let response = match answer {
            Answer::Order => Respond { request }.order(StatusCode::OK, document, &shown)?,
            Answer::Created(body) => ApiResponse::json(StatusCode::CREATED, &body)?,
        };
        let remembered = once.map(|once| remember(once, &response));
        let tenant = &request.identity()?.tenant;
        let commit = CarrierCommit {
            order: &order,
            document: text.as_deref(),
            notifications: &notifications,
            due,
            once: once.zip(remembered.as_ref()).map(|(once, answer)| (tenant, once, answer)),
            now,
            lease: None,
        };
        match self.work.commit(&commit).await.map_err(Problem::failed)? {
            CarrierCommitted::Done => {
                let (order_id, status) = (order.header.id.as_str(), order.progress.status);
                tracing::info!(order_id, %status, "order changed");
                Ok(Some(response))
            }
            CarrierCommitted::Superseded => Ok(None),
            CarrierCommitted::Repeated(earlier) => match once {
                Some(once) => repeat(once, &earlier).map(Some),
                None => Err(Problem::internal("repeated without a key")),
            },
        }
    }

    /// The answer to an earlier request under the same key, if there was one.
    ///
    /// # Errors
    /// A problem of ours.
    pub async fn earlier(
        &self,
        tenant: &Tenant,
        once: Option<&Once>,
    ) -> Result<Option<Result<ApiResponse, Problem>>, Problem> {
        let Some(once) = once else { return Ok(None) };
        let now = self.clock.now();
        let found = self.orders.remembered(tenant, once, now).await.map_err(Problem::failed)?;
        Ok(found.map(|earlier| repeat(once, &earlier)))
    }
}

/// The notifications of a step, to be stored.
///
/// # Errors
/// Our fault.
pub fn notifications(
    header: &OrderHeader,
    told: Vec<(Notification, Option<Map<String, Value>>)>,
) -> Result<Vec<NewNotification>, Problem> {
    told.into_iter()
        .map(|(told, body)| {
            let body = body.unwrap_or_else(|| notification_body(header, &told));
            Ok(NewNotification {
                version: told.version,
                body: serde_json::to_string(&body).map_err(Problem::internal)?,
                pushed: told.kind.is_pushed(header.desired),
            })
        })
        .collect()
}

/// The `ETag` of an order.
fn etag(order: &CarrierOrder) -> String {
    format!("\"{}\"", order.step)
}

/// Whether a list of entity tags (RFC 9110, 13.1) names the order as it is.
pub(crate) fn names(tags: &str, order: &CarrierOrder) -> bool {
    let own = etag(order);
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == own)
}

/// Writes answers that show an order.
#[derive(Debug)]
pub struct Respond<'r> {
    /// The request: its host stands in the links.
    pub request: &'r ApiRequest,
}

impl Respond<'_> {
    /// The order, with its `ETag`, and with 201 its `Location`.
    ///
    /// # Errors
    /// Our fault.
    pub fn order(
        &self,
        status: StatusCode,
        document: Map<String, Value>,
        order: &CarrierOrder,
    ) -> Result<ApiResponse, Problem> {
        let id = &order.header.id;
        let body = order_body(document, id, &order.progress, &links(self.request));
        let response = ApiResponse::json(status, &body)?.header(header::ETAG, etag(order));
        Ok(match status {
            StatusCode::CREATED => response.header(header::LOCATION, format!("/orders/{id}")),
            _ => response,
        })
    }

    /// The order, or 304 when the caller has it as it is.
    ///
    /// # Errors
    /// Our fault.
    pub fn order_if_changed(&self, found: Found) -> Result<ApiResponse, Problem> {
        let unchanged = self.request.header("if-none-match");
        if unchanged.is_some_and(|tags| names(tags, &found.order)) {
            let response = ApiResponse::empty(StatusCode::NOT_MODIFIED);
            return Ok(response.header(header::ETAG, etag(&found.order)));
        }
        self.order(StatusCode::OK, found.document, &found.order)
    }
}
