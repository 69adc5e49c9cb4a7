//! `progress/<id>`: what became of each recipient, JSON Lines, appended and
//! synchronised before anything that depends on it. With the audit record
//! `delivered` this is the "done record" of `architecture.md` invariant 2: a
//! duplicate can only come from between the next hop's 250 and the first of
//! the two.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use crate::quarantine::MailId;

/// One line. Replies of the next hop are escaped and bounded before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Note {
    /// The next hop said 250 for this recipient.
    Delivered {
        /// When.
        at: Timestamp,
        /// Variant.
        variant: u32,
        /// Whom.
        recipient: String,
        /// Its words.
        reply: String,
    },
    /// The next hop said 5xx, or five days went by.
    Failed {
        /// When.
        at: Timestamp,
        /// Variant.
        variant: u32,
        /// Whom.
        recipient: String,
        /// Its words.
        reply: String,
    },
    /// Kept for a human.
    Held {
        /// When.
        at: Timestamp,
        /// The variant, or none for the whole mail.
        variant: Option<u32>,
        /// Code.
        reason: String,
    },
}

/// What a mail's lines say in sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Recipients that have it.
    pub delivered: BTreeSet<String>,
    /// Recipients that will not get it by itself.
    pub failed: BTreeSet<String>,
    /// Why the whole mail is held.
    pub held: Option<String>,
    /// Highest variant number named.
    pub highest: u32,
}

impl Progress {
    /// Adds one line.
    pub fn add(&mut self, note: Note) {
        match note {
            Note::Delivered {
                variant, recipient, ..
            } => {
                self.highest = self.highest.max(variant);
                self.failed.remove(&recipient);
                self.delivered.insert(recipient);
            }
            Note::Failed {
                variant, recipient, ..
            } => {
                self.highest = self.highest.max(variant);
                if !self.delivered.contains(&recipient) {
                    self.failed.insert(recipient);
                }
            }
            Note::Held {
                variant: Some(variant),
                ..
            } => self.highest = self.highest.max(variant),
            Note::Held {
                variant: None,
                reason,
                ..
            } => self.held = Some(reason),
        }
    }
}

/// All lines of a mail; a torn last line (the process died while writing) is
/// left out: what it would have said had not been promised yet.
///
/// # Errors
/// What the disk said; no file means no lines.
pub fn notes(folder: &Folder, id: &MailId) -> io::Result<Vec<Note>> {
    match fs::read(folder.path().join(id.as_str())) {
        Ok(bytes) => Ok(lines(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Bytes and not text: a line may be torn inside a sign of three bytes, and
/// that must cost this line only, never the file.
pub(super) fn lines(bytes: &[u8]) -> Vec<Note> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
}

/// The sum of a mail's lines.
///
/// # Errors
/// As [`notes`].
pub fn read(folder: &Folder, id: &MailId) -> io::Result<Progress> {
    let mut progress = Progress::default();
    for note in notes(folder, id)? {
        progress.add(note);
    }
    Ok(progress)
}

/// Appends lines and returns when they are on the disk. Blocks.
///
/// # Errors
/// What the disk said; then nothing may build on these lines.
pub fn append(folder: &Folder, id: &MailId, notes: &[Note]) -> io::Result<()> {
    let path = folder.path().join(id.as_str());
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    let before = file.metadata()?.len();
    // A new line first, when there is something: it closes a torn one.
    let mut text = if before > 0 {
        b"\n".to_vec()
    } else {
        Vec::new()
    };
    for note in notes {
        serde_json::to_writer(&mut text, note)?;
        text.push(b'\n');
    }
    file.write_all(&text)?;
    file.sync_data()?;
    if before == 0 { folder.sync() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_left_out_and_does_not_spoil_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let id = MailId::parse("m-1").unwrap();
        let note = |recipient: &str| Note::Delivered {
            at: Timestamp::UNIX_EPOCH,
            variant: 2,
            recipient: recipient.into(),
            reply: "250 ok".into(),
        };
        append(&folder, &id, &[note("a@x"), note("b@x")]).unwrap();
        let mut file = OpenOptions::new()
            .append(true)
            .open(dir.path().join("m-1"))
            .unwrap();
        // Torn in the middle of a sign.
        file.write_all(b"{\"what\":\"delivered\",\"reply\":\"\xe5\x8f")
            .unwrap();
        append(&folder, &id, &[note("c@x")]).unwrap();
        let progress = read(&folder, &id).unwrap();
        assert_eq!(
            progress.delivered.into_iter().collect::<Vec<_>>(),
            ["a@x", "b@x", "c@x"]
        );
        assert_eq!(progress.highest, 2);
    }
}
