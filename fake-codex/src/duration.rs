//! Durations with a unit, as scripts write them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A length of simulated time, written with its unit: `250ms`, `700s`, `20m`, `1h30m`.
///
/// A bare number is refused, because nobody can tell what unit its writer had in mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimDuration(pub Duration);

/// The units that a duration may carry, with their length in nanoseconds.
const UNITS: [(&str, u64); 5] = [
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

const REMEDY: &str = "write a number with its unit, such as 250ms, 700s, 20m or 1h30m";

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The text is empty.
    #[error("the duration is empty; {REMEDY}")]
    Empty,
    /// A number stands without a unit.
    #[error("the duration {0:?} has no unit; {REMEDY}")]
    NoUnit(String),
    /// The unit is none of the known ones.
    #[error("the duration {0:?} has the unknown unit {1:?}; {REMEDY}")]
    UnknownUnit(String, String),
    /// There is no number where one is needed.
    #[error("the duration {0:?} lacks a number; {REMEDY}")]
    NoNumber(String),
    /// The value does not fit.
    #[error("the duration {0:?} is too long; give five million hours at most")]
    TooLong(String),
    /// It is below zero.
    #[error("the duration {0:?} is below zero; time only passes, so write it without the sign")]
    Negative(String),
}

impl SimDuration {
    /// A duration of so many milliseconds.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(Duration::from_millis(milliseconds))
    }

    /// The length as the standard library's type.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl From<SimDuration> for Duration {
    fn from(value: SimDuration) -> Self {
        value.0
    }
}

impl From<Duration> for SimDuration {
    fn from(value: Duration) -> Self {
        Self(value)
    }
}

impl FromStr for SimDuration {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(ParseError::Empty);
        }
        if rest.starts_with('-') {
            return Err(ParseError::Negative(text.to_owned()));
        }
        let mut total = 0u128;
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let (number, tail) = rest.split_at(digits);
            let tail = tail.trim_start();
            let unit_end = tail
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_end);
            if number.is_empty() {
                return Err(ParseError::NoNumber(text.to_owned()));
            }
            if unit.is_empty() {
                return Err(ParseError::NoUnit(text.to_owned()));
            }
            let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                return Err(ParseError::UnknownUnit(text.to_owned(), unit.to_owned()));
            };
            let is_long = number.bytes().all(|byte| byte.is_ascii_digit());
            total += nanoseconds(number, *scale).ok_or_else(|| {
                if is_long {
                    ParseError::TooLong(text.to_owned())
                } else {
                    ParseError::NoNumber(text.to_owned())
                }
            })?;
            rest = tail.trim_start();
        }
        u64::try_from(total)
            .map(|nanos| Self(Duration::from_nanos(nanos)))
            .map_err(|_| ParseError::TooLong(text.to_owned()))
    }
}

/// `number` (decimal, with at most one point) times `scale` nanoseconds.
fn nanoseconds(number: &str, scale: u64) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole: u64 = whole.parse().ok()?;
    let value: u64 = fraction.parse().ok()?;
    let divisor = 10u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    Some(u128::from(whole) * u128::from(scale) + u128::from(value) * u128::from(scale) / divisor)
}

impl fmt::Display for SimDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        let unit = UNITS
            .iter()
            .rev()
            .find(|(_, scale)| nanos != 0 && nanos.is_multiple_of(u128::from(*scale)));
        match unit {
            Some((name, scale)) => write!(formatter, "{}{name}", nanos / u128::from(*scale)),
            None if nanos == 0 => formatter.write_str("0s"),
            None => write!(formatter, "{}us", nanos / 1_000),
        }
    }
}

impl Serialize for SimDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SimDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextWithUnit;
        impl Visitor<'_> for TextWithUnit {
            type Value = SimDuration;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a duration with its unit, such as 250ms, 700s or 20m")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SimDuration, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<SimDuration, E> {
                Err(E::custom(ParseError::NoUnit(number.to_string())))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<SimDuration, E> {
                Err(E::custom(ParseError::NoUnit(number.to_string())))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<SimDuration, E> {
                Err(E::custom(ParseError::NoUnit(number.to_string())))
            }
        }
        deserializer.deserialize_any(TextWithUnit)
    }
}

impl JsonSchema for SimDuration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of simulated time with its unit: 250ms, 700s, 20m, 1h30m",
            "pattern": r"^\s*([0-9]+(\.[0-9]+)?(us|ms|s|m|h)\s*)+$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_tells_the_remedy() {
        let error = "700".parse::<SimDuration>().unwrap_err();
        assert_eq!(error, ParseError::NoUnit("700".into()));
        assert!(error.to_string().contains("700s"), "{error}");
        let error = serde_json::from_str::<SimDuration>("700").unwrap_err();
        assert!(error.to_string().contains("has no unit"), "{error}");
    }

    #[test]
    fn wrong_units_and_numbers_are_named() {
        assert_eq!(
            "7 parsecs".parse::<SimDuration>().unwrap_err(),
            ParseError::UnknownUnit("7 parsecs".into(), "parsecs".into())
        );
        assert_eq!(
            "7parsecs".parse::<SimDuration>().unwrap_err(),
            ParseError::UnknownUnit("7parsecs".into(), "parsecs".into())
        );
        assert!(matches!(
            "s".parse::<SimDuration>(),
            Err(ParseError::NoNumber(_))
        ));
        assert!(matches!(
            "1.2.3s".parse::<SimDuration>(),
            Err(ParseError::NoNumber(_))
        ));
        assert!(matches!(" ".parse::<SimDuration>(), Err(ParseError::Empty)));
        assert!(matches!(
            "9999999999h".parse::<SimDuration>(),
            Err(ParseError::TooLong(_))
        ));
    }

    #[test]
    fn units_add_up_and_print_back() {
        for (text, milliseconds, printed) in [
            ("250ms", 250, "250ms"),
            ("700s", 700_000, "700s"),
            ("20m", 1_200_000, "20m"),
            ("1h30m", 5_400_000, "90m"),
            ("1.5s", 1_500, "1500ms"),
            ("0s", 0, "0s"),
        ] {
            let parsed: SimDuration = text.parse().unwrap();
            assert_eq!(parsed, SimDuration::from_millis(milliseconds), "{text}");
            assert_eq!(parsed.to_string(), printed);
        }
    }
}
