//! Waiting for descriptors.

use crate::{Probe, error, milliseconds, took};
use libc::{epoll_event, pollfd};
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

pub const PROBES: &[Probe] = &[
    ("poll", poll, 20),
    ("poll_many", poll_many, 20),
    ("ppoll", ppoll, 20),
    ("select", select, 20),
    ("pselect", pselect, 20),
    ("epoll_wait", epoll_wait, 40),
    ("epoll_pwait2", epoll_pwait2, 20),
    ("read_that_blocks", read_that_blocks, 20),
    ("a_wait_that_ends_early", ends_early, 20),
    ("a_loop_that_wakes_itself", wakes_itself, 0),
];

fn pipe() -> (PipeReader, PipeWriter) {
    std::io::pipe().unwrap()
}

fn entry(file: &impl AsRawFd) -> pollfd {
    pollfd {
        fd: file.as_raw_fd(),
        events: libc::POLLIN,
        revents: 77,
    }
}

fn poll() {
    let (reader, mut writer) = pipe();
    let mut one = entry(&reader);
    let start = Instant::now();
    // SAFETY: one local entry.
    unsafe {
        println!("{} {}", libc::poll(&raw mut one, 1, 20), one.revents);
        took(start, 20);
        println!("{} {}", libc::poll(&raw mut one, 1, 0), one.revents);
        writer.write_all(b"x").unwrap();
        for timeout in [0, 20, -1] {
            println!("{} {}", libc::poll(&raw mut one, 1, timeout), one.revents);
        }
        drop(writer);
        println!("{} {}", libc::poll(&raw mut one, 1, 20), one.revents);
        one.fd = 500;
        println!("{} {}", libc::poll(&raw mut one, 1, 20), one.revents);
    }
}

fn poll_many() {
    let (reader, mut writer) = pipe();
    let mut many = vec![entry(&reader); 200];
    let start = Instant::now();
    // SAFETY: so many local entries.
    let ask = |many: &mut [pollfd]| unsafe { libc::poll(many.as_mut_ptr(), 200, 20) };
    println!("{}", ask(&mut many));
    took(start, 20);
    writer.write_all(b"x").unwrap();
    println!("{} {}", ask(&mut many), many[199].revents);
}

fn ppoll() {
    let (reader, _writer) = pipe();
    let mut one = entry(&reader);
    let start = Instant::now();
    let time = milliseconds(20);
    let bad = libc::timespec {
        tv_sec: -1,
        tv_nsec: 0,
    };
    // SAFETY: locals.
    unsafe {
        println!(
            "{}",
            libc::ppoll(&raw mut one, 1, &raw const time, std::ptr::null())
        );
        println!("{}", time.tv_nsec);
        took(start, 20);
        println!(
            "{}",
            libc::ppoll(&raw mut one, 1, &raw const bad, std::ptr::null())
        );
        println!("{}", error());
    }
}

fn set(file: &impl AsRawFd) -> libc::fd_set {
    // SAFETY: a set of bits; the descriptor is within it.
    unsafe {
        let mut set: libc::fd_set = std::mem::zeroed();
        libc::FD_SET(file.as_raw_fd(), &raw mut set);
        set
    }
}

fn select() {
    let (reader, mut writer) = pipe();
    let fd = reader.as_raw_fd();
    let start = Instant::now();
    let mut time = libc::timeval {
        tv_sec: 0,
        tv_usec: 20_000,
    };
    let mut read = set(&reader);
    // SAFETY: locals.
    unsafe {
        println!(
            "{}",
            libc::select(fd + 1, &raw mut read, null_mut(), null_mut(), &raw mut time)
        );
        println!(
            "{} {} {}",
            libc::FD_ISSET(fd, &raw const read),
            time.tv_sec,
            time.tv_usec
        );
        took(start, 20);
        writer.write_all(b"x").unwrap();
        let mut read = set(&reader);
        let mut write = set(&writer);
        let most = fd.max(writer.as_raw_fd()) + 1;
        let none = null_mut();
        println!(
            "{}",
            libc::select(most, &raw mut read, &raw mut write, none, null_mut())
        );
        println!("{}", libc::FD_ISSET(fd, &raw const read));
        drop(reader);
        libc::FD_SET(fd, &raw mut read);
        println!(
            "{}",
            libc::select(fd + 1, &raw mut read, none, none, &raw mut time)
        );
        println!("{}", error());
    }
}

fn pselect() {
    let (reader, _writer) = pipe();
    let fd = reader.as_raw_fd();
    let start = Instant::now();
    let time = milliseconds(20);
    let mut read = set(&reader);
    let none = null_mut();
    // SAFETY: locals.
    unsafe {
        let mask = std::ptr::null();
        println!(
            "{}",
            libc::pselect(fd + 1, &raw mut read, none, none, &raw const time, mask)
        );
        println!("{} {}", libc::FD_ISSET(fd, &raw const read), time.tv_nsec);
    }
    took(start, 20);
}

fn epoll_wait() {
    let (reader, mut writer) = pipe();
    let mut event = epoll_event {
        events: libc::EPOLLIN as u32,
        u64: 7,
    };
    let mut got = epoll_event { events: 0, u64: 0 };
    let start = Instant::now();
    // SAFETY: locals.
    unsafe {
        let epoll = libc::epoll_create1(0);
        libc::epoll_ctl(
            epoll,
            libc::EPOLL_CTL_ADD,
            reader.as_raw_fd(),
            &raw mut event,
        );
        println!("{}", libc::epoll_wait(epoll, &raw mut got, 1, 20));
        println!(
            "{}",
            libc::epoll_pwait(epoll, &raw mut got, 1, 20, std::ptr::null())
        );
        took(start, 40);
        writer.write_all(b"x").unwrap();
        for timeout in [0, 20, -1] {
            let count = libc::epoll_wait(epoll, &raw mut got, 1, timeout);
            println!("{count} {} {}", { got.events }, { got.u64 });
        }
        println!(
            "{} {}",
            libc::epoll_wait(reader.as_raw_fd(), &raw mut got, 1, 20),
            error()
        );
    }
}

/// An event loop that always finds something to do asks again and again whether a thread beside it
/// is done, as Node's does during a collection of garbage.
fn wakes_itself() {
    let (reader, mut writer) = pipe();
    let mut event = epoll_event {
        events: libc::EPOLLIN as u32,
        u64: 7,
    };
    // SAFETY: a local entry.
    let epoll = unsafe {
        let epoll = libc::epoll_create1(0);
        let add = libc::EPOLL_CTL_ADD;
        libc::epoll_ctl(epoll, add, reader.as_raw_fd(), &raw mut event);
        epoll
    };
    writer.write_all(b"x").unwrap();
    let (ask, asked) = mpsc::channel();
    let done = Arc::new(AtomicBool::new(false));
    let answer = done.clone();
    let helper = std::thread::spawn(move || {
        let () = asked.recv().unwrap();
        answer.store(true, SeqCst);
    });
    ask.send(()).unwrap();
    let helped = (0..2_000_000).any(|_| {
        // SAFETY: a local entry.
        let ready = unsafe { libc::epoll_wait(epoll, &raw mut event, 1, -1) };
        assert_eq!(ready, 1);
        done.load(SeqCst)
    });
    println!("{helped}");
    helper.join().unwrap();
}

fn epoll_pwait2() {
    let mut got = epoll_event { events: 0, u64: 0 };
    let start = Instant::now();
    // SAFETY: locals.
    unsafe {
        let epoll = libc::epoll_create1(0);
        let time = milliseconds(20);
        let none = std::ptr::null::<libc::sigset_t>();
        let result: i64 = libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll,
            &raw mut got,
            1,
            &raw const time,
            none,
            8usize,
        );
        println!("{result}");
    }
    took(start, 20);
}

fn read_that_blocks() {
    let (mut reader, mut writer) = pipe();
    let start = Instant::now();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        writer.write_all(b"late").unwrap();
    });
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    thread.join().unwrap();
    println!("{text}");
    took(start, 20);
}

fn ends_early() {
    let (reader, mut writer) = pipe();
    let start = Instant::now();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        writer.write_all(b"x").unwrap();
        writer
    });
    let mut one = entry(&reader);
    // SAFETY: one local entry.
    println!(
        "{} {}",
        unsafe { libc::poll(&raw mut one, 1, 10_000) },
        one.revents
    );
    thread.join().unwrap();
    took(start, 20);
}
