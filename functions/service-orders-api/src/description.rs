//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Link, Operation};
use tmf::{
    TmfProblem,
    hub::SERVICE_SUBSCRIPTION,
    openapi::{
        self, CancelServiceOrder, CancelServiceOrders, ServiceOrder, ServiceOrders,
        ServiceSubscription,
    },
    wire::{CANCEL_SERVICE_ORDER, SERVICE_ORDER, SERVICE_ORDER_PATCH},
};

use crate::ServiceOrdersApi;

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Service orders", "Service orders, and requests to cancel them.");
    doc.path_parameter("id", "Its id.", openapi::id());
    doc.api::<ServiceOrdersApi, TmfProblem>()
}

const fn named(operation: &'static str) -> Link {
    Link { operation, parameters: &[("id", "$response.body#/id")] }
}

pub(crate) fn create(doc: &mut Describer) -> Operation {
    let links = ["get_service_order", "patch_service_order", "delete_service_order"].map(named);
    openapi::create::<ServiceOrder>(doc, &SERVICE_ORDER, &links)
}

pub(crate) fn list(doc: &mut Describer) -> Operation {
    openapi::list_orders::<ServiceOrders>(doc)
}

pub(crate) fn get(doc: &mut Describer) -> Operation {
    openapi::get::<ServiceOrder>(doc)
}

pub(crate) fn patch(doc: &mut Describer) -> Operation {
    openapi::patch::<ServiceOrder>(doc, &SERVICE_ORDER_PATCH)
}

pub(crate) fn delete(doc: &mut Describer) -> Operation {
    openapi::delete(doc)
}

pub(crate) fn create_cancel(doc: &mut Describer) -> Operation {
    let links = [named("get_cancel_service_order")];
    openapi::create_cancel_task::<CancelServiceOrder>(doc, &CANCEL_SERVICE_ORDER, &links)
}

pub(crate) fn list_cancel(doc: &mut Describer) -> Operation {
    openapi::list_cancel_tasks::<CancelServiceOrders>(doc)
}

pub(crate) fn get_cancel(doc: &mut Describer) -> Operation {
    openapi::get_cancel_task::<CancelServiceOrder>(doc)
}

pub(crate) fn subscribe(doc: &mut Describer) -> Operation {
    let links = [named("delete_service_hub")];
    openapi::subscribe::<ServiceSubscription>(doc, &SERVICE_SUBSCRIPTION, &links)
}

pub(crate) fn unsubscribe(doc: &mut Describer) -> Operation {
    openapi::unsubscribe(doc)
}
