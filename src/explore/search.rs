//! The search: one run to see where things can happen, and one for each thing that can.

use super::attempt::Family;
use super::document::{Case, Document, NotExplorable};
use super::finding::{Breach, Finding, missed};
use super::pattern;
use super::runs::{Runs, Stopped, Wanted};
use super::schedule::{Schedule, Unfit};
use super::shrink::shrink;
use super::story::scenario;
use super::survey::{Survey, last_effect};
use super::tries::{Try, find, tries};
use crate::run::Outcome;

/// How far to go.
#[derive(Debug, Clone)]
pub struct Options {
    /// What to try.
    pub families: Vec<Family>,
    /// How many runs there may be for the tries of one scenario.
    pub budget: usize,
    /// How many things happen in one run: 1 or 2.
    pub depth: u8,
}

/// What came of exploring one scenario.
#[derive(Debug, Default)]
pub struct Explored {
    /// How many things can be tried.
    pub total: usize,
    /// How many were.
    pub tried: usize,
    /// How many of these could not happen, since the run went another way before.
    pub missed: usize,
    /// What was found, in the order in which it was.
    pub findings: Vec<Finding>,
    /// Runs in which the harness itself broke: the schedule and how.
    pub broken: Vec<(Schedule, String)>,
    /// The user stopped it before its end.
    pub stopped: bool,
}

/// Why a scenario is not explored or replayed.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It cannot be.
    #[error(transparent)]
    Not(#[from] NotExplorable),
    /// The schedule does not fit.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Something stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// A try with what is found by it, before it is made small.
struct Found {
    breach: Breach,
    parts: Vec<String>,
    tried: Vec<Try>,
    also: Vec<Schedule>,
}

struct Search<'a, 'b> {
    case: &'a Case,
    document: Document,
    runs: &'a mut Runs<'b>,
    usual: Vec<Breach>,
    found: Vec<Found>,
    explored: Explored,
}

/// Explores a scenario.
///
/// # Errors
/// When it cannot be explored, or nothing can be run. An interruption is no error: what was found until then counts.
pub fn explore(case: &Case, options: &Options, runs: &mut Runs<'_>) -> Result<Explored, Failed> {
    let document = Document::read(case)?;
    let mut search = Search {
        case,
        document,
        runs,
        usual: Vec::new(),
        found: Vec::new(),
        explored: Explored::default(),
    };
    let result = search.run(options).and_then(|()| search.make_small());
    match result {
        Ok(()) => {}
        Err(Stopped::Interrupted) => {
            search.explored.stopped = true;
            search.keep_whole();
        }
        Err(other) => return Err(other.into()),
    }
    Ok(search.explored)
}

impl Search<'_, '_> {
    fn run(&mut self, options: &Options) -> Result<(), Stopped> {
        let plain = Wanted {
            value: self.document.with(&[]),
            survey: true,
        };
        let mut outcomes = self.runs.batch(self.case, &[plain])?;
        let Some(outcome) = outcomes.pop() else {
            return Ok(());
        };
        if let Some(broken) = &outcome.broken {
            let schedule = Schedule::default();
            self.explored.broken.push((schedule, broken.clone()));
            return Ok(());
        }
        self.usual = Breach::all(&outcome);
        for breach in self.usual.clone() {
            self.note(breach, &[]);
        }
        let survey = Survey::read(&outcome.events);
        let singles = tries(&survey, &survey, &options.families);
        self.explored.total = singles.len();
        let deeper = options.depth > 1;
        let mut next: Vec<(usize, std::vec::IntoIter<Try>)> = Vec::new();
        let mut done = 0;
        while done < singles.len().min(options.budget) {
            let end = (done + self.runs.width())
                .min(singles.len())
                .min(options.budget);
            let batch: Vec<Vec<Try>> = singles
                .get(done..end)
                .unwrap_or_default()
                .iter()
                .map(|tried| vec![tried.clone()])
                .collect();
            for (offset, outcome) in self.batch(&batch, deeper)?.iter().enumerate() {
                let held = Breach::all(outcome)
                    .iter()
                    .all(|it| self.usual.contains(it));
                let effect = last_effect(&outcome.events, self.document.gates);
                if let (true, true, Some(effect)) = (deeper, held, effect) {
                    let whole = Survey::read(&outcome.events);
                    let pairs = tries(&whole.after(effect), &whole, &options.families);
                    self.explored.total += pairs.len();
                    next.push((done + offset, pairs.into_iter()));
                }
            }
            done = end;
        }
        self.pairs(&singles, next, options.budget.saturating_sub(done))
    }

    /// Two things in one run: a second one after each first one in turn.
    fn pairs(
        &mut self,
        singles: &[Try],
        mut next: Vec<(usize, std::vec::IntoIter<Try>)>,
        budget: usize,
    ) -> Result<(), Stopped> {
        let mut left = budget;
        let mut turn = 0;
        while left > 0 && !next.is_empty() {
            let mut batch = Vec::new();
            while batch.len() < self.runs.width().min(left) && !next.is_empty() {
                turn %= next.len();
                let Some((first, queue)) = next.get_mut(turn) else {
                    break;
                };
                match (queue.next(), singles.get(*first)) {
                    (Some(second), Some(first)) => {
                        batch.push(vec![first.clone(), second]);
                        turn += 1;
                    }
                    _ => {
                        next.remove(turn);
                    }
                }
            }
            left -= batch.len();
            self.batch(&batch, false)?;
        }
        Ok(())
    }

    fn batch(&mut self, batch: &[Vec<Try>], survey: bool) -> Result<Vec<Outcome>, Stopped> {
        (self.runs.told)(&self.case.name, self.explored.tried, self.explored.total);
        let wanted: Vec<Wanted> = batch
            .iter()
            .map(|tried| Wanted {
                value: self
                    .document
                    .with(&tried.iter().map(|tried| &tried.edit).collect::<Vec<_>>()),
                survey,
            })
            .collect();
        let outcomes = self.runs.batch(self.case, &wanted)?;
        self.explored.tried += batch.len();
        for (tried, outcome) in batch.iter().zip(&outcomes) {
            if let Some(broken) = &outcome.broken {
                self.explored.broken.push((schedule(tried), broken.clone()));
                continue;
            }
            if missed(outcome, self.document.gates) {
                self.explored.missed += 1;
            }
            // One cut is one finding, by the breach that the others of this run most likely come from.
            let breaches = Breach::all(outcome);
            let fresh = breaches.iter().find(|breach| !self.usual.contains(breach));
            if let Some(breach) = fresh {
                self.note(breach.clone(), tried);
            }
        }
        Ok(outcomes)
    }

    /// Notes what was broken. The same breach by a cut of the same process or of Codex is the same finding; so is one of
    /// a pair that one of the two already has alone.
    fn note(&mut self, breach: Breach, tried: &[Try]) {
        let mut parts: Vec<String> = tried.iter().map(part).collect();
        parts.sort();
        parts.dedup();
        let known = self.found.iter_mut().find(|found| {
            found.breach == breach && found.parts.iter().all(|part| parts.contains(part))
        });
        match known {
            Some(known) => known.also.push(schedule(tried)),
            None => self.found.push(Found {
                breach,
                parts,
                tried: tried.to_vec(),
                also: Vec::new(),
            }),
        }
    }

    /// Makes everything that was found as small as it gets.
    fn make_small(&mut self) -> Result<(), Stopped> {
        let total = self.found.len();
        while !self.found.is_empty() {
            (self.runs.told)("making it small", total - self.found.len(), total);
            let found = self.found.remove(0);
            let small = shrink(
                self.case,
                &self.document,
                &found.tried,
                &found.breach,
                self.runs,
            );
            let (value, confirmed) = match small {
                Ok(small) => small,
                Err(stopped) => {
                    self.found.insert(0, found);
                    return Err(stopped);
                }
            };
            self.push(&found, &value, confirmed);
        }
        Ok(())
    }

    /// Keeps what was found as it was found, when nobody wants to wait any longer.
    fn keep_whole(&mut self) {
        for found in std::mem::take(&mut self.found) {
            let edits: Vec<_> = found.tried.iter().map(|tried| &tried.edit).collect();
            let value = self.document.with(&edits);
            self.push(&found, &value, false);
        }
    }

    fn push(
        &mut self,
        found: &Found,
        value: &serde_json::Map<String, serde_json::Value>,
        confirmed: bool,
    ) {
        let schedule = schedule(&found.tried);
        self.explored.findings.push(Finding {
            breach: found.breach.clone(),
            text: scenario(
                self.case,
                &self.runs.subject,
                &found.breach,
                &schedule,
                value,
            ),
            schedule,
            also: found.also.clone(),
            confirmed,
        });
    }
}

/// Who is cut by a try, and how: a failure is not the end of a process.
fn part(tried: &Try) -> String {
    match tried.cut.attempt.family {
        Family::Fault => "Codex".into(),
        Family::Signal => format!("the end of {}", tried.cut.part()),
        Family::Command => tried.cut.attempt.word.into(),
        Family::Failure => format!("{} of {}", tried.cut.attempt.word, tried.cut.part()),
        Family::Pause => format!("a pause of {}", tried.cut.part()),
    }
}

fn schedule(tried: &[Try]) -> Schedule {
    Schedule(tried.iter().map(|tried| tried.cut.clone()).collect())
}

/// Runs a scenario with a schedule: the outcome with its events, and the scenario as it was run.
///
/// # Errors
/// When the schedule does not fit the scenario, or nothing can be run.
pub fn replay(
    case: &Case,
    schedule: &Schedule,
    runs: &mut Runs<'_>,
) -> Result<(Outcome, Vec<Breach>, String), Failed> {
    let document = Document::read(case)?;
    let mut edits = Vec::new();
    let mut value = document.with(&[]);
    for cut in &schedule.0 {
        let outcome = one(case, &value, true, runs)?;
        let survey = Survey::read(&outcome.events);
        let tried = find(cut, &survey).map_err(|why| Unfit {
            file: case.file.clone(),
            cut: cut.to_string(),
            why,
        })?;
        edits.push(tried.edit);
        value = document.with(&edits.iter().collect::<Vec<_>>());
    }
    let outcome = one(case, &value, true, runs)?;
    let breaches = Breach::all(&outcome);
    let breach = breaches.first().cloned().unwrap_or_else(|| Breach {
        rule: "every rule holds".into(),
        detail: "nothing was broken".into(),
    });
    let text = scenario(case, &runs.subject, &breach, schedule, &value);
    Ok((outcome, breaches, text))
}

/// The places that a run of the scenario comes to, a line each, and its messages.
///
/// # Errors
/// When it cannot be explored, or nothing can be run.
pub fn places(case: &Case, runs: &mut Runs<'_>) -> Result<Vec<String>, Failed> {
    let document = Document::read(case)?;
    let outcome = one(case, &document.with(&[]), true, runs)?;
    let survey = Survey::read(&outcome.events);
    let places = survey
        .places
        .iter()
        .filter(|place| pattern::process(&place.actor).is_some() && pattern::counts(place));
    let places = places.map(|place| {
        let when = if place.after { "after" } else { "before" };
        let name = format!("{}.{}", place.actor, place.ordinal);
        (
            place.seq,
            format!(
                "{name:24} {when} {}: {}",
                place.operation,
                pattern::touched(place)
            ),
        )
    });
    let messages = survey.passages.iter().map(|passage| {
        let way = if passage.received { "received" } else { "sent" };
        let name = format!("{}.{}", passage.whom(), passage.nth);
        (passage.seq, format!("{name:24} message {way}"))
    });
    let mut lines: Vec<(u64, String)> = places.chain(messages).collect();
    lines.sort_by_key(|(seq, _)| *seq);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

fn one(
    case: &Case,
    value: &serde_json::Map<String, serde_json::Value>,
    survey: bool,
    runs: &mut Runs<'_>,
) -> Result<Outcome, Failed> {
    let wanted = Wanted {
        value: value.clone(),
        survey,
    };
    let outcome = runs.batch(case, &[wanted])?.pop();
    Ok(outcome.ok_or(Stopped::Interrupted)?)
}
