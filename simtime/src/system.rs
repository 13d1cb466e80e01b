//! The system calls that the standard library lacks, each behind a safe function.

use std::ffi::CString;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

/// The result of a call that gives -1 on error.
fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Reads from the start of a file.
pub fn read_start(file: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    // SAFETY: an open descriptor and a buffer of this length.
    let result = unsafe {
        libc::pread(
            file.as_raw_fd(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            0,
        )
    };
    check(result as libc::c_long).map(|length| length as usize)
}

/// How often the calling thread was switched away from its CPU.
pub fn switches() -> i64 {
    // SAFETY: a structure of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: a local.
    unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) };
    usage.ru_nvcsw + usage.ru_nivcsw
}

/// Nanoseconds that the calling thread was ready and had no CPU.
pub fn own_wait_for_cpu() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    crate::tasks::field(text.as_bytes(), 1).unwrap_or_default()
}

/// The CPU on which the caller runs.
pub fn current_cpu() -> usize {
    // SAFETY: no arguments.
    usize::try_from(unsafe { libc::sched_getcpu() }).unwrap_or(0)
}

/// Keeps the calling thread, and the processes it starts from now on, on one CPU.
pub fn pin(cpu: usize) -> io::Result<()> {
    if cpu >= libc::CPU_SETSIZE as usize {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    // SAFETY: a set of bits; the CPU's number is within it.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        check(libc::sched_setaffinity(0, size_of_val(&set), &raw const set).into())?;
    }
    Ok(())
}

/// Orphaned descendants become children of this process.
pub fn become_subreaper() -> io::Result<()> {
    // SAFETY: changes an attribute of this process.
    check(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }.into()).map(drop)
}

/// Sends a signal; to a process group when the id is negative.
pub fn kill(pid: i32, signal: i32) -> io::Result<()> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::kill(pid, signal) }.into()).map(drop)
}

/// Takes a child that has ended: its id and status word. `None` when none has.
pub fn reap(pid: i32) -> Option<(i32, i32)> {
    let mut status = 0;
    // SAFETY: a local.
    let child = unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) };
    (child > 0).then_some((child, status))
}

/// Looks for a child that has ended, and leaves it. Asking takes the kernel's lock on the process
/// table, so a process that was seen as a zombie before has told its parent afterwards.
pub fn peek_child() -> bool {
    // SAFETY: a structure of integers.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: a local.
    let result = unsafe { libc::waitid(libc::P_ALL, 0, &raw mut info, options) };
    // SAFETY: filled in by `waitid`, or zero.
    result == 0 && unsafe { info.si_pid() } != 0
}

/// Sleeps while the word has this value, at most so long.
pub fn futex_wait(word: &AtomicU32, value: u32, at_most: Duration) {
    let timeout = libc::timespec {
        tv_sec: at_most.as_secs() as _,
        tv_nsec: at_most.subsec_nanos().into(),
    };
    // SAFETY: a word that lives as long as the call, and a local.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            std::ptr::from_ref(word),
            libc::FUTEX_WAIT,
            value,
            &raw const timeout,
            0,
            0,
        );
    }
}

/// Wakes whoever sleeps on the word.
pub fn futex_wake(word: &AtomicU32) {
    // SAFETY: a word that lives as long as the call.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            std::ptr::from_ref(word),
            libc::FUTEX_WAKE,
            1,
        )
    };
}

/// Lets others run.
pub fn give_way() {
    // SAFETY: no arguments.
    unsafe { libc::sched_yield() };
}

/// Programs can be mapped from this folder's file system.
pub fn can_execute(folder: &Path) -> bool {
    let Ok(path) = CString::new(folder.as_os_str().as_bytes()) else {
        return false;
    };
    // SAFETY: a structure of integers.
    let mut about: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: a C string and a local.
    let result = unsafe { libc::statvfs(path.as_ptr(), &raw mut about) };
    result == 0 && about.f_flag & libc::ST_NOEXEC == 0
}

/// A child has ended and waits to be reaped.
pub fn has_ended(pid: i32) -> bool {
    // SAFETY: a structure of integers.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: a local.
    let result = unsafe { libc::waitid(libc::P_PID, pid as u32, &raw mut info, options) };
    // SAFETY: filled in by `waitid`, or zero.
    result == 0 && unsafe { info.si_pid() } == pid
}

/// Sends the signal of a timer, to a process or to one of its threads.
pub fn send_timer(pid: i32, tid: i32, signal: i32, timer: u32, value: u64) -> io::Result<()> {
    /// The part of `siginfo_t` that a timer fills in.
    #[repr(C)]
    struct Info {
        signal: i32,
        error: i32,
        code: i32,
        padding: i32,
        timer: i32,
        overrun: i32,
        value: u64,
        rest: [u64; 12],
    }
    const _: () = assert!(size_of::<Info>() == size_of::<libc::siginfo_t>());
    let timer = timer as i32;
    let code = libc::SI_TIMER;
    let info = Info {
        signal,
        error: 0,
        code,
        padding: 0,
        timer,
        overrun: 0,
        value,
        rest: [0; 12],
    };
    // SAFETY: a local of the kernel's layout.
    let result = unsafe {
        if tid == 0 {
            libc::syscall(libc::SYS_rt_sigqueueinfo, pid, signal, &raw const info)
        } else {
            libc::syscall(
                libc::SYS_rt_tgsigqueueinfo,
                pid,
                tid,
                signal,
                &raw const info,
            )
        }
    };
    check(result).map(drop)
}

/// Adds one to the counter behind a descriptor of another process; `EBADF` if that is no counter.
pub fn count(pid: i32, fd: i32) -> io::Result<()> {
    let own = |result: libc::c_long| -> io::Result<OwnedFd> {
        let fd = check(result)? as i32;
        // SAFETY: a new descriptor of this process.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    };
    // SAFETY: no memory is involved.
    let process = own(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    // SAFETY: no memory is involved.
    let copy = own(unsafe { libc::syscall(libc::SYS_pidfd_getfd, process.as_raw_fd(), fd, 0) })?;
    let path = std::fs::read_link(format!("/proc/self/fd/{}", copy.as_raw_fd()))?;
    if path.as_os_str() != "anon_inode:[eventfd]" {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    std::fs::File::from(copy).write_all(&1u64.to_ne_bytes())
}

/// The calling thread's id.
pub fn thread_id() -> i32 {
    // SAFETY: no arguments.
    unsafe { libc::gettid() }
}

/// The kernel can wait for several futexes at once.
pub fn has_futex_waitv() -> bool {
    // SAFETY: an empty list, which the kernel refuses.
    let result = unsafe { libc::syscall(libc::SYS_futex_waitv, 0, 0, 0, 0, 0) };
    !(result < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::ENOSYS))
}

/// Sets the CPUs of the calling thread to what they are.
pub fn pin_where_it_is() -> io::Result<()> {
    // SAFETY: a set of bits.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    let size = size_of_val(&set);
    // SAFETY: a local of this size.
    unsafe {
        check(libc::sched_getaffinity(0, size, &raw mut set).into())?;
        check(libc::sched_setaffinity(0, size, &raw const set).into())?;
    }
    Ok(())
}

/// A child that does nothing but sleep; killed and reaped when dropped.
pub struct Sleeper(i32);

impl Sleeper {
    /// Makes one.
    pub fn start() -> io::Result<Sleeper> {
        // SAFETY: the child makes no call but `pause`, which is allowed between fork and exec.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            loop {
                // SAFETY: no arguments.
                unsafe { libc::pause() };
            }
        }
        check(pid.into()).map(|_| Sleeper(pid))
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.0
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = kill(self.0, libc::SIGKILL);
        // SAFETY: this process's own child.
        unsafe { libc::waitpid(self.0, std::ptr::null_mut(), 0) };
    }
}
