//! A value that can be written short, as one text, or long, as a mapping.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};

/// `T` written in full, or as a text that stands for its main field.
///
/// This keeps the place of an error, which an untagged enum would lose.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Short<T>(pub T);

impl<T> Deref for Short<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Short<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> Serialize for Short<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: From<String> + Deserialize<'de>> Deserialize<'de> for Short<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrMapping<T>(PhantomData<T>);
        impl<'de, T: From<String> + Deserialize<'de>> Visitor<'de> for TextOrMapping<T> {
            type Value = Short<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text or a mapping")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Short<T>, E> {
                Ok(Short(T::from(text.to_owned())))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Short<T>, E> {
                Ok(Short(T::from(text)))
            }

            fn visit_bool<E: de::Error>(self, found: bool) -> Result<Short<T>, E> {
                Err(no_text(found))
            }

            fn visit_i64<E: de::Error>(self, found: i64) -> Result<Short<T>, E> {
                Err(no_text(found))
            }

            fn visit_u64<E: de::Error>(self, found: u64) -> Result<Short<T>, E> {
                Err(no_text(found))
            }

            fn visit_f64<E: de::Error>(self, found: f64) -> Result<Short<T>, E> {
                Err(no_text(found))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Short<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Short)
            }
        }
        deserializer.deserialize_any(TextOrMapping(PhantomData))
    }
}

fn no_text<E: de::Error>(found: impl fmt::Display) -> E {
    E::custom(format!("{found} is no text here; put the text in quotes"))
}

impl<T: JsonSchema> JsonSchema for Short<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrText", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let full = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [ { "type": "string" }, full ] })
    }
}
