//! `POST v1/order`.

use domain::{
    esim::{
        ActivationDate, CustomerDetails, Device, DeviceType, EsimOperation, EsimOperationKind,
        EsimOrderDetails, Money, PlanRequest, SentInput,
    },
    violation::Violations,
};
use serde_json::Value;
use time::OffsetDateTime;

use super::{price::Verbatim, schema::ESIM_ORDER};
use api::{
    json::{Pointer, parse_object},
    schema::{Findings, Members, NoQuirk, read},
};

/// An order as its caller sent it, every rule that needs no database kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EsimOrderRequest {
    /// What is ordered.
    pub details: EsimOrderDetails,
    /// `input`, to the letter.
    pub input: SentInput,
}

/// Reads an order that came at `now`. Members that the contract does not know are kept in `input`
/// and mean nothing; an optional member may be `null`.
///
/// # Errors
/// Everything that is wrong; a single fault at the root when the body is no JSON object.
pub fn read_esim_order(body: &[u8], now: OffsetDateTime) -> Result<EsimOrderRequest, Violations> {
    let members = parse_object(body)?;
    let verbatim = Verbatim::of(body);
    let mut findings = ESIM_ORDER.check(&members);
    let details = read::object(&members, "input").map(|input| {
        check_plans(input, &verbatim, now, &mut findings);
        details(input, &verbatim, now)
    });
    findings.violations.into_result(())?;
    let details = details.flatten().ok_or_else(|| Violations::one("/input", "required"))?;
    Ok(EsimOrderRequest { details, input: SentInput(verbatim.input().to_owned()) })
}

/// What a schema cannot know: the time, and how a price was written.
fn check_plans(
    input: &Members,
    verbatim: &Verbatim<'_>,
    now: OffsetDateTime,
    findings: &mut Findings<NoQuirk>,
) {
    let place = Pointer::Root.member("input");
    let plans = place.member("subscriptions");
    for (index, plan) in read::items(input, "subscriptions").enumerate() {
        let (Some(plan), here) = (plan.as_object(), plans.item(index)) else { continue };
        if let Some(price) = plan.get("price")
            && (super::schema::PRICE.check)(price).is_ok()
            && let Err(error) = verbatim.price(index)
        {
            findings.refuse(here.member("price"), error.to_string());
        }
        let past = read::text(plan, "activationDate")
            .filter(|text| super::schema::ActivationText::is_valid(text))
            .and_then(|text| ActivationDate::read(text, now).err());
        if let Some(error) = past {
            findings.refuse(here.member("activationDate"), error.to_string());
        }
    }
}

/// The order of a valid input. None otherwise.
fn details(
    input: &Members,
    verbatim: &Verbatim<'_>,
    now: OffsetDateTime,
) -> Option<EsimOrderDetails> {
    let operation = match read::word(input, "operationType", &EsimOperationKind::WORDS)? {
        EsimOperationKind::NewEsim => EsimOperation::NewEsim,
        EsimOperationKind::Topup => {
            EsimOperation::Topup { iccid: read::parsed(read::object(input, "esim")?, "iccid")? }
        }
    };
    let plans = read::objects(input, "subscriptions").enumerate();
    Some(EsimOrderDetails {
        operation,
        country: read::parsed(input, "countryCode")?,
        customer: customer(read::object(input, "customer")?)?,
        device: device(read::object(input, "device")?)?,
        plans: plans
            .map(|(index, plan)| plan_request(plan, index, verbatim, now))
            .collect::<Option<_>>()?,
    })
}

fn customer(customer: &Members) -> Option<CustomerDetails> {
    Some(CustomerDetails {
        email: read::parsed(customer, "email")?,
        first_name: read::owned(customer, "firstName"),
        last_name: read::owned(customer, "lastName"),
        language: read::owned(customer, "language"),
        country_of_residence: read::parsed(customer, "countryOfResidence"),
    })
}

fn device(device: &Members) -> Option<Device> {
    let types = DeviceType::ALL.map(|device| (device.as_str(), device));
    Some(Device {
        kind: read::word(device, "type", &types)?,
        id: read::owned(device, "id").or_else(|| read::owned(device, "product_id")),
        model: read::owned(device, "model"),
        make: read::owned(device, "make"),
        eid: read::parsed(device, "eid"),
    })
}

fn plan_request(
    plan: &Members,
    index: usize,
    verbatim: &Verbatim<'_>,
    now: OffsetDateTime,
) -> Option<PlanRequest> {
    let product = super::schema::PRODUCT_NAMES.iter().find_map(|name| read::parsed(plan, name))?;
    let activation = match read::text(plan, "activationDate") {
        None => ActivationDate::immediate(now),
        Some(text) => ActivationDate::read(text, now).ok()?,
    };
    let money = match plan.get("price") {
        None | Some(Value::Null) => None,
        Some(_) => Some(Money {
            price: verbatim.price(index).ok()?,
            currency: read::parsed(plan, "currency")?,
        }),
    };
    Some(PlanRequest { product, activation, money })
}
