//! Programs whose answer is known: the library gives it in the program's place.

use crate::error::Error;
use crate::layout::ANSWERS;
use crate::shared::Memory;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Release;

/// A program whose output is known as long as nothing that it depends on has changed.
///
/// A process that asks for this program by one of the `exec` functions, with exactly these
/// arguments and all else as said here, writes the output and ends with exit code 0, and the
/// records say what they would say of the program itself. In any other case the program runs, also
/// when a gate watches its start or the file that its output goes to. This is for small programs
/// that are started very often: starting one takes several times as long as all the rest of its
/// life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The path under which it is found. A name without a slash is looked for in `PATH`, which
    /// must then be the one folder that this path is in.
    pub program: PathBuf,
    /// The path of the executable behind it, for the records.
    pub executable: PathBuf,
    /// Its arguments, the first one included.
    pub arguments: Vec<String>,
    /// The working folder, an absolute path without links.
    pub folder: PathBuf,
    /// Variables, as `NAME=value`, that must be in the environment.
    pub variables: Vec<String>,
    /// No other variable may begin with one of these texts.
    pub prefixes: Vec<String>,
    /// These must be what they are now. A folder must be the same one, with any content; a file
    /// or link must not have been touched; what is not there must not appear.
    pub files: Vec<PathBuf>,
    /// What it writes to its standard output, at most 4096 bytes.
    pub output: Vec<u8>,
}

/// What the kernel says about a file, or zeros when there is none; for a folder without size and
/// times.
fn fingerprint(path: &Path) -> [u64; 9] {
    let Ok(about) = std::fs::symlink_metadata(path) else {
        return [0; 9];
    };
    let mut print = [
        about.dev(),
        about.ino(),
        about.mode().into(),
        about.uid().into(),
        about.size(),
        about.mtime() as u64,
        about.mtime_nsec() as u64,
        about.ctime() as u64,
        about.ctime_nsec() as u64,
    ];
    if about.is_dir() {
        print[4..].fill(0);
    }
    print
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u64) {
        self.0.extend(number.to_ne_bytes());
    }

    fn text(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn texts<'a>(&mut self, all: impl ExactSizeIterator<Item = &'a [u8]>) {
        self.number(all.len() as u64);
        all.for_each(|bytes| self.text(bytes));
    }
}

impl Answer {
    fn write(&self, to: &mut Writer) {
        let paths = [&self.program, &self.executable, &self.folder];
        for path in paths {
            to.text(path.as_os_str().as_bytes());
        }
        for list in [&self.arguments, &self.variables, &self.prefixes] {
            to.texts(list.iter().map(String::as_bytes));
        }
        to.text(&self.output);
        to.number(self.files.len() as u64);
        for path in &self.files {
            // With the zero byte that the kernel wants.
            let mut bytes = path.as_os_str().as_bytes().to_vec();
            bytes.push(0);
            to.text(&bytes);
            fingerprint(path).into_iter().for_each(|n| to.number(n));
        }
    }
}

/// Puts the answers into the memory, before the first process of the world.
pub fn install(memory: &Memory, answers: &[Answer]) -> Result<(), Error> {
    let mut writer = Writer::default();
    for answer in answers {
        if answer.output.len() > 4096 {
            return Err(Error::Invalid(format!(
                "the answer of {} has more than 4096 bytes",
                answer.program.display()
            )));
        }
        answer.write(&mut writer);
    }
    if writer.0.len() > ANSWERS {
        return Err(Error::Full("more known answers than there is room".into()));
    }
    memory.write_answers(&writer.0);
    let header = memory.header();
    header.answers_length.store(writer.0.len() as u32, Release);
    header.answers.store(answers.len() as u32, Release);
    Ok(())
}
