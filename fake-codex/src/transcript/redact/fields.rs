//! Fields, options and variables whose names tell what they hold.

use super::Kind;

/// The value of a variable with a secret's name is looked for elsewhere if it is at least so long.
pub(super) const SHORTEST_KNOWN: usize = 6;

/// Ends of names, without hyphens and underscores, whose texts are secrets.
const SECRETS: [&str; 18] = [
    "apikey",
    "accesskey",
    "accesskeyid",
    "secretkey",
    "privatekey",
    "accountkey",
    "authorization",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "secrets",
    "token",
    "cookie",
    "credential",
    "credentials",
    "connectionstring",
];

/// Names that hold the id of an account or an installation.
const ACCOUNTS: [&str; 8] = [
    "accountid",
    "chatgptaccountid",
    "chatgptuserid",
    "installationid",
    "organizationid",
    "orgid",
    "userid",
    "workspaceid",
];

/// Names that hold the name of a machine.
const HOSTS: [&str; 2] = ["hostname", "servername"];

/// What a field or variable of this name holds, if nobody else may see it.
pub(super) fn kind_of(name: &str) -> Option<Kind> {
    let plain: String = name
        .chars()
        .filter(|c| !"-_ .".contains(*c))
        .flat_map(char::to_lowercase)
        .collect();
    if SECRETS.iter().any(|end| plain.ends_with(end)) {
        Some(Kind::Secret)
    } else if ACCOUNTS.contains(&plain.as_str()) {
        Some(Kind::Account)
    } else if HOSTS.contains(&plain.as_str()) {
        Some(Kind::Host)
    } else {
        None
    }
}

/// Whether an argument of a command line is an option whose value is a secret.
pub(super) fn announces_secret(argument: &str) -> bool {
    argument.starts_with('-') && !argument.contains('=') && kind_of(argument) == Some(Kind::Secret)
}
