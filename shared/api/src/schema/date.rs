//! Filters of lists by the date of an order.

use domain::carrier::CarrierDate;
use time::OffsetDateTime;

use super::{Custom, Kind, Member, optional};
use crate::Query;

const FROM: &str = "orderDate.gte";
const BEFORE: &str = "orderDate.lt";

const DATE: Custom = Custom {
    check: |value| {
        let date = value.as_str().map(CarrierDate::read);
        date.and_then(|date| date.earliest()).map(drop).ok_or("a date")
    },
    schema: r#"{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?$",
        "description": "YYYY-MM-DD, or with a time and an offset."}"#,
    beyond: true,
    examples: &["\"2026-11-21\""],
};

/// The parameter `orderDate.gte`.
pub const fn from_order_date() -> Member {
    optional(FROM, Kind::Custom(&DATE)).about("Only with this order date or a later one.")
}

/// The parameter `orderDate.lt`.
pub const fn before_order_date() -> Member {
    optional(BEFORE, Kind::Custom(&DATE)).about("Only with an earlier order date.")
}

/// Both in a query: not before the first, and before the second.
pub fn order_dates(query: &Query) -> (Option<OffsetDateTime>, Option<OffsetDateTime>) {
    let date = |name| CarrierDate::read(query.get(name)?).earliest();
    (date(FROM), date(BEFORE))
}
