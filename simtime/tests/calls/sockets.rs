//! Sockets that give up.

use crate::{Probe, error, took};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

pub const PROBES: &[Probe] = &[
    ("timeout_of_recv", timeout_of_recv, 60),
    ("timeout_of_a_copied_socket", copied, 20),
    ("timeout_of_accept", timeout_of_accept, 20),
    ("timeout_of_send", timeout_of_send, 20),
    ("a_conversation_over_tcp", conversation, 20),
    ("messages_to_an_address", messages, 0),
    ("accept4_and_connect", accept4, 20),
];

const LENGTH: Duration = Duration::from_millis(20);

fn would_block(result: std::io::Result<usize>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

fn timeout_of_recv() {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    one.set_read_timeout(Some(LENGTH)).unwrap();
    println!(
        "{:?} {:?}",
        one.read_timeout().unwrap(),
        one.write_timeout().unwrap()
    );
    let start = Instant::now();
    let mut byte = [0u8; 1];
    println!("{}", would_block(one.read(&mut byte)));
    // SAFETY: a local buffer.
    unsafe {
        let (fd, to) = (one.as_raw_fd(), byte.as_mut_ptr().cast());
        println!("{} {}", libc::recv(fd, to, 1, 0), error());
        println!("{} {}", libc::recv(fd, to, 1, libc::MSG_DONTWAIT), error());
        let mut part = libc::iovec {
            iov_base: to,
            iov_len: 1,
        };
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        println!("{} {}", libc::recvmsg(fd, &raw mut message, 0), error());
    }
    took(start, 60);
    other.write_all(b"x").unwrap();
    println!("{:?}", one.read(&mut byte).unwrap());
    one.set_read_timeout(None).unwrap();
    println!("{:?}", one.read_timeout().unwrap());
    drop(other);
    println!("{:?}", one.read(&mut byte).unwrap());
}

fn copied() {
    let (one, _other) = UnixStream::pair().unwrap();
    one.set_read_timeout(Some(LENGTH)).unwrap();
    let mut copy = one.try_clone().unwrap();
    let start = Instant::now();
    println!(
        "{} {:?}",
        would_block(copy.read(&mut [0u8; 1])),
        copy.read_timeout().unwrap()
    );
    took(start, 20);
}

fn timeout_of_accept() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let time = libc::timeval {
        tv_sec: 0,
        tv_usec: 20_000,
    };
    let start = Instant::now();
    // SAFETY: a local of this length.
    let result = unsafe {
        let (level, option) = (libc::SOL_SOCKET, libc::SO_RCVTIMEO);
        let length = size_of_val(&time) as u32;
        libc::setsockopt(
            listener.as_raw_fd(),
            level,
            option,
            (&raw const time).cast(),
            length,
        )
    };
    println!(
        "{result} {:?}",
        listener.accept().map_err(|error| error.kind()).is_err()
    );
    took(start, 20);
}

fn timeout_of_send() {
    let (mut one, _other) = UnixStream::pair().unwrap();
    one.set_write_timeout(Some(LENGTH)).unwrap();
    let start = Instant::now();
    let full = loop {
        if let Err(error) = one.write_all(&[0; 4096]) {
            break error.kind();
        }
    };
    println!("{full:?}");
    took(start, 20);
}

fn conversation() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let start = Instant::now();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut text = [0; 4];
        stream.read_exact(&mut text).unwrap();
        std::thread::sleep(LENGTH);
        stream.write_all(&text).unwrap();
    });
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    stream.write_all(b"ping").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    thread.join().unwrap();
    println!("{text}");
    took(start, 20);
}

fn messages() {
    use std::net::UdpSocket;
    let (one, other) = (
        UdpSocket::bind("127.0.0.1:0").unwrap(),
        UdpSocket::bind("127.0.0.1:0").unwrap(),
    );
    let std::net::SocketAddr::V4(to) = other.local_addr().unwrap() else {
        unreachable!()
    };
    // SAFETY: locals of these lengths.
    unsafe {
        let mut address: libc::sockaddr_in = std::mem::zeroed();
        address.sin_family = libc::AF_INET as u16;
        address.sin_port = to.port().to_be();
        address.sin_addr.s_addr = u32::from(*to.ip()).to_be();
        let length = size_of_val(&address) as libc::socklen_t;
        let (text, mut got) = (b"hello", [0u8; 8]);
        let sent = libc::sendto(
            one.as_raw_fd(),
            text.as_ptr().cast(),
            text.len(),
            0,
            (&raw const address).cast(),
            length,
        );
        println!("{sent}");
        let mut from: libc::sockaddr_in = std::mem::zeroed();
        let mut from_length = length;
        let received = libc::recvfrom(
            other.as_raw_fd(),
            got.as_mut_ptr().cast(),
            got.len(),
            0,
            (&raw mut from).cast(),
            &raw mut from_length,
        );
        println!("{received} {}", from_length == length);
        println!(
            "{}",
            u16::from_be(from.sin_port) == one.local_addr().unwrap().port()
        );
        let mut time: libc::timeval = std::mem::zeroed();
        let mut room = size_of_val(&time) as libc::socklen_t;
        one.set_read_timeout(Some(Duration::from_millis(1500)))
            .unwrap();
        println!(
            "{}",
            libc::getsockopt(
                one.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_RCVTIMEO,
                (&raw mut time).cast(),
                &raw mut room,
            )
        );
        println!("{} {} {room}", time.tv_sec, time.tv_usec / 100_000);
    }
}

fn accept4() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let start = Instant::now();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        TcpStream::connect(address).unwrap()
    });
    // SAFETY: an open socket; nobody asks for the address.
    let fd = unsafe {
        libc::accept4(
            listener.as_raw_fd(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            libc::SOCK_CLOEXEC,
        )
    };
    println!("{}", fd >= 0);
    took(start, 20);
    drop(thread.join().unwrap());
    // SAFETY: just accepted.
    unsafe { libc::close(fd) };
    drop(listener);
    println!(
        "{:?}",
        TcpStream::connect(address)
            .map_err(|error| error.kind())
            .err()
    );
}
