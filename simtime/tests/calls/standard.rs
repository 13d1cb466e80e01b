//! What the Rust standard library makes of these calls.

use crate::{Probe, took};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

pub const PROBES: &[Probe] = &[
    ("thread_sleep", sleep, 20),
    ("system_time_goes_on", system_time, 20),
    ("condvar_wait_timeout", condvar, 20),
    ("channel_recv_timeout", channel, 40),
    ("park_timeout", park, 20),
    ("threads_meet", meet, 40),
];

const LENGTH: Duration = Duration::from_millis(20);

fn sleep() {
    let start = Instant::now();
    thread::sleep(LENGTH);
    took(start, 20);
}

fn system_time() {
    let start = SystemTime::now();
    thread::sleep(LENGTH);
    println!("{}", start.elapsed().unwrap() >= LENGTH);
}

fn condvar() {
    let start = Instant::now();
    let mutex = Mutex::new(());
    let result = Condvar::new()
        .wait_timeout(mutex.lock().unwrap(), LENGTH)
        .unwrap()
        .1;
    println!("{}", result.timed_out());
    took(start, 20);
}

fn channel() {
    let start = Instant::now();
    let (sender, receiver) = mpsc::channel();
    println!("{:?}", receiver.recv_timeout(LENGTH));
    let thread = thread::spawn(move || {
        thread::sleep(LENGTH);
        sender.send(5).unwrap();
    });
    println!("{:?}", receiver.recv_timeout(Duration::from_secs(10)));
    thread.join().unwrap();
    println!("{:?}", receiver.recv_timeout(LENGTH));
    took(start, 40);
}

fn park() {
    let start = Instant::now();
    thread::park_timeout(LENGTH);
    took(start, 20);
}

fn meet() {
    let start = Instant::now();
    let threads: Vec<_> = (0..8)
        .map(|index| {
            thread::spawn(move || {
                thread::sleep(LENGTH * (index % 3));
                index
            })
        })
        .collect();
    let sum: u32 = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    println!("{sum}");
    took(start, 40);
}
