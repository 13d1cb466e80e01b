//! Lines of bytes in a transcript: nothing of them is lost, whether they are UTF-8 or not.

use serde_json::{Value, json};

use super::Redaction;

/// The name of a piece that is no UTF-8.
const HEX: &str = "hex";

/// Characters from here on stand for bytes that are no UTF-8 while a line is redacted.
const STAND_IN: u32 = 0xF700;

/// A line as it stands in a transcript: its text, or else its pieces, which are texts and, for
/// bytes that are no UTF-8, `{"hex": "fffe"}`.
pub(super) fn to_value(line: &[u8]) -> Value {
    if let Ok(text) = std::str::from_utf8(line) {
        return text.into();
    }
    let mut pieces = Vec::new();
    let mut hex = String::new();
    for chunk in line.utf8_chunks() {
        if !chunk.valid().is_empty() {
            if !hex.is_empty() {
                pieces.push(json!({ HEX: std::mem::take(&mut hex) }));
            }
            pieces.push(chunk.valid().into());
        }
        for byte in chunk.invalid() {
            hex.push_str(&format!("{byte:02x}"));
        }
    }
    if !hex.is_empty() {
        pieces.push(json!({ HEX: hex }));
    }
    Value::Array(pieces)
}

/// The bytes of a line in a transcript; none if it is written otherwise than [`to_value`] does.
pub(super) fn to_bytes(line: &Value) -> Option<Vec<u8>> {
    match line {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        Value::Array(pieces) => {
            let mut bytes = Vec::new();
            for piece in pieces {
                match piece {
                    Value::String(text) => bytes.extend_from_slice(text.as_bytes()),
                    _ => bytes.extend(from_hex(piece.get(HEX)?.as_str()?)?),
                }
            }
            Some(bytes)
        }
        _ => None,
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Takes out of a line what nobody else may see. A line that is `cut` ends anywhere: what looks
/// like the beginning of a secret at its end is taken for one.
pub(super) fn redact(line: &mut Value, redaction: &mut Redaction, cut: bool) {
    match line {
        Value::String(text) => *text = redaction.text_until(text, cut),
        Value::Array(_) => {
            if let Some(bytes) = to_bytes(line) {
                let text = redaction.text_until(&with_stand_ins(&bytes), cut);
                *line = to_value(&without_stand_ins(&text));
            }
        }
        _ => redaction.apply(line),
    }
}

/// The bytes as a text in which a secret is found even beside bytes that are no UTF-8.
fn with_stand_ins(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let stand_in = |byte: &u8| char::from_u32(STAND_IN + u32::from(*byte)).unwrap_or_default();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if byte_of(c).is_some() {
                let mut buffer = [0; 4];
                text.extend(c.encode_utf8(&mut buffer).as_bytes().iter().map(stand_in));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().map(stand_in));
    }
    text
}

fn without_stand_ins(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The byte that a character stands for.
fn byte_of(c: char) -> Option<u8> {
    u32::from(c)
        .checked_sub(STAND_IN)
        .and_then(|byte| u8::try_from(byte).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_is_lost() {
        let all: Vec<u8> = (0..=255).collect();
        let stand_in = "a\u{F741}b";
        for bytes in [
            all.as_slice(),
            b"",
            b"plain",
            b"\xff",
            b"ab\xc3\x28\xff\xfecd\xe2\x82",
            &[stand_in.as_bytes(), b"\xff"].concat(),
        ] {
            let mut value = to_value(bytes);
            assert_eq!(to_bytes(&value).unwrap(), bytes);
            redact(&mut value, &mut Redaction::default(), false);
            assert_eq!(to_bytes(&value).unwrap(), bytes);
        }
        assert_eq!(
            to_value(b"ab\xff\xfecd\xe2\x82"),
            json!(["ab", { "hex": "fffe" }, "cd", { "hex": "e282" }])
        );
    }

    #[test]
    fn what_is_written_otherwise_is_no_line() {
        for value in [
            json!(1),
            json!({ "hex": "ff" }),
            json!([1]),
            json!([{ "hex": "f" }]),
            json!([{ "hex": "+1" }]),
            json!([{ "hex": "é" }]),
        ] {
            assert_eq!(to_bytes(&value), None, "{value}");
        }
    }

    #[test]
    fn secrets_do_not_stay_beside_bytes_that_are_no_text() {
        let mut redaction = Redaction::default();
        redaction.hide("correct-horse");
        redaction.replace("/home/jo", "${HOME}");
        let bytes = b"\xffsk-abcdefghijklmnopqrstu\xfe in /home/jo\xff: correct-horse\xc3";
        let mut value = to_value(bytes);
        redact(&mut value, &mut redaction, false);
        assert_eq!(
            to_bytes(&value).unwrap(),
            b"\xff<secret:1>\xfe in ${HOME}\xff: <secret:2>\xc3"
        );
    }

    #[test]
    fn the_beginning_of_a_secret_does_not_stay_in_half_a_line() {
        for (cut, expected) in [(true, "key <secret:1>"), (false, "key sk-ABC")] {
            let mut value = json!("key sk-ABC");
            redact(&mut value, &mut Redaction::default(), cut);
            assert_eq!(value, expected);
        }
        let mut value = to_value(b"\xff gh\xfe ghp_AB");
        redact(&mut value, &mut Redaction::default(), true);
        assert_eq!(to_bytes(&value).unwrap(), b"\xff gh\xfe <secret:1>");
        let mut value = json!("key sk-ABC");
        redact(&mut value, &mut Redaction::none(), true);
        assert_eq!(value, "key sk-ABC");
    }
}
