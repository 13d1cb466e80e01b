//! The help texts.

/// What `codex --help` prints: it teaches the fake.
pub const HELP: &str = "\
A stand-in for the Codex CLI that a script directs

It speaks the app-server protocol of Codex 0.117.0, 0.134.0 or 0.169.0 and does what a
script says: answer well, fail, hang, crash, send garbage, or stop in mid-line.

Usage: codex [--script FILE] COMMAND

Commands:
  app-server            serve the protocol on standard input and output
  app-server --help     say what the app-server is, as a client checks
  login status          say who is logged in
  --version             print the version that is played

The script is the file of --script, or of the variable FAKE_CODEX_SCRIPT; YAML, or JSON if
the name ends in .json. Without one every turn succeeds.

  version: 0.134.0                  # whose protocol and behaviour
  login: in                         # in, out, api-key, not-needed
  turns:                            # what the first, second, ... turn of the run does
    - [{say: looking}, {sleep: 700s}, {fail: model overloaded}]
    - [{run: {command: make, output: ok}}, {write: {path: a.txt, content: hi}}, {say: done}]
    - [{say: half an ans}, {crash: {signal: KILL}}]
    - [{approve: {run: rm -r build, then: {error: [hang]}}}]
    - [{on-interrupt: {after: 30s}}, hang]
    - [{echo: {}}]                  # the prompt, said back
  faults:                           # what goes wrong at which message
    - {before: turn/start, nth: 2, do: overload}
    - {after: item/completed agentMessage, do: half-line}
    - {before: turn/completed, do: drop}

Steps: say echo reason run write patch approve elicit subagent usage retry succeed fail
  interrupted on-interrupt sleep await hang vanish crash stderr raw notify request do
Actions of a fault (and of `do`): crash quit close-stdout stop-reading freeze sleep drop
  duplicate reorder half-line unknown-id error overload garbage invalid-utf8 long-line
  stderr grandchild
A turn without an ending step succeeds. The last `say` of a turn that succeeds is its final
answer, every other one a commentary. A turn beyond the list is a good one.
Durations carry a unit: 250ms, 700s, 20m.

Environment:
  FAKE_CODEX_SCRIPT   the script
  FAKE_CODEX_EVENTS   a file to which every message, signal and fault is appended as JSON lines
  CODEX_HOME          where threads are kept, and the count of turns of the run; the default is
                      ~/.codex-fake. Remove its folder fake-codex to begin counting anew

Exit codes: those of Codex; 2 also for a script that cannot be used.
";

/// What `codex app-server --help` prints.
pub const APP_SERVER: &str = "\
Run the app server, here a stand-in that a script directs

Usage: codex app-server [OPTIONS]

Options:
  -h, --help  Print help
";
