//! Environment variables, parsed once at start into typed values; all faults are reported together.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive, str::FromStr, time::Duration};

use serde::de::DeserializeOwned;
use thiserror::Error;

/// A variable that is missing or invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The variable.
    pub name: &'static str,
    /// What is wrong with it; never contains the value.
    pub message: String,
}

/// The configuration is invalid: lists every variable that is missing or invalid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ConfigError {
    /// The faults, in the order in which the variables were read.
    pub faults: Vec<Fault>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("environment refused: ")?;
        for (n, Fault { name, message }) in self.faults.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{name}: {message}")?;
        }
        Ok(())
    }
}

/// A text that `Debug` output does not reveal.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The shortest pepper, in bytes: 256 random bits in hexadecimal digits are 64.
const SHORTEST_PEPPER: usize = 32;

/// The peppers in a text, one a line: the current one, then the previous one if there is one.
pub fn peppers(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Whether a text is one pepper, or two that differ, each of at least 32 bytes.
///
/// # Errors
/// What is wrong with it; not the text.
pub fn check_peppers(text: &str) -> Result<(), &'static str> {
    let all: Vec<&str> = peppers(text).collect();
    match all.as_slice() {
        _ if all.iter().any(|pepper| pepper.len() < SHORTEST_PEPPER) => {
            Err("shorter than 32 bytes")
        }
        [_] => Ok(()),
        [current, previous] if current != previous => Ok(()),
        [_, _] => Err("two peppers that are the same"),
        [] => Err("no pepper"),
        _ => Err("more than two peppers"),
    }
}

/// By what limits a worker carries orders out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkLimits {
    /// `WORK_LEASE_SECONDS`: longer than the function's time-out.
    pub lease: time::Duration,
    /// `WORK_MAX_RECEIVES`: after so many, the message is a dead letter.
    pub max_receives: u32,
    /// `ORDER_WATCHDOG_SECONDS`: an order that nothing happened to for so long is driven again.
    pub watchdog: time::Duration,
}

impl WorkLimits {
    /// Whether a message that was received so often will not come again.
    pub const fn is_last(&self, receive_count: u32) -> bool {
        receive_count >= self.max_receives
    }
}

/// Reads variables and collects faults. An invalid variable reads as an empty value;
/// [`Environment::finish`] then returns an error, so the empty value is never used.
///
/// ```ignore
/// let mut env = Environment::of_process();
/// let config = Config { table: env.text("ORDERS_TABLE_NAME"), .. };
/// env.finish(config)
/// ```
#[derive(Debug)]
pub struct Environment {
    given: Option<BTreeMap<String, String>>,
    faults: Vec<Fault>,
}

impl Environment {
    /// The variables of this process.
    pub fn of_process() -> Self {
        Self { given: None, faults: Vec::new() }
    }

    /// The given variables, for tests.
    pub fn of<K: Into<String>, V: Into<String>>(given: impl IntoIterator<Item = (K, V)>) -> Self {
        let given = given.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { given: Some(given), faults: Vec::new() }
    }

    /// A text; empty counts as missing.
    pub fn text(&mut self, name: &'static str) -> String {
        self.required(name).unwrap_or_default()
    }

    /// An optional text; empty counts as missing.
    pub fn optional(&self, name: &'static str) -> Option<String> {
        let value = match &self.given {
            Some(given) => given.get(name).cloned(),
            None => std::env::var(name).ok(),
        };
        value.filter(|text| !text.is_empty())
    }

    /// A secret of at least `shortest` bytes.
    pub fn secret(&mut self, name: &'static str, shortest: usize) -> Secret {
        let text = self.text(name);
        if !text.is_empty() && text.len() < shortest {
            self.fault(name, format!("shorter than {shortest} bytes"));
        }
        Secret(text)
    }

    /// The pepper of client secrets, or two of them while one replaces the other.
    pub fn peppers(&mut self, name: &'static str) -> Secret {
        let text = self.text(name);
        if !text.is_empty()
            && let Err(wrong) = check_peppers(&text)
        {
            self.fault(name, wrong.to_owned());
        }
        Secret(text)
    }

    /// An absolute http or https URL, returned without trailing slashes.
    pub fn url(&mut self, name: &'static str) -> String {
        let text = self.text(name);
        let valid = url::Url::parse(&text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !text.is_empty() && !valid {
            self.fault(name, "not an absolute http or https URL");
        }
        text.trim_end_matches('/').to_owned()
    }

    /// A number within `range`.
    pub fn number<N>(&mut self, name: &'static str, range: RangeInclusive<N>) -> N
    where
        N: FromStr + PartialOrd + fmt::Display + Default,
    {
        let Some(text) = self.required(name) else { return N::default() };
        self.in_range(name, &text, &range)
    }

    /// A number within `range`; `default` when missing.
    pub fn number_or<N>(&mut self, name: &'static str, range: RangeInclusive<N>, default: N) -> N
    where
        N: FromStr + PartialOrd + fmt::Display + Default,
    {
        let Some(text) = self.optional(name) else { return default };
        self.in_range(name, &text, &range)
    }

    /// Whole seconds within `range`.
    pub fn seconds(&mut self, name: &'static str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(name, range))
    }

    /// `ORDER_WATCHDOG_SECONDS`: what nothing happened to for so long is driven again.
    pub fn watchdog(&mut self) -> time::Duration {
        time::Duration::seconds(self.number("ORDER_WATCHDOG_SECONDS", 1..=86_400))
    }

    /// The limits of a worker.
    pub fn work_limits(&mut self) -> WorkLimits {
        WorkLimits {
            lease: time::Duration::seconds(self.number("WORK_LEASE_SECONDS", 1..=43_200)),
            max_receives: self.number("WORK_MAX_RECEIVES", 1..=1_000),
            watchdog: self.watchdog(),
        }
    }

    /// A JSON value.
    pub fn json<T: DeserializeOwned + Default>(&mut self, name: &'static str) -> T {
        let Some(text) = self.required(name) else { return T::default() };
        serde_json::from_str(&text).unwrap_or_else(|_| {
            self.fault(name, "not JSON of the expected shape");
            T::default()
        })
    }

    /// A value parsed by its `FromStr`; `None` after a fault.
    pub fn parsed<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let text = self.required(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, error.to_string());
                None
            }
        }
    }

    /// As [`Environment::parsed`]; the default when missing or empty.
    pub fn parsed_or_default<T>(&mut self, name: &'static str) -> T
    where
        T: FromStr<Err: fmt::Display> + Default,
    {
        let Some(text) = self.optional(name) else { return T::default() };
        text.parse().unwrap_or_else(|error: T::Err| {
            self.fault(name, error.to_string());
            T::default()
        })
    }

    /// Adds a fault found by the caller.
    pub fn fault(&mut self, name: &'static str, message: impl Into<String>) {
        self.faults.push(Fault { name, message: message.into() });
    }

    /// Returns `value` if no fault was found.
    ///
    /// # Errors
    /// Lists every variable that is missing or invalid.
    pub fn finish<T>(self, value: T) -> Result<T, ConfigError> {
        if self.faults.is_empty() { Ok(value) } else { Err(ConfigError { faults: self.faults }) }
    }

    fn required(&mut self, name: &'static str) -> Option<String> {
        let value = self.optional(name);
        if value.is_none() {
            self.fault(name, "missing");
        }
        value
    }

    fn in_range<N>(&mut self, name: &'static str, text: &str, range: &RangeInclusive<N>) -> N
    where
        N: FromStr + PartialOrd + fmt::Display + Default,
    {
        match text.parse() {
            Ok(value) if range.contains(&value) => value,
            _ => {
                self.fault(name, format!("not a number {} to {}", range.start(), range.end()));
                N::default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_listed_and_no_value_is_quoted() {
        let mut env = Environment::of([
            ("LEASE", "9999"),
            ("NETWORK", "ftp://example.com"),
            ("PEPPER", "hunter2"),
            ("SERVICES", "{"),
            ("BATCH", "many"),
        ]);
        let read = (
            env.text("TABLE"),
            env.seconds("LEASE", 1..=900),
            env.url("NETWORK"),
            env.secret("PEPPER", 32),
            env.json::<Vec<String>>("SERVICES"),
            env.parsed_or_default::<u8>("BATCH"),
        );
        let error = env.finish(read).unwrap_err();
        let names: Vec<_> = error.faults.iter().map(|fault| fault.name).collect();
        assert_eq!(names, ["TABLE", "LEASE", "NETWORK", "PEPPER", "SERVICES", "BATCH"]);
        let text = error.to_string();
        assert!(!text.contains("hunter2") && !text.contains("ftp") && !text.contains("9999"));
    }

    #[test]
    fn a_valid_environment_is_parsed_into_typed_values() {
        let mut env = Environment::of([
            ("LEASE", "90"),
            ("NETWORK", "http://127.0.0.1:9/"),
            ("SERVICES", r#"["SMS"]"#),
            ("BATCH", ""),
        ]);
        let read = (
            env.seconds("LEASE", 1..=900),
            env.url("NETWORK"),
            env.json::<Vec<String>>("SERVICES"),
            env.number_or("BURST", 1..=10, 5_u32),
        );
        assert_eq!(env.parsed_or_default::<u8>("BATCH"), 0);
        let (lease, network, services, burst) = env.finish(read).unwrap();
        assert_eq!(lease, Duration::from_secs(90));
        assert_eq!(network, "http://127.0.0.1:9");
        assert_eq!(services, ["SMS"]);
        assert_eq!(burst, 5);
    }

    #[test]
    fn a_pepper_is_one_or_two_lines_of_at_least_32_bytes() {
        let (a, b) = ("a".repeat(32), "b".repeat(64));
        for text in [a.clone(), format!("{a}\n{b}"), format!("\n {a}\r\n\n{b}\n")] {
            assert_eq!(check_peppers(&text), Ok(()), "{text:?}");
        }
        let read: Vec<_> = [a.as_str(), b.as_str()].into();
        assert_eq!(peppers(&format!("{a}\r\n{b}\n")).collect::<Vec<_>>(), read);
        for (text, why) in [
            ("\n \n".to_owned(), "no pepper"),
            (format!("{a}\nshort"), "shorter than 32 bytes"),
            (format!("{a}\n{a}"), "two peppers that are the same"),
            (format!("{a}\n{b}\n{a}c"), "more than two peppers"),
        ] {
            assert_eq!(check_peppers(&text), Err(why), "{text:?}");
            let mut env = Environment::of([("PEPPER", text)]);
            env.peppers("PEPPER");
            assert!(env.finish(()).unwrap_err().to_string().contains(why));
        }
    }
}
