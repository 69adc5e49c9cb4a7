//! Where every mail stands. States are folders, moves are renames after
//! fsync; a restart is a scan of folders, and nothing is guessed.
//!
//! | state | file | how it came there | after a restart |
//! |---|---|---|---|
//! | receiving | `receiving/<id>` | DATA is streaming in, sealed | deleted: no 250 was sent |
//! | being written | `receiving/<id>.<variant>` | a rebuilt variant, not yet recorded | deleted: made again |
//! | received | `received/<id>` and `quarantine/<id>` (one inode) | fsync, rename, link, fsync of both folders, audit `received`, then 250 | treated again; without its audit record it was never acknowledged and only its original stays |
//! | outgoing | `outgoing/<id>.<variant>` | fsync, audit `passed` with its digest, rename, fsync of the folder | delivered when its digest is the recorded one, else to corrupt/ and treated again |
//! | held | `held/<id>` (whole), `held/<id>.<variant>` | note in progress/, audit `held`, rename | stays for a human |
//! | corrupt | `corrupt/<id>.<variant>` | its digest was not the recorded one | stays for a human |
//! | done | only `quarantine/<id>` | all recipients in progress/, audit `delivered`, unlink | – |
//!
//! `received/<id>` goes only when every recipient is done or stands in
//! outgoing/. `progress/<id>` (see progress.rs) goes with the last of them.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use sha2::{Digest as _, Sha256};

use super::envelope::Envelope;
use super::folder::Folder;
use super::ledger::Ledger;
use super::outgoing::Outgoing;
use super::progress::{self, Note, Progress};
use crate::quarantine::{MailId, Opened, SealError, SealWriter, SiteKey, Store, seal};

mod key_check;
mod variant;
use crate::policy::text::hex;
use variant::{Digesting, parse_variant, variant_name};

/// The spool, and the only way to it.
#[derive(Debug)]
pub struct Spool {
    receiving: Folder,
    received: Folder,
    outgoing: Folder,
    held: Folder,
    corrupt: Folder,
    progress: Folder,
    originals: Folder,
    store: Store,
    key: SiteKey,
    /// Held while it is judged whether anything of a mail still stands, and
    /// while a mail goes back from outgoing to received.
    leaving: Mutex<()>,
    _one_writer: Flock<File>,
}

/// A rebuilt variant on the disk, not yet recorded and so not yet outgoing.
#[derive(Debug)]
#[must_use]
pub struct Prepared {
    id: MailId,
    variant: u32,
    digest: String,
}

impl Prepared {
    /// Which mail.
    #[must_use]
    pub fn id(&self) -> &MailId {
        &self.id
    }

    /// SHA-256 of the sealed file, hex: what the audit record must name.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// A variant as it stands in outgoing/, vouched for by the record.
#[derive(Clone, Debug)]
pub struct Resumed {
    mail: Outgoing,
    envelope: Envelope,
}

impl Resumed {
    /// The mail.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.mail.bytes()
    }

    /// Reverse path; empty for a notice of ours.
    #[must_use]
    pub fn sender(&self) -> &str {
        &self.envelope.untrusted_sender
    }

    /// The variant's recipients.
    #[must_use]
    pub fn recipients(&self) -> &[String] {
        &self.envelope.recipients
    }

    /// When the original came.
    #[must_use]
    pub fn received_at(&self) -> jiff::Timestamp {
        self.envelope.received_at
    }
}

/// Why a variant in outgoing/ cannot be delivered.
#[derive(Debug)]
pub enum ResumeError {
    /// It is not what its record says: treat the mail again.
    Tampered,
    /// It is not there (any more).
    Gone,
    /// The disk said no; try again.
    Io(io::Error),
}

fn gone_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

impl Spool {
    /// Opens the spool under `state`, making what is missing, and clears
    /// receiving/: nobody was promised anything there.
    ///
    /// # Errors
    /// `AddrInUse` when another process has it: its messages under way must
    /// not be cleared. `PermissionDenied` when it was filled under another
    /// site key: every mail in it would look damaged. Else what the disk said.
    pub fn open(state: &Path, key: SiteKey) -> io::Result<Self> {
        let folder = |name: &str| Folder::open(&state.join("spool").join(name));
        let store = Store::open(&state.join("quarantine"))?;
        let receiving = folder("receiving")?;
        let one_writer = Flock::lock(
            File::open(receiving.path())?,
            FlockArg::LockExclusiveNonblock,
        )
        .map_err(|(_, errno)| match errno {
            Errno::EWOULDBLOCK => io::Error::new(
                io::ErrorKind::AddrInUse,
                "another process works in this spool",
            ),
            other => other.into(),
        })?;
        key_check::pass(&state.join("spool"), &key)?;
        let spool = Self {
            receiving,
            received: folder("received")?,
            outgoing: folder("outgoing")?,
            held: folder("held")?,
            corrupt: folder("corrupt")?,
            progress: folder("progress")?,
            originals: Folder::open(store.directory())?,
            store,
            key,
            leaving: Mutex::default(),
            _one_writer: one_writer,
        };
        for name in spool.receiving.list(|name| Some(name.to_owned()))? {
            fs::remove_file(spool.receiving.path().join(name))?;
        }
        Ok(spool)
    }

    fn received_path(&self, id: &MailId) -> PathBuf {
        self.received.path().join(id.as_str())
    }

    fn outgoing_path(&self, id: &MailId, variant: u32) -> PathBuf {
        self.outgoing.path().join(variant_name(id, variant))
    }

    /// The folder whose disk must have room.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.receiving.path()
    }

    /// receiving: a new sealed file that begins with `envelope`.
    ///
    /// # Errors
    /// What the disk said.
    pub fn begin(&self, id: &MailId, envelope: &Envelope) -> io::Result<SealWriter<File>> {
        let path = self.receiving.path().join(id.as_str());
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        SealWriter::create(file, &self.key, &serde_json::to_vec(envelope)?)
    }

    /// receiving -> nothing.
    pub fn abandon(&self, id: &MailId) {
        let _ = fs::remove_file(self.receiving.path().join(id.as_str())); // else the next start does it
    }

    /// receiving -> received, and the original in quarantine; all of it on
    /// the disk when this returns. Blocks.
    ///
    /// # Errors
    /// What the disk said; then nothing of the mail is left.
    pub fn accept(&self, id: &MailId, file: &File) -> io::Result<()> {
        let moved = file.sync_all().and_then(|()| {
            fs::rename(
                self.receiving.path().join(id.as_str()),
                self.received_path(id),
            )?;
            self.store.keep(&self.received_path(id), id)?;
            self.originals.sync()?;
            self.received.sync()
        });
        if moved.is_err() {
            self.abandon(id);
            self.unaccept(id);
        }
        moved
    }

    /// received -> nothing, for a mail that was not acknowledged.
    pub fn unaccept(&self, id: &MailId) {
        let _ = fs::remove_file(self.received_path(id)); // best effort: without its record the next start leaves it out
        let _ = self.store.forget_unacknowledged(id);
    }

    /// received -> only the original, for a mail that a dead process had not
    /// acknowledged: its sender still has it and comes again.
    ///
    /// # Errors
    /// What the disk said.
    pub fn leave_unacknowledged(&self, id: &MailId) -> io::Result<()> {
        fs::remove_file(self.received_path(id))
    }

    /// Mails in received/.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn received(&self) -> io::Result<Vec<MailId>> {
        self.received.list(MailId::parse)
    }

    /// Variants in outgoing/.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn outgoing(&self) -> io::Result<Vec<(MailId, u32)>> {
        self.outgoing.list(parse_variant)
    }

    /// Mails with lines in progress/.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn noted(&self) -> io::Result<Vec<MailId>> {
        self.progress.list(MailId::parse)
    }

    /// Every mail that stands anywhere.
    ///
    /// # Errors
    /// When a folder cannot be listed.
    pub fn standing(&self) -> io::Result<BTreeSet<MailId>> {
        let mut standing: BTreeSet<MailId> = self.received()?.into_iter().collect();
        standing.extend(self.outgoing()?.into_iter().map(|(id, _)| id));
        standing.extend(self.noted()?);
        Ok(standing)
    }

    /// Opens a received mail: who it is for, and a reader for its bytes.
    ///
    /// # Errors
    /// [`SealError::Broken`] when it is not what was sealed, or not `id`.
    pub fn open_received(&self, id: &MailId) -> Result<(Envelope, Opened<File>), SealError> {
        let (head, opened) = seal::open(File::open(self.received_path(id))?, &self.key)?;
        let envelope: Envelope = serde_json::from_slice(&head).map_err(|_| SealError::Broken)?;
        if envelope.id == id.as_str() {
            Ok((envelope, opened))
        } else {
            Err(SealError::Broken)
        }
    }

    /// Seals a rebuilt variant beside the others under way; durable, but not
    /// yet outgoing. `envelope.recipients` are the variant's.
    ///
    /// # Errors
    /// What the disk said.
    pub fn prepare(
        &self,
        variant: u32,
        envelope: &Envelope,
        outgoing: &Outgoing,
    ) -> io::Result<Prepared> {
        let id = MailId::parse(&envelope.id).ok_or(io::ErrorKind::InvalidInput)?;
        let path = self.receiving.path().join(variant_name(&id, variant));
        let digest = self.write_variant(&path, envelope, outgoing.bytes());
        if digest.is_err() {
            let _ = fs::remove_file(&path); // a full disk must not stay full for our half file
        }
        Ok(Prepared {
            id,
            variant,
            digest: digest?,
        })
    }

    fn write_variant(
        &self,
        path: &Path,
        envelope: &Envelope,
        message: &[u8],
    ) -> io::Result<String> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        let out = Digesting {
            file,
            digest: Sha256::new(),
        };
        let mut writer = SealWriter::create(out, &self.key, &serde_json::to_vec(envelope)?)?;
        writer.write_all(message)?;
        let Digesting { file, digest } = writer.finish()?;
        file.sync_all()?;
        Ok(hex(&digest.finalize()))
    }

    /// -> outgoing, once its `passed` record is on the disk.
    ///
    /// # Errors
    /// What the disk said.
    pub fn launch(&self, prepared: &Prepared) -> io::Result<()> {
        let Prepared { id, variant, .. } = prepared;
        let from = self.receiving.path().join(variant_name(id, *variant));
        fs::rename(from, self.outgoing_path(id, *variant))?;
        self.outgoing.sync()
    }

    /// received -> nothing: every recipient is done or stands in outgoing/.
    /// `highest` and what is given: as for [`Spool::finish`], since delivery
    /// may have been the quicker one.
    ///
    /// # Errors
    /// What the disk said.
    pub fn release_received(&self, id: &MailId, highest: u32) -> io::Result<bool> {
        gone_is_fine(fs::remove_file(self.received_path(id)))?;
        self.forget_when_nothing_stands(id, highest)
    }

    /// outgoing -> nothing: all its recipients are in progress/ and recorded.
    /// `highest` is the mail's highest variant number. Gives whether that was
    /// the last of the mail.
    ///
    /// # Errors
    /// What the disk said.
    pub fn finish(&self, id: &MailId, variant: u32, highest: u32) -> io::Result<bool> {
        gone_is_fine(fs::remove_file(self.outgoing_path(id, variant)))?;
        self.forget_when_nothing_stands(id, highest)
    }

    /// progress/ goes with the last file of a mail. Whoever removed one asks
    /// afterwards, so that of two who do it at once the later one sees it.
    ///
    /// # Errors
    /// What the disk said.
    pub fn forget_when_nothing_stands(&self, id: &MailId, highest: u32) -> io::Result<bool> {
        let _judging = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        let held = |name: String| self.held.path().join(name).exists();
        let stands = self.received_path(id).exists()
            || held(id.to_string())
            || (1..=highest)
                .any(|n| self.outgoing_path(id, n).exists() || held(variant_name(id, n)));
        if !stands {
            gone_is_fine(fs::remove_file(self.progress.path().join(id.as_str())))?;
        }
        Ok(!stands)
    }

    /// received -> held.
    ///
    /// # Errors
    /// What the disk said.
    pub fn hold_mail(&self, id: &MailId) -> io::Result<()> {
        gone_is_fine(fs::rename(
            self.received_path(id),
            self.held.path().join(id.as_str()),
        ))?;
        self.held.sync()
    }

    /// outgoing -> held.
    ///
    /// # Errors
    /// What the disk said.
    pub fn hold_variant(&self, id: &MailId, variant: u32) -> io::Result<()> {
        let to = self.held.path().join(variant_name(id, variant));
        gone_is_fine(fs::rename(self.outgoing_path(id, variant), to))?;
        self.held.sync()
    }

    /// outgoing -> corrupt, and the original back to received, to be treated
    /// again; `false` when no original is kept any more.
    ///
    /// # Errors
    /// What the disk said.
    pub fn treat_again(&self, id: &MailId, variant: u32) -> io::Result<bool> {
        let _moving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        let restored = match self.store.restore(id, &self.received_path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            other => other.map(|()| true)?,
        };
        self.received.sync()?;
        let to = self.corrupt.path().join(variant_name(id, variant));
        gone_is_fine(fs::rename(self.outgoing_path(id, variant), to))?;
        self.outgoing.sync()?;
        Ok(restored)
    }

    /// received -> corrupt: the sealed file cannot be read.
    ///
    /// # Errors
    /// What the disk said.
    pub fn set_aside(&self, id: &MailId) -> io::Result<()> {
        gone_is_fine(fs::rename(
            self.received_path(id),
            self.corrupt.path().join(id.as_str()),
        ))?;
        self.corrupt.sync()
    }

    /// Names in held/.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn held(&self) -> io::Result<Vec<String>> {
        let known = |name: &str| MailId::parse(name).is_some() || parse_variant(name).is_some();
        self.held.list(|name| known(name).then(|| name.to_owned()))
    }

    /// Writes down what became of recipients; on the disk when this returns.
    ///
    /// # Errors
    /// What the disk said.
    pub fn note(&self, id: &MailId, notes: &[Note]) -> io::Result<()> {
        progress::append(&self.progress, id, notes)
    }

    /// What became of a mail's recipients so far.
    ///
    /// # Errors
    /// What the disk said.
    pub fn progress(&self, id: &MailId) -> io::Result<Progress> {
        progress::read(&self.progress, id)
    }
}

/// Re-creates an [`Outgoing`] from the disk: the only function that does.
/// SHA-256 of the sealed file must equal the digest in that mail's audit
/// record; whoever can write to outgoing/ but not to the chain changes
/// nothing but the time of delivery.
///
/// # Errors
/// [`ResumeError::Tampered`] for anything else than the recorded bytes.
pub fn resume(
    spool: &Spool,
    ledger: &Ledger,
    id: &MailId,
    variant: u32,
) -> Result<Resumed, ResumeError> {
    let sealed =
        fs::read(spool.outgoing_path(id, variant)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ResumeError::Gone,
            _ => ResumeError::Io(error),
        })?;
    if ledger.digest(id, variant).as_deref() != Some(hex(&Sha256::digest(&sealed)).as_str()) {
        return Err(ResumeError::Tampered);
    }
    let (head, mut opened) =
        seal::open(sealed.as_slice(), &spool.key).map_err(|_| ResumeError::Tampered)?;
    let mut message = Vec::with_capacity(sealed.len());
    opened
        .read_to_end(&mut message)
        .map_err(|_| ResumeError::Tampered)?;
    let envelope: Envelope = serde_json::from_slice(&head).map_err(|_| ResumeError::Tampered)?;
    if envelope.id != id.as_str() {
        return Err(ResumeError::Tampered);
    }
    // The sealed file as a whole, envelope included, was vouched for above.
    Ok(Resumed {
        mail: Outgoing::resumed(message),
        envelope,
    })
}

#[cfg(test)]
mod tests;
