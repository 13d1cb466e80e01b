//! What `doctor` says: findings and remedies.

texts! {
    /// The last line.
    DOCTOR_WELL = "doctor-well": "Nothing is wrong.";
    /// The last line.
    DOCTOR_ILL = "doctor-ill": "Something is wrong; see above.";
    /// Nothing of the kind is there.
    DOCTOR_NONE = "doctor-none": "none";
    /// Nothing of the kind is there yet.
    DOCTOR_NONE_YET = "doctor-none-yet": "none yet";
    /// A remedy.
    DOCTOR_INSTALL_CODEX = "doctor-install-codex": "npm install -g @openai/codex";
    /// A remedy.
    DOCTOR_LOGIN = "doctor-login": "codex login";
    /// A remedy.
    DOCTOR_INSTALL_PLUGIN = "doctor-install-plugin": "codex-companion export-plugin DIR, claude plugin marketplace add DIR, claude plugin install codex@codex-companion";
    /// The plugin data.
    DOCTOR_NO_PLUGIN_DATA = "doctor-no-plugin-data": "CLAUDE_PLUGIN_DATA is not set, so jobs are looked for in the folder for temporary files";
    /// A remedy.
    DOCTOR_START_IN_SESSION = "doctor-start-in-session": "start this command from a Claude Code session whose plugin is installed; the SessionStart hook sets it";
    /// The session.
    DOCTOR_NO_SESSION = "doctor-no-session": "none; jobs of every session are shown";
    /// A remedy.
    DOCTOR_UNSET_LIMIT = "doctor-unset-limit": "unset it, or give milliseconds; until then no task starts";
    /// The limits.
    DOCTOR_LIMITS = "doctor-limits": "request {request}, silence of a turn {idle} (warning after {quiet}), whole turn {turn}";
    /// A limit.
    DOCTOR_SECONDS = "doctor-seconds": "{seconds} s";
    /// The hook program.
    DOCTOR_PROGRAM_MISSING = "doctor-program-missing": "{path} is missing or cannot be run";
    /// The hook registration.
    DOCTOR_FILE_NO_JSON = "doctor-file-no-json": "{path} is missing or no JSON";
    /// The hook registration.
    DOCTOR_EVENTS_MISSING = "doctor-events-missing": "{path} has no {events}";
    /// Other Codex plugins.
    DOCTOR_RIVALS = "doctor-rivals": "{names} are enabled together, and each answers for the other's jobs";
    /// A remedy.
    DOCTOR_KEEP_ONE = "doctor-keep-one": "keep one: claude plugin disable NAME";
    /// The state folder.
    DOCTOR_NOT_FOLDER = "doctor-not-folder": "{path} is not a folder";
    /// A remedy.
    DOCTOR_MOVE_AWAY = "doctor-move-away": "move it away";
    /// The state folder.
    DOCTOR_NOT_WRITABLE = "doctor-not-writable": "{path} cannot be written";
    /// A remedy.
    DOCTOR_MAKE_WRITABLE = "doctor-make-writable": "make the folder writable for this user";
    /// Room on the disk.
    DOCTOR_FREE = "doctor-free": "{megabytes} MB";
    /// A remedy.
    DOCTOR_MAKE_ROOM = "doctor-make-room": "make room; ends of jobs cannot be recorded";
    /// The lock.
    DOCTOR_LOCK_FREE = "doctor-lock-free": "free";
    /// The lock.
    DOCTOR_LOCK_HELD = "doctor-lock-held": "another process has held {path} for {seconds} s";
    /// A remedy.
    DOCTOR_FIND_HOLDER = "doctor-find-holder": "see who with `fuser` or `lslocks`; a stopped process (state T) goes on with `kill -CONT`";
    /// A remedy.
    DOCTOR_NO_LOCKS = "doctor-no-locks": "keep the plugin data on a file system with locks";
    /// A remedy.
    DOCTOR_MAKE_READABLE = "doctor-make-readable": "make the file readable for this user";
    /// The job records.
    DOCTOR_RECORDS_NO_JSON = "doctor-records-no-json": "{path} is no JSON";
    /// A remedy.
    DOCTOR_REBUILDS = "doctor-rebuilds": "the next task moves it aside and rebuilds it from the job files";
    /// The job records.
    DOCTOR_JOBS = "doctor-jobs": "{count} jobs";
    /// A remedy.
    DOCTOR_UPDATE = "doctor-update": "update the plugin";
    /// A remedy.
    DOCTOR_SEE_MESSAGE = "doctor-see-message": "see the message";
    /// Records elsewhere.
    DOCTOR_ELSEWHERE = "doctor-elsewhere": "{count} jobs of this workspace are in {path}";
    /// A remedy.
    DOCTOR_ELSEWHERE_REMEDY = "doctor-elsewhere-remedy": "they come from commands without CLAUDE_PLUGIN_DATA; unset it to see them, or remove the folder";
    /// The workers.
    DOCTOR_WORKERS = "doctor-workers": "{count} active jobs, every worker lives";
    /// The workers.
    DOCTOR_WORKERS_SILENT = "doctor-workers-silent": "{count} active jobs, every worker lives; silent: {jobs}";
    /// The workers.
    DOCTOR_WORKERS_GONE = "doctor-workers-gone": "the workers of {jobs} are gone";
    /// A remedy.
    DOCTOR_SETTLE = "doctor-settle": "/codex:status ends these jobs on record";
    /// A silent job.
    DOCTOR_SILENT_FOR = "doctor-silent-for": "{job} for {span}";
    /// A Codex process whose worker is gone.
    DOCTOR_LEFT_OVER = "doctor-left-over": "{pid} of {job}";
    /// A remedy.
    DOCTOR_END_LEFT_OVER = "doctor-end-left-over": "end them with `kill`; their worker is gone";
    /// The broker.
    DOCTOR_BROKER = "doctor-broker": "process {pid} runs, and Codex with it";
    /// A remedy.
    DOCTOR_END_BROKER = "doctor-end-broker": "if the Node plugin is no longer used, end it with `kill`";
    /// What was looked at.
    DOCTOR_ROOM = "doctor-room": "room on the disk";
    /// What was looked at.
    DOCTOR_LOCK = "doctor-lock": "lock of the records";
    /// What was looked at.
    DOCTOR_NODE_BROKER = "doctor-node-broker": "broker of the Node plugin";
}
