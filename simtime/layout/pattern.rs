//! Patterns for paths and arguments, the same for the coordinator and the preload library.

/// `*` stands for any bytes, `?` for one.
pub fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((place, taken)) => {
                    at = place + 1;
                    from = taken + 1;
                    star = Some((place, from));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_take_any_length_and_question_marks_one_byte() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "x", false),
            ("*", "", true),
            ("*/state.json", "/a/b/state.json", true),
            ("*/state.json", "/a/b/state.json.tmp", false),
            (
                "*task-worker*",
                "node companion.mjs task-worker --job 1",
                true,
            ),
            ("f?", "f1", true),
            ("f?", "f", false),
            ("*ab*ab", "xabyabzab", true),
            ("*ab*ab", "xabyabz", false),
            ("a*b*c", "abcabd", false),
        ] {
            assert_eq!(
                fits(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
    }
}
