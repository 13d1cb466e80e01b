//! Opening, renaming, linking and removing files, and reading and writing them.

use crate::{Probe, error, took};
use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

pub const PROBES: &[Probe] = &[
    ("open_in_every_way", opens, 0),
    ("fopen_and_fopen64", fopens, 0),
    ("rename_in_every_way", renames, 0),
    ("link_and_remove", links, 0),
    ("write_in_every_way", writes, 0),
    ("read_with_a_check", checked_reads, 0),
    ("flock_waits_for_another", flock, 20),
    ("fcntl_waits_for_another", record_lock, 20),
];

unsafe extern "C" {
    fn __open_2(path: *const libc::c_char, flags: i32) -> i32;
    fn __open64_2(path: *const libc::c_char, flags: i32) -> i32;
    fn __openat_2(folder: i32, path: *const libc::c_char, flags: i32) -> i32;
    fn __openat64_2(folder: i32, path: *const libc::c_char, flags: i32) -> i32;
    fn __read_chk(fd: i32, to: *mut libc::c_void, length: usize, room: usize) -> isize;
    fn __poll_chk(fds: *mut libc::pollfd, count: u64, timeout: i32, room: usize) -> i32;
    fn __ppoll_chk(
        fds: *mut libc::pollfd,
        count: u64,
        timeout: *const libc::timespec,
        mask: *const libc::sigset_t,
        room: usize,
    ) -> i32;
}

/// A folder of its own, removed at the end.
struct Place(std::path::PathBuf);

impl Place {
    fn new() -> Place {
        let path = std::env::temp_dir().join(format!("simtime-files-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Place(path)
    }

    fn path(&self, name: &str) -> CString {
        CString::new(self.0.join(name).to_str().unwrap()).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Says whether a descriptor was given, or the error; closes it.
fn opened(fd: i32) {
    if fd < 0 {
        println!("{fd} {}", error());
    } else {
        // SAFETY: just opened.
        println!("{}", unsafe { libc::close(fd) });
    }
}

fn opens() {
    let place = Place::new();
    let (file, missing) = (place.path("file"), place.path("no/such"));
    let (new, read) = (
        libc::O_CREAT | libc::O_EXCL | libc::O_WRONLY,
        libc::O_RDONLY,
    );
    let here = libc::AT_FDCWD;
    // SAFETY: C strings.
    unsafe {
        opened(libc::open(file.as_ptr(), new, 0o640));
        opened(libc::open(file.as_ptr(), new, 0o640));
        opened(libc::open64(file.as_ptr(), read));
        opened(libc::openat(here, file.as_ptr(), read));
        opened(libc::openat64(here, file.as_ptr(), read));
        opened(libc::creat(file.as_ptr(), 0o600));
        opened(libc::creat64(missing.as_ptr(), 0o600));
        opened(__open_2(file.as_ptr(), read));
        opened(__open64_2(missing.as_ptr(), read));
        opened(__openat_2(here, file.as_ptr(), read));
        opened(__openat64_2(here, missing.as_ptr(), read));
        let mut about = std::mem::zeroed();
        println!("{}", libc::stat(file.as_ptr(), &raw mut about));
        println!("{:o}", about.st_mode);
        println!("{} {}", libc::open(std::ptr::null(), read), error());
    }
}

fn fopens() {
    let place = Place::new();
    let (file, missing) = (place.path("file"), place.path("no/such"));
    // SAFETY: C strings and open streams.
    unsafe {
        let stream = libc::fopen(file.as_ptr(), c"w".as_ptr());
        println!(
            "{} {}",
            libc::fputs(c"text".as_ptr(), stream) >= 0,
            libc::fclose(stream)
        );
        let stream = libc::fopen64(file.as_ptr(), c"r+".as_ptr());
        println!("{} {}", libc::fgetc(stream), libc::fclose(stream));
        let none = libc::fopen(missing.as_ptr(), c"r".as_ptr());
        println!("{} {}", none.is_null(), error());
        let none = libc::fopen64(missing.as_ptr(), c"a".as_ptr());
        println!("{} {}", none.is_null(), error());
    }
}

fn renames() {
    let place = Place::new();
    let (a, b, missing) = (place.path("a"), place.path("b"), place.path("no/such"));
    let here = libc::AT_FDCWD;
    std::fs::write(a.to_str().unwrap(), "a").unwrap();
    // SAFETY: C strings.
    unsafe {
        println!("{}", libc::rename(a.as_ptr(), b.as_ptr()));
        println!("{} {}", libc::rename(a.as_ptr(), b.as_ptr()), error());
        println!("{}", libc::renameat(here, b.as_ptr(), here, a.as_ptr()));
        println!("{}", libc::renameat2(here, a.as_ptr(), here, b.as_ptr(), 0));
        std::fs::write(a.to_str().unwrap(), "new").unwrap();
        let flags = libc::RENAME_NOREPLACE;
        let result = libc::renameat2(here, a.as_ptr(), here, b.as_ptr(), flags);
        println!("{result} {}", error());
        println!("{} {}", libc::rename(a.as_ptr(), missing.as_ptr()), error());
    }
    println!("{}", std::fs::read_to_string(b.to_str().unwrap()).unwrap());
}

fn links() {
    let place = Place::new();
    let (a, b, folder) = (place.path("a"), place.path("b"), place.path("folder"));
    let here = libc::AT_FDCWD;
    std::fs::write(a.to_str().unwrap(), "a").unwrap();
    // SAFETY: C strings.
    unsafe {
        println!("{}", libc::link(a.as_ptr(), b.as_ptr()));
        println!("{} {}", libc::link(a.as_ptr(), b.as_ptr()), error());
        println!("{}", libc::unlink(b.as_ptr()));
        println!("{}", libc::linkat(here, a.as_ptr(), here, b.as_ptr(), 0));
        println!("{}", libc::unlinkat(here, b.as_ptr(), 0));
        println!("{} {}", libc::unlink(b.as_ptr()), error());
        println!("{}", libc::mkdir(folder.as_ptr(), 0o700));
        println!("{}", libc::rmdir(folder.as_ptr()));
        println!("{} {}", libc::rmdir(a.as_ptr()), error());
        libc::mkdir(folder.as_ptr(), 0o700);
        println!("{}", libc::remove(folder.as_ptr()));
        println!("{}", libc::remove(a.as_ptr()));
        println!("{} {}", libc::remove(a.as_ptr()), error());
    }
}

fn writes() {
    let place = Place::new();
    let path = place.path("file");
    let part = |text: &'static str| libc::iovec {
        iov_base: text.as_ptr() as *mut _,
        iov_len: text.len(),
    };
    let parts = [part("one "), part("two ")];
    // SAFETY: texts of these lengths, and an open descriptor.
    unsafe {
        let fd = libc::open(path.as_ptr(), libc::O_CREAT | libc::O_RDWR, 0o600);
        println!("{}", libc::write(fd, c"start ".as_ptr().cast(), 6));
        println!("{}", libc::writev(fd, parts.as_ptr(), 2));
        println!("{}", libc::pwrite(fd, c"S".as_ptr().cast(), 1, 0));
        println!("{}", libc::pwrite64(fd, c"O".as_ptr().cast(), 1, 6));
        println!("{}", libc::pwritev(fd, parts.as_ptr(), 1, 14));
        println!("{}", libc::pwritev64(fd, parts.as_ptr(), 2, 18));
        println!(
            "{} {}",
            libc::pwrite(fd, c"x".as_ptr().cast(), 1, -1),
            error()
        );
        libc::lseek(fd, 0, libc::SEEK_SET);
        let (mut first, mut second) = ([0u8; 5], [0u8; 64]);
        let room = |bytes: &mut [u8]| libc::iovec {
            iov_base: bytes.as_mut_ptr().cast(),
            iov_len: bytes.len(),
        };
        let rooms = [room(&mut first), room(&mut second)];
        println!("{}", libc::readv(fd, rooms.as_ptr(), 2));
        println!("{:?}", String::from_utf8_lossy(&second[..21]));
        libc::close(fd);
        println!("{} {}", libc::write(fd, c"x".as_ptr().cast(), 1), error());
    }
}

fn checked_reads() {
    let place = Place::new();
    let path = place.path("file");
    std::fs::write(path.to_str().unwrap(), "text").unwrap();
    let mut text = [0u8; 8];
    // SAFETY: a C string, a buffer of this length and one entry.
    unsafe {
        let fd = libc::open(path.as_ptr(), libc::O_RDONLY);
        println!(
            "{} {text:?}",
            __read_chk(fd, text.as_mut_ptr().cast(), 8, 8)
        );
        let mut one = libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        println!("{}", __poll_chk(&raw mut one, 1, 0, 8));
        let none = std::ptr::null();
        println!("{}", __ppoll_chk(&raw mut one, 1, none, none.cast(), 8));
        libc::close(fd);
    }
}

fn flock() {
    let place = Place::new();
    let path = place.0.join("lock");
    let file = std::fs::File::create(&path).unwrap();
    let start = Instant::now();
    // SAFETY: an open descriptor.
    unsafe {
        println!("{}", libc::flock(file.as_raw_fd(), libc::LOCK_EX));
    }
    let (tried, has_tried) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let other = std::fs::File::open(&path).unwrap();
        // SAFETY: an open descriptor.
        unsafe {
            let now = libc::LOCK_EX | libc::LOCK_NB;
            println!("{} {}", libc::flock(other.as_raw_fd(), now), error());
            tried.send(()).unwrap();
            println!("{}", libc::flock(other.as_raw_fd(), libc::LOCK_EX));
        }
        took(start, 20);
    });
    has_tried.recv().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    drop(file);
    thread.join().unwrap();
}

/// A lock on the whole file, of the kind that belongs to the open file rather than to the process.
fn record_lock() {
    let place = Place::new();
    let path = place.0.join("lock");
    let file = std::fs::File::create(&path).unwrap();
    let lock = |file: &std::fs::File, command: i32| {
        let whole = libc::flock {
            l_type: libc::F_WRLCK as i16,
            l_whence: libc::SEEK_SET as i16,
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        };
        // SAFETY: an open descriptor and a local.
        unsafe { libc::fcntl(file.as_raw_fd(), command, &raw const whole) }
    };
    let start = Instant::now();
    println!("{}", lock(&file, libc::F_OFD_SETLKW));
    let (tried, has_tried) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let other = std::fs::File::options().write(true).open(&path).unwrap();
        println!("{} {}", lock(&other, libc::F_OFD_SETLK), error());
        tried.send(()).unwrap();
        println!("{}", lock(&other, libc::F_OFD_SETLKW));
        took(start, 20);
    });
    has_tried.recv().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    drop(file);
    thread.join().unwrap();
}
