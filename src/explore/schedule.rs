//! A schedule: what happens in a run beside the scenario, on one line, so that it can be done again.

use std::fmt;
use std::str::FromStr;

use super::attempt::Attempt;
use super::cut::Cut;

/// Cuts in the order in which they are put into a run; each one's place is counted in the run with those before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule(pub Vec<Cut>);

/// How a schedule without any cut is written.
const NOTHING: &str = "nothing";

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{part}` is no part of a schedule{hint}; write WORD@PROCESS.NUMBER or WORD@MESSAGE.NUMBER, for example sigkill@worker.3 or drop@turn/start.1, with commas between"
)]
pub struct Unreadable {
    part: String,
    hint: String,
}

/// Why a schedule does not fit a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("{file} has no place for `{cut}`: {why}")]
#[diagnostic(help(
    "`rescue-harness explore --list {file}` shows the places; a schedule holds for the subject that it was found on"
))]
pub struct Unfit {
    /// The scenario's file.
    pub file: String,
    /// The cut.
    pub cut: String,
    /// What is there instead.
    pub why: String,
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str(NOTHING);
        }
        for (index, cut) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(formatter, "{comma}{cut}")?;
        }
        Ok(())
    }
}

impl FromStr for Schedule {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Schedule, Unreadable> {
        if text.trim() == NOTHING {
            return Ok(Schedule::default());
        }
        let cuts: Result<Vec<Cut>, Unreadable> = text
            .split(',')
            .map(|part| {
                Cut::read(part).ok_or_else(|| Unreadable {
                    part: part.trim().to_owned(),
                    hint: hint(part),
                })
            })
            .collect();
        cuts.map(Schedule)
    }
}

fn hint(part: &str) -> String {
    let Some((word, _)) = part.trim().split_once('@') else {
        return String::new();
    };
    if Attempt::named(word).is_some() {
        return String::new();
    }
    let near = crate::nearest::nearest(word, Attempt::all().map(|attempt| attempt.word));
    near.map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("")]
    #[case("sigkill")]
    #[case("sigkill@worker")]
    #[case("sigkill@worker.0")]
    #[case("sigkill@worker.x")]
    #[case("sigkill@.1")]
    #[case("sigkill@worker.1,")]
    fn what_is_no_schedule_is_refused(#[case] text: &str) {
        assert!(text.parse::<Schedule>().is_err());
    }

    #[test]
    fn a_misspelt_word_gets_a_hint() {
        let error = "sigkil@worker.1"
            .parse::<Schedule>()
            .unwrap_err()
            .to_string();
        assert!(error.contains("did you mean `sigkill`?"), "{error}");
    }

    #[rstest]
    #[case("nothing")]
    #[case("sigkill@worker.12")]
    #[case("sigkill@launcher#2.3+,drop@turn/start:reply.1")]
    fn what_was_written_is_read(#[case] text: &str) {
        assert_eq!(text.parse::<Schedule>().unwrap().to_string(), text);
    }
}
