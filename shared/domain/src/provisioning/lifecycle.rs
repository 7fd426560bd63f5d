//! The lifecycle of a provisioning order.

use time::OffsetDateTime;

use super::{Effect, Event, OrderStatus, ProvisioningOrder, TransitionError, transition};
use crate::{
    identity::Tenant,
    order::{
        Applied, CLIENT, Cancelable, Intervention, Lifecycle, NextAction, OrderKind, Status,
        StatusChange, Timing,
    },
};

/// The reason of an order that its client canceled.
const CANCELED_BY_CLIENT: &str = "canceled by the client";

/// What ended an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What happened.
    pub event: Event,
    /// Why, in words for the client.
    pub reason: Option<String>,
    /// Who decided: the network, the client, or the operator's name.
    pub by: String,
}

impl Status for OrderStatus {
    fn as_str(self) -> &'static str {
        self.as_str()
    }

    fn is_final(self) -> bool {
        self.is_final()
    }
}

impl Lifecycle for ProvisioningOrder {
    const KIND: OrderKind = OrderKind::Ecc;

    type Status = OrderStatus;
    type Event = Decision;
    type Effect = Effect;
    type Error = TransitionError;
    type Context = ();

    fn status(&self) -> OrderStatus {
        self.status
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn intervention(&self) -> Option<&Intervention> {
        self.needs_intervention.as_ref()
    }

    fn history(&self) -> &[StatusChange<OrderStatus>] {
        &self.history
    }

    fn placement(&self) -> Option<StatusChange<OrderStatus>> {
        let (status, at) = (OrderStatus::Provisioning, self.order_date);
        Some(StatusChange { sequence: 1, status, at, reason: None, by: None })
    }

    fn apply(
        &self,
        decision: Decision,
        at: OffsetDateTime,
    ) -> Result<Applied<Self>, TransitionError> {
        let Decision { event, reason, by } = decision;
        let status = transition(self.status, event)?;
        if event == Event::CanceledByClient && self.attempts > 0 {
            return Err(TransitionError::Begun);
        }
        let mut order =
            Self { status, needs_intervention: None, revision: self.revision + 1, ..self.clone() };
        let sequence = self.sequence() + 1;
        order.history.push(StatusChange { sequence, status, at, reason, by: Some(by) });
        Ok(Applied::new(self, order, self.effect_of(event), at))
    }

    fn next_action(&self, (): &(), timing: Timing) -> NextAction {
        if self.status.is_final() { NextAction::Finished } else { timing.work() }
    }
}

impl Cancelable for ProvisioningOrder {
    fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    fn cancellation() -> Decision {
        let reason = Some(CANCELED_BY_CLIENT.to_owned());
        Decision { event: Event::CanceledByClient, reason, by: CLIENT.to_owned() }
    }

    fn is_canceled_by_client(&self) -> bool {
        let last = self.history.last();
        self.status == OrderStatus::Canceled
            && last.is_some_and(|change| {
                change.decided_by() == CLIENT
                    && change.reason.as_deref() == Some(CANCELED_BY_CLIENT)
            })
    }

    fn has_waiting_batch(&self) -> bool {
        self.batch.is_some()
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;
    use crate::{
        provisioning::{Operation, OrderNumber},
        subscription::{NewSubscription, OdbProfile, SubscriptionId},
    };

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

    fn order() -> ProvisioningOrder {
        let number = OrderNumber::generate(NOW, 0);
        let subscription = NewSubscription {
            iccid: "89461177710001700003".parse().unwrap(),
            msisdn: None,
            imsi: None,
            odb_profile: OdbProfile::default(),
        }
        .into_subscription(SubscriptionId(uuid::Uuid::nil()), "t".parse().unwrap(), number);
        let operation = Operation::Create;
        ProvisioningOrder::placed(number, &subscription, operation, NOW, String::new())
    }

    fn decided(event: Event) -> Decision {
        Decision { event, reason: Some("why".to_owned()), by: "network".to_owned() }
    }

    #[test]
    fn every_status_and_every_event_do_what_the_table_says() {
        for status in OrderStatus::ALL {
            for event in Event::ALL {
                let before = ProvisioningOrder { status, ..order() };
                let after = before.apply(decided(event), NOW).map(|after| after.order().status);
                assert_eq!(after, transition(status, event), "{status} {event:?}");
            }
        }
    }

    #[test]
    fn an_end_is_an_entry_of_the_history_and_clears_the_mark() {
        let why = "time-out".to_owned();
        let mark = Intervention { since: NOW, why, retried: false };
        let marked = ProvisioningOrder { needs_intervention: Some(mark), ..order() };
        let ended = marked.apply(decided(Event::Refused), NOW).unwrap();
        assert!(ended.ends());
        assert_eq!((ended.from(), ended.read_revision()), (OrderStatus::Provisioning, 1));
        let order = ended.into_order();
        assert_eq!((order.sequence(), order.needs_intervention.is_none()), (2, true));
        let statuses: Vec<_> = order.status_changes().into_iter().map(|c| c.status).collect();
        assert_eq!(statuses, [OrderStatus::Provisioning, OrderStatus::Canceled]);
    }

    #[test]
    fn a_client_cancels_an_order_that_no_worker_has_taken_and_no_other() {
        let cancel = ProvisioningOrder::cancellation;
        let ended = order().apply(cancel(), NOW).unwrap().into_order();
        assert_eq!(
            (ended.status, ended.reason()),
            (OrderStatus::Canceled, Some(CANCELED_BY_CLIENT))
        );
        assert!(ended.is_canceled_by_client() && !order().is_canceled_by_client());
        let begun = ProvisioningOrder { attempts: 1, ..order() };
        assert_eq!(begun.apply(cancel(), NOW), Err(TransitionError::Begun));
        let refused = begun.apply(decided(Event::Refused), NOW).unwrap().into_order();
        assert!(!refused.is_canceled_by_client());
        let again = ended.apply(cancel(), NOW).map(|_| ());
        assert!(matches!(again, Err(TransitionError::NotAllowed { .. })));
    }

    #[test]
    fn an_open_order_is_work_and_an_ended_one_is_finished() {
        let timing = Timing { now: NOW, watchdog: Duration::MINUTE };
        for status in OrderStatus::ALL {
            let action = ProvisioningOrder { status, ..order() }.next_action(&(), timing);
            let expected = if status.is_final() { NextAction::Finished } else { timing.work() };
            assert_eq!(action, expected, "{status}");
        }
    }
}
