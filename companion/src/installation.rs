//! What is installed: programs, and whether Codex is logged in.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Connection, RequestError};
use crate::texts::say;
use crate::{environment, program};

/// How long a program may take to say its version.
const LIMIT: Duration = Duration::from_secs(15);
/// How long the app-server may take for each answer about the account.
const ACCOUNT: Duration = Duration::from_secs(30);

/// Whether something can be used, with a word on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// It can.
    pub available: bool,
    /// Version, or what is wrong.
    pub detail: String,
}

impl Availability {
    fn no(detail: impl Into<String>) -> Self {
        Self {
            available: false,
            detail: detail.into(),
        }
    }

    /// As reports hold it.
    pub fn to_value(&self) -> Value {
        json!({"available": self.available, "detail": self.detail})
    }
}

/// Runs a program with arguments that make it say what it is.
pub fn program(name: &str, arguments: &[&str], cwd: &Path) -> Availability {
    if environment::find_program(name).is_none() {
        return Availability::no(say!(NOT_FOUND));
    }
    match program::run(name, arguments, cwd, LIMIT) {
        Err(error) => Availability::no(error.to_string()),
        Ok(output) if !output.status.success() => Availability::no(output.detail()),
        Ok(output) => {
            let said = [output.stdout.trim(), output.stderr.trim()];
            let said = said.into_iter().find(|text| !text.is_empty());
            Availability {
                available: true,
                detail: said.unwrap_or("ok").to_owned(),
            }
        }
    }
}

/// Whether `codex` is there and has an app-server.
pub fn codex(cwd: &Path) -> Availability {
    let version = program("codex", &["--version"], cwd);
    if !version.available {
        return version;
    }
    let server = program("codex", &["app-server", "--help"], cwd);
    if server.available {
        Availability {
            available: true,
            detail: say!(WITH_APP_SERVER, version = version.detail),
        }
    } else {
        Availability::no(say!(
            WITHOUT_APP_SERVER,
            version = version.detail,
            error = server.detail
        ))
    }
}

/// What is known about the account that Codex uses.
///
/// An app-server that does not answer is not the same as one that is logged out:
/// then nothing is known, and the detail says why.
pub fn account(cwd: &Path, codex: &Availability) -> Value {
    if !codex.available {
        let mut status = account_status(false, &codex.detail);
        status["available"] = json!(false);
        status["source"] = json!("availability");
        return status;
    }
    let mut connection = match Connection::launch(cwd, Path::new("/dev/null")) {
        Ok(connection) => connection,
        Err(error) => return account_status(false, &error.to_string()),
    };
    let status = match ask(&mut connection, cwd) {
        Ok((account, config)) => read_account(&account, &config),
        Err(error) => account_status(false, &say!(ACCOUNT_NOT_KNOWN, error = error)),
    };
    connection.shut_down();
    status
}

fn ask(connection: &mut Connection, cwd: &Path) -> Result<(Value, Value), RequestError> {
    connection.initialize(Some(ACCOUNT))?;
    let account = connection.request(
        "account/read",
        &json!({"refreshToken": false}),
        Some(ACCOUNT),
    )?;
    let params = json!({"includeLayers": false, "cwd": cwd.to_string_lossy()});
    let config = connection.request("config/read", &params, Some(ACCOUNT))?;
    Ok((account, config))
}

fn account_status(logged_in: bool, detail: &str) -> Value {
    json!({
        "available": true,
        "loggedIn": logged_in,
        "detail": detail,
        "source": "app-server",
        "authMethod": null,
        "verified": null,
        "requiresOpenaiAuth": null,
        "provider": null,
    })
}

fn read_account(account: &Value, config: &Value) -> Value {
    let provider = config
        .pointer("/config/model_provider")
        .and_then(Value::as_str);
    let name = provider
        .and_then(|id| {
            config
                .pointer(&format!("/config/model_providers/{id}/name"))?
                .as_str()
        })
        .or(provider)
        .map_or_else(|| say!(THE_PROVIDER), str::to_owned);
    let requires = account.get("requiresOpenaiAuth").and_then(Value::as_bool);
    let kind = account.pointer("/account/type").and_then(Value::as_str);
    let mut status = match (kind, requires) {
        (Some("chatgpt"), _) => {
            let email = account.pointer("/account/email").and_then(Value::as_str);
            let detail = email.map_or_else(
                || say!(LOGGED_IN),
                |email| say!(LOGGED_IN_AS, email = email),
            );
            account_status(true, &detail)
        }
        (Some("apiKey"), _) => account_status(true, &say!(API_KEY_SET)),
        (_, Some(false)) => account_status(true, &say!(NO_ACCOUNT_NEEDED, provider = name)),
        _ => account_status(false, &say!(ACCOUNT_NEEDED, provider = name)),
    };
    status["authMethod"] = json!(kind.filter(|kind| matches!(*kind, "chatgpt" | "apiKey")));
    status["verified"] = match kind {
        Some("chatgpt") => json!(true),
        Some("apiKey") => json!(false),
        _ => Value::Null,
    };
    status["requiresOpenaiAuth"] = json!(requires);
    status["provider"] = json!(provider);
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_every_kind() {
        let config = json!({"config": {"model_provider": "mock",
            "model_providers": {"mock": {"name": "Mock"}}}});
        let read = |account: Value| read_account(&account, &config);
        let chatgpt = read(
            json!({"account": {"type": "chatgpt", "email": "a@b"}, "requiresOpenaiAuth": true}),
        );
        assert_eq!(
            (&chatgpt["loggedIn"], &chatgpt["authMethod"]),
            (&json!(true), &json!("chatgpt"))
        );
        let none = read(json!({"account": null, "requiresOpenaiAuth": true}));
        assert_eq!(none["loggedIn"], false);
        assert!(none["detail"].as_str().unwrap().starts_with("Mock needs"));
        let free = read(json!({"account": null, "requiresOpenaiAuth": false}));
        assert_eq!(
            (&free["loggedIn"], &free["provider"]),
            (&json!(true), &json!("mock"))
        );
    }

    #[test]
    fn a_program_that_is_not_there() {
        let missing = program("no-such-program", &["--version"], Path::new("/"));
        assert_eq!(missing, Availability::no("not found"));
    }
}
