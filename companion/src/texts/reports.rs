//! Pieces of the reports that commands print.

texts! {
    /// The head of a job in `status`.
    STATUS_QUEUED = "status-queued": "- {job} | queued | {kind} | {title}";
    /// The head of a job in `status`.
    STATUS_RUNNING = "status-running": "- {job} | running | {kind} | {title}";
    /// The head of a job in `status`.
    STATUS_COMPLETED = "status-completed": "- {job} | completed | {kind} | {title}";
    /// The head of a job in `status`.
    STATUS_FAILED = "status-failed": "- {job} | failed | {kind} | {title}";
    /// The head of a job in `status`.
    STATUS_CANCELLED = "status-cancelled": "- {job} | cancelled | {kind} | {title}";
    /// The end of a job in `result`.
    RESULT_COMPLETED = "result-completed": "Job: {job}\nStatus: completed";
    /// The end of a job in `result`.
    RESULT_FAILED = "result-failed": "Job: {job}\nStatus: failed";
    /// The end of a job in `result`.
    RESULT_CANCELLED = "result-cancelled": "Job: {job}\nStatus: cancelled";
    /// The report of `cancel`.
    CANCELLED = "cancelled": "# Codex Cancel\n\nCancelled {job}.";
    /// An empty list.
    NO_JOBS_YET = "no-jobs-yet": "No jobs are recorded for this workspace and session.";
    /// A job without output or reason.
    NO_RESULT_STORED = "no-result-stored": "This job has left no result";

    // Reviews.
    /// A review without a text.
    REVIEW_FAILED = "review-failed": "The review failed: {error}";
    /// A review without text and reason.
    REVIEW_SAID_NOTHING = "review-said-nothing": "The reviewer said nothing.";
    /// A review whose turn did not complete.
    REVIEW_NOT_COMPLETED = "review-not-completed": "The review did not complete: {error}";
    /// An adversarial review without a usable answer.
    NO_VERDICT = "no-verdict": "There is no verdict that can be used: {error}";
    /// Why there is no verdict.
    NO_ANSWER = "no-answer": "there is no answer";
    /// Why there is no verdict.
    ANSWER_NO_OBJECT = "answer-no-object": "the answer is no JSON object";
    /// Why there is no verdict.
    ANSWER_LACKS = "answer-lacks": "the answer has no usable `{field}`";
    /// Above an answer that cannot be used.
    OWN_WORDS = "own-words": "The reviewer's own words:";
    /// A verdict without findings.
    NO_FINDINGS = "no-findings": "No findings.";
    /// What a review looks at.
    TARGET_WORKING_TREE = "target-working-tree": "working tree diff";
    /// What a review looks at.
    TARGET_BRANCH = "target-branch": "branch diff against {base}";
    /// The extent of a change.
    CHANGE_WORKING_TREE = "change-working-tree": "{staged} staged, {unstaged} unstaged and {untracked} untracked files";
    /// The extent of a change.
    CHANGE_BRANCH = "change-branch": "{branch} against {base}, from {fork}";
    /// What the reviewer is told for an absent focus.
    NO_FOCUS = "no-focus": "none given";
    /// What the reviewer is told about the change.
    CHANGE_WHOLE = "change-whole": "The whole change is given below; use it as your first evidence.";
    /// What the reviewer is told about the change.
    CHANGE_OUTLINE = "change-outline": "Only an outline of the change is given below. Read the change itself with git commands that write nothing before you judge.";
    /// A file that the reviewer is not given.
    LEFT_OUT = "left-out": "(left out: {reason})";
    /// Why a file is left out.
    FILE_UNREADABLE = "file-unreadable": "cannot be read";
    /// Why a file is left out.
    FILE_IS_FOLDER = "file-is-folder": "a directory";
    /// Why a file is left out.
    FILE_LARGE = "file-large": "{count} bytes";
    /// Why a file is left out.
    FILE_BINARY = "file-binary": "no text";
    /// Git refused.
    GIT_FAILED = "git-failed": "git {command} failed: {error}";

    // Programs and the account.
    /// A program that is not on PATH.
    NOT_INSTALLED = "not-installed": "{program} is not installed";
    /// The system does not start a program.
    CANNOT_RUN = "cannot-run": "{program} cannot be run: {error}";
    /// A program was killed at its limit.
    DID_NOT_END = "did-not-end": "{program} did not end within {seconds} s";
    /// A program that is not there.
    NOT_FOUND = "not-found": "not found";
    /// Codex can be used.
    WITH_APP_SERVER = "with-app-server": "{version}; app-server available";
    /// Codex cannot be used.
    WITHOUT_APP_SERVER = "without-app-server": "{version}; no app-server: {error}";
    /// The app-server did not say who is logged in.
    ACCOUNT_NOT_KNOWN = "account-not-known": "not known: {error}";
    /// A model provider without a name.
    THE_PROVIDER = "the-provider": "the active provider";
    /// The account.
    LOGGED_IN = "logged-in": "logged in with ChatGPT";
    /// The account.
    LOGGED_IN_AS = "logged-in-as": "logged in with ChatGPT as {email}";
    /// The account.
    API_KEY_SET = "api-key-set": "an API key is set; it was not tried";
    /// The account.
    NO_ACCOUNT_NEEDED = "no-account-needed": "{provider} needs no OpenAI account";
    /// The account.
    ACCOUNT_NEEDED = "account-needed": "{provider} needs an OpenAI account, and none is logged in";

    // `setup`, `status` and other commands.
    /// What `setup` did.
    GATE_TURNED_ON = "gate-turned-on": "Turned the review gate on for {path}";
    /// What `setup` did.
    GATE_TURNED_OFF = "gate-turned-off": "Turned the review gate off for {path}";
    /// What helps.
    NEXT_INSTALL = "next-install": "Install Codex: `npm install -g @openai/codex`";
    /// What helps.
    NEXT_LOGIN = "next-login": "Log in: `!codex login` (without a browser: `!codex login --device-auth` or `!codex login --with-api-key`)";
    /// What could be done.
    NEXT_GATE = "next-gate": "Optional: `/codex:setup --enable-review-gate` lets Codex review each turn before the session stops";
    /// Under the list of jobs.
    GATE_IS_ON = "gate-is-on": "The review gate is on: Codex reviews the last turn before a session may stop.";
    /// How Codex is started.
    RUNTIME_LABEL = "runtime-label": "direct startup";
    /// How Codex is started.
    RUNTIME_DETAIL = "runtime-detail": "Every run starts its own Codex app-server and ends it afterwards.";
    /// The answer of `task-resume-candidate`.
    CAN_BE_CONTINUED = "can-be-continued": "Task {job} ({status}) can be continued.";
    /// The answer of `task-resume-candidate`.
    NONE_TO_CONTINUE = "none-to-continue": "No task of this session can be continued.";
    /// No folder was given.
    EXPORT_NEEDS_FOLDER = "export-needs-folder": "export-plugin needs the folder to write to";
    /// The plugin could not be written.
    EXPORT_FAILED = "export-failed": "The plugin cannot be written to {path}: {error}";
    /// The folder is not empty.
    EXPORT_FOREIGN = "export-foreign": "{path} holds something else; give another folder";
    /// The plugin was written.
    EXPORTED = "exported": "The plugin is in {path}. Install it with:\n  claude plugin marketplace add {path}\n  claude plugin install codex@{marketplace}";
    /// The description of the marketplace.
    MARKETPLACE = "marketplace": "The Codex companion of this machine as a plugin";
    /// A command that does not exist.
    NO_COMMAND = "no-command": "There is no command {command}";
    /// Stdout cannot be written.
    OUTPUT_NOT_WRITTEN = "output-not-written": "The output could not be written: {error}";
    /// The working directory is gone.
    NO_WORKING_DIRECTORY = "no-working-directory": "The working directory cannot be used: {error}";
    /// A place of something that is not UTF-8.
    WORKING_DIRECTORY_NAME = "working-directory-name": "The name of the working directory";
    /// A place of something that is not UTF-8.
    ARGUMENT_NUMBER = "argument-number": "Argument {number}";
    /// --help was given.
    HELP_ASKED = "help-asked": "the help of the command is asked for";
    /// Stdin of a hook cannot be read.
    INPUT_UNREADABLE = "input-unreadable": "The hook input cannot be read: {error}";
    /// Stdin of a hook holds something else.
    INPUT_NOT_JSON = "input-not-json": "The hook input is not JSON: {error}";
    /// The session's environment is not set.
    ENVIRONMENT_FILE = "environment-file": "CLAUDE_ENV_FILE cannot be written: {error}";
    /// The line in lists about the review of the stop gate.
    STOP_REVIEW_SUMMARY = "stop-review-summary": "Review of the last Claude turn before stopping";
    /// A failed job without a reason.
    NO_REASON = "no-reason": "no reason was recorded";
    /// A place of something that is not UTF-8.
    PROMPT_ON_STDIN = "prompt-on-stdin": "The prompt on stdin";
    /// A check of `setup`.
    NODE_CHECK = "node-check": "- node (needed only to install Codex): {detail}";
    /// A check of `setup`.
    NPM_CHECK = "npm-check": "- npm (needed only to install Codex): {detail}";
    /// Below an answer: how to go on in Codex itself.
    SESSION_FOOTER = "session-footer": "Codex session ID: {thread}\nResume in Codex: codex resume {thread}";
    /// The head of the table of active jobs.
    ACTIVE_HEAD = "active-head": "| Job | Kind | Status | Phase | Elapsed | Last event | Codex Session ID | Summary | Actions |";
    /// Why the review of the stop gate failed.
    GATE_RECORD_REMOVED = "gate-record-removed": "its record was removed";
    /// Why the review of the stop gate cannot run.
    CODEX_NOT_ON_PATH = "codex-not-on-path": "there is no codex command on PATH that can be run";
}
