//! `spool/key-check`: a sealed word of ours. Whoever starts with another site
//! key is told so at once, instead of finding every mail damaged and setting
//! the whole queue aside.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::quarantine::{SealError, SealWriter, SiteKey, seal};

const WORD: &[u8] = b"sekimori key check";
/// As long as the file's own head and one tag: shorter ones are torn.
const WHOLE: u64 = 96 + 4 + 18 + 16;

/// Opens the check, or writes it when there is none (or a torn one).
///
/// # Errors
/// `PermissionDenied` for another key; else what the disk said.
pub(super) fn pass(spool: &Path, key: &SiteKey) -> io::Result<()> {
    let path = spool.join("key-check");
    match fs::metadata(&path) {
        Ok(found) if found.len() == WHOLE => {}
        Ok(_) => return write(spool, &path, key),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return write(spool, &path, key),
        Err(error) => return Err(error),
    }
    match seal::open(File::open(&path)?, key) {
        Ok((word, _)) if word == WORD => Ok(()),
        Err(SealError::Io(error)) => Err(error),
        Ok(_) | Err(SealError::Broken | SealError::Key(_)) => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "this spool was filled under another site key; give that key back, or move the spool aside",
        )),
    }
}

fn write(spool: &Path, path: &Path, key: &SiteKey) -> io::Result<()> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    SealWriter::create(file, key, WORD)?.finish()?.sync_all()?;
    File::open(spool)?.sync_all()
}
