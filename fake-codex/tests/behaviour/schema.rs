//! Messages against the JSON Schemas of the real Codex.
//!
//! A digest of the schemas (which fields there are, and which must be) is always checked. With
//! `FAKE_CODEX_SCHEMAS` set to a folder that holds, for each version, what
//! `codex app-server generate-json-schema --experimental --out FOLDER/VERSION` writes, the whole
//! schemas are, and with `BLESS=1` the digests are written anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fake_codex::script::Version;
use serde_json::{Map, Value, json};

use crate::client::{Client, World};

/// Every step that makes messages of its own.
const SCRIPT: &str = r#"
config-warnings: [odd]
turns:
  - - {reason: thinking}
    - {say: {text: pieces, deltas: [pie, ces], phase: commentary}}
    - {say: {text: old, phase: none}}
    - {run: {command: ls, output: a, deltas: [a]}}
    - {run: {command: make, exit: 2}}
    - {write: {path: a.txt, content: "hi\n"}}
    - {patch: {changes: [{path: b, kind: delete}, {path: c, kind: update, diff: "@@"}], status: failed}}
    - {approve: {run: rm}}
    - {approve: {write: {path: d, content: x}}}
    - {elicit: which?}
    - {subagent: {prompt: look, wait: true}}
    - {retry: {times: 1, every: 1ms}}
    - {say: done}
  - [{fail: {message: m, info: usageLimitExceeded, details: d}}]
  - [hang]
reviews:
  - [{say: one finding}]
"#;

/// Replies whose schema has another name than the request.
const REPLY_NAMES: [(&str, &str); 6] = [
    ("account/read", "v2/GetAccountResponse"),
    ("config/read", "v2/ConfigReadResponse"),
    ("initialize", "v1/InitializeResponse"),
    ("thread/loaded/list", "v2/ThreadLoadedListResponse"),
    ("thread/name/set", "v2/ThreadSetNameResponse"),
    ("thread/unsubscribe", "v2/ThreadUnsubscribeResponse"),
];

/// A session that uses all that the fake can do, and everything that came.
struct Session {
    client: Client,
    asked: BTreeMap<u64, String>,
    told: Vec<Value>,
}

impl Session {
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.client.request(method, params);
        self.asked.insert(id, method.to_owned());
        self.read(|message| message["id"] == id && message.get("method").is_none())
    }

    /// Reads up to a message that fits, and accepts whatever is asked meanwhile.
    fn read(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.client.message();
            self.told.push(message.clone());
            if message.get("method").is_some() && message.get("id").is_some() {
                let result = json!({ "decision": "accept", "action": "accept" });
                self.client
                    .send(&json!({ "id": message["id"], "result": result }).to_string());
            }
            if fits(&message) {
                return message;
            }
        }
    }

    fn run(&mut self, cwd: &Path) {
        let info = json!({ "name": "test", "version": "1" });
        self.ask("initialize", json!({ "clientInfo": info }));
        self.ask("account/read", json!({}));
        self.ask("config/read", json!({}));
        let started = self.ask("thread/start", json!({ "cwd": cwd }));
        let thread = started["result"]["thread"]["id"].clone();
        self.ask(
            "thread/name/set",
            json!({ "threadId": thread, "name": "n" }),
        );
        let input = json!([{ "type": "text", "text": "x" }]);
        let over = |message: &Value| {
            message["method"] == "turn/completed" && message["params"]["threadId"] == thread
        };
        for interrupt in [false, false, true] {
            let turn = json!({ "threadId": thread, "input": input });
            let reply = self.ask("turn/start", turn);
            if interrupt {
                self.read(|message| message["method"] == "item/completed");
                let id = reply["result"]["turn"]["id"].clone();
                self.ask(
                    "turn/interrupt",
                    json!({ "threadId": thread, "turnId": id }),
                );
            }
            self.read(over);
        }
        let target = json!({ "type": "uncommittedChanges" });
        self.ask(
            "review/start",
            json!({ "threadId": thread, "target": target }),
        );
        self.read(over);
        self.ask("thread/list", json!({}));
        self.ask("thread/loaded/list", json!({}));
        self.ask(
            "thread/read",
            json!({ "threadId": thread, "includeTurns": true }),
        );
        self.ask("thread/resume", json!({ "threadId": thread }));
        self.ask("thread/archive", json!({ "threadId": thread }));
        self.ask("turn/start", json!({}));
    }
}

/// Every message of such a session, each reply with the method that it answers.
fn session(version: Version) -> Vec<(Option<String>, Value)> {
    let world = World::new(&format!("version: {}\n{SCRIPT}", version.number()));
    let client = world.serve();
    let mut session = Session {
        client,
        asked: BTreeMap::new(),
        told: Vec::new(),
    };
    session.run(&world.path("work"));
    let Session { asked, told, .. } = session;
    told.into_iter()
        .map(|message| {
            let id = message["id"]
                .as_u64()
                .filter(|_| message.get("method").is_none());
            (id.and_then(|id| asked.get(&id)).cloned(), message)
        })
        .collect()
}

fn digest_path(version: Version) -> PathBuf {
    let name = format!("tests/schema-digest/{}.json", version.number());
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The names of an object's fields: all, and those that must be there. `common` is the schema of
/// which it is one of several forms, and which may have fields for all of them.
fn fields(schema: &Value, common: &Value) -> Value {
    let names = |schema: &Value| -> Vec<Value> {
        schema["properties"]
            .as_object()
            .map(|map| map.keys().cloned().map(Value::from).collect())
            .unwrap_or_default()
    };
    let required = |schema: &Value| schema["required"].as_array().cloned().unwrap_or_default();
    let all = [names(schema), names(common)].concat();
    let required = [required(schema), required(common)].concat();
    json!({ "all": all, "required": required })
}

/// What a version's schemas say of the objects that the fake sends.
fn digest(folder: &Path) -> Value {
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let mut digest = Map::new();
    for file in ["ServerNotification.json", "ServerRequest.json"] {
        let schema = read(file);
        let known = |method: &str| {
            fake_codex::methods::is_server_notification(method)
                || fake_codex::methods::is_server_request(method)
        };
        for message in schema["oneOf"].as_array().unwrap() {
            let method = message["properties"]["method"]["enum"][0].as_str().unwrap();
            let name = message["properties"]["params"]["$ref"]
                .as_str()
                .unwrap_or_default();
            let name = name.trim_start_matches("#/definitions/");
            if known(method) && schema["definitions"][name].get("oneOf").is_none() {
                digest.insert(
                    method.to_owned(),
                    fields(&schema["definitions"][name], &Value::Null),
                );
            }
        }
        let items = schema["definitions"]["ThreadItem"]["oneOf"].as_array();
        for item in items.into_iter().flatten() {
            let kind = item["properties"]["type"]["enum"][0].as_str().unwrap();
            if fake_codex::methods::is_item(kind) {
                digest.insert(
                    format!("item {kind}"),
                    fields(item, &schema["definitions"]["ThreadItem"]),
                );
            }
        }
        for name in ["Turn", "Thread"] {
            if schema["definitions"].get(name).is_some() {
                digest.insert(
                    name.to_lowercase(),
                    fields(&schema["definitions"][name], &Value::Null),
                );
            }
        }
    }
    Value::Object(digest)
}

fn check(digest: &Value, name: &str, object: &Value, found: &mut Vec<String>) {
    let Some(known) = digest.get(name) else {
        found.push(format!("{name} is not in the schema"));
        return;
    };
    let contains =
        |list: &Value, name: &str| list.as_array().is_some_and(|l| l.iter().any(|n| n == name));
    for field in object
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
    {
        if !contains(&known["all"], field) {
            found.push(format!("{name} has no field {field}"));
        }
    }
    for field in known["required"].as_array().into_iter().flatten() {
        if object.get(field.as_str().unwrap()).is_none() {
            found.push(format!("{name} lacks {field}"));
        }
    }
}

#[test]
fn messages_have_the_fields_of_the_real_ones() {
    for version in Version::ALL {
        let text = std::fs::read_to_string(digest_path(version)).unwrap();
        let digest: Value = serde_json::from_str(&text).unwrap();
        let mut found = Vec::new();
        for (_, message) in session(version) {
            let params = &message["params"];
            match message["method"].as_str() {
                // Its fields depend on its mode, which a digest does not tell.
                Some("mcpServer/elicitation/request") => {}
                Some(method) => check(&digest, method, params, &mut found),
                None => {}
            }
            for (name, object) in [("turn", &params["turn"]), ("thread", &params["thread"])] {
                if object.is_object() {
                    check(&digest, name, object, &mut found);
                }
            }
            if let Some(kind) = params["item"]["type"].as_str() {
                check(
                    &digest,
                    &format!("item {kind}"),
                    &params["item"],
                    &mut found,
                );
            }
        }
        found.sort();
        found.dedup();
        assert!(found.is_empty(), "{}: {found:#?}", version.number());
    }
}

/// The file with the schema of a reply.
fn reply_file(folder: &Path, method: &str) -> PathBuf {
    let known = REPLY_NAMES
        .iter()
        .find(|(name, _)| *name == method)
        .map(|(_, file)| *file);
    let capitalised = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    let name: String = method.split('/').map(capitalised).collect();
    folder.join(known.map_or_else(
        || format!("v2/{name}Response.json"),
        |file| format!("{file}.json"),
    ))
}

#[test]
fn messages_fit_the_whole_schemas() {
    let Some(folder) = std::env::var_os("FAKE_CODEX_SCHEMAS") else {
        println!("skipped: FAKE_CODEX_SCHEMAS is not set");
        return;
    };
    for version in Version::ALL {
        let folder = Path::new(&folder).join(version.number());
        if std::env::var_os("BLESS").is_some() {
            let text = serde_json::to_string_pretty(&digest(&folder)).unwrap();
            std::fs::write(digest_path(version), text + "\n").unwrap();
        }
        let compile = |path: &Path| {
            let text =
                std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
        };
        let notifications = compile(&folder.join("ServerNotification.json"));
        let requests = compile(&folder.join("ServerRequest.json"));
        let errors = compile(&folder.join("JSONRPCError.json"));
        let mut count = 0;
        for (answered, message) in session(version) {
            let (validator, value) = match (&answered, message.get("id").is_some()) {
                (None, false) => (&notifications, &message),
                (None, true) => (&requests, &message),
                (Some(_), _) if message.get("error").is_some() => (&errors, &message),
                (Some(method), _) => (&compile(&reply_file(&folder, method)), &message["result"]),
            };
            if let Err(error) = validator.validate(value) {
                let place = error.instance_path().to_string();
                panic!(
                    "{} {answered:?} at {place}: {error}\n{message}",
                    version.number()
                );
            }
            count += 1;
        }
        println!("{count} messages of {} fit", version.number());
    }
}
