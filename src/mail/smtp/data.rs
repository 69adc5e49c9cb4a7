//! The bytes between DATA and CRLF.CRLF (RFC 5321 section 4.5.2).
//!
//! ```text
//! LineStart --.--> Dot --CR--> DotCr --LF--> the end
//!     |             \--other--> Middle (the dot is taken off)
//!     \--other--> Middle --CR--> Cr --LF--> LineStart
//! ```
//! A CR without its LF, an LF without its CR and a NUL are `Bare`, in every
//! state: this is where SMTP smuggling ends.

use super::reply::{self, Fixed};
use super::{MOST_RECEIVED, Settings};

/// What a piece of data led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// More is needed.
    More,
    /// It will be refused at its end; what was stored can go. Said once.
    GaveUp,
    /// Bare CR, LF or NUL.
    Bare,
    /// CRLF.CRLF.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    LineStart,
    Dot,
    DotCr,
    Middle,
    Cr,
}

/// One message under way.
#[derive(Debug)]
pub(super) struct Data {
    at: At,
    size: u64,
    max_size: u64,
    refused: Option<Fixed>,
    header: Header,
}

impl Data {
    pub(super) fn new(settings: &Settings) -> Self {
        let mark = format!("x-sekimori-id: {}-", settings.site).into_bytes();
        Self {
            at: At::LineStart,
            size: 0,
            max_size: settings.max_size,
            refused: None,
            header: Header {
                inside: true,
                line: Vec::new(),
                received: 0,
                mark,
            },
        }
    }

    /// Why the message is refused; `None` when it may be accepted.
    pub(super) fn verdict(&self) -> Option<Fixed> {
        self.refused
    }

    fn put(&mut self, byte: u8, chunk: &mut Vec<u8>) {
        self.size = self.size.saturating_add(1);
        if self.header.inside && self.header.see(byte) {
            self.refused.get_or_insert(reply::LOOP);
        }
        if self.size > self.max_size {
            self.refused.get_or_insert(reply::TOO_BIG);
        }
        if self.refused.is_none() {
            chunk.push(byte);
        }
    }

    /// Appends message bytes to `chunk`; what follows the end is returned.
    pub(super) fn take<'a>(&mut self, input: &'a [u8], chunk: &mut Vec<u8>) -> (Step, &'a [u8]) {
        let before = self.refused;
        for (index, &byte) in input.iter().enumerate() {
            self.at = match (self.at, byte) {
                (_, 0) => return (Step::Bare, &[]),
                (At::DotCr, b'\n') => {
                    return (Step::End, input.get(index + 1..).unwrap_or_default());
                }
                (At::Cr, b'\n') => {
                    self.put(b'\r', chunk);
                    self.put(b'\n', chunk);
                    At::LineStart
                }
                (At::Cr | At::DotCr, _) | (At::LineStart | At::Dot | At::Middle, b'\n') => {
                    return (Step::Bare, &[]);
                }
                (At::LineStart, b'.') => At::Dot,
                (At::Dot, b'\r') => At::DotCr,
                (At::LineStart | At::Middle, b'\r') => At::Cr,
                (At::LineStart | At::Dot | At::Middle, _) => {
                    self.put(byte, chunk);
                    At::Middle
                }
            };
        }
        let gave_up = before.is_none() && self.refused.is_some();
        if gave_up {
            chunk.clear();
        }
        (if gave_up { Step::GaveUp } else { Step::More }, &[])
    }
}

/// Watches the header for loops, holding no more than the start of a line.
#[derive(Debug)]
struct Header {
    inside: bool,
    line: Vec<u8>,
    received: u32,
    mark: Vec<u8>,
}

impl Header {
    /// Whether `byte` completes the proof of a loop.
    fn see(&mut self, byte: u8) -> bool {
        if byte != b'\n' {
            if self.line.len() < 100 {
                self.line.push(byte.to_ascii_lowercase());
            }
            return false;
        }
        self.inside = self.line != b"\r";
        self.received += u32::from(self.line.starts_with(b"received:"));
        let ours = self.line.starts_with(&self.mark);
        self.line.clear();
        ours || self.received > MOST_RECEIVED
    }
}
