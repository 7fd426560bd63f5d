//! Numbers as decimals: no digit is lost, and none is made up.

use serde_json::{Map, Value};

/// The number as an `i64`: `2`, `2.0`, `0.2e1`, `200e-2`.
pub fn whole(value: &Value) -> Option<i64> {
    let text = value.as_number()?.as_str();
    text.parse().ok().or_else(|| Decimal::parse(text)?.whole())
}

/// The longest text that [`plain`] returns.
const LONGEST_PLAIN: usize = 64;

/// A JSON number in digits, without an exponent and without zeros behind the point that say
/// nothing: `100` for `1e2`, `9.9` for `990e-2`. None for one that takes more than 64 digits, and
/// for a text that is no number.
pub fn plain(text: &str) -> Option<String> {
    let number: serde_json::Number = serde_json::from_str(text).ok()?;
    Decimal::parse(number.as_str())?.plain()
}

/// Whether two values say the same: members in any order, numbers by their value. `1`, `1.00` and
/// `1e0` are one number.
pub fn same(one: &Value, other: &Value) -> bool {
    let [one, other] = [one, other].map(|value| {
        let mut text = String::new();
        write(value, &mut text);
        text
    });
    one == other
}

/// One text for all objects that are the [`same`].
pub fn canonical(members: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_object(members, &mut text);
    text
}

fn write_object(members: &Map<String, Value>, text: &mut String) {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    text.push('{');
    for (name, value) in sorted {
        text.push_str(&format!("{}:", Value::from(name.as_str())));
        write(value, text);
        text.push(',');
    }
    text.push('}');
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Number(number) => match Decimal::parse(number.as_str()) {
            Some(Decimal { negative, digits, power }) => {
                let sign = if negative { "-" } else { "" };
                text.push_str(&format!("{sign}{digits}e{power}"));
            }
            None => text.push_str(number.as_str()),
        },
        Value::Array(values) => {
            text.push('[');
            for value in values {
                write(value, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(members) => write_object(members, text),
        other => text.push_str(&other.to_string()),
    }
}

/// A sign, digits that neither begin nor end with a zero, and the power of ten of the last. Zero
/// has no digits and no sign.
#[derive(Debug)]
struct Decimal {
    negative: bool,
    digits: String,
    power: i64,
}

impl Decimal {
    /// Of a JSON number; none when its power of ten is beyond an `i64`.
    fn parse(text: &str) -> Option<Self> {
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i64>()),
            None => (text, Ok(0)),
        };
        let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        let digits = significant.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self { negative: false, digits: String::new(), power: 0 });
        }
        let zeros = i64::try_from(significant.len() - digits.len()).ok()?;
        let decimals = i64::try_from(fraction.len()).ok()?;
        let power = power.ok()?.checked_sub(decimals)?.checked_add(zeros)?;
        Some(Self { negative: mantissa.starts_with('-'), digits: digits.to_owned(), power })
    }

    fn whole(&self) -> Option<i64> {
        if self.digits.is_empty() {
            return Some(0);
        }
        // An `i64` has at most 19 digits.
        let zeros = usize::try_from(self.power).ok().filter(|zeros| *zeros < 19)?;
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}{}", self.digits, "0".repeat(zeros)).parse().ok()
    }

    fn plain(&self) -> Option<String> {
        let shift = usize::try_from(self.power.unsigned_abs()).ok();
        let shift = shift.filter(|shift| shift + self.digits.len() < LONGEST_PLAIN)?;
        let sign = if self.negative { "-" } else { "" };
        if self.power >= 0 {
            let digits = format!("{}{}", self.digits, "0".repeat(shift));
            return Some(if digits.is_empty() {
                "0".to_owned()
            } else {
                format!("{sign}{digits}")
            });
        }
        // One digit at least stands before the point.
        let digits = format!("{:0>width$}", self.digits, width = shift + 1);
        let (whole, fraction) = digits.split_at(digits.len() - shift);
        Some(format!("{sign}{whole}.{fraction}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Number, from_str};

    use super::*;

    fn read(text: &str) -> Value {
        Value::Number(Number::from_string_unchecked(text.to_owned()))
    }

    #[test]
    fn a_number_has_one_plain_text_for_its_value() {
        for (text, expected) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("0e99999999999999999999", "0"),
            ("1e2", "100"),
            ("1E+2", "100"),
            ("100", "100"),
            ("990e-2", "9.9"),
            ("9.900", "9.9"),
            ("1e-6", "0.000001"),
            ("-12.5e1", "-125"),
            ("-125e-3", "-0.125"),
            ("12345678901234567890.5", "12345678901234567890.5"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "e", "true", "\"1\"", "1e", "01", "1e64", "1e-64", "1e99999999999999999999"]
        {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_whole_by_its_value_and_to_the_last_digit() {
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("0.000", 0),
            ("0e99999999999999999999", 0),
            ("2", 2),
            ("2.0", 2),
            ("-2.00", -2),
            ("0.2e1", 2),
            ("200E-2", 2),
            ("1e+3", 1000),
            ("9007199254740993", 9_007_199_254_740_993),
            ("9007199254740993.0", 9_007_199_254_740_993),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808.0", i64::MIN),
        ] {
            assert_eq!(whole(&read(text)), Some(number), "{text}");
        }
        for text in [
            "2.5",
            "1e-1",
            "2.00000000000000000001",
            "9223372036854775808",
            "1e19",
            "1e999",
            "1e99999999999999999999",
        ] {
            assert_eq!(whole(&read(text)), None, "{text}");
        }
        assert_eq!(whole(&"2".into()), None, "a string is no number");
    }

    #[test]
    fn equal_numbers_make_equal_documents() {
        let document = |amount: &str| -> Value {
            from_str(&format!(r#"{{"a": [{{"amount": {amount}}}], "b": 1}}"#)).unwrap()
        };
        let reference = document("10");
        for same_amount in ["10", "10.0", "1e1", "100E-1", "10.00000"] {
            assert!(same(&document(same_amount), &reference), "{same_amount}");
        }
        for other in ["-10", "10.00000000000000000001", "1", "\"10\"", "null"] {
            assert!(!same(&document(other), &reference), "{other}");
        }
        let long = "12345678901234567890.12345678901234567891";
        assert!(!same(&read(long), &read("12345678901234567890.12345678901234567890")));
        assert!(same(&read("1e99999999999999999999"), &read("1e99999999999999999999")));
        let swapped = from_str(r#"{"b": 1.0, "a": [{"amount": 10}]}"#).unwrap();
        assert!(same(&swapped, &reference), "members may stand in any order");
        let more = from_str(r#"{"b": 1.0, "a": [{"amount": 10}], "c": 1}"#).unwrap();
        assert!(!same(&more, &reference) && !same(&reference, &more));
        let members = |value: &Value| canonical(value.as_object().unwrap());
        assert_eq!(members(&swapped), members(&reference));
        assert_ne!(members(&more), members(&reference));
    }
}
