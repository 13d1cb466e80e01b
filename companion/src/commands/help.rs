//! What `--help` prints.

/// The commands of the program.
pub const OVERVIEW: &str = "\
Hands work from Claude Code to Codex and keeps a record of how it ended.

Usage: codex-companion <command> [options]

  task                   hand a task to Codex
  status                 show the jobs of this workspace, or wait for one
  result                 show what a finished job left
  cancel                 stop a job
  review                 let Codex's own reviewer look at the local changes
  adversarial-review     let Codex argue against the local changes
  task-resume-candidate  say whether there is a Codex thread to continue
  setup                  see whether Codex is ready; switch the review gate
  doctor                 find out what is wrong with an installation
  export-plugin          write the Claude Code plugin with this program in it

  --version              the version of this program
  <command> --help       the options of a command

Every command but export-plugin takes --cwd DIR (the workspace to look at) and --json.
Exit code 0: done as asked. 1: not done, or ended without success; stderr or the report says why.
";

/// The help of one command.
pub fn of(command: &str) -> &'static str {
    match command {
        "task" => TASK,
        "status" => STATUS,
        "result" => RESULT,
        "cancel" => CANCEL,
        "review" => REVIEW,
        "adversarial-review" => ADVERSARIAL_REVIEW,
        "task-resume-candidate" => CANDIDATE,
        "setup" => SETUP,
        "doctor" => DOCTOR,
        "export-plugin" => EXPORT,
        _ => OVERVIEW,
    }
}

/// Lines that the help of several commands has.
macro_rules! workspace {
    () => {
        "  -C, --cwd DIR          the workspace\n"
    };
}
macro_rules! json {
    () => {
        "  --json                 print JSON\n"
    };
}
macro_rules! limits {
    () => {
        "\
Limits, in whole milliseconds, 0 for none; the option counts before the variable:
  --request-limit-ms N   the answer to one request (60 s to start, then 300 s)
                         CODEX_COMPANION_REQUEST_TIMEOUT_MS
  --silence-warning-ms N silence before the log says so (5 min)
                         CODEX_COMPANION_TURN_IDLE_WARNING_MS
  --silence-limit-ms N   silence that ends the turn (60 min)
                         CODEX_COMPANION_TURN_IDLE_TIMEOUT_MS
  --drain-limit-ms N     silence after the final answer (2 min)
                         CODEX_COMPANION_TURN_DRAIN_TIMEOUT_MS
  --turn-limit-ms N      the whole turn (none)
                         CODEX_COMPANION_TURN_TIMEOUT_MS
"
    };
}
/// Everything that both reviews take.
macro_rules! review {
    () => {
        concat!(
            "  --base REF             what changed since this branch or commit
  --scope SCOPE          auto, working-tree or branch
  -m, --model NAME       the model\n",
            workspace!(),
            json!(),
            "  --wait, --background   accepted and without effect: Claude Code backgrounds the command itself\n\n",
            limits!()
        )
    };
}

const TASK: &str = concat!(
    "\
Hands a task to Codex. The job goes on whatever becomes of this command.

Usage: codex-companion task [options] [--] PROMPT...

The prompt comes from the words, from --prompt-file, or from stdin. Put -- before a prompt
that itself contains options.

  --wait                 wait for the end and print the answer (the default)
  --background           return as soon as the worker lives
  --write                Codex may change files below the workspace; otherwise it only reads
  --resume-last          continue the newest Codex thread of this session (also: --resume)
  --resume-thread ID     continue this Codex thread
  --fresh                start a new thread (the default)
  -m, --model NAME       the model; `spark` stands for gpt-5.3-codex-spark
  --effort LEVEL         none, minimal, low, medium, high or xhigh
  --prompt-file FILE     read the prompt from a file
  -C, --cwd DIR          work in this directory
  --json                 print the result and the records as JSON

Exit code 0: the turn completed with a final answer; with --background: the worker lives.

",
    limits!()
);
const STATUS: &str = concat!(
    "\
Shows the jobs of this workspace and session, or one job, or waits for one to end.

Usage: codex-companion status [options] [JOB]

JOB is an id or the beginning of one.

  --wait                 return when the job has ended, at the latest when the time is over
  --timeout-ms N         the time for --wait (240000; 0 looks once)
  --all                  list every job, not only the newest
",
    workspace!(),
    "  --json                 print JSON; `waitTimedOut` says whether the time was over first

Exit code 0, also when the job failed or the time was over: the report says so.
"
);
const RESULT: &str = concat!(
    "\
Shows what a finished job left: its answer, or why there is none.

Usage: codex-companion result [options] [JOB]

JOB is an id or the beginning of one; without it, the job of this session that ended last.

",
    workspace!(),
    "  --json                 print the records as JSON
"
);
const CANCEL: &str = concat!(
    "\
Stops a job: its turn is interrupted, its worker and its Codex are ended, and only then is it on
record as cancelled.

Usage: codex-companion cancel [options] [JOB]

JOB is an id or the beginning of one; without it, the only active job of this session.

",
    workspace!(),
    json!()
);
const REVIEW: &str = concat!(
    "\
Lets the reviewer that is built into Codex look at the local changes, and waits for it.

Usage: codex-companion review [options]

",
    review!()
);
const ADVERSARIAL_REVIEW: &str = concat!(
    "\
Lets Codex argue against the local changes and the thinking behind them, and waits for it.

Usage: codex-companion adversarial-review [options] [--] [FOCUS...]

",
    review!()
);
const CANDIDATE: &str = "\
Says whether this session has a Codex thread that `task --resume-last` would continue.

Usage: codex-companion task-resume-candidate [--cwd DIR] [--json]
";
const SETUP: &str = concat!(
    "\
Shows whether Codex is installed and logged in, and switches the review gate of this workspace.

Usage: codex-companion setup [options]

  --enable-review-gate   Codex reviews the last turn before a session may stop
  --disable-review-gate  it does not
",
    workspace!(),
    json!()
);
const DOCTOR: &str = "\
Looks for what is wrong with an installation, and says what helps. It changes nothing.

Usage: codex-companion doctor [--cwd DIR] [--json]

Exit code 0: nothing is wrong.
";
const EXPORT: &str = "\
Writes the Claude Code plugin, with this program in it, as a marketplace of one plugin.

Usage: codex-companion export-plugin DIR

Then: claude plugin marketplace add DIR && claude plugin install codex@codex-companion
";
