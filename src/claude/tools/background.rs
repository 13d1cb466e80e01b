//! Which commands are moved to the background at their timeout.
//!
//! Claude Code analyses the command text. What it cannot follow, or does not want to leave alone,
//! is killed instead. The vendor documents none of it; public reports name the cases.

use crate::claude::facts::AutoBackground;

/// Why a command is killed at its timeout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It starts with this word.
    FirstWord(String),
    /// It runs this program somewhere in its chain.
    Command(String),
    /// Its shape is too rich: a substitution, a here-document, a subshell, a loop.
    Shape(&'static str),
}

/// Why `command` is killed at its timeout; nothing when it is moved to the background.
pub fn refused(command: &str, facts: &AutoBackground) -> Option<Refusal> {
    let parts = chain(command);
    let first = parts.first().map_or("", |part| program(part));
    if facts.refused_first_words.iter().any(|word| word == first) {
        return Some(Refusal::FirstWord(first.to_owned()));
    }
    let mut programs = parts.iter().map(|part| program(part));
    if let Some(name) = programs.find(|name| facts.refused_commands.iter().any(|word| word == name))
    {
        return Some(Refusal::Command(name.to_owned()));
    }
    shape(command)
        .filter(|_| facts.refused_shapes)
        .map(Refusal::Shape)
}

/// The first word of a command that is no assignment.
fn program(part: &str) -> &str {
    let assignment = |word: &&str| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    part.split_whitespace()
        .find(|word| !assignment(word))
        .unwrap_or("")
}

/// The commands of a chain: split at `;`, `&`, `|`, parentheses and line breaks outside of quotes.
fn chain(command: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for (c, quoted) in unquoted(command) {
        if !quoted && matches!(c, ';' | '&' | '|' | '\n' | '(' | ')') {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
        .into_iter()
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

fn shape(command: &str) -> Option<&'static str> {
    let bare: String = unquoted(command)
        .filter(|(_, quoted)| !quoted)
        .map(|(c, _)| c)
        .collect();
    let open: String = unquoted_by_single(command);
    let first_words = chain(command);
    let first_words = first_words.iter().map(|part| program(part));
    if open.contains("$(") || open.contains('`') {
        Some("a command substitution")
    } else if bare.contains("<<") {
        Some("a here-document")
    } else if bare.contains('(') {
        Some("a subshell")
    } else if open.contains("${") && open.contains('[') {
        Some("an array element")
    } else if first_words
        .into_iter()
        .any(|word| matches!(word, "for" | "while" | "until" | "if" | "case"))
    {
        Some("a compound command")
    } else {
        None
    }
}

/// Every character with whether quotes or a backslash take its meaning.
fn unquoted(command: &str) -> impl Iterator<Item = (char, bool)> + '_ {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    command.chars().map(move |c| {
        let taken = quote.is_some() || escaped;
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', Some('"') | None) => escaped = true,
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            _ => {}
        }
        (c, taken || matches!(c, '\'' | '"' | '\\'))
    })
}

/// The command without what stands in single quotes: the shell expands the rest.
fn unquoted_by_single(command: &str) -> String {
    let mut kept = String::new();
    let (mut single, mut double) = (false, false);
    for c in command.chars() {
        match c {
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            _ if !single => kept.push(c),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claude::profile::Profile;

    fn older(command: &str) -> Option<Refusal> {
        refused(
            command,
            &Profile::of("2.1.197").unwrap().bash.auto_background,
        )
    }

    fn newer(command: &str) -> Option<Refusal> {
        refused(
            command,
            &Profile::of("2.1.330").unwrap().bash.auto_background,
        )
    }

    #[test]
    fn a_command_that_starts_with_sleep_is_refused() {
        assert_eq!(
            older("sleep 700; echo late"),
            Some(Refusal::FirstWord("sleep".into()))
        );
        assert_eq!(older("echo begin; sleep 9; echo late"), None);
    }

    #[test]
    fn git_in_the_chain_is_refused_and_in_a_prompt_is_not() {
        assert_eq!(
            older("cd x && git pull"),
            Some(Refusal::Command("git".into()))
        );
        assert_eq!(older("A=1 git pull"), Some(Refusal::Command("git".into())));
        assert_eq!(
            older(r#"node c.mjs task "look at git log; git status""#),
            None
        );
        assert_eq!(older("digit 1"), None);
    }

    #[test]
    fn the_shapes_that_2_1_197_could_not_follow_are_followed_later() {
        let recorded =
            "T=x; (setsid $T double >/dev/null 2>&1 &); setsid $T setsid & $T child & $T fg";
        assert_eq!(older(recorded), Some(Refusal::Shape("a subshell")));
        assert_eq!(newer(recorded), None);
        assert_eq!(
            older("echo $(date)"),
            Some(Refusal::Shape("a command substitution"))
        );
        assert_eq!(older("echo '$(date)'"), None);
        assert_eq!(
            older("cat <<E\nx\nE"),
            Some(Refusal::Shape("a here-document"))
        );
        assert_eq!(
            older("for i in 1 2; do echo $i; done"),
            Some(Refusal::Shape("a compound command"))
        );
    }

    #[test]
    fn the_companion_is_moved() {
        assert_eq!(
            older(
                r#"node "${CLAUDE_PLUGIN_ROOT}/scripts/codex-companion.mjs" task --write "fix (it)""#
            ),
            None
        );
    }
}
