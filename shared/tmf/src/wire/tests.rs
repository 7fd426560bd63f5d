use api::{json::parse_object, schema::Members};
use domain::order::{Lifecycle as _, OrderKind};
use domain::service_order::{
    Face, ItemId, ItemOrder, ItemUpdate, NewServiceOrder, Rights, ServiceOrder, ServiceOrderEvent,
};
use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::TmfError;

const NOW: time::OffsetDateTime = datetime!(2026-11-30 12:00 UTC);

fn members(value: &Value) -> Members {
    parse_object(value.to_string().as_bytes()).unwrap()
}

fn read(face: Face, body: &Value) -> NewDocument {
    read_new(face, body.to_string().as_bytes()).unwrap()
}

fn two_items() -> Value {
    json!({ "serviceOrderItem": [
        { "id": "1", "action": "add", "service": { "name": "a" }, "serviceOrderItem": [
            { "id": "1a", "action": "add", "service": {} },
        ] },
        { "id": "2", "action": "noChange", "service": {}, "serviceOrderItemRelationship": [
            { "relationshipType": "reliesOn", "orderItem": { "id": "1a" } },
            { "relationshipType": "Bundles", "orderItem": { "itemId": "1" } },
            { "relationshipType": "reliesOn",
              "orderItem": { "itemId": "7", "serviceOrderId": "another" } },
        ] },
    ] })
}

fn placed(new: &NewDocument) -> ServiceOrder {
    NewServiceOrder {
        face: Face::Service,
        tenant: "one".parse().unwrap(),
        rights: Rights::default(),
        external_id: new.external_id.clone(),
        start_at: new.start_at,
        items: new.items.clone(),
        correlation_id: "c".to_owned(),
    }
    .into_order("0192f0c1-a2b3-7d4e-8f90-a1b2c3d4e5f6".parse().unwrap(), NOW)
}

fn begun(order: &ServiceOrder) -> ServiceOrder {
    let one: ItemId = "1".parse().unwrap();
    let order = order.apply(ServiceOrderEvent::Began(vec![one.clone()]), NOW).unwrap().into_order();
    let ordered = ItemOrder { kind: OrderKind::Ecc, id: "20144".to_owned() };
    let results = vec![("serviceId".to_owned(), "iccid:1".to_owned())];
    let updates =
        vec![(one.clone(), ItemUpdate::Ordered(ordered)), (one, ItemUpdate::Completed(results))];
    order.apply(ServiceOrderEvent::Progressed(updates), NOW).unwrap().into_order()
}

#[test]
fn items_are_read_with_those_that_they_wait_for() {
    let items = read(Face::Service, &two_items()).items;
    let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["1", "1a", "2"]);
    assert_eq!(items[1].within.as_ref().unwrap().as_str(), "1");
    let after: Vec<&str> = items[2].after.iter().map(ItemId::as_str).collect();
    assert_eq!(after, ["1a"], "not what it bundles, nor what is of another order");
}

#[test]
fn a_document_that_is_written_in_another_order_is_the_same() {
    let one = members(&json!({ "a": { "b": 1, "c": [{ "d": 2, "e": 3 }] }, "f": 1.0 }));
    let other = members(&json!({ "f": 1.0, "a": { "c": [{ "e": 3, "d": 2 }], "b": 1 } }));
    assert_eq!(fingerprint(&one), fingerprint(&other));
    let different = members(&json!({ "a": { "b": 1, "c": [{ "d": 2, "e": 4 }] }, "f": 1.0 }));
    assert_ne!(fingerprint(&one), fingerprint(&different));
}

#[test]
fn what_an_item_has_produced_is_laid_over_it_and_taken_back_out_of_a_patch() {
    let new = read(Face::Service, &two_items());
    let order = begun(&placed(&new));
    let shown = order_body(&order, new.document.clone());
    let first = &shown["serviceOrderItem"][0];
    assert_eq!(
        (&first["state"], &first["service"]["id"]),
        (&json!("completed"), &json!("iccid:1"))
    );
    assert_eq!(first["service"]["serviceCharacteristic"][0]["value"], "20144");
    let unchanged = change(Face::Service, &order, &new.document, shown.clone()).unwrap();
    assert_eq!(unchanged, None);
    let mut items = shown["serviceOrderItem"].clone();
    items[1]["service"]["name"] = json!("b");
    let patch = members(&json!({ "serviceOrderItem": items }));
    let changed = change(Face::Service, &order, &new.document, patch).unwrap().unwrap();
    let stored = &changed.document["serviceOrderItem"];
    assert_eq!(stored[0], two_items()["serviceOrderItem"][0], "as the client wrote it");
    assert_eq!(stored[1]["service"]["name"], "b");
    assert_eq!(stored[1].get("state"), None);
    let mut items = shown["serviceOrderItem"].clone();
    items[0]["service"]["name"] = json!("b");
    let patch = members(&json!({ "serviceOrderItem": items }));
    let refused = change(Face::Service, &order, &new.document, patch);
    assert!(matches!(refused, Err(TmfError::Refused(_))), "{refused:?}");
}

#[test]
fn the_examples_of_the_documents_are_read() {
    for face in Face::ALL {
        let names = names(face);
        let example = names.order_table.example.unwrap();
        assert_eq!(read_new(face, example.as_bytes()).unwrap().items.len(), 1);
    }
    let cancel = json!({ "serviceOrder": { "id": "0192f0c1-a2b3-7d4e-8f90-a1b2c3d4e5f6" } });
    let read = read_cancellation(Face::Service, cancel.to_string().as_bytes()).unwrap();
    assert!(read.order.is_some());
}
