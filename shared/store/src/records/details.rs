//! The formats of what an eSIM order is for, and of the plans of an eSIM.

use domain::esim::{
    ActivationDate, CountryCode, Currency, CustomerDetails, Device, DeviceType, Eid, Email,
    EsimIccid, EsimOperation, EsimOrderDetails, EsimPlan, Money, PlanId, PlanRequest, Price,
    ProductId,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::format::{Each, Maybe, format_of};

#[derive(Serialize, Deserialize)]
#[serde(remote = "EsimOrderDetails")]
pub(super) struct DetailsRecord {
    #[serde(flatten, with = "OperationRecord")]
    operation: EsimOperation,
    country: CountryCode,
    #[serde(with = "CustomerDetailsRecord")]
    customer: CustomerDetails,
    #[serde(with = "DeviceRecord")]
    device: Device,
    #[serde(with = "Each::<PlanRequestRecord>")]
    plans: Vec<PlanRequest>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "EsimOperation", tag = "operationType", rename_all = "SCREAMING_SNAKE_CASE")]
enum OperationRecord {
    NewEsim,
    Topup { iccid: EsimIccid },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CustomerDetails", rename_all = "camelCase")]
pub(super) struct CustomerDetailsRecord {
    email: Email,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    country_of_residence: Option<CountryCode>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Device")]
struct DeviceRecord {
    #[serde(rename = "type")]
    kind: DeviceType,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    make: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    eid: Option<Eid>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PlanRequest")]
struct PlanRequestRecord {
    product: ProductId,
    activation: ActivationDate,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "Maybe::<MoneyRecord>")]
    money: Option<Money>,
}

format_of!(PlanRequest: PlanRequestRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Money")]
struct MoneyRecord {
    price: Price,
    currency: Currency,
}

format_of!(Money: MoneyRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "EsimPlan")]
pub(crate) struct PlanRecord {
    id: PlanId,
    product: ProductId,
    activation: ActivationDate,
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none",
        default
    )]
    ended: Option<OffsetDateTime>,
}

format_of!(EsimPlan: PlanRecord);

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::records::{Formatted, format::Parsed};

    format_of!(EsimOrderDetails: DetailsRecord);

    fn details(operation: EsimOperation) -> EsimOrderDetails {
        let now = datetime!(2026-11-21 12:00 UTC);
        let customer = CustomerDetails {
            email: "john@doe.com".parse().unwrap(),
            first_name: Some("John".to_owned()),
            last_name: Some("Doe".to_owned()),
            language: Some("en".to_owned()),
            country_of_residence: Some("US".parse().unwrap()),
        };
        let device = Device {
            kind: DeviceType::Android,
            id: Some("1".to_owned()),
            model: Some("two".to_owned()),
            make: Some("three".to_owned()),
            eid: Some("89049032123451234512345678901235".parse().unwrap()),
        };
        let money = Money { price: "9.90".parse().unwrap(), currency: "EUR".parse().unwrap() };
        let plan = |money| PlanRequest {
            product: "P".parse().unwrap(),
            activation: ActivationDate::immediate(now),
            money,
        };
        let plans = vec![plan(Some(money)), plan(None)];
        EsimOrderDetails { operation, country: "PT".parse().unwrap(), customer, device, plans }
    }

    #[test]
    fn what_was_ordered_is_read_as_it_was_written() {
        let all = details(EsimOperation::Topup { iccid: "123456789".parse().unwrap() });
        let mut few = details(EsimOperation::NewEsim);
        few.customer = CustomerDetails {
            first_name: None,
            last_name: None,
            language: None,
            country_of_residence: None,
            ..few.customer
        };
        few.device = Device { id: None, model: None, make: None, eid: None, ..few.device };
        for details in [all, few] {
            let item: serde_dynamo::Item =
                serde_dynamo::to_item(Formatted::<DetailsRecord>(&details)).unwrap();
            let Parsed::<DetailsRecord>(read) = serde_dynamo::from_item(item).unwrap();
            assert_eq!(read, details);
        }
    }
}
