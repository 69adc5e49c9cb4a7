//! Sessions: the sockets, clocks and files behind `smtp`'s mind.
//!
//! ```text
//! accept --admission--> session task: read -> smtp::step -> actions
//!     Begin -> receiving/<id>      Chunk -> sealed at once, never gathered
//!     End   -> fsync, rename, link, fsync of folders, audit, then 250 with the id
//! ```
//!
//! Promised: a 250 means that the message, its folder entries and its audit
//! record are on the disk. Whatever fails before that ends in 4xx and leaves
//! nothing. What a slow or silent peer costs is bounded in time and number.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use super::envelope::Envelope;
use super::house::House;
use super::number;
use super::smtp::{self, Action, Readiness, Reply, Session, Settings, Transaction, reply};
use crate::audit::Event;
use crate::policy::text::{bounded, escape_hostile};
use crate::quarantine::{MailId, SealWriter};

/// How long peers may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From one command to the next.
    pub command: Duration,
    /// A whole session.
    pub session: Duration,
    /// Over which the rate of a message is judged.
    pub window: Duration,
    /// Fewest bytes of a message in one window.
    pub least: u64,
}

impl Default for Patience {
    /// 30 s, 10 min, and 500 bytes a second over 10 s.
    fn default() -> Self {
        Self {
            command: Duration::from_secs(30),
            session: Duration::from_mins(10),
            window: Duration::from_secs(10),
            least: 5_000,
        }
    }
}

/// Sessions under way, counted before a task is started for one.
#[derive(Debug, Default)]
struct Admission {
    by_peer: Mutex<HashMap<IpAddr, u32>>,
}

struct Admitted {
    admission: Arc<Admission>,
    peer: IpAddr,
}

impl Admission {
    fn admit(self: &Arc<Self>, peer: IpAddr, house: &House) -> Option<Admitted> {
        let rules = house.rules();
        let mail = &rules.policy.mail;
        let mut by_peer = self.by_peer.lock().unwrap_or_else(PoisonError::into_inner);
        let all: u32 = by_peer.values().sum();
        let own = by_peer.get(&peer).copied().unwrap_or(0);
        let own_full = own >= mail.max_sessions_per_address && !rules.is_upstream(peer);
        if all >= mail.max_sessions || own_full {
            return None;
        }
        by_peer.insert(peer, own.saturating_add(1));
        Some(Admitted {
            admission: Arc::clone(self),
            peer,
        })
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut by_peer = self
            .admission
            .by_peer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let left = by_peer
            .get(&self.peer)
            .map_or(0, |own| own.saturating_sub(1));
        if left == 0 {
            by_peer.remove(&self.peer);
        } else {
            by_peer.insert(self.peer, left);
        }
    }
}

/// Takes mail on `listener` until `ending` says true; then waits for messages
/// under way, at most as long as a command may take.
pub async fn serve(
    listener: TcpListener,
    house: Arc<House>,
    patience: Patience,
    mut ending: watch::Receiver<bool>,
) {
    let admission = Arc::new(Admission::default());
    let mut sessions = tokio::task::JoinSet::new();
    loop {
        while sessions.try_join_next().is_some() {}
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ending.wait_for(|ending| *ending) => break,
        };
        match accepted {
            Ok((stream, peer)) => match admission.admit(peer.ip(), &house) {
                Some(admitted) => {
                    let (house, ending) = (Arc::clone(&house), ending.clone());
                    sessions.spawn(async move {
                        let _admitted = admitted;
                        Talk::new(stream, peer, house, patience).run(ending).await;
                    });
                }
                // No task and no memory for one who is too many.
                None => drop(stream.try_write(Reply::from(reply::BUSY).to_string().as_bytes())),
            },
            // Out of descriptors, or the peer is gone already: a pause keeps
            // this loop from spinning until somebody closes.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    let all_end = async { while sessions.join_next().await.is_some() {} };
    let _ = timeout(patience.command.min(Duration::from_secs(5)), all_end).await;
}

/// The message that a session is sending.
struct Message {
    id: MailId,
    envelope: Envelope,
    /// `None` once the disk has said no.
    file: Option<SealWriter<File>>,
    digest: Sha256,
    size: u64,
    checked: u64,
}

struct Talk {
    stream: TcpStream,
    peer: SocketAddr,
    house: Arc<House>,
    patience: Patience,
    session: Session,
    message: Option<Message>,
    out: Vec<u8>,
    /// The first permanent refusal: recorded once, so that a flood of
    /// refusals is not a flood of records.
    refused: Option<String>,
}

impl Talk {
    fn new(stream: TcpStream, peer: SocketAddr, house: Arc<House>, patience: Patience) -> Self {
        let session = Session::new(Arc::new(settings(&house)));
        Self {
            stream,
            peer,
            house,
            patience,
            session,
            message: None,
            out: Vec::new(),
            refused: None,
        }
    }

    async fn run(mut self, ending: watch::Receiver<bool>) {
        let _ = self.stream.set_nodelay(true); // answers are small; without it they only come later
        let _ = self.converse(ending).await; // a peer that is gone is told nothing
        self.forget();
        let refused = self.refused.take();
        if let Some(answer) = refused {
            let event = Event::Refused {
                peer: self.peer.ip().to_string(),
                reply: answer,
            };
            let house = Arc::clone(&self.house);
            let recorded = tokio::task::spawn_blocking(move || house.record(&event)).await;
            if !matches!(recorded, Ok(Ok(()))) {
                eprintln!(
                    "sekimori-mail: a refusal of {} could not be recorded",
                    self.peer.ip()
                );
            }
        }
    }

    async fn converse(&mut self, mut ending: watch::Receiver<bool>) -> io::Result<()> {
        let session_ends = Instant::now() + self.patience.session;
        self.say(self.session.greeting());
        if self.spoke_early() {
            self.say(reply::BAD_PIPELINING.into());
            return self.send().await;
        }
        self.send().await?;
        let mut bytes = vec![0_u8; 16 << 10];
        let mut limit = Instant::now() + self.patience.command;
        let mut window = 0_u64;
        loop {
            let in_data = self.session.in_data();
            let told_to_end = async {
                let _ = ending.wait_for(|ending| *ending).await;
            };
            let read = tokio::select! {
                read = timeout_at(limit.min(session_ends), self.stream.read(&mut bytes)) => read,
                () = told_to_end, if !in_data => {
                    self.say(reply::ENDING.into());
                    return self.send().await;
                }
            };
            let count = match read {
                Ok(Ok(0)) => return Ok(()),
                Ok(read) => read?,
                Err(_)
                    if in_data
                        && window >= self.patience.least
                        && Instant::now() < session_ends =>
                {
                    window = 0;
                    limit = Instant::now() + self.patience.window;
                    continue;
                }
                Err(_) => {
                    self.say(reply::TOO_SLOW.into());
                    return self.send().await;
                }
            };
            self.session.set_readiness(self.readiness());
            let actions = smtp::step(&mut self.session, bytes.get(..count).unwrap_or_default());
            if in_data && self.session.in_data() {
                window = window.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
                if Instant::now() >= limit {
                    if window < self.patience.least {
                        self.say(reply::TOO_SLOW.into());
                        return self.send().await;
                    }
                    window = 0;
                    limit = Instant::now() + self.patience.window;
                }
            }
            let progressed = !actions.is_empty();
            for action in actions {
                if self.act(action).await.is_break() {
                    return self.send().await;
                }
            }
            self.send().await?;
            if progressed && !(in_data && self.session.in_data()) {
                window = 0;
                limit = Instant::now()
                    + if self.session.in_data() {
                        self.patience.window
                    } else {
                        self.patience.command
                    };
            }
        }
    }

    async fn act(&mut self, action: Action) -> std::ops::ControlFlow<()> {
        match action {
            Action::Reply(answer) => self.say(answer),
            Action::Begin(transaction) => {
                if self.spoke_early() {
                    self.say(reply::BAD_PIPELINING.into());
                    return std::ops::ControlFlow::Break(());
                }
                let answer = self.begin(transaction);
                self.say(answer);
            }
            Action::Chunk(bytes) => self.keep(&bytes),
            Action::End => {
                let answer = self.commit().await;
                self.say(answer);
            }
            Action::Discard => self.forget(),
            Action::Close => return std::ops::ControlFlow::Break(()),
        }
        std::ops::ControlFlow::Continue(())
    }

    /// Whether bytes are there that should have waited for our answer.
    fn spoke_early(&self) -> bool {
        let mut one = [0_u8; 1];
        matches!(self.stream.try_read(&mut one), Ok(count) if count > 0)
    }

    fn say(&mut self, answer: Reply) {
        let line = answer.to_string();
        if answer.code >= 500 && self.refused.is_none() {
            self.refused = Some(line.trim_end().to_owned());
        }
        self.out.extend_from_slice(line.as_bytes());
    }

    async fn send(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let out = std::mem::take(&mut self.out);
        timeout(self.patience.command, self.stream.write_all(&out))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    fn readiness(&self) -> Readiness {
        let least = self.house.rules().policy.mail.min_free_bytes;
        if self.house.is_cut() {
            Readiness::Cut
        } else if has_room(self.house.spool.path(), least) {
            Readiness::Ready
        } else {
            Readiness::NoRoom
        }
    }

    fn begin(&mut self, transaction: Transaction) -> Reply {
        if self.house.is_cut() {
            self.session.decline();
            return reply::CUT.into();
        }
        match self.open(transaction) {
            Ok(message) => {
                self.message = Some(message);
                reply::GO_AHEAD.into()
            }
            Err(error) => {
                self.session.decline();
                answer_for(&error)
            }
        }
    }

    fn open(&self, transaction: Transaction) -> io::Result<Message> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let rules = self.house.rules();
        let now = Timestamp::now();
        let id =
            number::id(&rules.policy.site.id, now, random).ok_or(io::ErrorKind::InvalidInput)?;
        let envelope = Envelope {
            schema: 1,
            id: id.to_string(),
            receipt: number::receipt(&rules.policy.site.zone(), now, random),
            received_at: now,
            peer: self.peer.ip().to_string(),
            untrusted_helo: transaction.untrusted_helo,
            untrusted_sender: transaction.untrusted_sender,
            recipients: transaction.recipients,
            revision: rules.revision,
        };
        let file = self.house.spool.begin(&id, &envelope);
        if file.is_err() {
            self.house.spool.abandon(&id);
        }
        let file = Some(file?);
        Ok(Message {
            id,
            envelope,
            file,
            digest: Sha256::new(),
            size: 0,
            checked: 0,
        })
    }

    /// Seals and writes one piece. A full disk ends the message, not us.
    fn keep(&mut self, bytes: &[u8]) {
        let least = self.house.rules().policy.mail.min_free_bytes;
        let Some(message) = &mut self.message else {
            return;
        };
        let Some(file) = &mut message.file else {
            return;
        };
        message.size = message
            .size
            .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        message.digest.update(bytes);
        let mut written = file.write_all(bytes);
        if message.size.saturating_sub(message.checked) >= 1 << 20 {
            message.checked = message.size;
            if !has_room(self.house.spool.path(), least) {
                written = Err(io::ErrorKind::StorageFull.into());
            }
        }
        if written.is_err() {
            message.file = None;
            self.house.spool.abandon(&message.id);
        }
    }

    async fn commit(&mut self) -> Reply {
        let Some(message) = self.message.take() else {
            return reply::NOT_READY.into();
        };
        let house = Arc::clone(&self.house);
        // Goes on to its end also when this session is dropped meanwhile.
        let done = tokio::task::spawn_blocking(move || commit(&house, message)).await;
        done.unwrap_or_else(|_| reply::NOT_READY.into())
    }

    fn forget(&mut self) {
        if let Some(message) = self.message.take() {
            drop(message.file);
            self.house.spool.abandon(&message.id);
        }
    }
}

/// Makes a complete message durable and answers for it. Blocks.
fn commit(house: &House, message: Message) -> Reply {
    let Message {
        id,
        envelope,
        file,
        digest,
        size,
        ..
    } = message;
    let Some(file) = file else {
        return reply::NO_ROOM.into();
    };
    if house.is_cut() {
        drop(file);
        house.spool.abandon(&id);
        return reply::CUT.into();
    }
    let durable = file
        .finish()
        .and_then(|file| house.spool.accept(&id, &file));
    if let Err(error) = durable {
        house.spool.abandon(&id);
        return answer_for(&error);
    }
    let event = Event::Received {
        mail: id.to_string(),
        receipt: envelope.receipt,
        peer: envelope.peer,
        sender: escape_hostile(&envelope.untrusted_sender),
        recipients: envelope
            .recipients
            .iter()
            .map(|r| escape_hostile(&bounded(r, 320)))
            .collect(),
        size,
        sha256: crate::policy::text::hex(&digest.finalize()),
    };
    if let Err(error) = house.record(&event) {
        eprintln!("sekimori-mail: {error}");
        house.spool.unaccept(&id);
        return reply::NOT_READY.into(); // no record, no acknowledgement
    }
    let answer = Reply::new(250, "2.6.0", format!("{id} accepted"));
    house.treat(id);
    answer
}

/// Disk full is the peer's "later"; anything else of ours is too.
fn answer_for(error: &io::Error) -> Reply {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => reply::NO_ROOM.into(),
        _ => {
            eprintln!("sekimori-mail: a message could not be stored: {error}");
            reply::NOT_READY.into()
        }
    }
}

/// Whether `least` bytes (and a thousand file names) are free for us there.
fn has_room(path: &std::path::Path, least: u64) -> bool {
    let Ok(disk) = nix::sys::statvfs::statvfs(path) else {
        return false;
    };
    let free = disk.blocks_available().saturating_mul(disk.fragment_size());
    let names = disk.files() == 0 || disk.files_available() >= 1_000; // 0: it does not count them
    free >= least && names
}

fn settings(house: &House) -> Settings {
    let rules = house.rules();
    let policy = &rules.policy;
    let local = |known: &[String]| known.iter().map(|name| name.to_ascii_lowercase()).collect();
    Settings {
        hostname: policy.mail.hostname.clone(),
        site: number::site(&policy.site.id),
        max_size: policy.mail.max_size,
        domains: policy
            .domains
            .iter()
            .map(|d| (d.name.to_ascii_lowercase(), local(&d.recipients)))
            .collect(),
    }
}
