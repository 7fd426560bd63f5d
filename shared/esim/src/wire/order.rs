//! `POST v1/order`.

use std::fmt::Display;

use domain::{
    esim::{
        ActivationDate, CountryCode, Currency, CustomerDetails, Device, DeviceType, Eid, Email,
        EsimIccid, EsimOperation, EsimOperationKind, EsimOrderDetails, MAX_SUBSCRIPTIONS, Money,
        PlanRequest, ProductId, SentInput,
    },
    violation::Violations,
};
use time::OffsetDateTime;

use super::price::Verbatim;
use api::json::{ObjectReader, parse_object};

/// The most characters of a name, a model and the like.
const LONGEST_TEXT: usize = 255;
/// The most characters of a date.
const LONGEST_DATE: usize = 64;
/// What a product goes by: the preferred name, the deprecated one, that of the seed's examples.
const PRODUCT_NAMES: [&str; 3] = ["product_id", "allowanceId", "id"];

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
    let mut violations = Violations::new();
    let mut reader = ObjectReader::new(&members, &mut violations);
    let details =
        reader.required("input", |value| value.object(|input| read_input(input, &verbatim, now)));
    match details {
        Some(details) if violations.is_empty() => {
            Ok(EsimOrderRequest { details, input: SentInput(verbatim.input().to_owned()) })
        }
        _ => Err(violations),
    }
}

fn read_input(
    input: &mut ObjectReader<'_, '_>,
    verbatim: &Verbatim<'_>,
    now: OffsetDateTime,
) -> Option<EsimOrderDetails> {
    let kind = input.required("operationType", |value| value.one_of(&EsimOperationKind::WORDS));
    let country = input.required("countryCode", |value| value.parse::<CountryCode>());
    let customer = input.required("customer", |value| value.object(read_customer));
    let device = input.required("device", |value| value.object(|d| read_device(d, kind)));
    let mut item = 0;
    let plans = input.required("subscriptions", |value| {
        value.array(1..=MAX_SUBSCRIPTIONS, |value| {
            let place = item;
            item += 1;
            value.object(|plan| read_plan(plan, place, verbatim, now))
        })
    });
    let operation = read_operation(input, kind);
    Some(EsimOrderDetails {
        operation: operation?,
        country: country?,
        customer: customer?,
        device: device?,
        plans: plans?,
    })
}

/// A top-up names its eSIM, a new eSIM has no number yet.
fn read_operation(
    input: &mut ObjectReader<'_, '_>,
    kind: Option<EsimOperationKind>,
) -> Option<EsimOperation> {
    match kind? {
        EsimOperationKind::Topup => {
            let esim = |esim: &mut ObjectReader<'_, '_>| {
                esim.required("iccid", |value| value.parse::<EsimIccid>())
            };
            let iccid = input.required("esim", |value| value.object(esim))?;
            Some(EsimOperation::Topup { iccid })
        }
        EsimOperationKind::NewEsim => {
            input.nullable("esim", |value| {
                value.object(|esim| {
                    if esim.has("iccid") {
                        esim.refuse("iccid", "only for TOPUP");
                    }
                    Some(())
                })
            });
            Some(EsimOperation::NewEsim)
        }
    }
}

fn read_customer(customer: &mut ObjectReader<'_, '_>) -> Option<CustomerDetails> {
    let email = customer.required("email", |value| value.parse::<Email>());
    let first_name = short_text(customer, "firstName");
    let last_name = short_text(customer, "lastName");
    let language = short_text(customer, "language");
    let country_of_residence =
        customer.nullable("countryOfResidence", |value| value.parse::<CountryCode>()).present();
    Some(CustomerDetails { email: email?, first_name, last_name, language, country_of_residence })
}

fn short_text(reader: &mut ObjectReader<'_, '_>, name: &'static str) -> Option<String> {
    reader.nullable(name, |value| value.text(0..=LONGEST_TEXT)).present().map(str::to_owned)
}

fn read_device(
    device: &mut ObjectReader<'_, '_>,
    kind: Option<EsimOperationKind>,
) -> Option<Device> {
    // Without a legal operation every type may be right.
    let allowed = DeviceType::allowed(kind.unwrap_or(EsimOperationKind::NewEsim));
    let words: Vec<(&str, DeviceType)> =
        allowed.iter().map(|device| (device.as_str(), *device)).collect();
    let device_type = device.required("type", |value| value.one_of(&words));
    let id = short_text(device, "id");
    let alias = short_text(device, "product_id");
    if id.is_some() && alias.is_some() && id != alias {
        device.refuse("product_id", "differs from id, of which it is an alias");
    }
    let model = short_text(device, "model");
    let make = short_text(device, "make");
    let eid = device.nullable("eid", |value| value.parse::<Eid>()).present();
    Some(Device { kind: device_type?, id: id.or(alias), model, make, eid })
}

fn read_plan(
    plan: &mut ObjectReader<'_, '_>,
    item: usize,
    verbatim: &Verbatim<'_>,
    now: OffsetDateTime,
) -> Option<PlanRequest> {
    let product = read_product(plan);
    let activation = read_activation(plan, now);
    let money = read_money(plan, item, verbatim);
    Some(PlanRequest { product: product?, activation: activation?, money: money? })
}

fn read_product(plan: &mut ObjectReader<'_, '_>) -> Option<ProductId> {
    let (mut found, mut given, mut right) = (None, false, true);
    for name in PRODUCT_NAMES {
        given |= plan.has(name);
        let Some(product) = plan.optional(name, |value| value.parse::<ProductId>()) else {
            right &= !plan.has(name);
            continue;
        };
        match &found {
            None => found = Some(product),
            Some(first) if *first == product => {}
            Some(_) => {
                plan.refuse(name, "differs from the other name of the product");
                right = false;
            }
        }
    }
    if !given {
        plan.refuse(PRODUCT_NAMES[0], "required");
    }
    found.filter(|_| right)
}

fn read_activation(plan: &mut ObjectReader<'_, '_>, now: OffsetDateTime) -> Option<ActivationDate> {
    let name = "activationDate";
    let mut wrong = false;
    let text = plan.nullable(name, |value| {
        let text = value.text(0..=LONGEST_DATE);
        wrong = text.is_none();
        text
    });
    match text.present() {
        None if wrong => None,
        None => Some(ActivationDate::immediate(now)),
        Some(text) => {
            ActivationDate::read(text, now).map_err(|error| refuse(plan, name, &error)).ok()
        }
    }
}

/// Price and currency: both or neither. None when something is wrong.
fn read_money(
    plan: &mut ObjectReader<'_, '_>,
    item: usize,
    verbatim: &Verbatim<'_>,
) -> Option<Option<Money>> {
    let mut given = [false; 2];
    let price = plan.nullable("price", |value| {
        given[0] = true;
        verbatim.price(item).map_err(|error| value.refuse::<()>(error.to_string())).ok()
    });
    let currency = plan.nullable("currency", |value| {
        given[1] = true;
        value.parse::<Currency>()
    });
    match given {
        [true, false] => refuse(plan, "currency", &"required with price"),
        [false, true] => refuse(plan, "price", &"required with currency"),
        [false, false] => return Some(None),
        [true, true] => {}
    }
    Some(Some(Money { price: price.present()?, currency: currency.present()? }))
}

fn refuse(reader: &mut ObjectReader<'_, '_>, name: &str, why: &impl Display) {
    reader.refuse(name, why.to_string());
}
