//! A YAML language server, as editors start it, completes and validates scenarios by the line in them.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{harness, tool};

/// A server that says nothing for so long is broken.
const PATIENCE: Duration = Duration::from_secs(100);

struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    last: i64,
}

impl Server {
    fn start(program: &std::path::Path) -> Server {
        let mut child = Command::new(program)
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
        // The safety net: a server that hangs is ended, and the test fails for want of an answer.
        std::thread::spawn(move || {
            std::thread::sleep(PATIENCE);
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        });
        let mut server = Server {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            last: 0,
        };
        let capabilities = json!({"textDocument": {"completion": {}, "publishDiagnostics": {}}});
        server.ask(
            "initialize",
            json!({"processId": null, "rootUri": null, "capabilities": capabilities}),
        );
        server.send(&json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
        server
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).unwrap();
            assert!(read > 0, "the language server ended without an answer");
            if line.trim().is_empty() {
                break;
            }
            if let Some(number) = line.strip_prefix("Content-Length: ") {
                length = number.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Reads on until something is found, and answers what the server asks meanwhile.
    fn until<T>(&mut self, mut found: impl FnMut(&Value) -> Option<T>) -> T {
        loop {
            let message = self.read();
            if let Some(value) = found(&message) {
                return value;
            }
            let (id, method) = (message.get("id"), message["method"].as_str());
            if let (Some(id), Some(method)) = (id, method) {
                let settings = json!({"validate": true, "completion": true, "schemas": {}});
                let result = match method {
                    "workspace/configuration" => {
                        let items = message["params"]["items"].as_array().unwrap();
                        items
                            .iter()
                            .map(|item| match item["section"].as_str() {
                                Some("yaml") => settings.clone(),
                                _ => Value::Null,
                            })
                            .collect()
                    }
                    _ => Value::Null,
                };
                self.send(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
            }
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        self.until(|message| {
            (message["id"] == id && message.get("method").is_none())
                .then(|| message["result"].clone())
        })
    }

    /// What the server says is wrong with a document.
    fn problems(&mut self, uri: &str, text: &str) -> Vec<String> {
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
        let params = json!({"textDocument": document});
        self.send(&json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": params}));
        self.until(|message| {
            let told = message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri;
            let list = message["params"]["diagnostics"].as_array();
            let texts = || {
                let text = |problem: &Value| problem["message"].as_str().unwrap().to_owned();
                list.unwrap().iter().map(text).collect()
            };
            told.then(texts)
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_editor_completes_and_validates_scenarios() {
    let Some(program) = tool(
        &["yaml-language-server"],
        "npm install --global yaml-language-server",
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for kind in ["hook", "race"] {
        harness(folder.path())
            .args(["new", &format!("mine/{kind}"), "--kind", kind])
            .assert()
            .success();
    }
    let mine = folder.path().join("scenarios/mine");
    let uri = |name: &str| format!("file://{}", mine.join(name).display());
    let mut server = Server::start(&program);

    for kind in ["hook", "race"] {
        let text = std::fs::read_to_string(mine.join(format!("{kind}.yaml"))).unwrap();
        let problems = server.problems(&uri(&format!("{kind}.yaml")), &text);
        assert_eq!(problems, Vec::<String>::new(), "{kind}");
    }

    let line = "# yaml-language-server: $schema=../schema.json\n";
    let text = format!("{line}title: t\nsteps:\n  - hook: {{statsu: failed}}\n  - advance: 5\n");
    let problems = server.problems(&uri("wrong.yaml"), &text);
    assert!(
        problems.iter().any(|problem| problem.contains("statsu")),
        "{problems:?}"
    );

    let text = format!("{line}title: t\nsteps:\n  - hook:\n      st\n");
    server.problems(&uri("half.yaml"), &text);
    let place =
        json!({"textDocument": {"uri": uri("half.yaml")}, "position": {"line": 4, "character": 8}});
    let offered = server.ask("textDocument/completion", place);
    let items = offered["items"].as_array().or(offered.as_array()).unwrap();
    let labels: Vec<&str> = items
        .iter()
        .filter_map(|item| item["label"].as_str())
        .collect();
    assert!(
        labels.contains(&"status") && labels.contains(&"stdin"),
        "{labels:?}"
    );
}
