//! What must be kept to the letter: `input`, and the prices in it. A JSON reader would make 9.9 of
//! 9.90, and something else of a number with many digits.

use std::{borrow::Cow, collections::BTreeMap};

use api::json;
use domain::esim::{ParsePriceError, Price};
use serde_json::value::RawValue;

/// A member's text, exactly as sent; of a repeated member the last counts, as for everybody.
fn member<'a>(object: &'a str, name: &str) -> Option<&'a RawValue> {
    let mut members: BTreeMap<Cow<'a, str>, &'a RawValue> = serde_json::from_str(object).ok()?;
    members.remove(name)
}

/// A body whose `input` is kept as it was sent.
#[derive(Debug, Default)]
pub(super) struct Verbatim<'a> {
    input: Option<&'a RawValue>,
    prices: Vec<Option<&'a RawValue>>,
}

impl<'a> Verbatim<'a> {
    /// Of a body that is known to be JSON.
    pub(super) fn of(body: &'a [u8]) -> Self {
        let Ok(text) = std::str::from_utf8(body) else { return Self::default() };
        let input = member(text, "input");
        let list = input.and_then(|input| member(input.get(), "subscriptions"));
        let items: Option<Vec<&'a RawValue>> =
            list.and_then(|list| serde_json::from_str(list.get()).ok());
        let price = |item: &'a RawValue| member(item.get(), "price");
        let prices = items.unwrap_or_default().into_iter().map(price).collect();
        Self { input, prices }
    }

    /// The text of `input`.
    pub(super) fn input(&self) -> &'a str {
        self.input.map_or("{}", RawValue::get)
    }

    /// The price of one of the subscriptions: a number, as it was written where a price can be
    /// written so, else by its value; or a string that holds one.
    pub(super) fn price(&self, item: usize) -> Result<Price, ParsePriceError> {
        let raw = self.prices.get(item).copied().flatten().ok_or(ParsePriceError)?.get();
        match serde_json::from_str::<String>(raw) {
            Ok(text) => text.parse(),
            Err(_) => raw.parse().or_else(|error| json::plain(raw).ok_or(error)?.parse()),
        }
    }
}
