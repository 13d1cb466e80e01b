//! A YAML text as a tree that knows where everything stands: for carets in messages, and for edits in place.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span};

/// A value in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The bytes that it takes. Those of a block collection end with its last value.
    pub range: Range<usize>,
    /// Its first line, from one.
    pub line: u64,
    /// Whether it is written in flow style or lies in a value that is.
    pub flow: bool,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A text, a number and so on, as a text.
    Scalar(String),
    /// A name for a value that stands elsewhere.
    Alias,
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(Node, Node)>),
}

/// The first document of the text; nothing when it is no YAML or empty.
pub fn read(text: &str) -> Option<Node> {
    let mut events = Parser::new_from_str(text)
        .filter_map(Result::ok)
        .filter(|(event, _)| {
            !matches!(
                event,
                Event::StreamStart | Event::DocumentStart(..) | Event::Comment(..)
            )
        });
    let first = events.next()?;
    node(text, first, &mut events, false)
}

fn node<'a>(
    text: &str,
    first: (Event<'a>, Span),
    rest: &mut impl Iterator<Item = (Event<'a>, Span)>,
    flow: bool,
) -> Option<Node> {
    let (event, span) = first;
    let start = span.byte_range()?;
    let line = span.start.line() as u64;
    match event {
        Event::Scalar(value, style, ..) => {
            let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
            Some(Node {
                range: if block {
                    whole_block(text, start)
                } else {
                    start
                },
                line,
                flow: flow && !block,
                kind: Kind::Scalar(value.into_owned()),
            })
        }
        Event::Alias(_) => Some(Node {
            range: start,
            line,
            flow,
            kind: Kind::Alias,
        }),
        Event::SequenceStart(..) => {
            let flow = flow || !start.is_empty();
            let (mut items, mut end) = (Vec::new(), start.end);
            loop {
                let next = rest.next()?;
                if matches!(next.0, Event::SequenceEnd) {
                    end = if flow { next.1.byte_range()?.end } else { end };
                    break;
                }
                let item = node(text, next, rest, flow)?;
                end = item.range.end;
                items.push(item);
            }
            Some(Node {
                range: begin(&start, items.first())..end,
                line,
                flow,
                kind: Kind::List(items),
            })
        }
        Event::MappingStart(..) => {
            let flow = flow || !start.is_empty();
            let (mut entries, mut end) = (Vec::new(), start.end);
            loop {
                let next = rest.next()?;
                if matches!(next.0, Event::MappingEnd) {
                    end = if flow { next.1.byte_range()?.end } else { end };
                    break;
                }
                let key = node(text, next, rest, flow)?;
                let value = node(text, rest.next()?, rest, flow)?;
                end = value.range.end.max(key.range.end);
                entries.push((key, value));
            }
            let first = entries.first().map(|(key, _)| key);
            Some(Node {
                range: begin(&start, first)..end,
                line,
                flow,
                kind: Kind::Map(entries),
            })
        }
        _ => None,
    }
}

/// A block of text from its `|` or `>` to the end of its last line; the parser's range is that of its words, and of
/// the space up to what follows.
fn whole_block(text: &str, words: Range<usize>) -> Range<usize> {
    let before = text.get(..words.start).unwrap_or_default();
    let start = before.rfind(['|', '>']).unwrap_or(words.start);
    let inner = text.get(start..words.end).unwrap_or_default();
    let end = start + inner.trim_end().len();
    let line_break = text
        .get(end..words.end)
        .is_some_and(|rest| rest.starts_with('\n'));
    start..end + usize::from(line_break)
}

fn begin(start: &Range<usize>, first: Option<&Node>) -> usize {
    first.map_or(start.start, |first| first.range.start.min(start.start))
}

impl Node {
    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|(name, _)| name.text() == Some(key))
            .map(|(_, value)| value)
    }

    /// The entries of a map; none of anything else.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// Calls `visit` with every value in it, outermost first, each with the key it stands under.
    pub fn walk<'a>(
        &'a self,
        key: Option<&'a str>,
        visit: &mut dyn FnMut(Option<&'a str>, &'a Node),
    ) {
        visit(key, self);
        self.items().iter().for_each(|item| item.walk(key, visit));
        for (name, value) in self.entries() {
            value.walk(name.text(), visit);
        }
    }

    /// The value at a path such as `turns[0][2].then`, as far as it leads. A step is a map with one key, and a list
    /// may stand under `steps`; the path passes through both.
    pub fn at(&self, path: &str) -> &Node {
        let mut node = self;
        for part in path
            .split(['.', '['])
            .map(|part| part.trim_end_matches(']'))
            .filter(|part| !part.is_empty())
        {
            let inner = node
                .entries()
                .first()
                .map(|(_, value)| value)
                .filter(|_| node.entries().len() == 1);
            let found = match part.parse::<usize>() {
                Ok(index) => node
                    .items()
                    .get(index)
                    .or_else(|| node.get("steps").or(inner)?.items().get(index)),
                Err(_) => node.get(part).or_else(|| inner?.get(part)),
            };
            match found {
                Some(found) => node = found,
                None => return node,
            }
        }
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title: é one\nsteps:\n  - agent: {task: \"fix\", n: [1, 2]}   # note\n  - shell:\n      run: |\n        a\n        b\nexpect:\n  exit: 0\n";

    fn slice(path: &str) -> &'static str {
        &TEXT[read(TEXT).unwrap().at(path).range.clone()]
    }

    #[test]
    fn no_yaml_gives_no_tree() {
        assert_eq!(read("a: [1"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn ranges_are_those_of_the_text() {
        assert_eq!(slice("title"), "é one");
        assert_eq!(slice("steps[0].task"), "\"fix\"");
        assert_eq!(slice("steps[0].n"), "[1, 2]");
        assert_eq!(slice("steps[0].agent"), "{task: \"fix\", n: [1, 2]}");
        assert_eq!(slice("expect"), "exit: 0");
        assert!(
            slice("steps[1].run").contains("b"),
            "{:?}",
            slice("steps[1].run")
        );
    }

    #[test]
    fn an_alias_is_no_text() {
        let tree = read("a: &x one\nb: *x\n").unwrap();
        assert_eq!(
            (tree.at("a").text(), tree.at("b").text()),
            (Some("one"), None)
        );
    }

    #[test]
    fn a_value_knows_its_line() {
        let tree = read(TEXT).unwrap();
        assert_eq!(tree.at("steps[0]").line, 3);
        assert_eq!(tree.at("expect.exit").line, 9);
        assert!(tree.at("steps[0].task").flow && !tree.at("expect.exit").flow);
    }
}
