//! Examples of bodies: those of the tables, and orders written as every order is.

use api::{
    openapi::{Example, sample},
    schema::{Members, Object, example},
};
use domain::carrier::{Intake, Quirk, begin};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    NotificationBody, Notifications, OrderAnswer, OrderList, StatusRequestBody, StatusResponseBody,
};
use crate::wire::{
    Links, NOTIFICATION, ORDER, OrderPage, STATUS_REQUEST, STATUS_RESPONSE, list_body, order_body,
    read_order,
};

fn of_table(object: &Object<Quirk>) -> Members {
    object.example.map(example).unwrap_or_default()
}

fn links() -> Links {
    Links { base: "https://orders.example.com".to_owned() }
}

/// The order of the table as it is answered once it is placed.
fn order() -> Members {
    let sent = read_order(of_table(&ORDER)).expect("the example of the table is valid");
    let accepted = Intake::Accepted { warnings: Vec::new() };
    let (progress, _) = begin(&sent.view, accepted, OffsetDateTime::UNIX_EPOCH)
        .expect("an order that is accepted begins");
    order_body(sent.document, &sample("ORD-CC-12345"), &progress, &links())
}

impl Example for OrderAnswer {
    fn example() -> Value {
        json!(order())
    }
}

impl Example for OrderList {
    fn example() -> Value {
        let page = OrderPage {
            items: vec![order()],
            available: 1,
            available_is_minimum: false,
            this: "/orders?pon=PO-1".to_owned(),
            next: None,
        };
        json!(list_body(page, &links()))
    }
}

impl Example for StatusRequestBody {
    fn example() -> Value {
        json!(of_table(&STATUS_REQUEST))
    }
}

impl Example for StatusResponseBody {
    fn example() -> Value {
        json!(of_table(&STATUS_RESPONSE))
    }
}

impl Example for NotificationBody {
    fn example() -> Value {
        json!(of_table(&NOTIFICATION))
    }
}

impl Example for Notifications {
    fn example() -> Value {
        NotificationBody::example()
    }
}
