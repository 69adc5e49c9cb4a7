//! One next hop: its connections, and one mail over one of them.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Data;
use lettre::transport::smtp::extension::{ClientId, Extension};
use lettre::transport::smtp::response::Response;
use lettre::transport::smtp::{self};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::mail::spool::Resumed;
use crate::policy::text::{bounded, escape_hostile};

/// An idle connection is used again within this time; servers drop them
/// after minutes.
const FRESH: Duration = Duration::from_secs(20);
/// For one command (RFC 5321 section 4.5.3.2 asks 5 min; ours stands near).
const COMMAND: Duration = Duration::from_mins(1);
/// For the answer to a message (RFC 5321 section 4.5.3.2.6).
const MESSAGE: Duration = Duration::from_mins(10);

/// What became of one recipient. Replies are escaped and bounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// 250 after the message.
    Delivered(String),
    /// 4xx, or the connection broke: again later.
    Later(String),
    /// 5xx.
    Never(String),
}

/// Why a hop could not be asked at all.
#[derive(Clone, Debug)]
pub struct Down(pub String);

/// A next hop.
#[derive(Debug)]
pub struct Hop {
    address: SocketAddr,
    hello: String,
    idle: Mutex<Vec<(Instant, Idle)>>,
}

struct Idle(AsyncSmtpConnection);

impl std::fmt::Debug for Idle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("connection")
    }
}

/// A refusal by the server, or no answer at all.
enum Trouble {
    Later(String),
    Never(String),
    Broken(String),
}

impl Trouble {
    fn fate(self) -> Fate {
        match self {
            Self::Later(reply) | Self::Broken(reply) => Fate::Later(reply),
            Self::Never(reply) => Fate::Never(reply),
        }
    }
}

impl From<smtp::Error> for Trouble {
    fn from(error: smtp::Error) -> Self {
        let words = shown(&error.to_string());
        if error.is_permanent() {
            Self::Never(words)
        } else if error.is_transient() {
            Self::Later(words)
        } else {
            Self::Broken(words)
        }
    }
}

fn shown(untrusted: &str) -> String {
    escape_hostile(&bounded(untrusted, 500))
}

fn reply(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    shown(&format!("{} {}", response.code(), lines.join(" / ")))
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, smtp::Error>>,
) -> Result<T, Trouble> {
    match timeout(limit, work).await {
        Ok(done) => done.map_err(Trouble::from),
        Err(_) => Err(Trouble::Broken("no answer in time".to_owned())),
    }
}

impl Hop {
    /// The hop at `address`, greeted as `hello`.
    #[must_use]
    pub fn new(address: SocketAddr, hello: String) -> Self {
        Self {
            address,
            hello,
            idle: Mutex::default(),
        }
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn pick(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < FRESH);
        idle.pop().map(|(_, Idle(connection))| connection)
    }

    fn put_back(&self, connection: AsyncSmtpConnection) {
        if !connection.has_broken() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push((Instant::now(), Idle(connection)));
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Down> {
        let hello = ClientId::Domain(self.hello.clone());
        let stream = match timeout(COMMAND / 2, TcpStream::connect(self.address)).await {
            Ok(connected) => connected.map_err(|error| Down(shown(&error.to_string())))?,
            Err(_) => return Err(Down("no answer in time".to_owned())),
        };
        // lettre writes a message and its end apart: without this the end
        // waits for the acknowledgement of the message, 40 ms for nothing.
        let _ = stream.set_nodelay(true);
        let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello);
        within(COMMAND, greeting)
            .await
            .map_err(|trouble| match trouble {
                Trouble::Later(words) | Trouble::Never(words) | Trouble::Broken(words) => {
                    Down(words)
                }
            })
    }

    /// Whether it answers now.
    ///
    /// # Errors
    /// [`Down`] with the reason.
    pub async fn probe(&self) -> Result<(), Down> {
        let connection = self.connect().await?;
        self.put_back(connection);
        Ok(())
    }

    /// Brings `mail` to `recipients`; one fate for each, in order. The
    /// message goes once, to those whom the server accepted.
    ///
    /// # Errors
    /// [`Down`] when no connection could be made: nothing was tried.
    pub async fn bring(&self, mail: &Resumed, recipients: &[String]) -> Result<Vec<Fate>, Down> {
        if let Some(mut connection) = self.pick() {
            // The server may have closed an idle connection; before MAIL is
            // answered nothing has happened, so a fresh one may be tried.
            match begin(&mut connection, mail).await {
                Err(Trouble::Broken(_)) => {}
                begun => return Ok(self.go_on(connection, begun, mail, recipients).await),
            }
        }
        let mut connection = self.connect().await?;
        let begun = begin(&mut connection, mail).await;
        Ok(self.go_on(connection, begun, mail, recipients).await)
    }

    async fn go_on(
        &self,
        mut connection: AsyncSmtpConnection,
        begun: Result<(), Trouble>,
        mail: &Resumed,
        recipients: &[String],
    ) -> Vec<Fate> {
        let fates = match begun {
            Ok(()) => transfer(&mut connection, mail, recipients).await,
            Err(trouble) => vec![trouble.fate(); recipients.len()],
        };
        // After anything but a clean transaction a reset shows whether the
        // connection is still in step.
        let clean = fates.iter().all(|fate| matches!(fate, Fate::Delivered(_)));
        if clean
            || within(COMMAND, connection.command("RSET\r\n"))
                .await
                .is_ok()
        {
            self.put_back(connection);
        }
        fates
    }
}

async fn begin(connection: &mut AsyncSmtpConnection, mail: &Resumed) -> Result<(), Trouble> {
    let eight_bit = !mail.bytes().is_ascii();
    if eight_bit
        && !connection
            .server_info()
            .supports_feature(Extension::EightBitMime)
    {
        return Err(Trouble::Never(
            "the next hop does not take 8-bit text".to_owned(),
        ));
    }
    let body = if eight_bit { " BODY=8BITMIME" } else { "" };
    let sender = mail.sender();
    within(
        COMMAND,
        connection.command(format!("MAIL FROM:<{sender}>{body}\r\n")),
    )
    .await?;
    Ok(())
}

async fn transfer(
    connection: &mut AsyncSmtpConnection,
    mail: &Resumed,
    recipients: &[String],
) -> Vec<Fate> {
    let mut fates: Vec<Option<Fate>> = Vec::new();
    for recipient in recipients {
        let answer = within(
            COMMAND,
            connection.command(format!("RCPT TO:<{recipient}>\r\n")),
        )
        .await;
        match answer {
            Ok(_) => fates.push(None),
            Err(trouble @ Trouble::Broken(_)) => return vec![trouble.fate(); recipients.len()],
            Err(trouble) => fates.push(Some(trouble.fate())),
        }
    }
    let rest = if fates.iter().any(Option::is_none) {
        match message(connection, mail).await {
            Ok(words) => Fate::Delivered(words),
            Err(trouble) => trouble.fate(),
        }
    } else {
        Fate::Later(String::new()) // nobody is left to have it
    };
    fates
        .into_iter()
        .map(|fate| fate.unwrap_or_else(|| rest.clone()))
        .collect()
}

async fn message(connection: &mut AsyncSmtpConnection, mail: &Resumed) -> Result<String, Trouble> {
    within(COMMAND, connection.command(Data)).await?;
    // lettre stuffs dots and adds CRLF.CRLF: the last line brings its own CRLF.
    let bytes = mail.bytes();
    let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
    let response = within(MESSAGE, connection.message(bytes)).await?;
    Ok(reply(&response))
}
