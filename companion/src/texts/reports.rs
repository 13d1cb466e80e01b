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
}
