//! Work in signal handlers, while the thread's own wait goes on below them.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::time::Duration;

/// Where the handler reads and writes.
static FROM: AtomicI32 = AtomicI32::new(-1);
static TO: AtomicI32 = AtomicI32::new(-1);

/// Hands a byte on, when one comes.
extern "C" fn hand_on(_signal: i32) {
    let mut byte = 0u8;
    // SAFETY: one byte into and out of a local, through open pipes.
    unsafe {
        libc::read(FROM.load(SeqCst), (&raw mut byte).cast(), 1);
        libc::write(TO.load(SeqCst), (&raw const byte).cast(), 1);
    }
}

/// A condition variable that nobody signals.
fn wait_for_ever() -> ! {
    let (mut mutex, mut condition) = (
        libc::PTHREAD_MUTEX_INITIALIZER,
        libc::PTHREAD_COND_INITIALIZER,
    );
    // SAFETY: locals that nobody else knows, and that live as long as the thread.
    unsafe {
        libc::pthread_mutex_lock(&raw mut mutex);
        loop {
            libc::pthread_cond_wait(&raw mut condition, &raw mut mutex);
        }
    }
}

/// A thread that waits for ever and says who it is.
fn helper() -> libc::pthread_t {
    let (say, said) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // SAFETY: no arguments.
        say.send(unsafe { libc::pthread_self() }).unwrap();
        wait_for_ever()
    });
    said.recv().unwrap()
}

/// The pipes to and from the handler.
pub struct Pipes(PipeWriter, PipeReader, [libc::pthread_t; 2]);

/// Threads that only ever run in the handler.
pub fn prepare() -> Pipes {
    let ((inner_read, outer_write), (outer_read, inner_write)) =
        (std::io::pipe().unwrap(), std::io::pipe().unwrap());
    FROM.store(inner_read.as_raw_fd(), SeqCst);
    TO.store(inner_write.as_raw_fd(), SeqCst);
    std::mem::forget((inner_read, inner_write));
    // SAFETY: a handler that only reads and writes.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = hand_on as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(libc::SIGUSR1, &raw const action, null_mut());
    }
    // What ends before them leaves a place in front of theirs.
    let early = std::thread::spawn(|| std::thread::sleep(Duration::from_millis(1)));
    let helpers = [helper(), helper()];
    early.join().unwrap();
    Pipes(outer_write, outer_read, helpers)
}

impl Pipes {
    /// Sends the threads into their handlers, where they wait.
    pub fn enter(&self) {
        for helper in self.2 {
            // SAFETY: a thread that lives for ever.
            unsafe { libc::pthread_kill(helper, libc::SIGUSR1) };
        }
    }

    /// Lets them out, one after the other.
    pub fn leave(&mut self) {
        let mut byte = [7];
        for _ in self.2 {
            self.0.write_all(&byte).unwrap();
            self.1.read_exact(&mut byte).unwrap();
        }
    }
}
