//! Bytes a stranger wrote, as a sealed memfd. This process copies and digests
//! them while they pass through; it never maps and never interprets them.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt as _;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use sha2::{Digest as _, Sha256};

use crate::policy::text::hex;
use crate::sanitise::protocol::Range;

/// A sealed memfd with a stranger's bytes; opening exists only in the worker.
#[derive(Debug)]
pub struct Untrusted {
    descriptor: OwnedFd,
    length: u64,
    sha256: String,
}

const CHUNK: usize = 64 << 10;

impl Untrusted {
    /// Copies at most `limit` bytes of `source` into a sealed memfd.
    ///
    /// # Errors
    /// `FileTooLarge` past `limit`; else what reading or writing met.
    pub fn copy_from(source: &mut dyn Read, limit: u64) -> io::Result<Self> {
        let mut file = File::from(memory("untrusted")?);
        let mut digest = Sha256::new();
        let mut length = 0_u64;
        let mut chunk = vec![0_u8; CHUNK];
        loop {
            let count = match source.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let bytes = chunk.get(..count).ok_or(io::ErrorKind::InvalidData)?;
            length = length.saturating_add(u64::try_from(count).map_err(io::Error::other)?);
            if length > limit {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            digest.update(bytes);
            file.write_all(bytes)?;
        }
        let descriptor = OwnedFd::from(file);
        seal(&descriptor)?;
        Ok(Self {
            descriptor,
            length,
            sha256: hex(&digest.finalize()),
        })
    }

    /// Length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// SHA-256, lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// What a worker wrote. Still a stranger's until a verifier has accepted it.
#[derive(Debug)]
pub(super) struct Written {
    file: File,
    length: u64,
}

impl Written {
    /// Seals a dead worker's output. Fails when anyone could still write.
    pub(super) fn seal(descriptor: OwnedFd) -> io::Result<Self> {
        seal(&descriptor)?;
        let file = File::from(descriptor);
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// A part of it, as a thing of its own.
    pub(super) fn part(&self, range: Range) -> io::Result<Untrusted> {
        let mut source = Part {
            file: &self.file,
            offset: range.offset,
            left: range.length,
        };
        let part = Untrusted::copy_from(&mut source, range.length)?;
        if part.length == range.length {
            Ok(part)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// All of it.
    pub(super) fn whole(&self) -> io::Result<Untrusted> {
        self.part(Range {
            offset: 0,
            length: self.length,
        })
    }

    /// Its bytes, in this process: for a reply (bounded by `limit`), and for
    /// an output that a verifier has accepted.
    pub(super) fn bytes(&self, limit: u64) -> io::Result<Vec<u8>> {
        if self.length > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = vec![0; usize::try_from(self.length).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, 0)?;
        Ok(bytes)
    }
}

/// Reads a byte range without moving the shared offset.
struct Part<'a> {
    file: &'a File,
    offset: u64,
    left: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let window = buffer.get_mut(..want).ok_or(io::ErrorKind::InvalidInput)?;
        let count = self.file.read_at(window, self.offset)?;
        let moved = u64::try_from(count).map_err(io::Error::other)?;
        self.offset = self.offset.saturating_add(moved);
        self.left = self.left.saturating_sub(moved);
        Ok(count)
    }
}

/// A fresh memfd that can be sealed.
pub(super) fn memory(name: &str) -> io::Result<OwnedFd> {
    Ok(memfd_create(
        name,
        MFdFlags::MFD_ALLOW_SEALING | MFdFlags::MFD_CLOEXEC,
    )?)
}

/// From here on nobody changes a byte or the length.
fn seal(descriptor: &OwnedFd) -> io::Result<()> {
    let seals = SealFlag::F_SEAL_SEAL
        | SealFlag::F_SEAL_SHRINK
        | SealFlag::F_SEAL_GROW
        | SealFlag::F_SEAL_WRITE;
    fcntl(descriptor, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_input_cannot_be_changed_by_its_holder() {
        let untrusted = Untrusted::copy_from(&mut &b"bytes"[..], 10).unwrap();
        let mut holder = File::from(untrusted.descriptor.try_clone().unwrap());
        assert!(holder.write_all(b"other").is_err());
        assert!(holder.set_len(0).is_err());
        assert_eq!(untrusted.length(), 5);
    }

    #[test]
    fn more_than_the_limit_is_refused() {
        let error = Untrusted::copy_from(&mut &b"bytes"[..], 4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
