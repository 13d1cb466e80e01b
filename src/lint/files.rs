//! Files and folders that steps name: nothing makes them, or they cannot be what the step takes them for.

use super::{Problem, told};
use crate::scenario::check::leaves;
use crate::yaml::Node;

/// The folders that every run has beside the workspace and in it.
const FOLDERS: [&str; 9] = [
    ".git",
    "bin",
    "captured",
    "codex-home",
    "home",
    "plugin",
    "plugin-data",
    "project",
    "tmp",
];

/// The longest name that Linux gives a file, in bytes.
const LONGEST: usize = 255;

pub(super) fn lint(tree: &Node, found: &mut Vec<Problem>) {
    let files = tree.get("files").map(Node::entries).unwrap_or_default();
    files.iter().for_each(|(name, _)| {
        name_fits(name, found);
        let path = plain(name);
        if path == ".git" {
            let remedy = "write below it, for example `.git/info/exclude`".to_owned();
            found.push(Problem::new(
                name,
                "`.git` is a folder in every run".into(),
                remedy,
            ));
        }
    });
    inside(tree, found);
    let paths: Vec<&str> = files.iter().map(|(name, _)| plain(name)).collect();
    told(tree, &mut |key, node| match key {
        Some("companion" | "shell") => {
            if let Some(folder) = node.get("cwd") {
                is_made(tree, "a folder", folder, found);
            }
        }
        Some("remove") if node.text().is_some() => {
            if collides(&paths, node, found) {
                return;
            }
            is_made(tree, "a file", node, found);
        }
        Some("write") => {
            if let (Some(path), Some(_)) = (node.get("path"), node.get("text")) {
                name_fits(path, found);
                collides(&paths, path, found);
            }
        }
        _ => {}
    });
}

/// What names a file or folder of the run lies in its folder, and is a name.
fn inside(tree: &Node, found: &mut Vec<Problem>) {
    for id in (tree.get("jobs").map(Node::items).unwrap_or_default())
        .iter()
        .filter_map(|job| job.get("id"))
    {
        if id
            .text()
            .is_some_and(|id| id.is_empty() || id.contains('/') || matches!(id, "." | ".."))
        {
            let remedy = "write a name such as `task-1`".to_owned();
            let message = "no job's record can be called so: its id is the name of a file";
            found.push(Problem::new(id, message.into(), remedy));
        }
    }
    if let Some(codex) = tree.get("codex") {
        codex.walk(None, &mut |key, node| {
            if key == Some("path") && node.text().is_some_and(leaves) {
                let message = format!("`{}` leads out of the workspace", plain(node));
                let remedy = "give a path below the folder that Codex works in".to_owned();
                found.push(Problem::new(node, message, remedy));
            }
        });
    }
    if let Some(folder) = tree.get("plugin-folder")
        && FOLDERS.contains(&plain(folder))
    {
        let message = format!("`{}` is another folder of the run", plain(folder));
        let remedy = "name a folder of its own, or one below it".to_owned();
        found.push(Problem::new(folder, message, remedy));
    }
    let session = tree.get("claude").and_then(|claude| claude.get("session"));
    if let Some(session) = session
        && session.text() == Some("")
    {
        let remedy = "write an id, or leave `session:` out".to_owned();
        found.push(Problem::new(session, "a session has an id".into(), remedy));
    }
}

fn plain(node: &Node) -> &str {
    node.text().unwrap_or_default().trim_matches('/')
}

/// Whether the path is a folder of `files`, or leads through a file of them.
fn collides(files: &[&str], node: &Node, found: &mut Vec<Problem>) -> bool {
    let path = plain(node);
    let message = files.iter().find_map(|file| {
        if file
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('/'))
        {
            return Some(format!("`{path}` is a folder: `files` has `{file}`"));
        }
        path.strip_prefix(file)
            .filter(|rest| rest.starts_with('/'))
            .map(|_| format!("`{path}` leads through `{file}`, which is a file"))
    });
    let Some(message) = message.filter(|_| !path.is_empty()) else {
        return false;
    };
    let remedy = "name a file; `shell: {run: …}` does what else is to be done with folders";
    found.push(Problem::new(node, message, remedy.into()));
    true
}

fn name_fits(node: &Node, found: &mut Vec<Problem>) {
    if plain(node).split('/').any(|part| part.len() > LONGEST) {
        found.push(Problem::new(
            node,
            format!("no file has a name of more than {LONGEST} bytes"),
            "shorten it".into(),
        ));
    }
}

/// Finds a path whose last name stands nowhere else in the file, so that no step can have made it.
fn is_made(tree: &Node, what: &str, node: &Node, found: &mut Vec<Problem>) {
    let path = plain(node);
    let name = path.rsplit('/').next().unwrap_or(path);
    if path.contains("${") || matches!(name, "" | "." | "..") || FOLDERS.contains(&name) {
        return;
    }
    let mut named = false;
    let mut look = |text: Option<&str>| named |= text.is_some_and(|text| text.contains(name));
    for (key, part) in tree.entries() {
        if !matches!(
            key.text(),
            Some("title" | "description" | "source" | "tags" | "expect" | "history")
        ) {
            part.walk(key.text(), &mut |key, inner| {
                if !matches!(key, Some("cwd" | "remove")) {
                    look(inner.text());
                }
                inner.entries().iter().for_each(|(key, _)| look(key.text()));
            });
        }
    }
    if !named {
        let remedy = match what {
            "a folder" => format!(
                "put a file into it under `files:`, or make it before with `shell: {{run: mkdir {path}}}`"
            ),
            _ => "name a file of `files:`, of a `write` step, or of the run such as `${state}/state.json`"
                .to_owned(),
        };
        let message = format!("nothing in this scenario makes {what} `{path}`");
        found.push(Problem::new(node, message, remedy));
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::problems;
    use crate::scenario::parse;
    use rstest::rstest;

    fn found(text: &str) -> Vec<(String, String)> {
        let scenario = parse("t.yaml", text).unwrap();
        let problems = problems(text, &scenario).into_iter();
        problems
            .map(|problem| (text[problem.range].to_owned(), problem.message))
            .collect()
    }

    #[rstest]
    #[case(
        "shell: {run: 'true', cwd: nowhere}",
        "nowhere",
        "nothing in this scenario makes a folder"
    )]
    #[case(
        "companion: {run: status, cwd: ../x1}",
        "../x1",
        "nothing in this scenario makes a folder"
    )]
    #[case(
        "remove: notes.txt",
        "notes.txt",
        "nothing in this scenario makes a file"
    )]
    #[case("remove: a", "a", "`a` is a folder: `files` has `a/b`")]
    #[case("write: {path: a, text: x}", "a", "`a` is a folder")]
    #[case(
        "write: {path: a/b/c, text: x}",
        "a/b/c",
        "leads through `a/b`, which is a file"
    )]
    fn what_nothing_makes_is_found(#[case] step: &str, #[case] place: &str, #[case] message: &str) {
        let found = found(&format!(
            "title: nowhere\nfiles: {{a/b: x}}\nsteps:\n  - {step}\n"
        ));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, place);
        assert!(found[0].1.contains(message), "{found:?}");
    }

    #[rstest]
    #[case("shell: {run: 'true', cwd: a}")]
    #[case("shell: {run: 'true', cwd: '../home'}")]
    #[case("shell: {run: 'true', cwd: '${tmp}/x'}")]
    #[case("remove: a/b")]
    #[case("remove: '${state}/state.json'")]
    #[case("write: {path: c/d, text: x}")]
    fn what_may_be_there_is_left_alone(#[case] step: &str) {
        let text = format!("title: t\nfiles: {{a/b: x}}\nsteps:\n  - {step}\n");
        assert_eq!(found(&text), []);
    }

    #[test]
    fn what_a_step_or_codex_makes_is_left_alone() {
        let text = "title: t\ncodex: {turns: [[write: {path: landed.txt, content: x}]]}\nsteps:\n  - agent: {task: fix}\n  - shell: {run: mkdir ../two}\n  - companion: {run: status, cwd: ../two}\n  - remove: landed.txt\n";
        assert_eq!(found(text), []);
    }

    #[rstest]
    #[case("jobs: [{id: ../x, status: failed}]", "../x")]
    #[case("codex: {turns: [[write: {path: ../../x, content: y}]]}", "../../x")]
    #[case("codex: {turns: [[write: {path: /x, content: y}]]}", "/x")]
    #[case("plugin-folder: project", "project")]
    #[case("claude: {session: ''}", "''")]
    #[case("expect: {stdout: '${}'}", "'${}'")]
    fn what_leaves_its_folder_or_has_no_name_is_found(#[case] line: &str, #[case] place: &str) {
        let text = format!("title: t\nsteps:\n  - agent: {{task: fix}}\n{line}\n");
        let found = found(&text);
        assert_eq!((found.len(), found[0].0.as_str()), (1, place), "{found:?}");
    }

    #[rstest]
    #[case(".git".to_owned())]
    #[case("n".repeat(256))]
    fn names_that_no_file_can_have_are_found(#[case] name: String) {
        let text = format!("title: t\nfiles: {{{name}: x}}\nsteps:\n  - agent: {{task: fix}}\n");
        let found = found(&text);
        assert_eq!((found.len(), &found[0].0), (1, &name), "{found:?}");
    }
}
