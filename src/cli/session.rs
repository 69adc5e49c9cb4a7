//! The administrator's own way to the box: whoever would lose it is told
//! before anything changes (E21).
//!
//! The session is found where it began: `SSH_CONNECTION` of this process or
//! of the nearest of its ancestors that has it. `sudo` and `su` take it out of
//! the environment, but the shell before them still shows it in /proc.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::policy::text::Text;
use crate::policy::{Diagnostic, Sources};
use crate::segment::SegmentError;
use crate::segment::change::Prepared;
use crate::segment::configuration::Purpose;
use crate::segment::expect::{Session, check_session};

use super::Globals;

/// Most ancestors that are asked.
const GENERATIONS: usize = 64;
const NAME: &str = "SSH_CONNECTION";

/// What E21 says where the session that asks would lose its way to the box.
/// None is prepared where nothing at all is to pass.
pub(super) fn lock_out(prepared: Option<&Prepared>) -> Option<Diagnostic> {
    let session = own_session()?;
    let none = Sources::default();
    check_session(
        prepared.map(|prepared| &prepared.policy),
        prepared.map_or(&none, |prepared| prepared.configuration.sources()),
        &session,
        Some(Timestamp::now()),
    )
}

/// Refuses what would end the session that asks for it. With `told` it is
/// said and goes on.
pub(super) fn warn_of_lock_out(
    globals: &Globals,
    prepared: Option<&Prepared>,
    told: bool,
    reverts: bool,
) -> Result<(), SegmentError> {
    let Some(lost) = lock_out(prepared) else {
        return Ok(());
    };
    if told {
        eprint!("{}", lost.render(globals.lang));
        let after = if reverts {
            Text::new(
                "この接続は切れます。confirm は別の経路から行ってください。行わなければ自動で元に戻ります。",
                "this session will be cut. Confirm by another way; else it reverts by itself.",
            )
        } else {
            Text::new("この接続は切れます。", "this session will be cut.")
        };
        eprintln!("{}", after.get(globals.lang));
        return Ok(());
    }
    let shown = |lang| lost.render(lang).trim_end().to_owned();
    Err(SegmentError::LockedOut(Text::new(
        format!(
            "{}\n何も変更していません。承知の上で行うには --even-if-locked-out、試すには apply --confirm-within 5m を使ってください。",
            shown(crate::policy::text::Lang::Ja)
        ),
        format!(
            "{}\nNothing was changed. To do it all the same, add --even-if-locked-out; to try it, use apply --confirm-within 5m.",
            shown(crate::policy::text::Lang::En)
        ),
    )))
}

/// Our own environment first, then that of each ancestor.
fn own_session() -> Option<Session> {
    if let Ok(words) = std::env::var(NAME)
        && let Some(session) = read(&words)
    {
        return Some(session);
    }
    let mut process = nix::unistd::getppid().as_raw();
    for _ in 0..GENERATIONS {
        if process <= 1 {
            return None;
        }
        let folder = PathBuf::from(format!("/proc/{process}"));
        let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
        if let Some(session) = in_environment(&environment) {
            // A session in another network namespace is not cut by our rules.
            let theirs = network(&process.to_string());
            let elsewhere = theirs.is_some() && theirs != network("self");
            return (!elsewhere).then_some(session);
        }
        let status = std::fs::read_to_string(folder.join("status")).ok()?;
        process = parent(&status)?;
    }
    None
}

/// The network namespace of a process; none where that may not be known.
fn network(process: &str) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{process}/ns/net")).ok()
}

fn in_environment(untrusted_bytes: &[u8]) -> Option<Session> {
    let variables = untrusted_bytes.split(|byte| *byte == 0);
    let mut own = variables.filter_map(|variable| {
        let text = std::str::from_utf8(variable).ok()?;
        text.strip_prefix(NAME)?.strip_prefix('=')
    });
    own.find_map(read)
}

/// `peer peer-port here here-port`, as sshd writes it.
fn read(untrusted_words: &str) -> Option<Session> {
    let words: Vec<&str> = untrusted_words.split(' ').collect();
    let [peer, _, here, port] = words.as_slice() else {
        return None;
    };
    let address = |word: &str| word.split('%').next()?.parse().ok(); // a link-local one names its interface
    Some(Session {
        peer: address(peer)?,
        here: address(here)?,
        port: port.parse().ok()?,
    })
}

fn parent(status: &str) -> Option<i32> {
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    line.trim().parse().ok()
}

/// The policy of a stored revision, to be asked before it is gone back to.
pub(super) fn stored(
    revisions: &crate::segment::revision::Revisions,
    revision: u64,
) -> Result<Prepared, SegmentError> {
    let configuration = revisions.configuration(revision)?; // refused before anything is touched
    crate::segment::change::prepare(configuration, Purpose::Hold, Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_read_from_whoever_still_has_it() {
        let session = Session {
            peer: "192.168.90.10".parse().unwrap(),
            here: "192.168.90.1".parse().unwrap(),
            port: 22,
        };
        assert_eq!(read("192.168.90.10 51000 192.168.90.1 22"), Some(session));
        let environment = b"HOME=/root\0SSH_CONNECTION=192.168.90.10 51000 192.168.90.1 22\0A=b\0";
        assert_eq!(in_environment(environment), Some(session));
        assert_eq!(
            read("fe80::1%mgmt0 51000 fe80::2%mgmt0 2222").map(|session| session.port),
            Some(2222)
        );
        for wrong in ["", "console", "192.168.90.10 51000 192.168.90.1", "a b c d"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(parent("Name:\tsh\nPPid:\t77\n"), Some(77));
    }
}
