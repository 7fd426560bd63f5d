//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Link, Operation};
use tmf::{
    TmfProblem,
    hub::PRODUCT_SUBSCRIPTION,
    openapi::{
        self, CancelProductOrder, CancelProductOrders, ProductOrder, ProductOrders,
        ProductSubscription,
    },
    wire::{CANCEL_PRODUCT_ORDER, PRODUCT_ORDER, PRODUCT_ORDER_PATCH},
};

use crate::ProductOrdersApi;

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Product orders", "Product orders, and requests to cancel them.");
    doc.path_parameter("id", "Its id.", openapi::id());
    doc.api::<ProductOrdersApi, TmfProblem>()
}

const fn named(operation: &'static str) -> Link {
    Link { operation, parameters: &[("id", "$response.body#/id")] }
}

pub(crate) fn create(doc: &mut Describer) -> Operation {
    let links = ["get_product_order", "patch_product_order", "delete_product_order"].map(named);
    openapi::create::<ProductOrder>(doc, &PRODUCT_ORDER, &links)
}

pub(crate) fn list(doc: &mut Describer) -> Operation {
    openapi::list_orders::<ProductOrders>(doc)
}

pub(crate) fn get(doc: &mut Describer) -> Operation {
    openapi::get::<ProductOrder>(doc)
}

pub(crate) fn patch(doc: &mut Describer) -> Operation {
    openapi::patch::<ProductOrder>(doc, &PRODUCT_ORDER_PATCH)
}

pub(crate) fn delete(doc: &mut Describer) -> Operation {
    openapi::delete(doc)
}

pub(crate) fn create_cancel(doc: &mut Describer) -> Operation {
    let links = [named("get_cancel_product_order")];
    openapi::create_cancel_task::<CancelProductOrder>(doc, &CANCEL_PRODUCT_ORDER, &links)
}

pub(crate) fn list_cancel(doc: &mut Describer) -> Operation {
    openapi::list_cancel_tasks::<CancelProductOrders>(doc)
}

pub(crate) fn get_cancel(doc: &mut Describer) -> Operation {
    openapi::get_cancel_task::<CancelProductOrder>(doc)
}

pub(crate) fn subscribe(doc: &mut Describer) -> Operation {
    let links = [named("delete_product_hub")];
    openapi::subscribe::<ProductSubscription>(doc, &PRODUCT_SUBSCRIPTION, &links)
}

pub(crate) fn unsubscribe(doc: &mut Describer) -> Operation {
    openapi::unsubscribe(doc)
}
