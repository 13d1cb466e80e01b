//! Lines of a job's log, without their times; the newest are what `status` shows as progress.

texts! {
    /// The first line.
    LOG_STARTING = "log-starting": "{title} was asked for";
    /// The job is on record.
    LOG_QUEUED = "log-queued": "The job is on record and its worker comes next";
    /// A cancel came before the worker.
    LOG_LAUNCH_SKIPPED = "log-launch-skipped": "No worker is started, since the job is {status}";
    /// Codex agreed to stop a turn.
    LOG_INTERRUPT_REQUESTED = "log-interrupt-requested": "Codex was asked to interrupt turn {turn} of thread {thread}";
    /// Codex did not agree to stop a turn.
    LOG_INTERRUPT_REFUSED = "log-interrupt-refused": "Codex did not take the interrupt of turn {turn} of thread {thread}";
    /// Codex is asked for a thread.
    LOG_THREAD_STARTING = "log-thread-starting": "Codex is asked for a thread for the task";
    /// The same for a review.
    LOG_REVIEW_THREAD_STARTING = "log-review-thread-starting": "Codex is asked for a thread for the review";
    /// Codex is asked for an earlier thread.
    LOG_THREAD_RESUMING = "log-thread-resuming": "Codex is asked to go on with thread {thread}";
    /// Codex has given a thread.
    LOG_THREAD_READY = "log-thread-ready": "Codex works in thread {thread}";
    /// A turn has begun.
    LOG_TURN_STARTED = "log-turn-started": "Turn {turn} has begun";
    /// The turn has ended.
    LOG_TURN_ENDED = "log-turn-ended": "The turn has ended as {status}";
    /// A message of Codex.
    LOG_MESSAGE = "log-message": "Codex wrote: {excerpt}";

    // Lines of a job's log about the items of a turn.
    /// The built-in reviewer has begun.
    LOG_REVIEWER_STARTED = "log-reviewer-started": "The review begins: {review}";
    /// The built-in reviewer has ended.
    LOG_REVIEWER_FINISHED = "log-reviewer-finished": "The review is over.";
    /// The review's text has come.
    LOG_REVIEW_CAPTURED = "log-review-captured": "The review's text has arrived.";
    /// A command runs.
    LOG_COMMAND_STARTED = "log-command-started": "Codex runs a command: {command}";
    /// A command has ended.
    LOG_COMMAND_ENDED = "log-command-ended": "Command {status}: {command} (exit {code})";
    /// Files are changed.
    LOG_FILES_STARTED = "log-files-started": "Codex changes {count} file(s).";
    /// The change of files has ended.
    LOG_FILES_ENDED = "log-files-ended": "The change of files is {status}.";
    /// A tool of an MCP server is called.
    LOG_MCP_STARTED = "log-mcp-started": "Codex calls {server}/{tool}.";
    /// The call of an MCP tool has ended.
    LOG_MCP_ENDED = "log-mcp-ended": "The call of {server}/{tool} is {status}.";
    /// Another tool is called.
    LOG_TOOL_STARTED = "log-tool-started": "Codex uses the tool {tool}.";
    /// The call of another tool has ended.
    LOG_TOOL_ENDED = "log-tool-ended": "The tool {tool} is {status}.";
    /// A tool for subagents is called.
    LOG_COLLABORATION_STARTED = "log-collaboration-started": "Codex turns to a subagent: {tool}.";
    /// The call of a tool for subagents has ended.
    LOG_COLLABORATION_ENDED = "log-collaboration-ended": "Codex's turn to a subagent ({tool}) is {status}.";
    /// A search of the web.
    LOG_SEARCH = "log-search": "Searching: {query}";
    /// A message of a subagent of Codex.
    LOG_SUBAGENT_MESSAGE = "log-subagent-message": "Subagent {thread}: {excerpt}";
    /// The summary of what Codex thought.
    LOG_REASONING = "log-reasoning": "Codex thought: {excerpt}";
    /// An error after which Codex tries again.
    LOG_CODEX_RETRIES = "log-codex-retries": "Codex retries: {error}";
    /// An error of Codex.
    LOG_CODEX_ERROR = "log-codex-error": "Codex reports an error: {error}";
    /// The end of a turn, found in the thread's record.
    LOG_END_CONFIRMED = "log-end-confirmed": "The end of the turn was not announced; the record of the thread says that it has completed";
    /// Codex says nothing for a long time.
    LOG_SILENT = "log-silent": "Codex has been silent for {span}; last event: {event}";

    // Lines of a job's log about the app-server and the records.
    /// The app-server is overloaded.
    LOG_BUSY = "log-busy": "Codex is busy ({error}); trying {method} again in {seconds} s.";
    /// A line of the app-server that is no JSON.
    LOG_NOISE = "log-noise": "Skipped output of Codex that is no message: {line}";
    /// A line of the app-server's stderr.
    LOG_STDERR = "log-stderr": "codex stderr: {line}";
    /// The app-server outlives its stdin.
    LOG_ENDING_CODEX = "log-ending-codex": "Codex did not end by itself; sending {signal}.";
    /// A request of the app-server was declined.
    LOG_DECLINED = "log-declined": "Declined {request}.";
    /// A request of the app-server that is not known.
    LOG_NOT_ANSWERED = "log-not-answered": "Could not answer {request}.";
    /// Codex did not take the thread's name.
    LOG_THREAD_UNNAMED = "log-thread-unnamed": "The thread has no name: {error}";
    /// The record of the job ended while it ran.
    LOG_JOB_ENDED = "log-job-ended": "The job has ended on record; stopping.";
    /// A step could not be recorded.
    LOG_PROGRESS_NOT_RECORDED = "log-progress-not-recorded": "Progress is not recorded: {error}";
    /// The end could not be recorded yet.
    LOG_END_TRIED_AGAIN = "log-end-tried-again": "The end cannot be recorded: {error}; trying again in {seconds} s.";
    /// The record does not take the end.
    LOG_END_REFUSED = "log-end-refused": "The end of this run is not recorded: {reason}";
    /// A worker outlives SIGTERM.
    LOG_KILLING_WORKER = "log-killing-worker": "The worker did not end; killing it.";
}
