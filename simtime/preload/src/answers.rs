//! Answering in place of a program whose answer is known; see `Answer` in the coordinator.

use crate::gates::{watched, would_meet};
use crate::layout::{Header, operation, report};
use crate::paths::Path;
use crate::process::ARGUMENTS;
use crate::programs::List;
use crate::records::{Report, Text, report};
use crate::shared;
use crate::sys::raw;
use core::ffi::{CStr, c_char, c_int};
use core::sync::atomic::Ordering::{Acquire, Relaxed};

/// How a program is named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// By its path.
    Path,
    /// By its path, or by a name that is looked for in `PATH`.
    Name,
    /// By an open file.
    File,
}

/// What a process asks for.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// The path or name; only for the records when it is an open file.
    pub path: *const c_char,
    /// What that is.
    pub named: Named,
    /// The arguments.
    pub arguments: List,
    /// The environment.
    pub environment: List,
}

/// Reads what the coordinator has written; everything is checked, and `None` is the end.
struct Reader(&'static [u8]);

impl Reader {
    fn number(&mut self) -> Option<u64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_ne_bytes(*bytes))
    }

    fn text(&mut self) -> Option<&'static [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }

    /// A list: a reader for it and the number of its texts.
    fn texts(&mut self) -> Option<(Reader, u64)> {
        let count = self.number()?;
        let start = Reader(self.0);
        for _ in 0..count {
            self.text()?;
        }
        Some((start, count))
    }
}

/// The texts of a list of C strings.
///
/// # Safety
/// Null, or a list that ends with a null and outlives the iterator.
unsafe fn strings(list: List) -> impl Iterator<Item = &'static [u8]> {
    let mut index = 0;
    core::iter::from_fn(move || {
        if list.is_null() {
            return None;
        }
        // SAFETY: the caller's promise; it ends at the null.
        let text = unsafe {
            let text = *list.add(index);
            if text.is_null() {
                return None;
            }
            CStr::from_ptr(text)
        };
        index += 1;
        Some(text.to_bytes())
    })
}

/// Ends the process in the program's place if its answer is known; else comes back.
///
/// # Safety
/// As `execve`.
pub unsafe fn give(header: &'static Header, wanted: Wanted) {
    let count = header.answers.load(Acquire);
    if count == 0 || wanted.path.is_null() || wanted.named == Named::File {
        return;
    }
    let mut reader = Reader(shared::answers(header));
    for _ in 0..count {
        // SAFETY: the caller's promise.
        match unsafe { one(header, wanted, &mut reader) } {
            Some(()) => {}
            None => return,
        }
    }
}

/// Looks at one answer; `None` when what is written does not make sense.
unsafe fn one(header: &'static Header, wanted: Wanted, reader: &mut Reader) -> Option<()> {
    let (program, executable, folder) = (reader.text()?, reader.text()?, reader.text()?);
    let (arguments, arguments_count) = reader.texts()?;
    let (variables, variables_count) = reader.texts()?;
    let (prefixes, prefixes_count) = reader.texts()?;
    let output = reader.text()?;
    let mut same = true;
    let files = reader.number()?;
    let first_file = Reader(reader.0);
    for _ in 0..files {
        reader.text()?;
        for _ in 0..9 {
            reader.number()?;
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        same = same && is_program(wanted, program);
        same = same && equal(strings(wanted.arguments), arguments, arguments_count)?;
        same = same
            && environment_fits(
                wanted.environment,
                (variables, variables_count),
                (prefixes, prefixes_count),
            )?;
    }
    if same && is_here(folder) && unchanged(first_file, files)? {
        let mut text = Text::new();
        text.push(executable);
        text.push(b"\0");
        // SAFETY: the caller's promise.
        unsafe { text.push_list(wanted.arguments, ARGUMENTS) };
        if !is_watched(header, text.bytes(), executable) {
            answer(header, &text, output);
        }
    }
    Some(())
}

/// A gate stands where the program would start or write its output. That it is asked for has
/// passed its gates before.
fn is_watched(header: &'static Header, started: &[u8], executable: &[u8]) -> bool {
    let arguments = started.get(executable.len() + 1..).unwrap_or_default();
    let texts = [arguments, executable];
    would_meet(header, operation::EXEC, arguments, &texts)
        || watched(header, operation::WRITE)
            && Path::of_file(1).is_watched(header, operation::WRITE, arguments)
}

unsafe fn is_program(wanted: Wanted, program: &[u8]) -> bool {
    // SAFETY: not null; the caller's promise.
    let path = unsafe { CStr::from_ptr(wanted.path) }.to_bytes();
    if path.contains(&b'/') || wanted.named == Named::Path {
        return path == program;
    }
    // SAFETY: the caller's promise.
    let search =
        unsafe { strings(wanted.environment) }.find_map(|text| text.strip_prefix(b"PATH="));
    let found = |folder: &[u8]| {
        program
            .strip_prefix(folder)
            .and_then(|rest| rest.strip_prefix(b"/"))
            == Some(path)
    };
    search.is_some_and(found)
}

fn equal(
    mut texts: impl Iterator<Item = &'static [u8]>,
    mut expected: Reader,
    count: u64,
) -> Option<bool> {
    for _ in 0..count {
        let text = expected.text()?;
        if texts.next() != Some(text) {
            return Some(false);
        }
    }
    Some(texts.next().is_none())
}

unsafe fn environment_fits(
    environment: List,
    variables: (Reader, u64),
    prefixes: (Reader, u64),
) -> Option<bool> {
    let mut found = 0;
    // SAFETY: the caller's promise.
    for text in unsafe { strings(environment) } {
        let mut all = Reader(variables.0.0);
        let mut known = false;
        for _ in 0..variables.1 {
            known |= all.text()? == text;
        }
        found += u64::from(known);
        let mut all = Reader(prefixes.0.0);
        for _ in 0..prefixes.1 {
            if !known && text.starts_with(all.text()?) {
                return Some(false);
            }
        }
    }
    Some(found == variables.1)
}

fn is_here(folder: &[u8]) -> bool {
    let mut here = [0u8; 4096];
    // SAFETY: a local of this length.
    let length = unsafe { raw!(libc::SYS_getcwd, here.as_mut_ptr(), here.len()) };
    usize::try_from(length - 1).is_ok_and(|length| &here[..length] == folder)
}

fn unchanged(mut files: Reader, count: u64) -> Option<bool> {
    for _ in 0..count {
        let path = files.text()?;
        let now = fingerprint(path);
        for number in now {
            if files.number()? != number {
                return Some(false);
            }
        }
    }
    Some(true)
}

/// As the coordinator's function of this name; the path ends with a zero byte.
fn fingerprint(path: &[u8]) -> [u64; 9] {
    // SAFETY: a structure of integers.
    let mut about: libc::stat = unsafe { core::mem::zeroed() };
    // SAFETY: a C string and a local.
    let result = unsafe {
        raw!(
            libc::SYS_newfstatat,
            libc::AT_FDCWD,
            path.as_ptr(),
            &raw mut about,
            libc::AT_SYMLINK_NOFOLLOW
        )
    };
    if result < 0 {
        return [0; 9];
    }
    let mut print = [
        about.st_dev,
        about.st_ino,
        about.st_mode.into(),
        about.st_uid.into(),
        about.st_size as u64,
        about.st_mtime as u64,
        about.st_mtime_nsec as u64,
        about.st_ctime as u64,
        about.st_ctime_nsec as u64,
    ];
    if about.st_mode & libc::S_IFMT == libc::S_IFDIR {
        print[4..].fill(0);
    }
    print
}

/// Says what the program's start would say, writes its output and ends. Comes back when the
/// output cannot be written: the program then says so in its own way.
fn answer(header: &'static Header, started: &Text, output: &[u8]) {
    // SAFETY: bytes of this length.
    let written = unsafe { raw!(libc::SYS_write, 1, output.as_ptr(), output.len()) };
    if usize::try_from(written) != Ok(output.len()) {
        return;
    }
    let parent = match crate::slot::own(header).map(|slot| slot.parent.load(Relaxed)) {
        Some(0) | None => {
            // SAFETY: no arguments.
            unsafe { raw!(libc::SYS_getppid) as u32 }
        }
        Some(maker) => maker,
    };
    let numbers = Report {
        kind: report::STARTED,
        first: parent,
        ..Report::default()
    };
    report(header, numbers, started.bytes());
    // SAFETY: the process ends, as the program would.
    unsafe { crate::process::_exit(0 as c_int) }
}
