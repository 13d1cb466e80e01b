//! The command that a context asks the main thread to arm, as the main thread would copy it.

/// The command of a watcher in `context`: the one with `status JOB --wait` in it, from where it is
/// set off to where the text goes on.
///
/// A subject sets a command off by back quotes, two spaces, a colon or a line of its own.
pub fn command_in(context: &str) -> Option<String> {
    let words = waiting(context)?;
    let before = &context[..words];
    let begin = ["`", "  ", ": ", "\n"]
        .into_iter()
        .filter_map(|mark| before.rfind(mark).map(|at| at + mark.len()))
        .max()
        .unwrap_or(0);
    let rest = &context[begin..];
    let end = ["`", "  ", "\n", " — ", ". "]
        .into_iter()
        .filter_map(|mark| rest.find(mark))
        .min();
    let command = rest[..end.unwrap_or(rest.len())].trim();
    let command = command.strip_suffix('.').unwrap_or(command);
    (!command.is_empty()).then(|| command.to_owned())
}

/// Where ` status JOB --wait` stands.
fn waiting(context: &str) -> Option<usize> {
    context
        .match_indices(" status ")
        .map(|(at, _)| at)
        .find(|at| {
            let mut words = context[*at..].split_whitespace().skip(1);
            words.next().is_some_and(|job| !job.starts_with('-'))
                && words.next().is_some_and(|word| word.starts_with("--wait"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{Captures, embedded};

    #[test]
    fn a_context_without_a_watcher_has_none() {
        assert_eq!(command_in("poll /codex:status task-1"), None);
        assert_eq!(
            command_in("Until a terminal status is reported, do not wait."),
            None
        );
    }

    #[test]
    fn a_command_in_back_quotes_or_at_the_end_of_a_sentence() {
        let quoted = "Bash with run_in_background: `'/p/codex-companion' status task-1 --wait`. It ends when";
        assert_eq!(
            command_in(quoted).as_deref(),
            Some("'/p/codex-companion' status task-1 --wait")
        );
        let last = "Run this: /p/c status task-1 --wait --timeout-ms 5.";
        assert_eq!(
            command_in(last).as_deref(),
            Some("/p/c status task-1 --wait --timeout-ms 5")
        );
    }

    #[test]
    fn the_command_of_every_vocabulary_is_found_whole() {
        for vocabulary in embedded().unwrap() {
            for variant in &vocabulary.entries()["watcher"].variants {
                let companion = "/some folder/plugin/companion";
                let values: Captures = [("job", "task-1"), ("companion", companion)]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into();
                let command = command_in(&variant.text.render(&values)).unwrap();
                assert!(
                    command.ends_with(" status task-1 --wait --timeout-ms 1800000"),
                    "{command}"
                );
                let program =
                    command.trim_end_matches(" status task-1 --wait --timeout-ms 1800000");
                let known = [
                    format!("node {companion}"),
                    format!("node \"{companion}\""),
                    format!("\"{companion}\""),
                    companion.to_owned(),
                ];
                assert!(
                    known.contains(&program.to_owned()),
                    "{} says {command}",
                    vocabulary.subject()
                );
            }
        }
    }
}
