//! One command line (RFC 5321 section 4.1.1), read strictly.

use super::address::{self, Recipient};
use super::reply::{self, Reply};

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// EHLO or HELO.
    Hello {
        /// EHLO.
        extended: bool,
        /// What the peer calls itself.
        untrusted_name: String,
    },
    /// MAIL FROM.
    Mail {
        /// Reverse path; empty for `<>`.
        untrusted_sender: String,
        /// SIZE (RFC 1870), bytes.
        size: Option<u64>,
    },
    /// RCPT TO.
    Rcpt {
        /// Forward path.
        recipient: Recipient,
    },
    /// DATA.
    Data,
    /// RSET.
    Reset,
    /// NOOP.
    Noop,
    /// HELP.
    Help,
    /// QUIT.
    Quit,
}

/// Why a line is no command of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Answered with this; the session goes on.
    Refused(reply::Fixed),
    /// BDAT or STARTTLS: what follows it would be read as commands, so the
    /// session ends.
    WouldBeReadAsCommands,
}

impl Problem {
    /// Its answer.
    #[must_use]
    pub fn reply(self) -> Reply {
        match self {
            Self::Refused(fixed) => fixed.into(),
            Self::WouldBeReadAsCommands => reply::NOT_OFFERED.into(),
        }
    }
}

impl From<reply::Fixed> for Problem {
    fn from(fixed: reply::Fixed) -> Self {
        Self::Refused(fixed)
    }
}

/// Reads one line, without its CRLF; it holds no CR, LF or NUL.
///
/// # Errors
/// The answer to give.
pub fn parse(line: &[u8]) -> Result<Command, Problem> {
    let Ok(line) = std::str::from_utf8(line) else {
        return Err(reply::NO_UTF8.into());
    };
    let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
    let bare = |command| {
        if argument.trim().is_empty() {
            Ok(command)
        } else {
            Err(reply::SYNTAX.into())
        }
    };
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" => hello(true, argument),
        "HELO" => hello(false, argument),
        "MAIL" => mail(argument),
        "RCPT" => rcpt(argument),
        "DATA" => bare(Command::Data),
        "RSET" => bare(Command::Reset),
        "QUIT" => bare(Command::Quit),
        "NOOP" => Ok(Command::Noop),
        "HELP" => Ok(Command::Help),
        "BDAT" | "STARTTLS" => Err(Problem::WouldBeReadAsCommands),
        "VRFY" | "EXPN" | "AUTH" | "ETRN" | "TURN" => Err(reply::NOT_OFFERED.into()),
        _ => Err(reply::UNKNOWN.into()),
    }
}

fn hello(extended: bool, argument: &str) -> Result<Command, Problem> {
    let name = argument.trim();
    let sign = |b: u8| b.is_ascii_graphic();
    if name.is_empty() || name.len() > 255 || !name.bytes().all(sign) {
        return Err(reply::SYNTAX.into());
    }
    Ok(Command::Hello {
        extended,
        untrusted_name: name.to_owned(),
    })
}

/// Takes `word` off the front, whatever its case. Spaces after the colon are
/// common and harmless (RFC 5321 section 3.3 forbids them to senders).
fn after<'a>(word: &str, argument: &'a str) -> Result<&'a str, Problem> {
    let (front, rest) = argument
        .split_at_checked(word.len())
        .ok_or(Problem::from(reply::SYNTAX))?;
    if front.eq_ignore_ascii_case(word) {
        Ok(rest.trim_start_matches(' '))
    } else {
        Err(reply::SYNTAX.into())
    }
}

fn mail(argument: &str) -> Result<Command, Problem> {
    let (path, parameters) = address::path(after("FROM:", argument)?)?;
    let untrusted_sender = address::sender(path)?;
    let mut size = None;
    let mut body = false;
    for parameter in parameters.split(' ').filter(|word| !word.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" if size.is_none() => {
                let digits = !value.is_empty()
                    && value.len() <= 20
                    && value.bytes().all(|b| b.is_ascii_digit());
                if !digits {
                    return Err(reply::SYNTAX.into());
                }
                size = Some(value.parse().unwrap_or(u64::MAX)); // 20 digits can exceed u64: too big anyway
            }
            "BODY"
                if !body && matches!(value.to_ascii_uppercase().as_str(), "7BIT" | "8BITMIME") =>
            {
                body = true
            }
            "SIZE" | "BODY" => return Err(reply::SYNTAX.into()),
            _ => return Err(reply::BAD_PARAMETER.into()),
        }
    }
    Ok(Command::Mail {
        untrusted_sender,
        size,
    })
}

fn rcpt(argument: &str) -> Result<Command, Problem> {
    let (path, parameters) = address::path(after("TO:", argument)?)?;
    let recipient = address::recipient(path)?;
    if !parameters.trim().is_empty() {
        return Err(reply::BAD_PARAMETER.into());
    }
    Ok(Command::Rcpt { recipient })
}
