use api::{ApiRequest, ApiResponse, Problem, json::parse_object};
use carrier::{
    Answer, Change, Desk, Effect, SpokenOf, report_problem, tolerate,
    wire::{NotificationRequest, read_notification, report_body},
};
use domain::carrier::{Hosting, Mirror, OrderId, OrderProgress, Side, Told};
use serde_json::Map;
use store::NewNotification;
use time::OffsetDateTime;

use crate::CarrierNotificationsApi;

impl CarrierNotificationsApi {
    /// `POST /orders/{id}/notifications`: a Seller of ours reports progress from its own systems,
    /// or one elsewhere tells its Buyer here.
    pub(crate) async fn report_carrier_notification(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let sent = read_notification(parse_object(&request.body)?)?;
        let id = Desk::id_in(request)?;
        if sent.report.order != id {
            return Err(Problem::invalid("/orderId", "differs from the order in the path"));
        }
        let seller = self.desk.party(&sent.report.seller).await?;
        match seller {
            Some(seller) if seller.hosting == Hosting::Remote => {
                tolerate(&seller.id, Some(&seller), &sent.tolerated)?;
                self.heard_from_elsewhere(request, &sent).await
            }
            _ => self.reported(request, &id, &sent).await,
        }
    }

    /// A Seller elsewhere tells its Buyer: `id` is the Seller's, and the order is found by what
    /// the Buyer calls it. What is repeated or overtaken is kept and moves nothing.
    async fn heard_from_elsewhere(
        &self,
        request: &ApiRequest,
        sent: &NotificationRequest,
    ) -> Result<ApiResponse, Problem> {
        let report = &sent.report;
        let spoken = SpokenOf {
            buyer: &report.buyer,
            seller: &report.seller,
            pon: Some(&report.pon),
            order: Some(&report.order),
        };
        let effect = |mirror: &Mirror, progress: &OrderProgress, now| {
            told(sent, mirror.clone(), progress, now)
        };
        self.desk.hear(request, &spoken, &sent.body, effect).await
    }

    /// A Seller of ours reports. Each type of notification is an event of the transition table:
    /// applied, stored, and told to the Buyer with the same body.
    async fn reported(
        &self,
        request: &ApiRequest,
        id: &OrderId,
        sent: &NotificationRequest,
    ) -> Result<ApiResponse, Problem> {
        self.desk
            .take_step(request, id, |scene| {
                let order = &scene.found.order;
                if !scene.found.sides.contains(&Side::Seller) {
                    return Err(Problem::Forbidden);
                }
                tolerate(&order.header.seller, scene.seller.as_ref(), &sent.tolerated)?;
                let step = sent.report.apply(&order.header, &order.progress, scene.now);
                let step = step.map_err(|error| report_problem(&error))?;
                let body = match &step.notification {
                    Some(told) => report_body(sent.body.clone(), told),
                    None => Map::new(),
                };
                Ok(Change {
                    progress: step.progress,
                    told: step
                        .notification
                        .map(|told| (told, Some(body.clone())))
                        .into_iter()
                        .collect(),
                    document: None,
                    mirror: None,
                    answer: Answer::Created(body),
                })
            })
            .await
    }
}

/// What a notification makes of a mirror. One without a version is taken as the next.
fn told(
    sent: &NotificationRequest,
    mirror: Mirror,
    progress: &OrderProgress,
    now: OffsetDateTime,
) -> Result<Effect, Problem> {
    let version = sent.version.unwrap_or(progress.notification_version + 1);
    let body = serde_json::to_string(&sent.body).map_err(Problem::internal)?;
    // Nobody is told on: the Buyer is here.
    let note = Some(NewNotification { version, body, pushed: false });
    Ok(match mirror.told(progress, &sent.report, version, now) {
        Told::Moves(heard) => Effect { heard: Some(*heard), note },
        Told::Ignored => Effect { heard: None, note },
    })
}
