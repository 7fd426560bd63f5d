use domain::{
    clock::RandomSource,
    esim::{
        CustomerId, DeviceType, EsimOperation, EsimOrder, EsimOrderId, EsimOrderStatus, Failure,
        FailureKind, Fulfilment, Installation, NotificationPoint, PlanId, PointStatus, Reservation,
        SentInput,
    },
};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

use super::*;

const NOW: OffsetDateTime = datetime!(2019-09-13 11:00 UTC);
const SEED: &str = include_str!("../../tests/data/003_f3b3798e454bac60.txt");

/// The bodies of the seed's requests, as they stand there.
fn examples() -> Vec<&'static str> {
    SEED.split("-d '").skip(1).map(|rest| rest.split("'\n").next().unwrap()).collect()
}

fn new_esim() -> Value {
    json!({ "input": {
        "operationType": "NEW_ESIM",
        "countryCode": "PT",
        "customer": { "email": "john@doe.com" },
        "device": { "type": "ios" },
        "subscriptions": [{ "product_id": "P-1" }],
    } })
}

fn topup() -> Value {
    let mut body = new_esim();
    body["input"]["operationType"] = json!("TOPUP");
    body["input"]["esim"] = json!({ "iccid": "89461177710001700003" });
    body
}

fn read(body: &Value) -> Result<EsimOrderRequest, String> {
    read_esim_order(body.to_string().as_bytes(), NOW).map_err(|wrong| wrong.to_string())
}

/// What is wrong when one member of a right request is something else.
fn wrong(mut body: Value, pointer: &str, value: Value) -> String {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        object => object[name] = value,
    }
    read(&body).expect_err(pointer)
}

#[test]
fn every_example_of_the_seed_is_accepted() {
    let examples = examples();
    assert_eq!(examples.len(), 2);
    for example in &examples {
        let request = read_esim_order(example.as_bytes(), NOW).unwrap();
        let details = &request.details;
        assert_eq!(details.device.id.as_deref(), Some("123456789"), "the alias");
        assert_eq!(details.device.kind, DeviceType::Ios);
        assert_eq!(details.plans[0].product.as_str(), "a3u3z000000PZBhAAO");
        assert_eq!(details.plans[0].activation.get(), datetime!(2019-09-13 12:00 UTC));
        assert_eq!(details.plans[0].money.as_ref().unwrap().price.as_str(), "10");
        let whole: Value = serde_json::from_str(example).unwrap();
        let input: Value = serde_json::from_str(&request.input.0).unwrap();
        assert_eq!(input, whole["input"]);
    }
    let request = read_esim_order(examples[1].as_bytes(), NOW).unwrap();
    let iccid = "123456789".parse().unwrap();
    assert_eq!(request.details.operation, EsimOperation::Topup { iccid });
}

#[test]
fn the_examples_are_refused_once_their_date_is_past() {
    for example in examples() {
        let late = read_esim_order(example.as_bytes(), datetime!(2019-09-13 12:05:01 UTC));
        assert_eq!(
            late.unwrap_err().to_string(),
            "/input/subscriptions/0/activationDate: must not be in the past"
        );
    }
}

#[test]
fn everything_that_is_wrong_is_listed_at_once() {
    let body = json!({ "input": {
        "operationType": "TOPUP",
        "countryCode": "UK",
        "customer": { "email": "john", "countryOfResidence": "us", "firstName": 1 },
        "device": { "type": "iot", "id": "1", "product_id": "2", "eid": "1" },
        "subscriptions": [
            { "product_id": "A", "allowanceId": "B", "price": 1 },
            { "currency": "usd", "activationDate": "yesterday" },
        ],
    } });
    let lines = read(&body).unwrap_err();
    let lines: Vec<&str> = lines.split("; ").collect();
    assert_eq!(
        lines,
        [
            "/input/countryCode: two capital letters of ISO 3166-1 alpha-2",
            "/input/customer/email: an e-mail address, at most 254 characters",
            "/input/customer/firstName: must be a string",
            "/input/customer/countryOfResidence: two capital letters of ISO 3166-1 alpha-2",
            "/input/device/type: must be one of: ios, android",
            "/input/device/product_id: differs from id, of which it is an alias",
            "/input/device/eid: 32 decimal digits",
            "/input/subscriptions/0/allowanceId: differs from the other name of the product",
            "/input/subscriptions/0/currency: required with price",
            "/input/subscriptions/1/product_id: required",
            "/input/subscriptions/1/activationDate: a date and time of RFC 3339, such as \
             2030-09-13T12:00:00Z",
            "/input/subscriptions/1/currency: three capital letters (ISO 4217)",
            "/input/subscriptions/1/price: required with currency",
            "/input/esim: required",
        ]
    );
}

#[test]
fn each_rule_is_told_at_its_place() {
    for (body, pointer, value, message) in [
        (new_esim(), "/input/operationType", json!("SWAP"), "must be one of: NEW_ESIM"),
        (new_esim(), "/input/customer", json!(null), "must not be null"),
        (new_esim(), "/input/device/type", json!("nokia"), "must be one of: iot, ios, android"),
        (new_esim(), "/input/subscriptions", json!([]), "must have 1 to 15 items"),
        (
            new_esim(),
            "/input/subscriptions",
            json!(vec![json!({ "id": "P" }); 16]),
            "must have 1 to 15 items",
        ),
        (new_esim(), "/input/subscriptions/0", json!("P"), "must be an object"),
        (topup(), "/input/esim/iccid", json!("89x"), "1 to 22 decimal digits"),
        (topup(), "/input/esim/iccid", json!(89), "must be a string"),
        (topup(), "/input/esim", json!({}), "required"),
    ] {
        let told = wrong(body, pointer, value);
        assert!(told.contains(message), "{pointer}: {told}");
    }
    let told = wrong(new_esim(), "/input/esim", json!({ "iccid": "1" }));
    assert_eq!(told, "/input/esim/iccid: only for TOPUP");
}

#[test]
fn a_body_that_is_no_json_object_is_one_fault_at_the_root() {
    for body in ["", "[]", "{", "null"] {
        let wrong = read_esim_order(body.as_bytes(), NOW).unwrap_err();
        assert!(wrong.iter().all(|fault| fault.pointer.is_empty()), "{wrong}");
    }
    assert_eq!(read(&json!({})), Err("/input: required".to_owned()));
}

#[test]
fn the_names_of_a_product_are_aliases() {
    for plan in [
        json!({ "product_id": "P" }),
        json!({ "allowanceId": "P" }),
        json!({ "id": "P" }),
        json!({ "product_id": "P", "allowanceId": "P", "id": "P" }),
    ] {
        let mut body = new_esim();
        body["input"]["subscriptions"][0] = plan;
        assert_eq!(read(&body).unwrap().details.plans[0].product.as_str(), "P");
    }
}

#[test]
fn the_deprecated_operation_is_a_topup() {
    let mut body = topup();
    body["input"]["operationType"] = json!("TOPUP_ACTIVATION");
    let details = read(&body).unwrap().details;
    let iccid = "89461177710001700003".parse().unwrap();
    assert_eq!(details.operation, EsimOperation::Topup { iccid });
}

#[test]
fn a_price_and_the_whole_input_are_kept_to_the_letter() {
    for (sent, kept) in [
        ("9.90", Ok("9.90")),
        ("0.1", Ok("0.1")),
        ("123456789012.123456", Ok("123456789012.123456")),
        ("\"9.90\"", Ok("9.90")),
        ("1e2", Ok("100")),
        ("990e-2", Ok("9.9")),
        ("9.9000000", Ok("9.9")),
        ("-0", Ok("0")),
        ("\"1e2\"", Err(())),
        ("1e12", Err(())),
        ("1e-7", Err(())),
        ("1e-400", Err(())),
        ("-1", Err(())),
        ("true", Err(())),
        ("\"\"", Err(())),
    ] {
        let plans =
            format!(r#"[{{"id":"A"}}, {{ "id": "P", "price" : {sent}, "currency": "EUR" }}]"#);
        let body = new_esim().to_string().replace(r#"[{"product_id":"P-1"}]"#, &plans);
        let request = read_esim_order(body.as_bytes(), NOW);
        let price = request.as_ref().map_err(|_| ()).map(|request| {
            assert!(request.input.0.contains(&plans));
            request.details.plans[1].money.as_ref().unwrap().price.as_str()
        });
        assert_eq!(price, kept, "{sent}");
    }
}

#[test]
fn an_optional_member_may_be_null() {
    let mut body = new_esim();
    body["input"]["customer"]["firstName"] = json!(null);
    body["input"]["device"]["eid"] = json!(null);
    body["input"]["esim"] = json!(null);
    body["input"]["subscriptions"][0] =
        json!({ "id": "P", "price": null, "currency": null, "activationDate": null });
    let details = read(&body).unwrap().details;
    assert_eq!(details.plans[0].activation.get(), NOW, "the default is now");
    assert_eq!(details.plans[0].money, None);
}

fn progress(change: impl FnOnce(&mut Value)) -> Result<Installation, String> {
    let mut body = json!({
        "header": { "functionRequesterIdentifier": "1.2", "functionCallIdentifier": "TX" },
        "iccid": "89461177710001700003F",
        "profileType": "consumer",
        "timestamp": "2026-11-21T12:00:00Z",
        "notificationPointId": 3,
        "notificationPointStatus": { "status": "Executed-Success" },
        "resultData": "AA==",
    });
    change(&mut body);
    read_download_progress(body.to_string().as_bytes())
        .map(|progress| progress.installation)
        .map_err(|wrong| wrong.to_string())
}

#[test]
fn download_progress_is_read_in_every_accepted_spelling() {
    let expected = Installation {
        point: NotificationPoint::PackageDownloaded,
        status: PointStatus::Succeeded,
        at: datetime!(2026-11-21 12:00 UTC),
    };
    assert_eq!(progress(|_| ()), Ok(expected.clone()));
    let quirky = progress(|body| {
        body["notificationPointId"] = json!("3");
        body["timeStamp"] = json!("2026-11-21T13:00:00+01:00");
        body.as_object_mut().unwrap().remove("timestamp");
    });
    assert_eq!(quirky, Ok(expected));
}

#[test]
fn a_failed_point_tells_its_reason_if_it_makes_sense() {
    let failed = |data: Value| {
        let status = progress(|body| {
            body["notificationPointStatus"] = json!({ "status": "Failed", "statusCodeData": data });
        });
        match status.unwrap().status {
            PointStatus::Failed { code } => code.map(|code| code.to_string()),
            PointStatus::Succeeded => panic!("not failed"),
        }
    };
    let data = json!({ "subjectCode": "8.1", "reasonCode": "4.8" });
    assert_eq!(failed(data).as_deref(), Some("8.1/4.8"));
    assert_eq!(failed(json!({ "subjectCode": 8, "reasonCode": "4.8" })), None);
    assert_eq!(failed(json!(null)), None);
}

#[test]
fn progress_that_makes_no_sense_is_refused() {
    for point in [json!(0), json!(5), json!("x"), json!(1.5), json!("-1"), json!(300)] {
        let told = progress(|body| body["notificationPointId"] = point).unwrap_err();
        assert_eq!(told, "/notificationPointId: must be an integer from 1 to 4");
    }
    let told = progress(|body| body["timestamp"] = json!("now")).unwrap_err();
    assert_eq!(told, "/timestamp: must be a date and time of RFC 3339");
    let told = progress(|body| body["notificationPointStatus"] = json!({ "status": "ok" }));
    assert!(told.unwrap_err().starts_with("/notificationPointStatus/status: must be one of"));
}

struct Ones;

impl RandomSource for Ones {
    fn generate(&self) -> u64 {
        1
    }
}

fn order(status: EsimOrderStatus) -> EsimOrder {
    let request = read(&new_esim()).unwrap();
    let reservation = Reservation {
        iccid: "89461177710001700003".parse().unwrap(),
        matching_id: "ABC-1".parse().unwrap(),
        profile_type: "consumer".parse().unwrap(),
        replaced: 0,
    };
    let profile = Some((reservation, "smdp.example.com".parse().unwrap()));
    EsimOrder {
        id: EsimOrderId::generate(NOW, &Ones),
        tenant: "t".parse().unwrap(),
        customer: CustomerId::generate(NOW, &Ones),
        details: request.details,
        profile_type: None,
        plan_ids: vec![PlanId::generate(NOW, &Ones)],
        input: SentInput(r#"{"price":  9.90}"#.to_owned()),
        status,
        fulfilment: Fulfilment::PlanAdded { profile },
        failure: None,
        installation: None,
        order_date: NOW,
        history: Vec::new(),
        needs_intervention: None,
        correlation_id: String::new(),
        attempts: 0,
        revision: 1,
    }
}

fn written(order: &EsimOrder) -> Value {
    serde_json::to_value(order_body(order).unwrap()).unwrap()
}

#[test]
fn output_appears_when_the_order_is_completed() {
    let id = EsimOrderId::generate(NOW, &Ones);
    let fulfilling = written(&order(EsimOrderStatus::Fulfilling));
    let input: Value = serde_json::from_str(r#"{"price":9.90}"#).unwrap();
    let expected = json!({ "id": id, "externalId": id, "status": "FULFILLING", "input": input });
    assert_eq!(fulfilling, expected, "the number is as it was sent");
    let done = order(EsimOrderStatus::Completed);
    assert_eq!(
        written(&done)["output"],
        json!({
            "iccid": "89461177710001700003",
            "smdpUrl": "smdp.example.com",
            "matchingId": "ABC-1",
            "lpa_url": "LPA:1$smdp.example.com$ABC-1",
            "subscription_id": done.plan_ids[0].0.to_string(),
        })
    );
    let text = serde_json::to_string(&order_body(&done).unwrap()).unwrap();
    assert!(text.contains(r#""input":{"price":  9.90}"#), "to the letter: {text}");
}

#[test]
fn the_output_of_a_topup_has_no_activation_code() {
    let mut done = order(EsimOrderStatus::Completed);
    done.details.operation = EsimOperation::Topup { iccid: "123456789".parse().unwrap() };
    done.plan_ids = vec![done.plan_ids[0]; 2];
    let plan = done.plan_ids[0].0.to_string();
    assert_eq!(
        written(&done)["output"],
        json!({ "iccid": "123456789", "subscription_id": plan, "subscription_ids": [plan, plan] })
    );
}

#[test]
fn a_failed_order_says_why() {
    let mut failed = order(EsimOrderStatus::Failed);
    let message = "no such plan".to_owned();
    failed.failure = Some(Failure { kind: FailureKind::PlanRefused, message });
    let body = written(&failed);
    let expected = json!({ "type": "PLAN_REFUSED", "message": "no such plan" });
    assert_eq!((&body["failure"], body.get("output")), (&expected, None));
}

#[test]
fn an_order_shows_how_far_its_device_has_come() {
    let mut done = order(EsimOrderStatus::Completed);
    let status = PointStatus::Failed { code: Some("8.1/4.8".parse().unwrap()) };
    done.installation = Some(Installation { point: NotificationPoint::Installed, status, at: NOW });
    assert_eq!(
        written(&done)["installation"],
        json!({
            "point": "INSTALLED", "status": "FAILED",
            "time": "2019-09-13T11:00:00Z", "reason": "8.1/4.8",
        })
    );
}
