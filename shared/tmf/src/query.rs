//! Lists in the manner of TMF630: filters by attributes, offset and limit.

use api::schema::Members;
use domain::{
    service_order::{Face, ServiceOrderId},
    violation::Violations,
};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::wire::names;

/// Attributes that an order may have besides those of its table.
const MORE_ATTRIBUTES: [&str; 14] = [
    "cancellationDate",
    "cancellationReason",
    "externalReference",
    "orderRelationship",
    "relatedParty",
    "agreement",
    "billingAccount",
    "channel",
    "payment",
    "quote",
    "orderTotalPrice",
    "@type",
    "@baseType",
    "@schemaLocation",
];
/// Attributes of a cancel task besides those of its table.
const TASK_ATTRIBUTES: [&str; 5] =
    ["id", "href", "effectiveCancellationDate", "errorMessage", "@type"];

/// The most orders that a list names.
const MOST_IDS: usize = 50;

/// How an attribute is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Is one of the values, which commas separate.
    Equal,
    /// Is none of them.
    NotEqual,
    /// Is greater, or later.
    Greater,
    /// Is not less.
    GreaterOrEqual,
    /// Is less, or earlier.
    Less,
    /// Is not greater.
    LessOrEqual,
}

impl Operator {
    const SUFFIXES: [(&str, Self); 6] = [
        (".eq", Self::Equal),
        (".ne", Self::NotEqual),
        (".gte", Self::GreaterOrEqual),
        (".gt", Self::Greater),
        (".lte", Self::LessOrEqual),
        (".lt", Self::Less),
    ];
}

/// An attribute must have a value: any of its values, where it has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The names of the members that lead to it.
    pub path: Vec<String>,
    /// How it is compared.
    pub operator: Operator,
    /// With what, as text, without the quotation marks in which some clients put it.
    pub value: String,
}

impl Filter {
    /// Of a query parameter: `attribute=value`, `attribute.gt=value`, `attribute>=value`.
    fn read(name: &str, value: &str) -> Self {
        let strict = |sign: char, strict, or_equal| {
            let (path, rest) = name.split_once(sign)?;
            // `a>=v` arrives as the name `a>` with a value, `a>v` as a name alone.
            Some(if rest.is_empty() { (path, or_equal, value) } else { (path, strict, rest) })
        };
        let suffixed = || {
            Operator::SUFFIXES
                .into_iter()
                .find_map(|(suffix, operator)| Some((name.strip_suffix(suffix)?, operator, value)))
        };
        let (path, operator, value) = strict('>', Operator::Greater, Operator::GreaterOrEqual)
            .or_else(|| strict('<', Operator::Less, Operator::LessOrEqual))
            .or_else(suffixed)
            .unwrap_or((name, Operator::Equal, value));
        let path = path.split('.').map(str::to_owned).collect();
        Self { path, operator, value: unquoted(value).to_owned() }
    }

    /// Whether it is about this attribute of the order itself.
    pub fn is_of(&self, attribute: &str) -> bool {
        matches!(&self.path[..], [only] if only == attribute)
    }

    /// Whether an order, as it is shown, passes.
    pub fn lets_pass(&self, body: &Members) -> bool {
        let mut values = Vec::new();
        if let Some((first, rest)) = self.path.split_first()
            && let Some(value) = body.get(first)
        {
            collect(value, rest, &mut values);
        }
        let is = |wanted: &str| values.iter().any(|value| are_equal(value, wanted));
        let is_one_of = || is(&self.value) || self.value.split(',').map(unquoted).any(is);
        let is_any = |matches: fn(std::cmp::Ordering) -> bool| {
            values.iter().filter_map(|value| compared(value, &self.value)).any(matches)
        };
        match self.operator {
            Operator::Equal => is_one_of(),
            Operator::NotEqual => !is_one_of(),
            Operator::Greater => is_any(std::cmp::Ordering::is_gt),
            Operator::GreaterOrEqual => is_any(std::cmp::Ordering::is_ge),
            Operator::Less => is_any(std::cmp::Ordering::is_lt),
            Operator::LessOrEqual => is_any(std::cmp::Ordering::is_le),
        }
    }
}

/// A text without a pair of quotation marks around it.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let within = |mark: char| {
        let inner = text.strip_prefix(mark)?.strip_suffix(mark)?;
        // A list of quoted values is not one quoted value.
        (!inner.contains(mark)).then_some(inner)
    };
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

/// The values at a path, as texts: an array has those of its items.
fn collect(value: &Value, path: &[String], values: &mut Vec<String>) {
    match (value, path.split_first()) {
        (Value::Array(items), _) if !items.is_empty() => {
            items.iter().for_each(|item| collect(item, path, values));
        }
        (Value::Object(members), Some((first, rest))) => {
            if let Some(value) = members.get(first) {
                collect(value, rest, values);
            }
        }
        (Value::String(text), None) => values.push(text.clone()),
        (Value::Null, None) | (_, Some(_)) => {}
        (other, None) => values.push(other.to_string()),
    }
}

fn date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

fn are_equal(value: &str, wanted: &str) -> bool {
    value == wanted || date(value).zip(date(wanted)).is_some_and(|(is, wanted)| is == wanted)
}

/// As dates, as numbers, or as texts. None: they cannot be compared.
fn compared(value: &str, wanted: &str) -> Option<std::cmp::Ordering> {
    if let Some((value, wanted)) = date(value).zip(date(wanted)) {
        return Some(value.cmp(&wanted));
    }
    match (value.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(value), Ok(wanted)) => value.partial_cmp(&wanted),
        // A date without a time is the beginning of its texts.
        _ => Some(value.cmp(wanted)),
    }
}

/// What a list shall hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// All of them must let an order pass.
    pub filters: Vec<Filter>,
    /// How many are left out first.
    pub offset: usize,
    /// The most on a page.
    pub limit: usize,
}

impl ListQuery {
    /// The filters of a query, whose other parameters are known.
    ///
    /// # Errors
    /// Every filter by an attribute that there is not.
    pub fn filters<'q>(
        face: Face,
        of_tasks: bool,
        pairs: impl Iterator<Item = (&'q str, &'q str)>,
    ) -> Result<Vec<Filter>, Violations> {
        let names = names(face);
        let (table, more): (_, &[&str]) = match of_tasks {
            true => (names.cancel_table, &TASK_ATTRIBUTES),
            false => (names.order_table, &MORE_ATTRIBUTES),
        };
        let is_known = |name: &String| {
            more.contains(&name.as_str()) || table.members.iter().any(|member| member.name == *name)
        };
        let (mut filters, mut violations) = (Vec::new(), Violations::new());
        for (name, value) in pairs {
            let filter = Filter::read(name, value);
            if filter.path.first().is_some_and(is_known) {
                filters.push(filter);
            } else {
                let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
                violations.add(format!("query/{shown}"), "not an attribute that is listed");
            }
        }
        violations.into_result(filters)
    }

    /// The ids that an order must have one of, where the query says so.
    pub(crate) fn ids(&self) -> Option<Vec<ServiceOrderId>> {
        let wanted = self.only("id")?;
        let mut ids: Vec<_> =
            wanted.split(',').filter_map(|id| unquoted(id).parse().ok()).take(MOST_IDS).collect();
        // Newest first, as every list.
        ids.sort_unstable_by(|one: &ServiceOrderId, other| other.cmp(one));
        ids.dedup();
        Some(ids)
    }

    /// The only value of an attribute that the query asks for.
    pub(crate) fn only(&self, attribute: &str) -> Option<&str> {
        let is_it =
            |filter: &&Filter| filter.operator == Operator::Equal && filter.is_of(attribute);
        self.filters.iter().find(is_it).map(|filter| &*filter.value)
    }

    /// Between which dates to look: the filters decide.
    pub(crate) fn dates(&self) -> store::OrderDate {
        let mut dates = store::OrderDate::default();
        for filter in self.filters.iter().filter(|filter| filter.is_of("orderDate")) {
            let Some(at) = date(&filter.value) else { continue };
            match filter.operator {
                Operator::Greater | Operator::GreaterOrEqual => {
                    dates.from = Some(dates.from.map_or(at, |from| from.max(at)));
                }
                Operator::Less | Operator::LessOrEqual => {
                    dates.before = Some(dates.before.map_or(at, |before| before.min(at)));
                }
                Operator::Equal => (dates.from, dates.before) = (Some(at), Some(at)),
                Operator::NotEqual => {}
            }
        }
        dates
    }
}

/// A page of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listed {
    /// What is on it, newest first.
    pub items: Vec<Members>,
    /// How many there are on all pages, where that is known.
    pub total: Option<usize>,
    /// Whether another page follows.
    pub has_next: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(query: &str) -> bool {
        let Value::Object(body) = json!({
            "id": "a", "state": "inProgress", "orderDate": "2026-11-30T12:00:00Z", "priority": "3",
            "serviceOrderItem": [{ "id": "1", "state": "failed" }, { "id": "2", "quantity": 5 }],
            "note": [],
        }) else {
            panic!("an object")
        };
        let query = api::Query::parse(query);
        let filters = ListQuery::filters(Face::Service, false, query.iter()).unwrap();
        filters.iter().all(|filter| filter.lets_pass(&body))
    }

    #[test]
    fn an_order_passes_that_has_the_values_in_whatever_way_they_are_written() {
        for query in [
            "",
            "id=a",
            "id=%22a%22",
            "id='a'",
            "state=inProgress,held",
            "state=%22held%22,%22inProgress%22",
            "state.ne=held",
            "orderDate=2026-11-30T12:00:00Z",
            "orderDate=%222026-11-30T12:00:00Z%22",
            "orderDate=2026-11-30T13:00:00.000%2B01:00",
            "orderDate.gt=2026-11-30T11:59:59Z&orderDate.lt=2026-12-01",
            "orderDate.gte=2026-11-30T12:00:00Z&orderDate.lte=2026-11-30T12:00:00Z",
            "orderDate>=2026-11-30&orderDate<2026-12-01",
            "orderDate%3E2026-11-29",
            "priority.gt=2",
            "priority.lt=10",
            "serviceOrderItem.state=failed",
            "serviceOrderItem.quantity.gte=5",
            "note.text.ne=a",
        ] {
            assert!(passes(query), "{query}");
        }
        for query in [
            "id=b",
            "id=a&state=held",
            "state.ne=inProgress",
            "orderDate.gt=2026-11-30T12:00:00Z",
            "orderDate.lt=2026-11-30T12:00:00Z",
            "priority.gt=10",
            "serviceOrderItem.state=completed",
            "serviceOrderItem=failed",
            "note=a",
            "note.text=a",
            "description=a",
        ] {
            assert!(!passes(query), "{query}");
        }
    }

    #[test]
    fn every_filter_by_something_else_is_refused() {
        let query = api::Query::parse("colour=red&id=a&Status.gt=b&cursor=");
        let refused = ListQuery::filters(Face::Service, false, query.iter()).unwrap_err();
        let pointers: Vec<_> = refused.iter().map(|wrong| wrong.pointer.as_str()).collect();
        assert_eq!(pointers, ["query/colour", "query/Status.gt", "query/cursor"]);
    }
}
