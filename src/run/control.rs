//! Control sockets: `<runtime>/<role>/control.sock`, in a folder that only the
//! role can write, so that nobody squats its name (`<runtime>/<role>.sock` is a
//! link to it). One request, one answer, each one line of JSON of bounded
//! length; who asks is known from the kernel (SO_PEERCRED), never from what is
//! said.
//!
//! Absent on purpose: names or passwords in requests, more than one request
//! per connection, waiting for a slow peer longer than `PATIENCE` in sum.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use serde_json::{Value, json};

/// Longest line of a request or an answer, in bytes.
pub const LONGEST: u64 = 1 << 20;

/// How long a server waits for one peer in sum: a peer that dawdles must not
/// keep a role from its task.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long a client waits for an answer: an apply of many flows takes its time.
const ANSWER: Duration = Duration::from_secs(60);

/// Who asks, from the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// User id.
    pub uid: u32,
    /// User name, or the number where there is none.
    pub name: String,
    /// Process id at connect time.
    pub pid: i32,
}

impl Peer {
    /// May change things: root, or the very user that runs this role.
    #[must_use]
    pub fn may_change(&self) -> bool {
        self.uid == 0 || self.uid == nix::unistd::geteuid().as_raw()
    }

    /// The role this peer speaks for: `mail` for `sekimori-mail`; root and
    /// the own user may speak for any.
    #[must_use]
    pub fn speaks_for(&self, role: &str) -> bool {
        self.may_change() || self.name.strip_prefix("sekimori-") == Some(role)
    }

    /// Belongs to this program at all.
    #[must_use]
    pub fn may_read(&self) -> bool {
        self.may_change() || self.name.starts_with("sekimori-")
    }
}

/// The listening end of one role.
#[derive(Debug)]
pub struct Server {
    listener: UnixListener,
    path: PathBuf,
}

impl Server {
    /// Binds the role's socket; a dead one is replaced, a living one is not.
    ///
    /// # Errors
    /// `AddrInUse` when the role runs already; whatever the file system says.
    pub fn open(runtime: &Path, role: &str) -> io::Result<Self> {
        fs::create_dir_all(runtime.join(role))?;
        let path = socket(runtime, role);
        if let Ok(found) = fs::symlink_metadata(&path) {
            if UnixStream::connect(&path).is_ok() {
                return Err(io::Error::new(
                    io::ErrorKind::AddrInUse,
                    path.display().to_string(),
                ));
            }
            if found.file_type().is_socket() {
                fs::remove_file(&path)?;
            }
        }
        let listener = UnixListener::bind(&path)?;
        // Everybody may knock; who is let in is decided by credentials.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, path })
    }

    /// Takes one waiting connection, if there is one, and answers its request.
    /// What goes wrong with one peer concerns that peer only.
    pub fn serve(&self, answer: &mut dyn FnMut(&Peer, &Value) -> Value) {
        if let Ok((stream, _)) = self.listener.accept() {
            let _ = Self::serve_one(stream, answer);
        }
    }

    fn serve_one(
        mut stream: UnixStream,
        answer: &mut dyn FnMut(&Peer, &Value) -> Value,
    ) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let peer = peer(&stream)?;
        let reply = if peer.may_read() {
            let line = read_line(&mut stream, PATIENCE)?;
            match serde_json::from_slice::<Value>(&line) {
                Ok(request) => answer(&peer, &request),
                Err(_) => refusal("not one line of JSON"),
            }
        } else {
            refusal("not allowed")
        };
        write_line(&mut stream, &reply)
    }
}

impl AsFd for Server {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Asks a role. `Ok(None)` when it does not run.
///
/// # Errors
/// It runs, but the exchange failed or the answer says `error`.
pub fn ask(runtime: &Path, role: &str, request: &Value) -> io::Result<Option<Value>> {
    ask_within(ANSWER, runtime, role, request)
}

/// The same of somebody who cannot wait that long.
///
/// # Errors
/// As [`ask`].
pub fn ask_within(
    patience: Duration,
    runtime: &Path,
    role: &str,
    request: &Value,
) -> io::Result<Option<Value>> {
    let mut stream = match UnixStream::connect(socket(runtime, role)) {
        Ok(stream) => stream,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    // Whoever bound the socket must be who the role is, or root.
    if !peer(&stream)?.speaks_for(role) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "not the role's socket",
        ));
    }
    stream.set_write_timeout(Some(PATIENCE))?;
    write_line(&mut stream, request)?;
    let answer: Value = serde_json::from_slice(&read_line(&mut stream, patience)?)?;
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(io::Error::other(error.to_owned())),
        None => Ok(Some(answer)),
    }
}

/// An answer that says no.
#[must_use]
pub fn refusal(reason: &str) -> Value {
    json!({ "error": reason })
}

fn socket(runtime: &Path, role: &str) -> PathBuf {
    runtime.join(role).join("control.sock")
}

fn peer(stream: &UnixStream) -> io::Result<Peer> {
    let credentials = getsockopt(stream, PeerCredentials)?;
    let uid = credentials.uid();
    let name = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid))
        .ok()
        .flatten()
        .map_or_else(|| uid.to_string(), |user| user.name);
    Ok(Peer {
        uid,
        name,
        pid: credentials.pid(),
    })
}

fn write_line(stream: &mut UnixStream, value: &Value) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// Reads up to a line feed; the deadline is for the whole line.
fn read_line(stream: &mut UnixStream, patience: Duration) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + patience;
    let mut line = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let count = stream.read(&mut buffer)?;
        let read = buffer.get(..count).unwrap_or_default();
        if let Some(end) = read.iter().position(|byte| *byte == b'\n') {
            line.extend_from_slice(read.get(..end).unwrap_or_default());
            return Ok(line);
        }
        line.extend_from_slice(read);
        if count == 0 || u64::try_from(line.len()).unwrap_or(u64::MAX) > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(send: &[u8]) -> io::Result<Vec<u8>> {
        let runtime = tempfile::tempdir().unwrap();
        let server = Server::open(runtime.path(), "segment").unwrap();
        let mut client = UnixStream::connect(socket(runtime.path(), "segment")).unwrap();
        client.write_all(send).unwrap();
        server.serve(&mut |peer, request| json!({"you": peer.uid, "said": request}));
        read_line(&mut client, PATIENCE)
    }

    #[test]
    fn the_peer_is_known_from_the_kernel() {
        let answer: Value =
            serde_json::from_slice(&exchange(b"{\"command\":\"status\"}\n").unwrap()).unwrap();
        assert_eq!(answer["you"], nix::unistd::geteuid().as_raw());
        assert_eq!(answer["said"]["command"], "status");
    }

    #[test]
    fn what_is_no_json_is_refused_and_a_slow_peer_is_left() {
        let answer = exchange(b"apply!\n").unwrap();
        assert_eq!(
            answer,
            serde_json::to_vec(&refusal("not one line of JSON")).unwrap()
        );
        assert!(exchange(b"{\"never\":").is_err());
    }

    #[test]
    fn a_stranger_may_not_even_read_and_a_role_speaks_for_itself_only() {
        let stranger = Peer {
            uid: 4_000_000,
            name: "nobody".into(),
            pid: 1,
        };
        assert!(!stranger.may_read());
        let mail = Peer {
            uid: 4_000_000,
            name: "sekimori-mail".into(),
            pid: 1,
        };
        assert!(mail.may_read() && !mail.may_change());
        assert!(mail.speaks_for("mail") && !mail.speaks_for("segment"));
    }

    #[test]
    fn a_role_that_does_not_run_is_no_error() {
        let runtime = tempfile::tempdir().unwrap();
        assert!(
            ask(runtime.path(), "segment", &json!({}))
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn a_role_never_runs_twice() {
        let runtime = tempfile::tempdir().unwrap();
        let _first = Server::open(runtime.path(), "segment").unwrap();
        assert_eq!(
            Server::open(runtime.path(), "segment").unwrap_err().kind(),
            io::ErrorKind::AddrInUse
        );
    }
}
