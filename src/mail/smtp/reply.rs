//! Replies (RFC 5321 section 4.2) with enhanced status codes (RFC 3463).

use std::fmt;

/// A reply; never contains text of the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Three digits.
    pub code: u16,
    lines: Vec<String>,
}

/// A reply that is always the same.
pub type Fixed = (u16, &'static str, &'static str);

pub(super) const OK: Fixed = (250, "2.0.0", "ok");
pub(super) const SENDER_OK: Fixed = (250, "2.1.0", "sender ok");
pub(super) const RECIPIENT_OK: Fixed = (250, "2.1.5", "recipient ok");
pub(super) const HELP: Fixed = (214, "2.0.0", "see RFC 5321");
/// To DATA.
pub const GO_AHEAD: Fixed = (354, "", "end with CRLF.CRLF");
/// The disk is full or nearly so.
pub const NO_ROOM: Fixed = (452, "4.3.1", "not enough storage here, try later");
/// Something of ours is missing; nothing was accepted.
pub const NOT_READY: Fixed = (451, "4.3.0", "not able to take mail now, try later");
/// Internet and LGWAN are cut from each other by order.
pub const CUT: Fixed = (450, "4.3.2", "not taking mail at present, try later");
/// Too many sessions.
pub const BUSY: Fixed = (421, "4.7.0", "too many sessions, try later");
/// A deadline passed or too few bytes came.
pub const TOO_SLOW: Fixed = (421, "4.4.2", "timeout");
/// The service ends.
pub const ENDING: Fixed = (421, "4.3.2", "service ending, try later");
/// Words before our greeting, or behind DATA.
pub const BAD_PIPELINING: Fixed = (554, "5.5.0", "commands sent before their turn");
pub(super) const BARE: Fixed = (554, "5.6.0", "bare CR, bare LF or NUL refused");
pub(super) const LINE_TOO_LONG: Fixed = (500, "5.5.2", "line too long");
pub(super) const BAD_SEQUENCE: Fixed = (503, "5.5.1", "bad sequence of commands");
pub(super) const NO_RECIPIENTS: Fixed = (554, "5.5.1", "no valid recipients");
pub(super) const TOO_MANY_RECIPIENTS: Fixed = (452, "4.5.3", "too many recipients");
pub(super) const TOO_MANY_ERRORS: Fixed = (421, "4.7.0", "too many errors");
pub(super) const TOO_BIG: Fixed = (552, "5.3.4", "message larger than our limit");
pub(super) const LOOP: Fixed = (
    554,
    "5.4.6",
    "mail loop: too many Received fields or our own mark",
);
pub(super) const SYNTAX: Fixed = (501, "5.5.4", "syntax error in arguments");
pub(super) const UNKNOWN: Fixed = (500, "5.5.1", "command not recognised");
pub(super) const NOT_OFFERED: Fixed = (502, "5.5.1", "command not offered");
pub(super) const BAD_PARAMETER: Fixed = (555, "5.5.4", "parameter not offered");
pub(super) const BAD_ADDRESS: Fixed = (553, "5.1.3", "address not acceptable");
pub(super) const NO_UTF8: Fixed = (553, "5.6.7", "addresses outside ASCII are not offered");
pub(super) const NO_RELAY: Fixed = (550, "5.7.1", "relaying denied");
pub(super) const NO_SUCH_USER: Fixed = (550, "5.1.1", "no such recipient here");

impl Reply {
    /// A reply with an enhanced status code.
    #[must_use]
    pub fn new(code: u16, enhanced: &str, text: String) -> Self {
        Self {
            code,
            lines: vec![format!("{enhanced} {text}")],
        }
    }

    /// A reply without one (greeting, EHLO, 354).
    #[must_use]
    pub fn bare(code: u16, text: String) -> Self {
        Self {
            code,
            lines: vec![text],
        }
    }

    /// A reply of several lines.
    #[must_use]
    pub fn lines<const N: usize>(code: u16, lines: [&str; N]) -> Self {
        Self {
            code,
            lines: lines.into_iter().map(str::to_owned).collect(),
        }
    }
}

impl From<Fixed> for Reply {
    fn from((code, enhanced, text): Fixed) -> Self {
        if enhanced.is_empty() {
            Self::bare(code, text.to_owned())
        } else {
            Self::new(code, enhanced, text.to_owned())
        }
    }
}

/// As on the wire, each line with its CRLF.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.lines.len().saturating_sub(1);
        for (at, line) in self.lines.iter().enumerate() {
            let mark = if at == last { ' ' } else { '-' };
            write!(f, "{}{mark}{line}\r\n", self.code)?;
        }
        Ok(())
    }
}
