//! What the hooks and the commands say, and how a job ends.

texts! {
    // What the hook tells the main thread.
    /// A job of this call completed and the text is its output.
    COMPLETE = "complete": "The Codex run behind codex-rescue is finished: its job is recorded as completed, and the text above is what came back of it. The run is over, so do not wait for a notification and do not poll. If it was allowed to write, look at its changes with `git status` before building on them.";
    /// It returned; nothing proves success or failure.
    NEUTRAL = "neutral": "codex-rescue has returned and is not running. The text above is all that came back, and it could not be tied to a recorded job: check it against the disk (`git status` if the run could write) before relying on it. Do not wait for a notification and do not poll.";
    /// It returned without success.
    FAILURE = "failure": "codex-rescue ended without a recorded success. It is not running, so no notification will come. The work may be missing or half done: read the output above, check `git status`, then run it again or report the failure. Do not treat the task as done.";
    /// A job runs; how to be told of its end.
    WATCHER = "watcher": "Codex job {job} is running in the background. Nothing will announce its end by itself. To be told, run this command with the Bash tool and run_in_background=true: \"{companion}\" status {job} --wait --timeout-ms 1800000\nIt returns when the job has ended and thereby wakes you; start it again if the job is still running then. Until a terminal status is reported, do not treat the task as done.";
    /// The Bash call was moved to the background; which job it was is not known.
    BASH_BACKGROUND = "bash-background": "The Bash call of codex-rescue did not finish in the foreground: it was moved to the background, where Claude Code ends it together with the subagent. No notification will come from it. What it had printed is at {path}. A Codex job that it had started goes on without it: list the jobs with \"{companion}\" status, and check `git status` if the run could write. Do not treat the task as done.";
    /// The same without the path of the output.
    BASH_BACKGROUND_NO_PATH = "bash-background-no-path": "The Bash call of codex-rescue did not finish in the foreground: it was moved to the background, where Claude Code ends it together with the subagent. No notification will come from it. A Codex job that it had started goes on without it: list the jobs with \"{companion}\" status, and check `git status` if the run could write. Do not treat the task as done.";
    /// A job of this call completed, but its output is not in the text.
    FINISHED = "finished": "Codex job {job} has completed and is not running any more, but the text above need not be its whole output. Read the result with: \"{companion}\" result {job}\nDo not wait for a notification. If the run was allowed to write, look at its changes with `git status`.";
    /// The records cannot be read, so nothing is known.
    RECORDS_UNREADABLE = "records-unreadable": "What became of this codex-rescue call is not known: the job records cannot be read ({error}). It may have ended well, failed or still be running. Do not treat the task as done: find out with \"{companion}\" doctor, and check `git status`.";
    /// The job of this call was cancelled.
    JOB_CANCELLED = "job-cancelled": "Codex job {job} was cancelled and is not running. Changes that it made before that are still on disk: check `git status`. Do not treat the task as done, and do not wait for a notification.";

    // What the companion says.
    /// Under the dispatched sentinel of a background launch.
    DISPATCHED = "dispatched-stdout": "[[codex-task status=dispatched id={job}]]\nCodex job {job} runs in the background.\nNothing announces its end by itself; see how it stands with /codex:status {job}.\nTo be told, run this with the Bash tool and run_in_background=true: \"{companion}\" status {job} --wait --timeout-ms 1800000\nStart that command again if the job is still running when it returns.";
    /// A cancel came before the worker.
    CANCELLED_BEFORE_LAUNCH = "cancelled-before-launch": "Codex job {job} was cancelled before it started; nothing was done.";
    /// The worker could not be started.
    FAILED_BEFORE_LAUNCH = "failed-before-launch": "Codex job {job} could not be started: {error}";
    /// Why the worker could not be started.
    LAUNCH_FAILED = "launch-failed": "The background worker could not be started: {error}";
    /// The worker is gone without an end of the job.
    WORKER_EXITED = "worker-exited": "The worker of Codex job {job} is gone without having finished the job. Files that it was editing may be half written, or still change if its Codex process was shared with other jobs: check `git status` before you go on, and see /codex:status {job} for its log.";
    /// The worker, or the command that was to start it, died before the job was begun.
    NEVER_STARTED = "never-started": "Codex job {job} was never begun: the process that was to work on it ended first. Nothing was done; send the task again.";
    /// The reason of a cancelled job.
    CANCELLED_BY_USER = "cancelled-by-user": "Cancelled by the user";
    /// An option without its value.
    MISSING_VALUE = "missing-value": "{option} needs a value";
    /// A flag with an odd value.
    FLAG_VALUE = "flag-value": "{option}: this option takes no value other than true or false";
    /// An option that the command does not have.
    UNKNOWN_OPTION = "unknown-option": "There is no option {option} here; --help lists those that there are";
    /// The same before a prompt.
    UNKNOWN_OPTION_BEFORE_PROMPT = "unknown-option-before-prompt": "There is no option {option} here; --help lists those that there are. If it belongs to the text for Codex, put -- before that text";
    /// A word that the command has no use for.
    UNEXPECTED_WORD = "unexpected-word": "\"{word}\" is one word too many; --help shows what this command takes";
    /// An argument that cannot be passed on.
    NOT_TEXT = "not-text": "{place} is not valid UTF-8, and Codex's protocol can carry nothing else: {text}";
    /// A directory to work in that is none.
    NO_DIRECTORY = "no-directory": "{path} is not a directory, so no work can be done in it";
    /// A prompt file that cannot be read.
    PROMPT_FILE_UNREADABLE = "prompt-file-unreadable": "The prompt file {path} cannot be read: {error}";
    /// A number that is none.
    NOT_MILLISECONDS = "not-milliseconds": "{option} is \"{value}\", which is no whole number of milliseconds";
    /// The record of a job that was waited for is gone.
    RECORD_REMOVED = "record-removed": "The record of job {job} was removed while it was waited for; its work may go on";
    /// A cancel that came too late.
    CANCEL_TOO_LATE = "cancel-too-late": "Job {job} could not be cancelled: it ended as {status} first";
    /// A wait whose limit passed.
    WAIT_TIMED_OUT = "wait-timed-out": "The wait is over after {seconds} s and job {job} goes on. Start the same command again to go on waiting.";
    /// Two options that exclude each other.
    CONFLICT_RESUMES = "conflict-resumes": "--resume-thread names the thread to continue, so --resume and --resume-last cannot be given with it";
    /// Two options that exclude each other.
    CONFLICT_BACKGROUND_WAIT = "conflict-background-wait": "--background and --wait contradict each other: give one of them";
    /// Two options that exclude each other.
    CONFLICT_RESUME_FRESH = "conflict-resume-fresh": "--fresh starts a new thread and cannot be given with --resume, --resume-last or --resume-thread";
    /// A task without a prompt.
    NO_PROMPT = "no-prompt": "There is no prompt: give one as an argument, with --prompt-file or on stdin, or continue the last thread with --resume-last";
    /// No job matches the reference.
    NO_JOB_FOUND = "no-job-found": "No job matches \"{job}\" in {path}. /codex:status lists the jobs that are known";
    /// No active job matches the reference.
    NO_ACTIVE_JOB_FOUND = "no-active-job-found": "No active job matches \"{job}\"";
    /// Several jobs match the reference.
    AMBIGUOUS_JOB = "ambiguous-job": "\"{job}\" matches more than one job. Give more of its id";
    /// `status --wait` without an id.
    WAIT_NEEDS_ID = "wait-needs-id": "status --wait needs the id of the job to wait for";
    /// Nothing to cancel.
    NO_ACTIVE_JOBS = "no-active-jobs": "No Codex job is active, so there is nothing to cancel";
    /// Nothing to cancel in this session.
    NO_ACTIVE_JOBS_IN_SESSION = "no-active-jobs-in-session": "No Codex job of this session is active, so there is nothing to cancel";
    /// Cancelling needs an id.
    SEVERAL_ACTIVE_JOBS = "several-active-jobs": "More than one Codex job is active. Say which one: /codex:cancel <job id>";
    /// The result of an active job.
    STILL_ACTIVE = "still-active": "Job {job} is still {status}. Its result can be read once it has ended; see /codex:status {job}";
    /// No result to show.
    NO_FINISHED_JOBS = "no-finished-jobs": "No Codex job of this workspace has finished yet";
    /// The `codex` program is missing.
    CODEX_MISSING = "codex-missing": "There is no codex command on PATH that can be run. Install it with `npm install -g @openai/codex`, then run /codex:setup";
    /// A completed turn without an answer.
    NO_FINAL_ANSWER = "no-final-answer": "Codex ended the turn without a final answer, so the task is incomplete";
    /// Nothing is known about why a turn failed.
    NO_FINAL_MESSAGE = "no-final-message": "Codex gave no final message";
    /// Resume without a thread.
    NO_THREAD_TO_RESUME = "no-thread-to-resume": "There is no earlier Codex task thread in this workspace to continue";
    /// Resume while a task runs.
    TASK_STILL_RUNNING = "task-still-running": "Task {job} is still running. Wait for it or cancel it before continuing its thread; see /codex:status";
    /// An effort that Codex does not know.
    UNKNOWN_EFFORT = "unknown-effort": "\"{effort}\" is no reasoning effort. Use none, minimal, low, medium, high or xhigh";
    /// The first input item of a turn that may write.
    BOUNDARY_NOTICE = "boundary-notice": "WORKSPACE: you may create and change files only below {path}; the sandbox makes everything else read-only. Do not test that boundary. If the task needs changes outside {path}, stop and say that it has to be sent again with `--cwd <that directory>`.";
    /// The prompt of a resumed thread without one.
    CONTINUE_PROMPT = "continue-prompt": "Continue from where this thread stands: take the most valuable next step and carry on until the task is done.";
    /// Codex ended in the middle of the work.
    CODEX_EXITED = "codex-exited": "codex app-server ended in the middle of the work ({reason})";
    /// Codex did not answer a request.
    REQUEST_TIMED_OUT = "request-timed-out": "codex app-server did not answer {method} within {seconds} s";
    /// Codex was silent for too long.
    IDLE_LIMIT = "idle-limit": "Codex was silent for {seconds} s, which is the limit for one turn's silence; the turn was stopped. Last event: {event}";
    /// The turn took too long.
    TURN_LIMIT = "turn-limit": "The turn reached its limit of {seconds} s and was stopped. Last event: {event}";
    /// A worker for a job without a record.
    WORKER_NO_JOB = "worker-no-job": "There is no record of job {job}";
    /// A worker for a record that asks for nothing.
    WORKER_NO_REQUEST = "worker-no-request": "The record of job {job} has no request to run";
    /// The worker was told to stop by a signal.
    WORKER_SIGNALLED = "worker-signalled": "The worker of Codex job {job} was stopped by {signal} before its turn had ended";

    // What the hooks of Stop and of the session say.
    /// A job runs while the session wants to stop.
    STOP_JOB_RUNNING = "stop-job-running": "Codex job {job} is still running. See /codex:status {job}, or stop it with /codex:cancel {job} before the session ends.";
    /// The review found something.
    GATE_BLOCKED = "gate-blocked": "The Codex review before stopping found something to fix first: {reason}";
    /// The review said nothing.
    GATE_NO_OUTPUT = "gate-no-output": "The Codex review before stopping gave no answer, so nothing is known about this turn. Review by hand with /codex:review --wait, or turn the gate off with /codex:setup --disable-review-gate.";
    /// The review said neither ALLOW nor BLOCK.
    GATE_UNEXPECTED = "gate-unexpected": "The Codex review before stopping answered neither ALLOW nor BLOCK. Review by hand with /codex:review --wait, or turn the gate off with /codex:setup --disable-review-gate.";
    /// The review took too long.
    GATE_TIMED_OUT = "gate-timed-out": "The Codex review before stopping did not end within {seconds} s and was cancelled. Review by hand with /codex:review --wait, or turn the gate off with /codex:setup --disable-review-gate.";
    /// The review failed.
    GATE_FAILED = "gate-failed": "The Codex review before stopping failed: {error}. Review by hand with /codex:review --wait, or turn the gate off with /codex:setup --disable-review-gate.";
    /// The review cannot run.
    GATE_NO_CODEX = "gate-no-codex": "The review gate is on, but Codex cannot run: {detail}. See /codex:setup.";
    /// A job was ended with its session.
    CANCELLED_WITH_SESSION = "cancelled-with-session": "Cancelled because its Claude session ended";

    /// What a subagent is told whose last words leave a running job unmentioned.
    SUBAGENT_SAY = "subagent-say": "The Bash command went to the background and ends with you, but the Codex job {job} that it started goes on. Nobody else will tell that to whoever called you. End now with exactly the following text as your answer, and nothing else:\n\n{text}";
    /// A subagent in the background is to say what the records say of the sentinel in its answer.
    SUBAGENT_UNPROVEN = "subagent-unproven": "The answer holds a line by which the companion tells how a Codex run stands, but the job records do not bear it out. End now with the answer once more, without any line that begins with [[codex-task, and below it exactly the following text:\n\n{text}";

    // Reviews.
    /// A directory outside a repository.
    NO_REPOSITORY = "no-repository": "A review needs a git repository, and {path} is in none";
    /// No branch to compare with.
    NO_DEFAULT_BRANCH = "no-default-branch": "The default branch of this repository is not known. Give --base <ref>, or --scope working-tree";
    /// A scope that does not exist.
    UNKNOWN_SCOPE = "unknown-scope": "\"{scope}\" is no review scope. Use auto, working-tree or branch, or give --base <ref>";
    /// A focus for the reviewer that takes none.
    REVIEW_TAKES_NO_FOCUS = "review-takes-no-focus": "/codex:review runs the reviewer that is built into Codex, which takes no further instructions. For a review with a focus: /codex:adversarial-review {focus}";

    // Setup.
    /// Two options that exclude each other.
    CONFLICT_REVIEW_GATE = "conflict-review-gate": "--enable-review-gate and --disable-review-gate contradict each other: give one of them";

    // Why a job or a worker could not go on.
    /// A turn that ended otherwise without a reason.
    TURN_REPORTED_AS = "turn-reported-as": "Codex reported the turn as {status}";
    /// The last event is an item that has not ended.
    NOT_FINISHED = "not-finished": "{event} (not finished)";
    /// There was no event yet.
    NO_EVENT = "no-event": "none";
    /// Codex reported an error without a message.
    UNKNOWN_ERROR = "unknown-error": "unknown error";
    /// No thread came.
    NO_THREAD_IN_ANSWER = "no-thread-in-answer": "codex app-server answered {method} without a thread";
    /// A JSON-RPC error without a message.
    REFUSED_WITHOUT_REASON = "refused-without-reason": "codex app-server refused the request without a reason";
    /// How the app-server ended, if only its output did.
    OUTPUT_CLOSED = "output-closed": "it closed its output";
    /// A reason with what was said on stderr.
    WITH_STDERR = "with-stderr": "{reason}; stderr: {stderr}";
    /// How a process ended.
    EXIT_CODE = "exit-code": "exit {code}";
    /// How a process ended.
    EXIT_SIGNAL = "exit-signal": "signal {signal}";
    /// How a process ended.
    EXIT_UNKNOWN = "exit-unknown": "unknown end";
    /// A request was given up for a signal.
    STOPPED_BY_SIGNAL = "stopped-by-signal": "stopped by {signal}";
    /// The system does not start Codex.
    CODEX_NOT_STARTED = "codex-not-started": "codex app-server cannot be started: {error}";
    /// What Codex is told that calls a tool of the client.
    NO_TOOLS = "no-tools": "This client offers no tools";
    /// What Codex is told that asks for something unknown.
    NOT_SUPPORTED = "not-supported": "{method} is not supported";
    /// A worker does not take its job.
    WORKER_REFUSED = "worker-refused": "Job {job} is not run: {reason}";
    /// Why a change of a record is refused.
    JOB_HAS_ENDED = "job-has-ended": "job is {status}";
    /// Why a change of a record is refused.
    JOB_IS_CLAIMED = "job-is-claimed": "job is already running";
    /// Why a change of a record is refused.
    JOB_IS_CANCELLED = "job-is-cancelled": "job is being cancelled";
    /// Why a change of a record is refused.
    JOB_STATUS_UNKNOWN = "job-status-unknown": "job has an unknown status";
    /// Why no worker is started.
    WORKER_ALREADY_LIVES = "worker-already-lives": "another worker of this job is alive";
    /// Why no worker is started.
    STARTER_SILENT = "starter-silent": "its starter ended without an answer ({status})";
    /// Why no worker is started.
    NOT_SPAWNED = "not-spawned": "spawn {program}: {error}";

    // The records.
    /// Another process keeps the lock.
    RECORDS_LOCKED = "records-locked": "Cannot change the job records: {path} was held by another process for {seconds} s without a change";
    /// The same without the place.
    LOCK_HELD = "lock-held": "the lock is held by another process";
    /// A file operation failed.
    PATH_UNUSABLE = "path-unusable": "Cannot use {path}: {error}";
    /// A later version has written the records.
    RECORDS_NEWER = "records-newer": "{path} has schema version {version}; this companion understands version {known}. Update the plugin";
    /// Unreadable records were moved aside.
    RECORDS_REBUILT = "records-rebuilt": "Warning: {path} was unreadable. It was moved to {kept} and rebuilt from {count} job files; the review gate is off";
    /// The records can be read but not changed.
    ENDS_NOT_RECORDED = "ends-not-recorded": "Warning: {error}. What is shown could not be put on record";
}
