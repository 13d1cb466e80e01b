//! What secrets and addresses look like in a text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Tokens by their beginnings; each pattern's first group is the secret.
const TOKENS: [&str; 10] = [
    // OpenAI, Anthropic, Stripe and their like.
    r"(?:^|[^A-Za-z0-9])((?:sk|rk|pk|sess|gsk|xai|pplx|tvly|whsec|rpa|nvapi)[-_][A-Za-z0-9_\-]{16,})",
    // GitHub, GitLab, npm, PyPI, Hugging Face, Docker, crates.io, Slack, Shopify and others.
    r"(?:^|[^A-Za-z0-9])(gh[a-z]_[A-Za-z0-9]{16,})",
    r"(?:^|[^A-Za-z0-9])((?:github_pat|glpat|npm|pypi|hf|dckr_pat|dop_v1|lin_api|sbp|shpat|shpss|shpca|shppa|ntn)[-_][A-Za-z0-9_\-]{16,})",
    r"(?:^|[^A-Za-z0-9])((?:xox[a-z]|xapp|xwfp)-[A-Za-z0-9\-]{10,})",
    // Amazon, Google, SendGrid.
    r"(?:^|[^A-Za-z0-9])((?:AKIA|ASIA|ABIA|ACCA|AIPA|AROA)[A-Z0-9]{12,})",
    r"(?:^|[^A-Za-z0-9])((?:AIza[A-Za-z0-9_\-]{20,})|(?:ya29\.[A-Za-z0-9_.\-]{16,})|(?:SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]+))",
    // JSON Web Tokens, and other JSON in base64.
    r"(?:^|[^A-Za-z0-9])(eyJ[A-Za-z0-9_\-+/=.]{17,})",
    r"(AGE-SECRET-KEY-[A-Z0-9]{20,})",
    r"(https://hooks\.slack\.com/[^\s\x22'\\]+)",
    // A key in armour, also one that is cut off.
    r"(?s)(-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z0-9 ]*-----.*?(?:-----END [A-Z0-9 ]*-----|$))",
];

/// What names a secret in `name = value`, `"name": "value"`, `--name value`.
const NAME: &str = r"[A-Za-z0-9_.\-]*(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|account[_-]?key|secret(?:[_-]?key)?|token|passwo?r?d|passphrase|passcode|private[_-]?key|credentials?|pwd)s?";

/// What follows the name of a secret; each pattern's first group is the secret.
fn named() -> [String; 9] {
    let quote = r#"\\*["'`]"#;
    let plain = r#"[^\s"'`\\,;&(){}\[\]<>]{3,}"#;
    [
        format!(r"(?i){NAME}(?:{quote})?\s*(?:=>|[:=])\s*{quote}([^\x22'`\r\n\\]{{3,200}}){quote}"),
        format!(r"(?i){NAME}(?:{quote})?\s*(?:=>|[:=])\s*({plain})"),
        format!(r"(?i)(?:^|\s)--?[A-Za-z\-]*{NAME}\s+(?:{quote})?({plain})"),
        format!(r"(?i)\b(?:password|passphrase|passcode|token|api key|secret)\s+(?:is|was)\s*:?\s*(?:{quote})?({plain})"),
        format!(r#"(?i)\bauthorization(?:{quote})?\s*[:=]\s*(?:{quote})?(?:[A-Za-z]+ +)?({plain})"#),
        r"(?i)\bbearer\s+([A-Za-z0-9._~+/=\-]{8,})".to_owned(),
        r"(?i)\b(?:set-)?cookie\\*[\x22']?\s*[:=]\s*\\*[\x22']?([^\r\n\x22'\\]+)".to_owned(),
        // A password in an address, and keys among its parameters.
        r#"[A-Za-z][A-Za-z0-9+.\-]*:(?:\\*/){2}([^\s/@"'\\]+:[^\s/@"'\\]+)@"#.to_owned(),
        r#"(?i)[?&](?:key|sig|signature|auth|code|x-amz-signature|x-amz-credential)=([^\s&"'\\#]+)"#.to_owned(),
    ]
}

static TOKEN_PATTERNS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| TOKENS.iter().flat_map(|text| Regex::new(text)).collect());

static NAMED_PATTERNS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| named().iter().flat_map(|text| Regex::new(text)).collect());

static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}").ok()
});

/// The beginning of a token at the end of a text, which may go on.
static BEGUN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)(?:^|[^A-Za-z0-9])((?:(?:sk|rk|pk|sess|gsk|xai|pplx|whsec|npm|pypi|hf|glpat)[-_]
        |gh[a-z]_|github_pat_|xox[a-z]-|xapp-|AKIA|ASIA|AIza|ya29\.|eyJ)[A-Za-z0-9_.+/=\-]*)$",
    )
    .ok()
});

/// The places of secrets in a text.
pub(super) fn secrets(text: &str) -> impl Iterator<Item = Range<usize>> {
    let tokens = TOKEN_PATTERNS.iter().map(|regex| (regex, false));
    let named = NAMED_PATTERNS.iter().map(|regex| (regex, true));
    tokens.chain(named).flat_map(move |(regex, named)| {
        regex
            .captures_iter(text)
            .filter_map(|found| found.get(1))
            .filter(move |found| !named || is_value(found.as_str()))
            .map(|found| found.range())
    })
}

/// The place of a token that begins at the end of a text.
pub(super) fn begun(text: &str) -> Option<Range<usize>> {
    let found = BEGUN.as_ref()?.captures(text)?;
    found.get(1).map(|found| found.range())
}

/// The places of addresses of electronic mail; `git@host` is none.
pub(super) fn emails(text: &str) -> impl Iterator<Item = Range<usize>> {
    EMAIL
        .as_ref()
        .into_iter()
        .flat_map(|regex| regex.find_iter(text))
        .filter(|found| !found.as_str().starts_with("git@"))
        .map(|found| found.range())
}

/// Whether what follows a secret's name is a value, and no number, type or placeholder.
fn is_value(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "null",
        "none",
        "nil",
        "true",
        "false",
        "string",
        "undefined",
        "str",
        "&str",
        "text",
    ];
    let number = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let placeholder = text.starts_with(['$', '<', '*', '%']);
    !number && !placeholder && !WORDS.contains(&text.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        assert_eq!(TOKEN_PATTERNS.len(), TOKENS.len());
        assert_eq!(NAMED_PATTERNS.len(), named().len());
        assert!(EMAIL.is_some() && BEGUN.is_some());
    }
}
