//! Texts that come in pieces: a secret may begin in one piece and end in another.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use serde_json::Value;

use super::{Finding, Redaction};
use crate::transcript::{Entry, Way, line};

/// So much of the text before a piece is remembered, in bytes: what a secret follows.
const CONTEXT: usize = 512;

/// A secret of so many bytes is remembered whole, as it comes.
const LONGEST_SECRET: usize = 32 * 1024;

/// Entries wait at most until so many do.
const MOST_WAITING: usize = 4096;

/// Pieces wait at most until they have so many bytes.
const MOST_BYTES: usize = 1 << 20;

/// Entries on their way into a transcript.
///
/// A piece of a text waits, and everything after it with it, until the word at its end is whole.
#[derive(Debug)]
pub(crate) struct Streams {
    redaction: Redaction,
    waiting: VecDeque<(Entry, Option<String>)>,
    bytes: usize,
    /// The texts that are told in pieces, by the item that they are of.
    open: HashMap<String, Text>,
}

/// A text that is told in pieces.
#[derive(Debug, Default)]
struct Text {
    /// The end of what was let through, as it came.
    before: String,
    /// A word at its end may go on.
    in_word: bool,
}

impl Streams {
    /// None yet.
    pub(crate) fn new(redaction: Redaction) -> Self {
        Self {
            redaction,
            waiting: VecDeque::new(),
            bytes: 0,
            open: HashMap::new(),
        }
    }

    /// Takes in an entry; the entries that need not wait any more, redacted.
    pub(crate) fn take(&mut self, entry: Entry) -> Vec<Entry> {
        let stream = stream_of(&entry);
        match &stream {
            Some(name) => {
                let piece = delta(&entry.msg).unwrap_or_default();
                self.bytes += piece.len();
                let text = self.open.entry(name.clone()).or_default();
                text.in_word = piece
                    .chars()
                    .next_back()
                    .map_or(text.in_word, |c| !c.is_whitespace());
            }
            None => self.close(&entry),
        }
        self.waiting.push_back((entry, stream));
        let waits = self.open.values().any(|text| text.in_word)
            && self.waiting.len() < MOST_WAITING
            && self.bytes < MOST_BYTES;
        if waits { Vec::new() } else { self.release() }
    }

    /// Whether entries wait.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Texts that this entry ends have no word that goes on.
    fn close(&mut self, entry: &Entry) {
        let params = &entry.msg["params"];
        match entry.msg["method"].as_str() {
            Some("item/completed") => {
                let item = params["item"]["id"].as_str().unwrap_or_default();
                let of_item = |name: &str| name.split('\n').next() == Some(item);
                for (_, text) in self.open.iter_mut().filter(|(name, _)| of_item(name)) {
                    text.in_word = false;
                }
            }
            Some("turn/completed") => self.open.values_mut().for_each(|text| text.in_word = false),
            _ if entry.dir == Way::Meta => {
                self.open.values_mut().for_each(|text| text.in_word = false);
            }
            _ => {}
        }
    }

    /// Lets everything through that waits. What looks like the beginning of a secret at the end
    /// of a text that may go on is taken for one.
    pub(crate) fn release(&mut self) -> Vec<Entry> {
        self.bytes = 0;
        let mut entries: Vec<(Entry, Option<String>)> = self.waiting.drain(..).collect();
        let mut pieces: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, (entry, stream)) in entries.iter_mut().enumerate() {
            match stream {
                Some(name) => pieces.entry(name.clone()).or_default().push(index),
                None if entry.dir.is_message() => self.redaction.apply(&mut entry.msg),
                None => line::redact(&mut entry.msg, &mut self.redaction, entry.unfinished),
            }
        }
        for (name, indices) in pieces {
            let texts: Vec<String> = indices
                .iter()
                .map(|index| delta(&entries[*index].0.msg).unwrap_or_default().to_owned())
                .collect();
            let redacted = self.redact_pieces(&name, &texts);
            for (index, text) in indices.into_iter().zip(redacted) {
                let msg = &mut entries[index].0.msg;
                msg["params"]["delta"] = Value::Null;
                self.redaction.apply(msg);
                msg["params"]["delta"] = text.into();
            }
        }
        self.open
            .retain(|_, text| text.in_word || !text.before.is_empty());
        entries.into_iter().map(|(entry, _)| entry).collect()
    }

    fn redact_pieces(&mut self, name: &str, texts: &[String]) -> Vec<String> {
        let text = self.open.entry(name.to_owned()).or_default();
        let start = text.before.len();
        let whole = text.before.clone() + &texts.concat();
        let may_go_on = text.in_word;
        let findings = self.redaction.findings_until(&whole, may_go_on);
        let mut redacted = Vec::with_capacity(texts.len());
        let mut at = start;
        let mut next = 0;
        for text in texts {
            let piece = at..at + text.len();
            redacted.push(cut(&whole, &piece, &findings, &mut next));
            at = piece.end;
        }
        // A secret that may go on, such as a key of many lines, is remembered from its beginning.
        let open = findings
            .last()
            .filter(|finding| finding.range.end == whole.len());
        let from = open.map_or(whole.len(), |finding| finding.range.start);
        let from = from
            .min(whole.len().saturating_sub(CONTEXT))
            .max(whole.len().saturating_sub(LONGEST_SECRET));
        let from = (from..=whole.len())
            .find(|at| whole.is_char_boundary(*at))
            .unwrap_or(0);
        self.open.entry(name.to_owned()).or_default().before = whole[from..].to_owned();
        redacted
    }
}

/// What stays of a piece of the whole text. The mark of a finding stands in the piece in which it
/// begins. `next` is the first finding that may concern this piece.
fn cut(whole: &str, piece: &Range<usize>, findings: &[Finding], next: &mut usize) -> String {
    let mut out = String::new();
    let mut at = piece.start;
    while let Some(finding) = findings.get(*next) {
        let range = &finding.range;
        if range.start >= piece.end {
            break;
        }
        out.push_str(&whole[at..range.start.max(at)]);
        if range.start >= piece.start {
            out.push_str(&finding.name);
        }
        at = range.end.clamp(at, piece.end);
        if range.end > piece.end {
            break;
        }
        *next += 1;
    }
    out.push_str(&whole[at..piece.end]);
    out
}

/// The text of a piece.
fn delta(message: &Value) -> Option<&str> {
    message["params"]["delta"].as_str()
}

/// The text that the entry is a piece of: its item, and which of the item's texts.
fn stream_of(entry: &Entry) -> Option<String> {
    delta(&entry.msg)?;
    let params = &entry.msg["params"];
    let item = params["itemId"].as_str().unwrap_or_default();
    let method = entry.msg["method"].as_str()?;
    let part = [&params["summaryIndex"], &params["contentIndex"]];
    Some(format!("{item}\n{method} {} {}", part[0], part[1]))
}
