//! How the commands speak. The standard library's `println!` ends a program in the
//! middle of its work when nobody reads any more (`sekimori status | head`); these
//! go on. What cannot be written for another reason (a full disk) is never taken
//! for done: [`unheard`].

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

static LOST: AtomicBool = AtomicBool::new(false);

/// Words on standard output.
pub(super) fn out(words: Arguments<'_>) {
    let written = std::io::stdout().lock().write_fmt(words);
    if written.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe) {
        LOST.store(true, Ordering::Relaxed);
    }
}

/// Words on standard error; where they cannot go, nothing else can.
pub(super) fn err(words: Arguments<'_>) {
    let _ = std::io::stderr().lock().write_fmt(words);
}

/// Whether something that was said is lost, for another reason than that its
/// reader left.
pub(super) fn unheard() -> bool {
    let flushed = std::io::stdout().lock().flush();
    LOST.load(Ordering::Relaxed)
        || flushed.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe)
}

macro_rules! print {
    ($($words:tt)*) => { $crate::cli::voice::out(format_args!($($words)*)) };
}

macro_rules! println {
    ($($words:tt)*) => {
        $crate::cli::voice::out(format_args!("{}\n", format_args!($($words)*)))
    };
}

macro_rules! eprint {
    ($($words:tt)*) => { $crate::cli::voice::err(format_args!($($words)*)) };
}

macro_rules! eprintln {
    ($($words:tt)*) => {
        $crate::cli::voice::err(format_args!("{}\n", format_args!($($words)*)))
    };
}
