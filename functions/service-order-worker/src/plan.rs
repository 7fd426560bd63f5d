//! What an item asks for (`infra/docs/contracts/tmf-orders.md`, *Items*).

use api::schema::{Members, read};
use domain::{
    service_order::{Face, Item, ItemAction, ItemFailure, ServiceOrder},
    subscription::{ChangeRequest, ServiceId, SubscriptionRef},
    violation::Violations,
};
use ecc::Command;
use serde_json::{Value, json};
use tmf::wire::{Names, item_in, names, subject_of};

use crate::esim_item;

/// The specification, and the offering, of a mobile subscription.
const MOBILE_SUBSCRIPTION: &str = "mobile-subscription";
/// The specification of an eSIM.
const ESIM: &str = "esim";
/// The result of an item that is the subscription it has made.
pub(crate) const SERVICE_ID: &str = "serviceId";

/// What an item asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plan {
    /// Nothing.
    Nothing,
    /// A command on a mobile subscription.
    Subscription(Command),
    /// An eSIM order, as its API takes it.
    Esim(Value),
}

/// An item in its order and document.
#[derive(Clone, Copy)]
pub(crate) struct ItemInOrder<'a> {
    names: &'static Names,
    order: &'a ServiceOrder,
    item: &'a Item,
    document: &'a Members,
    container: Option<&'a Members>,
}

/// What an item asks for.
///
/// # Errors
/// It cannot be ordered like this: the item is rejected.
pub(crate) fn plan(
    order: &ServiceOrder,
    document: &Members,
    item: &Item,
) -> Result<Plan, ItemFailure> {
    if item.action == ItemAction::NoChange {
        return Ok(Plan::Nothing);
    }
    let names = names(order.face);
    let found = item_in(names, document, &item.id);
    let (own, container) = found.ok_or_else(|| failure("UNKNOWN_ITEM", "not in the order"))?;
    let this = ItemInOrder { names, order, item, document: own, container };
    let specification = this.specification().unwrap_or_default();
    match (specification, order.face) {
        (service, _) if container.is_some() => this.service(service),
        (MOBILE_SUBSCRIPTION, _) => this.subscription(),
        (ESIM, Face::Service) => this.esim(None),
        (product, Face::Product) if order.rights.esim && !product.is_empty() => {
            this.esim(Some(product))
        }
        (_, Face::Service) => {
            Err(failure("UNKNOWN_SPECIFICATION", "not mobile-subscription, nor esim"))
        }
        (_, Face::Product) => {
            Err(failure("UNKNOWN_OFFERING", "neither mobile-subscription nor an eSIM product"))
        }
    }
}

pub(crate) fn failure(code: &str, message: impl Into<String>) -> ItemFailure {
    ItemFailure { code: code.to_owned(), message: message.into() }
}

fn invalid(violations: &Violations) -> ItemFailure {
    failure("INVALID_PARAMETER", violations.to_string())
}

impl ItemInOrder<'_> {
    fn subject<'d>(&self, item: &'d Members) -> Option<&'d Members> {
        subject_of(self.names, item)
    }

    /// What kind of service or product it is about.
    fn specification(&self) -> Option<&str> {
        let reference = match self.order.face {
            Face::Service => read::object(self.subject(self.document)?, "serviceSpecification"),
            Face::Product => read::object(self.document, "productOffering"),
        };
        read::text(reference?, "id")
    }

    fn characteristics_of(&self, item: &Members) -> Members {
        let subject = self.subject(item);
        let all = subject.into_iter().flat_map(|of| read::objects(of, self.names.characteristics));
        all.filter_map(|one| Some((read::owned(one, "name")?, one.get("value")?.clone()))).collect()
    }

    /// The characteristics, as members of a request.
    pub(crate) fn characteristics(&self) -> Members {
        self.characteristics_of(self.document)
    }

    /// The action of the item.
    pub(crate) const fn action(&self) -> ItemAction {
        self.item.action
    }

    /// The service or product that it changes, as the client names it.
    pub(crate) fn subject_id(&self) -> Option<&str> {
        read::text(self.subject(self.document)?, "id")
    }

    /// What the client pays: the tax included amount of the first price of the item.
    pub(crate) fn price(&self) -> Option<&Members> {
        let price = read::objects(self.document, "itemPrice").next()?;
        read::object(read::object(price, "price")?, "taxIncludedAmount")
    }

    fn subscription(&self) -> Result<Plan, ItemFailure> {
        self.check_right(self.order.rights.ecc)?;
        let members = numbers_and_booleans(self.characteristics());
        let command = match self.action() {
            ItemAction::Add => ecc::read::creation(&members).map(Command::Create),
            ItemAction::Modify => ecc::read::values(&members).and_then(|change| {
                let change = ChangeRequest::Values(Box::new(change));
                Ok(Command::Change(self.reference(self.subject_id())?, change))
            }),
            ItemAction::Delete | ItemAction::NoChange => {
                self.reference(self.subject_id()).map(Command::Delete)
            }
        };
        command.map(Plan::Subscription).map_err(|wrong| invalid(&wrong))
    }

    /// A service of the subscription that the item is nested in.
    fn service(&self, service: &str) -> Result<Plan, ItemFailure> {
        self.check_right(self.order.rights.ecc)?;
        let change = self.change_of_service(service);
        let command =
            change.and_then(|change| Ok(Command::Change(self.container_reference()?, change)));
        command.map(Plan::Subscription).map_err(|wrong| invalid(&wrong))
    }

    fn change_of_service(&self, service: &str) -> Result<ChangeRequest, Violations> {
        let mut members = numbers_and_booleans(self.characteristics());
        let id = service.parse::<ServiceId>();
        let id = id.map_err(|error| Violations::one("/id", error.to_string()))?;
        Ok(match self.action() {
            ItemAction::Add => {
                members.insert("id".to_owned(), service.into());
                let body = Members::from_iter([("services".to_owned(), json!([members]))]);
                ChangeRequest::AddServices(ecc::read::services(&body)?)
            }
            ItemAction::Modify => ChangeRequest::AdjustService(id, ecc::read::settings(&members)?),
            ItemAction::Delete | ItemAction::NoChange => {
                ChangeRequest::RemoveService(id, read::integer(&members, "instance"))
            }
        })
    }

    /// The subscription of the item that it is nested in: the one that is changed, or the one that
    /// was made.
    fn container_reference(&self) -> Result<SubscriptionRef, Violations> {
        let container = self.item.within.as_ref().and_then(|id| self.order.item(id));
        let made = container.and_then(|item| {
            item.results.iter().find(|(name, _)| name == SERVICE_ID).map(|(_, id)| id.as_str())
        });
        let named = || read::text(self.subject(self.container?)?, "id");
        self.reference(made.or_else(named))
    }

    fn reference(&self, id: Option<&str>) -> Result<SubscriptionRef, Violations> {
        let pointer = format!("/{}/id", self.names.subject);
        let id = id.ok_or_else(|| Violations::one(pointer.clone(), "required"))?;
        id.parse().map_err(|error: domain::subscription::ParseSubscriptionRefError| {
            Violations::one(pointer, error.to_string())
        })
    }

    fn esim(&self, product: Option<&str>) -> Result<Plan, ItemFailure> {
        self.check_right(self.order.rights.esim)?;
        match self.action() {
            ItemAction::Add | ItemAction::Modify => {
                Ok(Plan::Esim(esim_item::request(self, product)))
            }
            ItemAction::Delete | ItemAction::NoChange => {
                Err(failure("ACTION_NOT_SUPPORTED", "an eSIM is added or modified"))
            }
        }
    }

    fn check_right(&self, right: bool) -> Result<(), ItemFailure> {
        let message = "the roles of the client that placed the order do not allow this";
        right.then_some(()).ok_or_else(|| failure("FORBIDDEN", message))
    }
}

/// Numbers and booleans that are written as texts, as many clients write every value.
fn numbers_and_booleans(mut members: Members) -> Members {
    for name in ["blocked", "odb-profile", "limit", "instance"] {
        if let Some(Value::String(text)) = members.get(name)
            && let Ok(value @ (Value::Bool(_) | Value::Number(_))) = serde_json::from_str(text)
        {
            members.insert(name.to_owned(), value);
        }
    }
    members
}
