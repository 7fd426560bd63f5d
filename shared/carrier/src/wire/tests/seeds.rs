use domain::carrier::{Event, NotificationType, OrderProgress, OrderStatus, Quirk, Severity};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{super::*, notices_document, orders_document};

fn quirks(tolerated: &[domain::carrier::Tolerated]) -> Vec<Quirk> {
    tolerated.iter().map(|tolerated| tolerated.quirk).collect()
}

#[test]
fn every_example_of_the_two_documents_is_read() {
    assert_eq!((orders_document().len(), notices_document().len()), (2, 16));
}

#[test]
fn both_published_orders_are_accepted_and_every_member_comes_back() {
    let [list, created] = &orders_document()[..] else { panic!() };
    let listed = list["items"][0].as_object().unwrap();
    for (order, expected) in [
        (listed, vec![Quirk::LongLinkTitle, Quirk::BareProductSpecification, Quirk::LongLinkTitle]),
        (created, vec![Quirk::MissingProductSpecification]),
    ] {
        let read = read_order(order.clone()).unwrap();
        assert_eq!(quirks(&read.tolerated), expected);
        assert!(read.view.status_sent);
        assert_eq!(read.view.items.len(), 2);
        assert_eq!(view_order(&read.document).unwrap().items, read.view.items);

        let id = "ORD-CC-12345".parse().unwrap();
        let accepted = Event::Accepted { warnings: Vec::new() };
        let now = OffsetDateTime::UNIX_EPOCH;
        let progress =
            OrderProgress::place(read.view.references(), accepted, now).unwrap().progress;
        let links = Links { base: "http:/".to_owned() };
        let mut body = order_body(read.document, &id, &progress, &links);
        assert_eq!(body["orderStatus"], "ACKNOWLEDGED");
        assert_eq!(body["link"]["href"], "http://orders/ORD-CC-12345");
        for item in body["orderItems"].as_array_mut().unwrap() {
            let status = item.as_object_mut().unwrap().remove("orderItemStatus");
            assert_eq!(status, Some(json!("ACKNOWLEDGED")));
        }
        for (name, value) in order.iter().filter(|(n, _)| *n != "orderStatus" && *n != "link") {
            assert_eq!(body[name].to_string(), value.to_string(), "{name} verbatim, in its order");
        }
    }
}

#[test]
fn the_status_examples_are_read_and_answered_with_themselves() {
    let documents = notices_document();
    for body in [&documents[1], &documents[2]] {
        let request = read_status_request(body.clone()).unwrap();
        assert_eq!(request.seller.as_str(), "Cox Spectrum Business");
        assert_eq!(request.order.unwrap().as_str(), "ORD-CC-12345");
        assert_eq!(request.body, *body);
    }
    for body in [&documents[0], &documents[3], &documents[4]] {
        let response = read_status_response(body.clone()).unwrap();
        assert_eq!(response.word.status, OrderStatus::InProgress);
        assert_eq!(response.body, *body);
        assert!(response.tolerated.is_empty());
    }
}

#[test]
fn every_published_notification_is_read() {
    use NotificationType as T;
    use OrderStatus as S;
    let expected = [
        (T::Confirmation, S::InProgress, vec![Quirk::BooleanAsText]),
        (T::Rejection, S::Rejected, vec![]),
        (T::Rejection, S::Rejected, vec![]),
        (T::Rejection, S::Rejected, vec![]),
        (T::Confirmation, S::InProgress, vec![]),
        (
            T::Configuration,
            S::InProgress,
            vec![Quirk::LongBillingAccount, Quirk::BareIdAssignment, Quirk::SvlanIdLastList],
        ),
        (T::Cancellation, S::Cancelled, vec![]),
        (T::Cancellation, S::Cancelled, vec![]),
        (
            T::Completion,
            S::Completed,
            vec![
                Quirk::LongBillingAccount,
                Quirk::BareIdAssignment,
                Quirk::SvlanIdLastList,
                Quirk::StatusContradictsType,
            ],
        ),
        (T::Jeopardy, S::Held, vec![Quirk::MessageInformationCase]),
        (
            T::StatusUpdate,
            S::Pending,
            vec![
                Quirk::StatusUadate,
                Quirk::MessageInformationCase,
                Quirk::LongMessageText,
                Quirk::MessageInformationCase,
            ],
        ),
    ];
    let documents = notices_document();
    assert_eq!(documents.len() - 5, expected.len());
    for (body, (kind, status, tolerated)) in documents[5..].iter().zip(expected) {
        let read =
            read_notification(body.clone()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!((read.report.kind, read.report.status), (kind, status));
        assert_eq!(quirks(&read.tolerated), tolerated, "{kind}");
        assert_eq!(Value::Object(read.body).to_string(), Value::Object(body.clone()).to_string());
    }
}

#[test]
fn what_the_published_notifications_say_is_understood() {
    let documents = notices_document();
    let read = |n: usize| read_notification(documents[n].clone()).unwrap().report;

    let configuration = read(10).assignments;
    assert_eq!(configuration.billing_account.as_deref(), Some("10128627954C12"));
    assert_eq!(configuration.ovcs[0].seller_id.as_str(), "CKT-10-O-293848176253");
    assert_eq!(configuration.ennis[0].buyer_id.as_deref(), Some("10.VLXP.553622.22.MJD"));
    let range = configuration.svlans[0].range;
    assert_eq!((range.first(), range.last()), (1141, 1145), "the last id from its list");

    let confirmation = read(5).assignments;
    let range = confirmation.svlans[0].range;
    assert_eq!((range.first(), range.last()), (1, 2));
    assert_eq!(confirmation.ovcs[0].buyer_id.as_deref(), Some("OVC-123-xyz"));

    let update = read(15);
    assert_eq!(update.messages.len(), 2);
    assert_eq!(update.messages[0].severity, Severity::Warning);
    let said = update.messages[0].message_information.as_deref().unwrap();
    assert!(said.starts_with("The pricing term specified 'dog' is not valid."));
    assert_eq!(update.messages[1].code.as_deref(), Some("PRD16"));
    assert_eq!(update.messages[1].description.as_ref().unwrap().chars().count(), 150);
    assert!(update.messages[1].correction_required);

    assert_eq!(read(8).messages[0].code.as_deref(), Some("FMT002"));
    assert_eq!(documents[8]["requestedCompletionDate"], "Dog");
}
