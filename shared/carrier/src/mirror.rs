//! We as Buyer: orders that are kept at their Sellers elsewhere.

use api::{ApiRequest, ApiResponse, Problem, StatusCode, remember, repeat};
use domain::carrier::{
    Heard, Instruction, Mirror, OrderHeader, OrderId, OrderProgress, PartyId, PassError, Pon, Side,
};
use serde_json::{Map, Value};
use store::{CarrierCommit, CarrierCommitted, CarrierOrder, NewNotification};
use time::OffsetDateTime;

use crate::{
    desk::Desk,
    problem::{not_possible, not_stored},
    step::{ATTEMPTS, Answer, Change, Scene},
};

/// Says to the Buyer that its wish is passed on: the order stays as it is until its Seller says
/// otherwise. None for an order that is kept here.
///
/// # Errors
/// 403 for who is not its Buyer, 409 when the order has ended.
pub fn passed_on(scene: &Scene<'_>, what: Instruction) -> Option<Result<Change, Problem>> {
    let order = &scene.found.order;
    let mirror = order.mirror.clone()?;
    if !scene.found.sides.contains(&Side::Buyer) {
        return Some(Err(Problem::Forbidden));
    }
    let heard = mirror.pass_on(&order.progress, what, scene.now).map_err(|error| match error {
        PassError::Ended(error) => not_possible(&error),
        // Sooner or later the Seller answers.
        PassError::TooMany => Problem::Unavailable { retry_after_seconds: 60, cause: None },
    });
    Some(heard.map(|heard| Change {
        progress: heard.progress,
        told: Vec::new(),
        document: None,
        mirror: Some(heard.mirror),
        answer: Answer::Order,
    }))
}

/// Which of our mirrors a Seller speaks of.
#[derive(Debug)]
pub struct SpokenOf<'a> {
    /// Who ordered.
    pub buyer: &'a PartyId,
    /// Who speaks.
    pub seller: &'a PartyId,
    /// The Buyer's id of it, when the Seller says it.
    pub pon: Option<&'a Pon>,
    /// The Seller's id of it, when the Seller says it.
    pub order: Option<&'a OrderId>,
}

/// What a Seller's word makes of a mirror.
#[derive(Debug)]
pub struct Effect {
    /// How it stands then; none: as before.
    pub heard: Option<Heard>,
    /// The notification, to be kept whether it moves the mirror or not.
    pub note: Option<NewNotification>,
}

impl Desk {
    /// A Seller elsewhere speaks of an order of ours: 201 and what it has sent.
    ///
    /// # Errors
    /// 404 for an order that is not known here, or is another's; or a problem of ours.
    pub async fn hear(
        &self,
        request: &ApiRequest,
        spoken: &SpokenOf<'_>,
        body: &Map<String, Value>,
        effect: impl Fn(&Mirror, &OrderProgress, OffsetDateTime) -> Result<Effect, Problem>
        + Send
        + Sync,
    ) -> Result<ApiResponse, Problem> {
        let echo = ApiResponse::json(StatusCode::CREATED, body)?;
        let identity = request.identity()?;
        let id = self.spoken_of(spoken).await?.ok_or(Problem::NotFound)?;
        for _ in 0..ATTEMPTS {
            let order = self.find_order(identity, &id).await?;
            let mirror = order.mirror.clone().filter(|mirror| {
                let OrderHeader { buyer, seller, .. } = &order.header;
                (buyer, seller) == (spoken.buyer, spoken.seller)
                    && spoken.order.is_none_or(|order| mirror.may_be(order))
            });
            let mirror = mirror.ok_or(Problem::NotFound)?;
            let effect = effect(&mirror, &order.progress, self.clock.now())?;
            let Some(heard) = effect.heard else {
                if let Some(earlier) =
                    self.earlier(&identity.tenant, request.once()?.as_ref()).await?
                {
                    return earlier;
                }
                if let Some(note) = &effect.note {
                    self.work.keep(&id, note).await.map_err(Problem::failed)?;
                }
                return Ok(echo);
            };
            if let Some(answer) = self.heard(request, order, heard, effect.note, &echo).await? {
                return Ok(answer);
            }
        }
        Err(not_stored())
    }

    /// The id of the order here.
    async fn spoken_of(&self, spoken: &SpokenOf<'_>) -> Result<Option<OrderId>, Problem> {
        let found = match (spoken.pon, spoken.order) {
            (Some(pon), _) => self.orders.by_pon(spoken.buyer, pon).await,
            (None, Some(order)) => self.orders.by_sellers_id(spoken.seller, order).await,
            (None, None) => Ok(None),
        };
        found.map_err(Problem::failed)
    }

    async fn heard(
        &self,
        request: &ApiRequest,
        mut order: CarrierOrder,
        heard: Heard,
        note: Option<NewNotification>,
        echo: &ApiResponse,
    ) -> Result<Option<ApiResponse>, Problem> {
        let now = self.clock.now();
        order.mirror = Some(heard.mirror);
        order.progress = heard.progress;
        let once = request.once()?;
        let remembered = once.as_ref().map(|once| remember(once, echo));
        let tenant = &request.identity()?.tenant;
        let notifications: Vec<NewNotification> = note.into_iter().collect();
        let commit = CarrierCommit {
            order: &order,
            document: None,
            notifications: &notifications,
            due: self.due(&order, now).await?,
            once: once
                .as_ref()
                .zip(remembered.as_ref())
                .map(|(once, answer)| (tenant, once, answer)),
            now,
            lease: None,
        };
        match self.work.commit(&commit).await.map_err(Problem::failed)? {
            CarrierCommitted::Done => {
                let (order_id, status) = (order.header.id.as_str(), order.progress.status);
                tracing::info!(order_id, %status, "the seller told");
                Ok(Some(echo.clone()))
            }
            CarrierCommitted::Superseded => Ok(None),
            CarrierCommitted::Repeated(earlier) => match &once {
                Some(once) => repeat(once, &earlier).map(Some),
                None => Err(Problem::internal("repeated without a key")),
            },
        }
    }
}
