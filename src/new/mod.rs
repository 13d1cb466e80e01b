//! New scenarios: commented files that run as they are.

use clap::ValueEnum;

use crate::scenario::Scenario;

/// What a new scenario begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// A run that ends well in the foreground
    Foreground,
    /// A run in the background, with its watcher
    Background,
    /// A run that outlives the limit of the Bash call
    Cap,
    /// A turn that fails
    Failure,
    /// Codex crashes in the middle of a turn
    Crash,
    /// A running job is cancelled
    Cancel,
    /// A return of the subagent that was reported, given to the hook as it is
    Hook,
    /// A process is killed just before it does something
    Race,
}

/// The name of the file that editors read the format from.
pub const FILE: &str = "schema.json";

/// The JSON Schema of scenario files.
pub fn schema() -> String {
    serde_json::to_string_pretty(&schemars::schema_for!(Scenario)).unwrap_or_default() + "\n"
}

/// The first line of a scenario file, which tells editors where its format is described. `name` is the path of the
/// file below the folder of [`FILE`].
pub fn editor_line(name: &str) -> String {
    format!(
        "# yaml-language-server: $schema={}{FILE}",
        "../".repeat(name.matches('/').count())
    )
}

impl Template {
    /// The text of a new scenario.
    pub fn text(self, name: &str, title: &str, source: Option<&str>) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let source = match source {
            Some(source) => format!("source: {}\n", quoted(source)),
            None => "# source: \"#49\"   # the report that this comes from\n".to_owned(),
        };
        format!(
            "{}\ntitle: {}\n{source}{}",
            editor_line(name),
            quoted(title),
            self.body()
        )
    }

    /// A title that says what the template shows.
    pub fn title(self) -> &'static str {
        match self {
            Template::Foreground => "A good run in the foreground is told as done",
            Template::Background => {
                "A run in the background is told as running until its watcher ends"
            }
            Template::Cap => "A run that outlives the Bash call is not told as done",
            Template::Failure => "A turn that fails is told as failed",
            Template::Crash => "A crash of Codex is told as failed",
            Template::Cancel => "A cancelled job is over",
            Template::Hook => "A failed return of the subagent is told as failed",
            Template::Race => "A worker that dies before it writes its record is noticed",
        }
    }

    fn body(self) -> &'static str {
        match self {
            Template::Foreground => include_str!("foreground.yaml"),
            Template::Background => include_str!("background.yaml"),
            Template::Cap => include_str!("cap.yaml"),
            Template::Failure => include_str!("failure.yaml"),
            Template::Crash => include_str!("crash.yaml"),
            Template::Cancel => include_str!("cancel.yaml"),
            Template::Hook => include_str!("hook.yaml"),
            Template::Race => include_str!("race.yaml"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint;
    use crate::scenario::parse;

    #[test]
    fn every_template_is_well_formed() {
        for template in Template::value_variants() {
            let text = template.text("a/b", template.title(), Some("#49"));
            let scenario =
                parse("new.yaml", &text).unwrap_or_else(|error| panic!("{template:?}: {error}"));
            assert_eq!(lint::problems(&text, &scenario), [], "{template:?}");
        }
    }

    #[test]
    fn the_editor_finds_the_schema_from_every_depth() {
        assert_eq!(
            editor_line("a"),
            "# yaml-language-server: $schema=schema.json"
        );
        assert_eq!(
            editor_line("a/b/c"),
            "# yaml-language-server: $schema=../../schema.json"
        );
    }
}
