//! Points of the protocol, as a fault names them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::methods;

/// A point of the protocol: one message, received or sent.
///
/// Written as one text:
/// - `turn/start`: the client's request or notification of that name is received;
/// - `turn/start reply`: the reply to it is sent;
/// - `turn/completed`: the server's notification or request of that name is sent;
/// - `item/completed agentMessage`: the notification for an item of that type is sent;
/// - `item/fileChange/requestApproval answer`: the client's answer to it is received;
/// - `any received`, `any sent`: every message in that direction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Point {
    /// Which way the message goes.
    pub direction: Direction,
    /// Which message it is.
    pub target: Target,
}

/// Which way a message goes, seen from Codex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to Codex.
    Received,
    /// From Codex to the client.
    Sent,
}

/// Which message a point stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// Every message.
    Any,
    /// A request or notification with this method.
    Method(String),
    /// An item notification with this method, for an item of this type.
    Item(String, String),
    /// The answer to the request with this method.
    Answer(String),
}

/// Why a text is no point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParsePointError {
    /// No message has this method.
    #[error("{0:?} is no message of the protocol{hint}; write a method such as `turn/start` (received), `turn/start reply`, `turn/completed` or `item/completed agentMessage` (sent), or `any received`, `any sent`", hint = suggestion(.0))]
    UnknownMethod(String),
    /// The word after the method makes no sense there.
    #[error(
        "{0:?} cannot follow {1:?}; after a request write `reply` or `answer`, after `item/started` and `item/completed` the type of an item"
    )]
    UnknownSuffix(String, String),
}

fn suggestion(wrong: &str) -> String {
    methods::nearest(wrong)
        .map(|near| format!("; did you mean {near:?}?"))
        .unwrap_or_default()
}

impl Point {
    fn new(direction: Direction, target: Target) -> Self {
        Self { direction, target }
    }
}

impl FromStr for Point {
    type Err = ParsePointError;

    fn from_str(text: &str) -> Result<Self, ParsePointError> {
        let mut words = text.split_whitespace();
        let method = words.next().unwrap_or_default();
        let suffix = words.next();
        let extra = words.next();
        let wrong = || {
            let rest = text.trim().strip_prefix(method).unwrap_or_default().trim();
            ParsePointError::UnknownSuffix(rest.to_owned(), method.to_owned())
        };
        if extra.is_some() {
            return Err(wrong());
        }
        let owned = method.to_owned();
        match (method, suffix) {
            ("any", Some("received")) => Ok(Self::new(Direction::Received, Target::Any)),
            ("any", Some("sent")) => Ok(Self::new(Direction::Sent, Target::Any)),
            _ if methods::is_client(method) => match suffix {
                None => Ok(Self::new(Direction::Received, Target::Method(owned))),
                Some("reply") => Ok(Self::new(Direction::Sent, Target::Answer(owned))),
                Some(_) => Err(wrong()),
            },
            _ if methods::is_server_request(method) => match suffix {
                None => Ok(Self::new(Direction::Sent, Target::Method(owned))),
                Some("answer") => Ok(Self::new(Direction::Received, Target::Answer(owned))),
                Some(_) => Err(wrong()),
            },
            _ if methods::is_server_notification(method) => match suffix {
                None => Ok(Self::new(Direction::Sent, Target::Method(owned))),
                Some(item) if methods::is_item_notification(method) && methods::is_item(item) => {
                    Ok(Self::new(
                        Direction::Sent,
                        Target::Item(owned, item.to_owned()),
                    ))
                }
                Some(_) => Err(wrong()),
            },
            _ => Err(ParsePointError::UnknownMethod(text.to_owned())),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.target, self.direction) {
            (Target::Any, Direction::Received) => formatter.write_str("any received"),
            (Target::Any, Direction::Sent) => formatter.write_str("any sent"),
            (Target::Method(method), _) => formatter.write_str(method),
            (Target::Item(method, item), _) => write!(formatter, "{method} {item}"),
            (Target::Answer(method), Direction::Sent) => write!(formatter, "{method} reply"),
            (Target::Answer(method), Direction::Received) => write!(formatter, "{method} answer"),
        }
    }
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Point {
    fn schema_name() -> Cow<'static, str> {
        "Point".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A message: `turn/start` (received), `turn/start reply`, `turn/completed`, `item/completed agentMessage` (sent), `item/fileChange/requestApproval answer` (received), `any received`, `any sent`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_method_suggests_a_near_one() {
        let error = "turn/strat".parse::<Point>().unwrap_err();
        assert!(
            error.to_string().contains("did you mean \"turn/start\"?"),
            "{error}"
        );
        assert!("".parse::<Point>().is_err());
    }

    #[test]
    fn a_wrong_suffix_is_named() {
        for text in [
            "turn/start answer",
            "turn/completed reply",
            "item/completed nonsense",
            "item/fileChange/requestApproval reply",
            "turn/start reply now",
        ] {
            let error = text.parse::<Point>().unwrap_err();
            assert!(
                matches!(error, ParsePointError::UnknownSuffix(..)),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn every_form_prints_back() {
        for text in [
            "turn/start",
            "turn/start reply",
            "turn/completed",
            "item/completed agentMessage",
            "item/fileChange/requestApproval",
            "item/fileChange/requestApproval answer",
            "initialized",
            "any received",
            "any sent",
        ] {
            assert_eq!(text.parse::<Point>().unwrap().to_string(), text);
        }
    }
}
