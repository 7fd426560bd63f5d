use time::{Duration, OffsetDateTime};

use super::{
    CarrierDate, EndpointReference, Event, Hosting, ItemAction, ItemDetail, ItemView, MessageKind,
    Notification, OrderMessage, OrderProgress, OrderView, Party, PricingTerm, ProductKind,
    ProductReference, TransitionError, registry,
};

/// How long a Buyer has for a correction.
pub(super) const CORRECTION: Duration = Duration::days(45);

/// What becomes of an order that is well-formed (*Intake*, step 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// It is worked on.
    Accepted {
        /// What is tolerated.
        warnings: Vec<OrderMessage>,
    },
    /// It waits for a corrected version.
    Pending {
        /// What must change, and what is tolerated.
        messages: Vec<OrderMessage>,
        /// By when.
        due: OffsetDateTime,
    },
    /// It is not accepted.
    Rejected {
        /// Why.
        messages: Vec<OrderMessage>,
    },
}

/// Decides on an order for a Seller; none when there is no such party.
pub fn decide_intake(order: &OrderView, seller: Option<&Party>, now: OffsetDateTime) -> Intake {
    let mut findings = Findings::default();
    findings.dates(order, now);
    match seller.filter(|party| party.hosting == Hosting::Local) {
        Some(seller) => findings.items(order, seller),
        None => findings.fatal(registry::SELLER_UNKNOWN, "/sellerId", "no such Seller here"),
    }
    findings.warnings(order);
    findings.verdict(now)
}

/// Places an order: its progress and the notifications that placing it causes.
///
/// # Errors
/// Never, as long as the transition table begins orders as the contract says.
pub fn begin(
    order: &OrderView,
    intake: Intake,
    now: OffsetDateTime,
) -> Result<(OrderProgress, Vec<Notification>), TransitionError> {
    let (first, further) = match intake {
        Intake::Accepted { warnings } => (Event::Accepted { warnings }, Vec::new()),
        Intake::Rejected { messages } => (Event::NotAccepted { messages }, Vec::new()),
        Intake::Pending { messages, due } => (
            Event::Accepted { warnings: Vec::new() },
            vec![Event::TreatmentStarted, Event::InformationNeeded { messages, due }],
        ),
    };
    let placed = OrderProgress::place(order.references(), first, now)?;
    let (progress, mut told) = (placed.progress, Vec::from_iter(placed.notification));
    let progress = go_on(progress, further, &mut told, now)?;
    Ok((progress, told))
}

/// Takes an order through further events.
pub(super) fn go_on(
    mut progress: OrderProgress,
    events: Vec<Event>,
    told: &mut Vec<Notification>,
    now: OffsetDateTime,
) -> Result<OrderProgress, TransitionError> {
    for event in events {
        let step = progress.apply(event, now)?;
        progress = step.progress;
        told.extend(step.notification);
    }
    Ok(progress)
}

#[derive(Default)]
struct Findings {
    fatal: Vec<OrderMessage>,
    correctable: Vec<OrderMessage>,
    tolerable: Vec<OrderMessage>,
}

impl Findings {
    fn fatal(&mut self, kind: MessageKind, field: &str, information: impl AsRef<str>) {
        self.fatal.push(kind.message().saying(information).at(field));
    }

    fn dates(&mut self, order: &OrderView, now: OffsetDateTime) {
        let completion = &order.requested_completion;
        self.date(registry::ORDER_DATE_INVALID, "orderDate", Some(&order.order_date));
        let kind = registry::COMPLETION_DATE_INVALID;
        self.date(kind, "requestedCompletionDate", Some(completion));
        let start = order.requested_start.as_ref();
        self.date(registry::START_DATE_INVALID, "requestedStartDate", start);
        if completion.is_past(now) {
            let information =
                format!("The Desired Completion Date specified '{completion}' is in the past");
            let field = "/requestedCompletionDate";
            self.fatal(registry::COMPLETION_DATE_PAST, field, information);
        }
    }

    fn date(&mut self, kind: MessageKind, member: &str, date: Option<&CarrierDate>) {
        let Some(date) = date.filter(|date| date.value().is_none()) else { return };
        let name = kind.description.trim_end_matches(" Invalid");
        // The end of the sentence matters more than the end of an endless text.
        let text: String = date.text().chars().take(200).collect();
        let information = format!("The {name} specified '{text}' is not a valid date");
        self.fatal(kind, &format!("/{member}"), information);
    }

    fn items(&mut self, order: &OrderView, seller: &Party) {
        for (index, item) in order.items.iter().enumerate() {
            let Some(detail) = &item.detail else { continue };
            let at = format!("/orderItems/{index}/orderItemDetail");
            if let ItemDetail::Ovc(ovc) = detail {
                let references =
                    [("uniReference", Some(&ovc.uni)), ("enniReference", ovc.enni.as_ref())];
                for (member, reference) in references {
                    self.reference(order, item, reference, &format!("{at}/{member}"));
                }
            }
            if matches!(item.action, ItemAction::Install | ItemAction::Change) {
                self.product(item, detail, seller, &format!("{at}/productSpecification"));
                self.svlans(item, detail, &format!("{at}/enniSvlanId"));
            }
        }
    }

    fn reference(
        &mut self,
        order: &OrderView,
        item: &ItemView,
        reference: Option<&EndpointReference>,
        field: &str,
    ) {
        let Some(target) = reference.and_then(|reference| reference.same_order(&order.pon)) else {
            return;
        };
        if order.item(target).is_none() {
            let information = format!("The order has no item '{target}'");
            let message = registry::ITEM_NOT_FOUND.message().saying(information);
            self.fatal.push(message.at(field).for_item(&item.reference));
        }
    }

    fn product(&mut self, item: &ItemView, detail: &ItemDetail, seller: &Party, field: &str) {
        let Some(kind) = ProductKind::of(detail) else { return };
        let Some(product) = product_of(detail) else {
            let message = registry::PRODUCT_MISSING.message().at(field).for_item(&item.reference);
            self.correctable.push(message);
            return;
        };
        let mut offered = seller.products.iter().filter(|offered| offered.kind == kind).peekable();
        let named = [&product.name, &product.code, &product.id];
        let named = named.into_iter().flatten().next().map_or("", String::as_str);
        if seller.products.is_empty() {
            return;
        }
        if offered.peek().is_none() {
            let information = format!("The product specified '{named}' is not sold by this Seller");
            let message = registry::PRODUCT_NOT_OFFERED.message().saying(information);
            self.fatal.push(message.at(field).for_item(&item.reference));
        } else if !offered.any(|offered| offered.is_meant_by(product)) {
            let information = format!(
                "The product specified '{named}' does not exist. Correct the product and submit a \
                 new order version. This order will be automatically cancelled in 45 days if a new \
                 order version is not received"
            );
            let message = registry::PRODUCT_UNKNOWN.message().saying(information);
            self.correctable.push(message.at(field).for_item(&item.reference));
        }
    }

    fn svlans(&mut self, item: &ItemView, detail: &ItemDetail, field: &str) {
        let ItemDetail::Ovc(ovc) = detail else { return };
        if ovc.svlans.is_some_and(|range| !range.is_assignable()) {
            let message = registry::SVLAN_NOT_ASSIGNABLE.message();
            let message = message.saying("Only S-VLAN ids from 1 to 4094 can be assigned");
            self.correctable.push(message.at(field).for_item(&item.reference));
        }
    }

    fn warnings(&mut self, order: &OrderView) {
        if let PricingTerm::Unusable(text) = &order.pricing_term {
            let text: String = text.chars().take(60).collect();
            let months = PricingTerm::IN_ITS_PLACE;
            let information = format!(
                "The pricing term specified '{text}' is not valid. A pricing term of {months} \
                 months has been used. If a different pricing term is desired, submit a new order \
                 version."
            );
            let message = registry::PRICING_TERM_INVALID.message().saying(information);
            self.tolerable.push(message.at("/pricingTerm"));
        }
        if order.status_sent {
            let message = registry::STATUS_IGNORED.message();
            let message = message.saying("The status of an order is set by the Seller alone");
            self.tolerable.push(message.at("/orderStatus"));
        }
    }

    fn verdict(self, now: OffsetDateTime) -> Intake {
        let Self { mut fatal, mut correctable, tolerable } = self;
        if !fatal.is_empty() {
            fatal.extend(correctable.into_iter().chain(tolerable));
            for message in &mut fatal {
                message.correction_required = false;
            }
            return Intake::Rejected { messages: fatal };
        }
        if correctable.is_empty() {
            return Intake::Accepted { warnings: tolerable };
        }
        correctable.extend(tolerable);
        Intake::Pending { messages: correctable, due: now + CORRECTION }
    }
}

fn product_of(detail: &ItemDetail) -> Option<&ProductReference> {
    match detail {
        ItemDetail::Ovc(ovc) => ovc.product.as_ref(),
        ItemDetail::Uni(uni) => uni.product.as_ref(),
        ItemDetail::Disconnect { .. } => None,
    }
}

#[cfg(test)]
mod tests;
