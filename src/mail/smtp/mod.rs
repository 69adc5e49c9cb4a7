//! The SMTP server's mind, without I/O: bytes in, actions out. The shell
//! (`mail/receive.rs`) owns the socket, the clock and the disk.
//!
//! ```text
//! bytes --step--> command line --command.rs--> Command --decide--> Reply
//!            \--> data --data.rs--> Chunk* End
//! Start --EHLO/HELO--> Greeted --MAIL--> Sender --RCPT--> Recipients --DATA--> Data --CRLF.CRLF--> Greeted
//! ```
//!
//! Promised: only CRLF.CRLF ends a message; a bare CR, a bare LF or a NUL in
//! a command or in the data ends the session and accepts nothing; so one
//! stream of bytes is never one message to us and two to somebody else.
//! Nothing here grows beyond a command line and 1,000 recipients.
//!
//! Absent on purpose: STARTTLS, AUTH, CHUNKING, BINARYMIME, SMTPUTF8, DSN,
//! VRFY, EXPN. What is not offered is refused.

pub mod address;
pub mod command;
mod data;
pub mod reply;

pub use reply::Reply;

use command::{Command, Problem};
use data::{Data, Step as DataStep};

/// Longest command line with its CRLF (RFC 5321 section 4.5.3.1.4 asks 512;
/// MAIL parameters add to it).
pub const LONGEST_LINE: usize = 1_024;
/// Most recipients of one message (RFC 5321 section 4.5.3.1.8 asks 100).
pub const MOST_RECIPIENTS: usize = 1_000;
/// Most refused commands in one session.
pub const MOST_PROBLEMS: u32 = 20;
/// Most commands that carry no mail forward (NOOP, RSET, EHLO, HELP) in a row.
pub const MOST_IDLE: u32 = 50;
/// Most `Received` fields of one message (RFC 5321 section 6.3).
pub const MOST_RECEIVED: u32 = 50;

/// What the session must know of the policy.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Our name.
    pub hostname: String,
    /// Our site: its token in `X-Sekimori-Id` shows a loop.
    pub site: String,
    /// Largest message, bytes.
    pub max_size: u64,
    /// Recipient domains, lower case, and their known local parts, lower
    /// case; none known means all.
    pub domains: Vec<(String, Vec<String>)>,
}

/// Whether a new message can be taken now; told by the shell before a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Readiness {
    /// Yes.
    #[default]
    Ready,
    /// The disk is (nearly) full: 452 4.3.1.
    NoRoom,
    /// Revision, key or audit log missing, or the service is ending: 451 4.3.0.
    NotReady,
    /// Internet and LGWAN are cut from each other: 450 4.3.2.
    Cut,
}

/// What the shell must do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this.
    Reply(Reply),
    /// DATA was asked for and may be: open the sealed file, then send 354 and
    /// go on, or call [`Session::decline`] and send the reason. Always the
    /// last action of a step.
    Begin(Transaction),
    /// These bytes belong to the message (dots taken off, CRLF canonical).
    Chunk(Vec<u8>),
    /// The message is complete: make it durable, then answer for it.
    End,
    /// The message under way will not be accepted: forget it. Its answer
    /// comes as a `Reply`.
    Discard,
    /// Close the connection once everything before is sent.
    Close,
}

/// Envelope of a message (RFC 5321 section 2.3.1).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Transaction {
    /// What the peer called itself.
    pub untrusted_helo: String,
    /// Reverse path; empty for `<>`.
    pub untrusted_sender: String,
    /// Forward paths that the policy accepts, without repetition.
    pub recipients: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Start,
    Greeted,
    Sender,
    Data,
    Closed,
}

/// One session.
#[derive(Debug)]
pub struct Session {
    settings: std::sync::Arc<Settings>,
    readiness: Readiness,
    phase: Phase,
    pipelining: bool,
    line: Vec<u8>,
    transaction: Transaction,
    data: Data,
    problems: u32,
    idle: u32,
}

impl Session {
    /// A session that has not said anything yet.
    #[must_use]
    pub fn new(settings: std::sync::Arc<Settings>) -> Self {
        let data = Data::new(&settings);
        Self {
            settings,
            readiness: Readiness::Ready,
            phase: Phase::Start,
            pipelining: false,
            line: Vec::new(),
            transaction: Transaction::default(),
            data,
            problems: 0,
            idle: 0,
        }
    }

    /// The first words to a peer.
    #[must_use]
    pub fn greeting(&self) -> Reply {
        Reply::bare(220, format!("{} ESMTP Sekimori", self.settings.hostname))
    }

    /// Tells whether messages can be taken from now on.
    pub fn set_readiness(&mut self, readiness: Readiness) {
        self.readiness = readiness;
    }

    /// The shell could not open a file for the message: no data will come.
    pub fn decline(&mut self) {
        self.phase = Phase::Greeted;
        self.transaction = Transaction::default();
    }

    /// Whether the peer is sending a message.
    #[must_use]
    pub fn in_data(&self) -> bool {
        self.phase == Phase::Data
    }

    fn end(&mut self, actions: &mut Vec<Action>, reply: Reply) {
        if self.phase == Phase::Data {
            actions.push(Action::Discard);
        }
        actions.push(Action::Reply(reply));
        actions.push(Action::Close);
        self.phase = Phase::Closed;
        self.line = Vec::new();
    }

    fn refuse(&mut self, actions: &mut Vec<Action>, reply: Reply) {
        self.problems = self.problems.saturating_add(1);
        if self.problems >= MOST_PROBLEMS {
            self.end(actions, reply::TOO_MANY_ERRORS.into());
        } else {
            actions.push(Action::Reply(reply));
        }
    }

    /// One line without its CRLF. `last` when no byte follows it in hand.
    fn obey(&mut self, line: &[u8], last: bool, actions: &mut Vec<Action>) {
        let command = match command::parse(line) {
            Ok(command) => command,
            Err(problem @ Problem::WouldBeReadAsCommands) => {
                return self.end(actions, problem.reply());
            }
            Err(problem) => return self.refuse(actions, problem.reply()),
        };
        // RFC 2920 section 3.1: EHLO and DATA end a group of commands; without
        // PIPELINING every command does.
        let ends_group = match command {
            Command::Hello { .. } | Command::Data => true,
            Command::Mail { .. } | Command::Rcpt { .. } => false,
            Command::Reset | Command::Noop | Command::Help | Command::Quit => false,
        };
        if !last && (ends_group || !self.pipelining) {
            return self.end(actions, reply::BAD_PIPELINING.into());
        }
        match command {
            Command::Mail { .. } | Command::Rcpt { .. } | Command::Data => self.idle = 0,
            Command::Hello { .. }
            | Command::Reset
            | Command::Noop
            | Command::Help
            | Command::Quit => {
                self.idle += 1;
                if self.idle > MOST_IDLE {
                    return self.end(actions, reply::TOO_MANY_ERRORS.into());
                }
            }
        }
        match command {
            Command::Hello {
                extended,
                untrusted_name,
            } => {
                self.phase = Phase::Greeted;
                self.pipelining = extended;
                self.transaction = Transaction {
                    untrusted_helo: untrusted_name,
                    ..Transaction::default()
                };
                actions.push(Action::Reply(self.hello(extended)));
            }
            Command::Mail {
                untrusted_sender,
                size,
            } => self.mail(untrusted_sender, size, actions),
            Command::Rcpt { recipient } => self.rcpt(&recipient, actions),
            Command::Data => self.begin(actions),
            Command::Reset => {
                self.reset();
                actions.push(Action::Reply(reply::OK.into()));
            }
            Command::Noop => actions.push(Action::Reply(reply::OK.into())),
            Command::Help => actions.push(Action::Reply(reply::HELP.into())),
            Command::Quit => {
                let bye = Reply::new(221, "2.0.0", format!("{} closing", self.settings.hostname));
                self.end(actions, bye);
            }
        }
    }

    fn hello(&self, extended: bool) -> Reply {
        let name = &self.settings.hostname;
        if !extended {
            return Reply::bare(250, name.clone());
        }
        let size = format!("SIZE {}", self.settings.max_size);
        Reply::lines(
            250,
            [name, "PIPELINING", &size, "8BITMIME", "ENHANCEDSTATUSCODES"],
        )
    }

    fn reset(&mut self) {
        if self.phase == Phase::Sender {
            self.phase = Phase::Greeted;
        }
        self.transaction.untrusted_sender.clear();
        self.transaction.recipients.clear();
    }

    fn mail(&mut self, untrusted_sender: String, size: Option<u64>, actions: &mut Vec<Action>) {
        match (self.phase, self.readiness) {
            (Phase::Greeted, Readiness::Ready) => {}
            (Phase::Greeted, Readiness::NoRoom) => {
                return actions.push(Action::Reply(reply::NO_ROOM.into()));
            }
            (Phase::Greeted, Readiness::NotReady) => {
                return actions.push(Action::Reply(reply::NOT_READY.into()));
            }
            (Phase::Greeted, Readiness::Cut) => {
                return actions.push(Action::Reply(reply::CUT.into()));
            }
            (Phase::Start | Phase::Sender | Phase::Data | Phase::Closed, _) => {
                return self.refuse(actions, reply::BAD_SEQUENCE.into());
            }
        }
        if size.is_some_and(|size| size > self.settings.max_size) {
            return self.refuse(actions, reply::TOO_BIG.into());
        }
        self.phase = Phase::Sender;
        self.transaction.untrusted_sender = untrusted_sender;
        self.transaction.recipients.clear();
        actions.push(Action::Reply(reply::SENDER_OK.into()));
    }

    fn rcpt(&mut self, recipient: &address::Recipient, actions: &mut Vec<Action>) {
        if self.phase != Phase::Sender {
            return self.refuse(actions, reply::BAD_SEQUENCE.into());
        }
        match address::accept(recipient, &self.settings.domains) {
            Err(refused) => self.refuse(actions, refused.into()),
            Ok(address) if self.transaction.recipients.contains(&address) => {
                actions.push(Action::Reply(reply::RECIPIENT_OK.into()));
            }
            Ok(_) if self.transaction.recipients.len() >= MOST_RECIPIENTS => {
                actions.push(Action::Reply(reply::TOO_MANY_RECIPIENTS.into()));
            }
            Ok(address) => {
                self.transaction.recipients.push(address);
                actions.push(Action::Reply(reply::RECIPIENT_OK.into()));
            }
        }
    }

    fn begin(&mut self, actions: &mut Vec<Action>) {
        if self.phase != Phase::Sender {
            return self.refuse(actions, reply::BAD_SEQUENCE.into());
        }
        if self.transaction.recipients.is_empty() {
            return self.refuse(actions, reply::NO_RECIPIENTS.into());
        }
        self.phase = Phase::Data;
        self.data = Data::new(&self.settings);
        let next = Transaction {
            untrusted_helo: self.transaction.untrusted_helo.clone(),
            ..Transaction::default()
        };
        actions.push(Action::Begin(std::mem::replace(
            &mut self.transaction,
            next,
        )));
    }

    /// Takes command bytes up to the end of one line; what remains.
    fn take_line<'a>(&mut self, input: &'a [u8], actions: &mut Vec<Action>) -> &'a [u8] {
        let until = input
            .iter()
            .position(|&b| b == b'\n')
            .map_or(input.len(), |at| at + 1);
        let (now, rest) = input.split_at(until);
        if self.line.len() + now.len() > LONGEST_LINE {
            self.end(actions, reply::LINE_TOO_LONG.into());
            return &[];
        }
        self.line.extend_from_slice(now);
        let ended = self.line.ends_with(b"\n");
        let Some(line) = self.line.strip_suffix(b"\r\n") else {
            // A CR may still wait for its LF; any other control is bare.
            let clean = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
            if ended || clean.iter().any(|b| matches!(b, b'\r' | 0)) {
                self.end(actions, reply::BARE.into());
                return &[];
            }
            return rest;
        };
        if line.iter().any(|b| matches!(b, b'\r' | 0)) {
            self.end(actions, reply::BARE.into());
            return &[];
        }
        let line = line.to_vec();
        self.line.clear();
        self.obey(&line, rest.is_empty(), actions);
        rest
    }

    /// Takes message bytes; what remains after the end of the message.
    fn take_data<'a>(&mut self, input: &'a [u8], actions: &mut Vec<Action>) -> &'a [u8] {
        let mut chunk = Vec::new();
        let (step, rest) = self.data.take(input, &mut chunk);
        if !chunk.is_empty() {
            actions.push(Action::Chunk(chunk));
        }
        match step {
            DataStep::More => {}
            DataStep::GaveUp => actions.push(Action::Discard),
            DataStep::Bare => self.end(actions, reply::BARE.into()),
            DataStep::End => {
                self.phase = Phase::Greeted;
                match self.data.verdict() {
                    None => actions.push(Action::End),
                    Some(refused) => {
                        actions.extend([Action::Discard, Action::Reply(refused.into())]);
                    }
                }
            }
        }
        rest
    }
}

/// Feeds bytes as they came. Bytes behind `Close` are ignored; bytes behind
/// DATA in the same group end the session (RFC 2920 section 3.1).
pub fn step(session: &mut Session, input: &[u8]) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut rest = input;
    while !rest.is_empty() {
        rest = match session.phase {
            Phase::Closed => break,
            Phase::Data => session.take_data(rest, &mut actions),
            Phase::Start | Phase::Greeted | Phase::Sender => session.take_line(rest, &mut actions),
        };
    }
    actions
}

#[cfg(test)]
mod tests;
