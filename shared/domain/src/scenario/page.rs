//! The page of the table, `infra/docs/guides/scenarios.md`.

use std::fmt::Write as _;

use super::{CARRIER, ClientAct, ECC, ESIM, SIM_PREFIX, Scenario, reserved};
use crate::{order::OrderKind, webhook::EventType};

const HEAD: &str = "# Scenarios

Some values are reserved: an order that uses one takes the course that its table says. With them you try every outcome of an order, in a [sandbox](sandbox.md) of your own or in one that an operator runs for you. No network, SM-DP+ or other carrier is called for such an order.

In every other deployment an order that uses a reserved value is refused with `422`, and nothing is stored. A sandbox refuses a reserved value whose number is in no table in the same way.

The two digits are the number of the scenario; what follows them is free. Take other free digits for every SIM: a SIM belongs to one subscription, and is void when that ends.

| Value | Form | Example, scenario 01 |
|---|---|---|
| SIM (`iccid`) | `89999`, the two digits, 12 free digits, check digit (Luhn) | `89999010000000000013` |
| number (`msisdn`) | `999`, the two digits, 1 to 10 free digits | `999010000001` |
| e-mail address (`customer.email`) | any name, `@s`, the two digits, `.scenario.test` | `ann@s01.scenario.test` |
| purchase order number (`buyerPurchaseOrderNumber`) | `SANDBOX`, the two digits, at most 7 free characters | `SANDBOX01-1` |

Nobody can own these values: ITU-T E.164 assigns the country code 999 to nobody, with which such numbers and, after `89`, such ICCIDs begin (ITU-T E.118); nobody can register a name below `.test` (RFC 6761).

The columns of the tables:

* *Statuses*: all that the order comes to, the first included. Each status is also an event for [webhooks](webhooks.md), in the column *Events*. A table entry that ends with an open status stays there: the order needs intervention by the operator.
* *Seconds*: from placing the order to the last status, at least and at most. A busy sandbox may take longer.
";

const ECC_HEAD: &str = "
## Orders on subscriptions

By the SIM, or by the number. A number that the order gives counts first, then a SIM that it gives, then the number and the SIM that the subscription has: so a subscription with a SIM of scenario 02 takes 5 seconds for each change, and one change of it to a number of scenario 11 is refused. Begin with a SIM of scenario 01 to try changes with numbers. A subscription with reserved values is in no network: keep them on it.

| Scenario | SIM begins with | Number begins with | What happens | Statuses | Reason | Events | Seconds |
|---|---|---|---|---|---|---|---|
";

const ESIM_HEAD: &str = "
## eSIM orders

By the e-mail address of the customer, for new eSIMs; the plans of a top-up take the same course. *Said* is the type of the failure, or what `installation` shows.

| Scenario | Address ends with | What happens | Statuses | Said | Events | Seconds |
|---|---|---|---|---|---|---|
";

const CARRIER_HEAD: &str = "
## Carrier orders

By the purchase order number, in an order whose Seller fulfils orders automatically: in the local cloud, `Cox Spectrum Business`. The document must be acceptable otherwise. *Notifications* are the type and status of each, oldest first. *Code* is in an order message of one of them. *Then* is what the Buyer does after the notifications before `+`; those behind it follow.

| Scenario | PON begins with | What happens | Notifications | Code | Then | Seconds |
|---|---|---|---|---|---|---|
";

/// The page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str(ECC_HEAD);
    for row in &ECC {
        let number = row.number;
        let values =
            format!("`{SIM_PREFIX}{number:02}` | `{}{number:02}`", reserved::NUMBER_PREFIX);
        let end = format!("{} | {}", code(row.said), events(OrderKind::Ecc, row.seen));
        line(&mut page, row, &values, &end);
    }
    page.push_str(ESIM_HEAD);
    for row in &ESIM {
        let value = format!("`@s{:02}.{}`", row.number, reserved::EMAIL_DOMAIN);
        let end = format!("{} | {}", code(row.said), events(OrderKind::Esim, row.seen));
        line(&mut page, row, &value, &end);
    }
    page.push_str(CARRIER_HEAD);
    for row in &CARRIER {
        let value = format!("`{}{:02}`", reserved::PON_PREFIX, row.number);
        let then = row.then.map_or("", ClientAct::as_str);
        line(&mut page, row, &value, &format!("{} | {then}", code(row.said)));
    }
    page
}

fn line<C>(page: &mut String, row: &Scenario<C>, values: &str, end: &str) {
    let Scenario { number, title, seen, seconds: (least, most), .. } = row;
    let seen = seen.join(", ").replace(", +, ", " + ");
    let seconds = if *most == 0 { String::new() } else { format!("{least} to {most}") };
    // A write to a text cannot fail.
    let _ = writeln!(page, "| {number:02} | {values} | {title} | {seen} | {end} | {seconds} |");
}

fn code(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("`{said}`") }
}

fn events(kind: OrderKind, statuses: &[&str]) -> String {
    let event = |status: &&str| EventType::of_state(kind, status).ok().map(EventType::as_str);
    statuses.iter().filter_map(event).collect::<Vec<_>>().join(", ")
}
