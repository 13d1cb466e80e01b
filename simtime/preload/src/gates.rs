//! Gates: places where this process is watched, held, refused or killed.

use crate::layout::{
    AtomicByte, Call, GateEntry, Header, PATTERN, action, answer, operation, report, state,
};
use crate::pattern::fits;
use crate::process::arguments;
use crate::records::{Report, report};
use crate::shared::{self, header};
use crate::sleeps::sleep_for_ever;
use crate::slot::{Plan, Wait, pid, sleep_on_word};
use crate::sys::{errno, raw, set_errno};
use core::ffi::{c_char, c_int};
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

/// Before an operation.
pub const BEFORE: u32 = 0;
/// After it.
pub const AFTER: u32 = 1;

/// Where programs find the points they announce; nothing is there.
const POINTS: &[u8] = b"/simtime/point/";

/// Some gate watches this operation.
#[inline(always)]
pub fn watched(header: &Header, operation: u32) -> bool {
    header.watched.load(Relaxed) & 1 << operation != 0
}

/// Passes all gates of an operation, known by any of these texts: the error number with which the
/// operation is to fail, if it is. Keeps `errno`.
#[inline]
pub fn pass(
    header: &'static Header,
    operation: u32,
    when: u32,
    texts: &[&[u8]],
) -> Result<(), c_int> {
    if !watched(header, operation) {
        return Ok(());
    }
    let error = errno();
    let result = pass_watched(header, operation, when, texts);
    set_errno(error);
    result
}

#[cold]
fn pass_watched(
    header: &'static Header,
    operation: u32,
    when: u32,
    texts: &[&[u8]],
) -> Result<(), c_int> {
    let mut decided = None;
    for (index, gate) in shared::gates(header).iter().enumerate() {
        if gate.operation.load(Relaxed) != operation || gate.when.load(Relaxed) != when {
            continue;
        }
        let Some(text) = matching(gate, arguments(), texts) else {
            continue;
        };
        let count = gate.count.fetch_add(1, AcqRel) + 1;
        let nth = gate.nth.load(Relaxed);
        let action = gate.action.load(Relaxed);
        let acts = action != action::PASS && (nth == 0 || nth == count) && decided.is_none();
        let number = header.points.fetch_add(1, AcqRel) + 1;
        if acts {
            decided = Some((action, gate.argument.load(Relaxed), number));
        }
        let second = count & 0x7fff_ffff | u32::from(acts) << 31;
        report(
            header,
            Report {
                kind: report::POINT,
                first: index as u32,
                second,
                number,
            },
            text,
        );
    }
    let Some((action, argument, number)) = decided else {
        return Ok(());
    };
    let error = match action {
        action::HOLD => hold(header, number),
        action::FAIL => argument as c_int,
        _ => {
            crate::signals::sending();
            // SAFETY: a signal to this process.
            unsafe { raw!(libc::SYS_kill, pid(), argument) };
            0
        }
    };
    if error == 0 { Ok(()) } else { Err(error) }
}

/// Stands still until the coordinator answers: an error number, 0 to go on.
fn hold(header: &'static Header, number: u64) -> c_int {
    let plan = Plan {
        state: state::HELD,
        value: number,
        ..Plan::endless(Call::None)
    };
    let Some(wait) = Wait::begin(header, plan) else {
        sleep_for_ever()
    };
    let word = wait.word();
    while word.load(Acquire) == answer::WAIT {
        sleep_on_word(word, answer::WAIT);
    }
    let given = word.load(Acquire);
    wait.end();
    (given & !answer::GO) as c_int
}

/// A process with these arguments would meet a gate in an operation that is known by any of these
/// texts.
pub fn would_meet(
    header: &'static Header,
    operation: u32,
    process: &[u8],
    texts: &[&[u8]],
) -> bool {
    let all = shared::gates(header).iter();
    watched(header, operation)
        && all
            .filter(|gate| gate.operation.load(Relaxed) == operation)
            .any(|gate| matching(gate, process, texts).is_some())
}

/// The first of the texts that the gate's pattern fits, if the process's arguments fit as well.
fn matching<'a>(gate: &GateEntry, arguments: &[u8], texts: &[&'a [u8]]) -> Option<&'a [u8]> {
    let mut copy = [0; PATTERN];
    let process = pattern(&gate.process, &mut copy);
    if !process.is_empty() && !fits(process, arguments) {
        return None;
    }
    let mut copy = [0; PATTERN];
    let path = pattern(&gate.path, &mut copy);
    texts.iter().find(|text| fits(path, text)).copied()
}

fn pattern<'a>(shared: &[AtomicByte; PATTERN], copy: &'a mut [u8; PATTERN]) -> &'a [u8] {
    let mut length = 0;
    for byte in shared {
        copy[length] = byte.load(Relaxed);
        if copy[length] == 0 {
            break;
        }
        length += 1;
    }
    &copy[..length]
}

/// The name of the point that a path announces.
pub fn point(path: &[u8]) -> Option<&[u8]> {
    path.strip_prefix(POINTS)
}

/// A program reaches a point of its own.
pub fn reach(header: &'static Header, name: &[u8]) {
    let _ = pass(header, operation::MESSAGE, BEFORE, &[name]);
    let _ = pass(header, operation::MESSAGE, AFTER, &[name]);
}

/// Announces a point of the program's own.
///
/// # Safety
/// `name` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simtime_point(name: *const c_char) {
    if let Some(header) = header() {
        // SAFETY: the caller's promise.
        reach(
            header,
            unsafe { core::ffi::CStr::from_ptr(name) }.to_bytes(),
        );
    }
}
