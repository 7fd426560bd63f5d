use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// A date as a partner wrote it, with what it means if it means anything (*Dates*).
///
/// `YYYY-MM-DD`, or `YYYY-MM-DDThh:mm[:ss[.f]]`, with at most nine digits of `f`, and `Z` or an offset
/// up to ±14:00. The text is echoed as it came, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct CarrierDate {
    text: String,
    value: Option<DateValue>,
}

/// What the text of a [`CarrierDate`] means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateValue {
    /// A whole day; nobody said in which time zone.
    Day(Date),
    /// A moment, in UTC.
    Moment(OffsetDateTime),
}

impl CarrierDate {
    /// Reads a text. Never fails: a text that is no date has no [`value`](Self::value).
    pub fn read(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { value: value(&text), text }
    }

    /// A date of our own, written `YYYY-MM-DDThh:mm:ssZ`; fractions are dropped.
    pub fn of(moment: OffsetDateTime) -> Self {
        let utc = moment.checked_to_offset(UtcOffset::UTC).unwrap_or(moment);
        let utc = utc.replace_nanosecond(0).unwrap_or(utc);
        let (year, month, day) = utc.to_calendar_date();
        let (hour, minute, second) = utc.to_hms();
        let text =
            format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month));
        Self { text, value: Some(DateValue::Moment(utc)) }
    }

    /// The text as it was sent.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it means, or none when it is no date.
    pub const fn value(&self) -> Option<DateValue> {
        self.value
    }

    /// Its first moment: of a day, midnight UTC. For filters and sorting.
    pub fn earliest(&self) -> Option<OffsetDateTime> {
        self.value.map(|value| match value {
            DateValue::Day(day) => day.midnight().assume_utc(),
            DateValue::Moment(moment) => moment,
        })
    }

    /// Its last moment: of a day, its last second in UTC.
    pub fn latest(&self) -> Option<OffsetDateTime> {
        const LAST: Time = match Time::from_hms(23, 59, 59) {
            Ok(last) => last,
            Err(_) => Time::MIDNIGHT,
        };
        self.value.map(|value| match value {
            DateValue::Day(day) => day.with_time(LAST).assume_utc(),
            DateValue::Moment(moment) => moment,
        })
    }

    /// Whether all of it lies before `now`. Of what is no date nothing does.
    pub fn is_past(&self, now: OffsetDateTime) -> bool {
        self.latest().is_some_and(|latest| latest < now)
    }
}

impl From<String> for CarrierDate {
    fn from(text: String) -> Self {
        Self::read(text)
    }
}

impl From<CarrierDate> for String {
    fn from(date: CarrierDate) -> Self {
        date.text
    }
}

impl fmt::Display for CarrierDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn value(text: &str) -> Option<DateValue> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.digits(4)?;
    rest.sign(b'-')?;
    let month = Month::try_from(u8::try_from(rest.digits(2)?).ok()?).ok()?;
    rest.sign(b'-')?;
    let day = u8::try_from(rest.digits(2)?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, day).ok()?;
    if rest.0.is_empty() {
        return Some(DateValue::Day(date));
    }
    rest.sign(b'T')?;
    let time = rest.time()?;
    let offset = rest.offset()?;
    let moment = date.with_time(time).assume_offset(offset);
    // Near the years 0 and 9999 the same moment may have no year in UTC.
    rest.0.is_empty().then(|| moment.checked_to_offset(UtcOffset::UTC).map(DateValue::Moment))?
}

struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    fn sign(&mut self, sign: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        (*first == sign).then(|| self.0 = rest)
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    }

    fn two(&mut self) -> Option<u8> {
        u8::try_from(self.digits(2)?).ok()
    }

    fn time(&mut self) -> Option<Time> {
        let hour = self.two()?;
        self.sign(b':')?;
        let minute = self.two()?;
        let (mut second, mut nanosecond) = (0, 0);
        if self.sign(b':').is_some() {
            second = self.two()?;
            if self.sign(b'.').is_some() {
                nanosecond = self.fraction()?;
            }
        }
        Time::from_hms_nano(hour, minute, second, nanosecond).ok()
    }

    /// At most nine digits: no finer time can be kept.
    fn fraction(&mut self) -> Option<u32> {
        let count = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let value = |n: usize| digits.get(n).map_or(0, |digit| u32::from(digit - b'0'));
        (1..=9).contains(&count).then(|| (0..9).fold(0, |number, n| number * 10 + value(n)))
    }

    fn offset(&mut self) -> Option<UtcOffset> {
        if self.sign(b'Z').is_some() {
            return Some(UtcOffset::UTC);
        }
        let (sign, rest) = self.0.split_first()?;
        let factor = match sign {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.0 = rest;
        let hours = i32::from(self.two()?);
        self.sign(b':')?;
        let minutes = i32::from(self.two()?);
        let total = hours * 60 + minutes;
        let legal = minutes < 60 && total <= 14 * 60;
        legal.then(|| UtcOffset::from_whole_seconds(factor * total * 60).ok())?
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::{date, datetime};

    use super::*;

    fn moment(text: &str) -> OffsetDateTime {
        match CarrierDate::read(text).value() {
            Some(DateValue::Moment(moment)) => moment,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn dates_are_read_in_every_form_of_the_contract() {
        let day = CarrierDate::read("2016-10-11").value();
        assert_eq!(day, Some(DateValue::Day(date!(2016 - 10 - 11))));
        assert_eq!(moment("2016-10-11T17:20+01:00"), datetime!(2016-10-11 16:20 UTC));
        assert_eq!(moment("2016-10-11T17:20:30Z"), datetime!(2016-10-11 17:20:30 UTC));
        assert_eq!(moment("2016-10-11T17:20:30.5-14:00"), datetime!(2016-10-12 07:20:30.5 UTC));
        assert_eq!(moment("2016-02-29T00:00:00.123456789+14:00").nanosecond(), 123_456_789);
    }

    #[test]
    fn what_is_no_date_keeps_its_text_and_has_no_value() {
        for text in [
            "",
            "Dog",
            "2016-10-11T",
            "2016-10-11T17:20",
            "2016-10-11 17:20Z",
            "2015-02-29",
            "2016-13-01",
            "2016-00-01",
            "2016-10-32",
            "2016-10-11T24:00Z",
            "2016-10-11T17:60Z",
            "2016-10-11T17:20:60Z",
            "2016-10-11T17:20:30.Z",
            "2016-10-11T17:20:30.1234567890Z",
            "2016-10-03T15:10+45:00",
            "2016-10-11T17:20+14:01",
            "2016-10-11T17:20+01:60",
            "2016-10-11T17:20+0100",
            "2016-10-11T17:20z",
            "2016-10-11t17:20Z",
            "2016-10-11T17:20Zx",
            "16-10-11",
            "2016-1-1",
            "+2016-10-11",
            "２０16-10-11",
            "0000-01-01T00:00+14:00!",
        ] {
            let date = CarrierDate::read(text);
            assert_eq!((date.text(), date.value()), (text, None));
            assert!(!date.is_past(datetime!(2100-01-01 0:00 UTC)));
        }
    }

    #[test]
    fn a_day_is_past_only_when_it_is_over() {
        let day = CarrierDate::read("2026-05-02");
        assert!(!day.is_past(datetime!(2026-05-02 23:59:59 UTC)));
        assert!(day.is_past(datetime!(2026-05-03 0:00 UTC)));
        assert!(CarrierDate::read("2026-05-02T10:00Z").is_past(datetime!(2026-05-02 10:00:01 UTC)));
    }

    #[test]
    fn our_own_dates_have_seconds_and_a_z() {
        let date = CarrierDate::of(datetime!(2026-05-02 3:04:05.678 +2));
        assert_eq!(date.text(), "2026-05-02T01:04:05Z");
        assert_eq!(CarrierDate::read(date.text()), date);
    }

    proptest! {
        #[test]
        fn any_text_survives_and_never_panics(text in "\\PC{0,40}") {
            prop_assert_eq!(String::from(CarrierDate::read(text.clone())), text);
        }

        #[test]
        fn almost_dates_never_panic(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{0,12})?)?(Z|[+-][0-9]{2}:[0-9]{2})") {
            let date = CarrierDate::read(text);
            let _ = (date.earliest(), date.latest(), date.is_past(OffsetDateTime::UNIX_EPOCH));
        }

        #[test]
        fn every_moment_of_ours_reads_as_itself(seconds in 0_i64..=253_402_300_799) {
            let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let date = CarrierDate::of(moment);
            prop_assert_eq!(CarrierDate::read(date.text()).earliest(), Some(moment));
        }

        #[test]
        fn an_offset_moves_the_moment_by_itself(hours in -13_i64..=13, minutes in 0_i64..60) {
            let text = format!("2026-05-02T12:00{hours:+03}:{minutes:02}");
            let shift = hours * 60 + if hours < 0 { -minutes } else { minutes };
            prop_assert_eq!(moment(&text), datetime!(2026-05-02 12:00 UTC) - time::Duration::minutes(shift));
        }
    }
}
