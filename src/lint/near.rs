//! Words that nobody checks while the file is read, because any text may stand there, and that are most likely
//! misspelt: states of jobs, parts in `kill` and `until`, commands of the companion; and expectations that always hold.

use super::{Problem, told};
use crate::nearest::nearest;
use crate::yaml::Node;

/// The states of a job.
const STATES: [&str; 5] = ["queued", "running", "completed", "failed", "cancelled"];
/// The parts that processes play.
const PARTS: [&str; 9] = [
    "broker", "codex", "hook", "launcher", "spawner", "status", "task", "watcher", "worker",
];
/// The companion's commands.
const COMMANDS: [&str; 9] = [
    "adversarial-review",
    "cancel",
    "doctor",
    "help",
    "result",
    "review",
    "setup",
    "status",
    "task",
];

pub(super) fn lint(tree: &Node, found: &mut Vec<Problem>) {
    let jobs = tree.get("jobs").map(Node::items).unwrap_or_default();
    jobs.iter().for_each(|job| state(job.get("status"), found));
    twins(jobs, found);
    told(tree, &mut |key, node| match key {
        Some("jobs") => node.items().iter().for_each(|job| {
            state(job.get("status"), found);
            for place in ["row", "file"] {
                state(
                    job.get(place).and_then(|fields| fields.get("status")),
                    found,
                );
            }
        }),
        Some("until") => {
            state(node.get("job").and_then(|job| job.get("status")), found);
            for name in ["gone", "started"] {
                near(node.get(name), &PARTS, "no process plays", found);
            }
        }
        Some("kill") => near(node.get("process"), &PARTS, "no process plays", found),
        Some("companion") => command(node.get("run"), found),
        Some("contains" | "lacks") => {
            let texts = std::iter::once(node).chain(node.items());
            for text in texts.filter(|text| text.text() == Some("")) {
                let message = "every text has the empty text in it".to_owned();
                let remedy = "write what must or must not be in it".to_owned();
                found.push(Problem::new(text, message, remedy));
            }
        }
        _ => {}
    });
}

fn state(node: Option<&Node>, found: &mut Vec<Problem>) {
    near(node, &STATES, "a job is never", found);
}

/// A word that is not known, and near to one that is.
fn near(node: Option<&Node>, known: &[&str], what: &str, found: &mut Vec<Problem>) {
    if let Some((node, text)) = node.and_then(|node| Some((node, node.text()?)))
        && !known.contains(&text)
        && let Some(close) = nearest(text, known.iter().copied())
    {
        found.push(Problem::new(
            node,
            format!("{what} `{text}`"),
            format!("did you mean `{close}`?"),
        ));
    }
}

fn command(node: Option<&Node>, found: &mut Vec<Problem>) {
    let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else {
        return;
    };
    let word = text.split_whitespace().next().unwrap_or_default();
    if COMMANDS.iter().any(|known| word.starts_with(known)) {
        return;
    }
    if let Some(close) = nearest(word, COMMANDS) {
        found.push(Problem::new(
            node,
            format!("the companion has no command `{word}`"),
            format!("did you mean `{close}`?"),
        ));
    }
}

/// Records of one name, where they would lie in one place.
fn twins(jobs: &[Node], found: &mut Vec<Problem>) {
    let place = |job: &Node| {
        job.get("place")
            .and_then(Node::text)
            .unwrap_or("both")
            .to_owned()
    };
    for (index, job) in jobs.iter().enumerate() {
        let Some(id) = job.get("id") else { continue };
        let twin = jobs.iter().take(index).any(|other| {
            let (here, there) = (place(job), place(other));
            other.get("id").and_then(Node::text) == id.text()
                && (here == there || here == "both" || there == "both")
        });
        if twin {
            let message = format!("a job `{}` is there already", id.text().unwrap_or_default());
            let remedy = "give it another id, or say `place: row` and `place: file`".to_owned();
            found.push(Problem::new(id, message, remedy));
        }
    }
}
