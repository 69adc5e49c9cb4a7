//! The sealed file: what stands in the spool and in quarantine.
//!
//! ```text
//! offset  bytes
//!      0      4   "SKM1"
//!      4      1   schema, 1
//!      5     24   nonce of the wrapped key, random
//!     29     48   this file's own key, XChaCha20-Poly1305 under the site key;
//!                 associated data: bytes 0..5
//!     77     19   nonce prefix of the stream, random
//!     96    ...   STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015; BE32) over
//!                 XChaCha20-Poly1305: chunks of 65,536 plain bytes and a tag of
//!                 16; the last one is shorter or equal and marked in its nonce
//! plain text of the stream:
//!      0      4   length of the head, big endian, at most 1 MiB
//!      4    ...   head (the mail room's envelope, JSON)
//!    ...    ...   the message
//! ```
//!
//! The last-chunk mark and the counter in each nonce make a cut, swapped,
//! repeated or appended chunk an error. Both sides hold one chunk in memory,
//! however long the message is. Nothing is given out before its tag is checked.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use aead_stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use crate::policy::text::Text;

const MAGIC: &[u8; 5] = b"SKM1\x01";
const HEAD: usize = 96;
const CHUNK: usize = 64 << 10;
const TAG: usize = 16;
/// The longest head (envelope), bytes.
pub const LONGEST_HEAD: usize = 1 << 20;

/// Why a sealed file or the site key cannot be used.
#[derive(Debug)]
pub enum SealError {
    /// The disk said no.
    Io(io::Error),
    /// Not a sealed file, not ours, changed, or cut.
    Broken,
    /// The credential is not there, is readable by others, or is no key.
    Key(String),
}

impl From<io::Error> for SealError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::InvalidData {
            Self::Broken
        } else {
            Self::Io(error)
        }
    }
}

impl SealError {
    /// What, where, what to do.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Io(error) => Text::new(
                format!("封緘ファイルを読み書きできません: {error}。ディスクを確認してください"),
                format!("cannot read or write a sealed file: {error}. Check the disk"),
            ),
            Self::Broken => Text::new(
                "封緘ファイルが壊れているか、変更されています。corrupt/ に移し、原本は隔離庫を確認してください",
                "a sealed file is damaged or was changed; look at corrupt/ and at the original in quarantine",
            ),
            Self::Key(why) => Text::new(
                format!(
                    "サイト鍵を読めません: {why}。資格情報 site-key (32バイトまたは16進64桁、モード0400) を置いてください"
                ),
                format!(
                    "cannot read the site key: {why}. Provide the credential site-key (32 bytes or 64 hex digits, mode 0400)"
                ),
            ),
        }
    }
}

/// The one key of this site: wraps every mail's own key. Held by mail and
/// console, by nobody else; never printed.
#[derive(Clone)]
pub struct SiteKey([u8; 32]);

impl std::fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SiteKey")
    }
}

impl SiteKey {
    /// Reads the credential `name`: from `given` (`$CREDENTIALS_DIRECTORY` of
    /// systemd) when it has it, else from `kept` (the configuration's
    /// `credentials/`). The file holds 32 bytes, or 64 hex digits with an
    /// optional newline, and has mode 0400; systemd's own may show 0440, the
    /// mask of the access list by which it lets the role's user read.
    ///
    /// # Errors
    /// [`SealError::Key`] with the reason.
    pub fn from_credential(
        name: &str,
        given: Option<&Path>,
        kept: &Path,
    ) -> Result<Self, SealError> {
        let given = given
            .map(|directory| directory.join(name))
            .filter(|path| path.exists());
        let forbidden = if given.is_some() { 0o337 } else { 0o377 };
        let path = given.unwrap_or_else(|| kept.join(name));
        let say = |why: String| SealError::Key(format!("{}: {why}", path.display()));
        let file = File::open(&path).map_err(|e| say(e.to_string()))?;
        let mode = file.metadata().map_err(|e| say(e.to_string()))?.mode() & 0o777;
        if mode & forbidden != 0 {
            return Err(say(format!("mode {mode:04o} instead of 0400")));
        }
        let mut bytes = Vec::new();
        file.take(100)
            .read_to_end(&mut bytes)
            .map_err(|e| say(e.to_string()))?;
        Self::from_bytes(&bytes).ok_or_else(|| say("neither 32 bytes nor 64 hex digits".into()))
    }

    /// From the credential's content.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if let Ok(key) = <[u8; 32]>::try_from(bytes) {
            return Some(Self(key));
        }
        let digits = std::str::from_utf8(bytes).ok()?.trim_ascii_end();
        if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(key))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(self.0))
    }
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| io::Error::other(e.to_string()))?;
    Ok(bytes)
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "sealed file is damaged")
}

/// Seals what is written to it. Without [`SealWriter::finish`] the file is a
/// cut one: readers refuse it.
pub struct SealWriter<W: Write> {
    out: W,
    stream: EncryptorBE32<XChaCha20Poly1305>,
    chunk: Vec<u8>,
}

impl<W: Write> std::fmt::Debug for SealWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealWriter")
    }
}

impl<W: Write> SealWriter<W> {
    /// Writes the file's head with a fresh key and begins with `head`.
    ///
    /// # Errors
    /// What writing to `out` met; `InvalidInput` for a head above
    /// [`LONGEST_HEAD`].
    pub fn create(mut out: W, site: &SiteKey, head: &[u8]) -> io::Result<Self> {
        let length = u32::try_from(head.len())
            .ok()
            .filter(|_| head.len() <= LONGEST_HEAD);
        let length = length.ok_or(io::ErrorKind::InvalidInput)?;
        let key: [u8; 32] = random()?;
        let wrap: [u8; 24] = random()?;
        let prefix: [u8; 19] = random()?;
        let wrapped = site
            .cipher()
            .encrypt(
                &XNonce::from(wrap),
                Payload {
                    msg: &key,
                    aad: MAGIC,
                },
            )
            .map_err(|_| io::Error::other("sealing failed"))?;
        for part in [MAGIC.as_slice(), &wrap, &wrapped, &prefix] {
            out.write_all(part)?;
        }
        let stream = EncryptorBE32::new(&Key::from(key), &prefix.into());
        let mut writer = Self {
            out,
            stream,
            chunk: Vec::new(),
        };
        writer.write_all(&length.to_be_bytes())?;
        writer.write_all(head)?;
        Ok(writer)
    }

    /// Writes the last chunk with its mark and gives the file back, not yet
    /// synchronised.
    ///
    /// # Errors
    /// What writing met.
    pub fn finish(self) -> io::Result<W> {
        let Self {
            mut out,
            stream,
            mut chunk,
        } = self;
        stream
            .encrypt_last_in_place(b"", &mut chunk)
            .map_err(|_| io::Error::other("sealing failed"))?;
        out.write_all(&chunk)?;
        out.flush()?;
        Ok(out)
    }
}

impl<W: Write> Write for SealWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        // A full chunk goes out only when more follows: the last one must be
        // known as the last.
        if self.chunk.len() == CHUNK {
            self.stream
                .encrypt_next_in_place(b"", &mut self.chunk)
                .map_err(|_| io::ErrorKind::FileTooLarge)?;
            self.out.write_all(&self.chunk)?;
            self.chunk.clear();
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk
            .extend_from_slice(bytes.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush() // the chunk under way waits for `finish`
    }
}

/// A sealed file being read: the message's bytes, each checked before it is
/// given out. A read error of kind `InvalidData` means: changed or cut.
pub struct Opened<R: Read> {
    source: R,
    /// `None` after the last chunk.
    stream: Option<DecryptorBE32<XChaCha20Poly1305>>,
    ahead: Vec<u8>,
    plain: Vec<u8>,
    given: usize,
}

impl<R: Read> std::fmt::Debug for Opened<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened")
    }
}

/// Opens a sealed file: its head, and a reader for the message.
///
/// # Errors
/// [`SealError::Broken`] when it is not a file sealed under `site`.
pub fn open<R: Read>(mut source: R, site: &SiteKey) -> Result<(Vec<u8>, Opened<R>), SealError> {
    let mut head = [0; HEAD];
    source.read_exact(&mut head).map_err(|e| match e.kind() {
        io::ErrorKind::UnexpectedEof => SealError::Broken,
        _ => SealError::Io(e),
    })?;
    let (magic, rest) = head.split_first_chunk::<5>().ok_or(SealError::Broken)?;
    let (wrap, rest) = rest.split_first_chunk::<24>().ok_or(SealError::Broken)?;
    let (wrapped, rest) = rest.split_first_chunk::<48>().ok_or(SealError::Broken)?;
    let prefix = rest.first_chunk::<19>().ok_or(SealError::Broken)?;
    if magic != MAGIC {
        return Err(SealError::Broken);
    }
    let key = site
        .cipher()
        .decrypt(
            &XNonce::from(*wrap),
            Payload {
                msg: wrapped,
                aad: MAGIC,
            },
        )
        .map_err(|_| SealError::Broken)?;
    let key = <[u8; 32]>::try_from(key).map_err(|_| SealError::Broken)?;
    let stream = Some(DecryptorBE32::new(&Key::from(key), &(*prefix).into()));
    let mut opened = Opened {
        source,
        stream,
        ahead: Vec::new(),
        plain: Vec::new(),
        given: 0,
    };

    let mut length = [0; 4];
    opened.read_exact(&mut length).map_err(short_is_broken)?;
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| SealError::Broken)?;
    if length > LONGEST_HEAD {
        return Err(SealError::Broken);
    }
    let mut text = vec![0; length];
    opened.read_exact(&mut text).map_err(short_is_broken)?;
    Ok((text, opened))
}

fn short_is_broken(error: io::Error) -> SealError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        SealError::Broken
    } else {
        error.into()
    }
}

impl<R: Read> Opened<R> {
    /// Reads and checks the next chunk; `false` when there is none.
    fn advance(&mut self) -> io::Result<bool> {
        let Some(mut stream) = self.stream.take() else {
            return Ok(false);
        };
        // One byte more than a chunk tells whether another chunk follows.
        let wanted = CHUNK + TAG + 1 - self.ahead.len();
        let limit = u64::try_from(wanted).map_err(io::Error::other)?;
        self.source
            .by_ref()
            .take(limit)
            .read_to_end(&mut self.ahead)?;
        let more = self.ahead.split_off(self.ahead.len().min(CHUNK + TAG));
        let mut chunk = std::mem::replace(&mut self.ahead, more);
        if self.ahead.is_empty() {
            stream
                .decrypt_last_in_place(b"", &mut chunk)
                .map_err(|_| broken())?;
        } else {
            stream
                .decrypt_next_in_place(b"", &mut chunk)
                .map_err(|_| broken())?;
            self.stream = Some(stream);
        }
        self.plain = chunk;
        self.given = 0;
        Ok(true)
    }
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.plain.len() {
            if !self.advance()? {
                return Ok(0);
            }
            if self.stream.is_none() && self.plain.is_empty() {
                return Ok(0);
            }
        }
        let rest = self.plain.get(self.given..).unwrap_or_default();
        let taken = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..taken), rest.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.given += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> SiteKey {
        SiteKey::from_bytes(&[7; 32]).unwrap()
    }

    fn seal(head: &[u8], body: &[u8], step: usize) -> Vec<u8> {
        let mut writer = SealWriter::create(Vec::new(), &key(), head).unwrap();
        for part in body.chunks(step.max(1)) {
            writer.write_all(part).unwrap();
        }
        writer.finish().unwrap()
    }

    fn unseal(bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>), SealError> {
        let (head, mut opened) = open(bytes, &key())?;
        let mut body = Vec::new();
        opened.read_to_end(&mut body)?;
        Ok((head, body))
    }

    #[test]
    fn lengths_around_a_chunk_come_back_whole() {
        for length in [
            0,
            1,
            CHUNK - 5,
            CHUNK - 4,
            CHUNK - 3,
            CHUNK,
            2 * CHUNK - 4,
            2 * CHUNK,
            200_001,
        ] {
            let body = vec![0x5a; length];
            assert_eq!(
                unseal(&seal(b"", &body, 8_000)).unwrap(),
                (vec![], body),
                "{length}"
            );
        }
    }

    #[test]
    fn a_cut_file_is_an_error_at_every_length() {
        let sealed = seal(b"{}", &[1; 100], 100);
        for length in 0..sealed.len() {
            assert!(unseal(&sealed[..length]).is_err(), "{length}");
        }
        let long = seal(b"{}", &vec![1; 3 * CHUNK], 9_999);
        for chunks in 1..4 {
            assert!(
                unseal(&long[..HEAD + chunks * (CHUNK + TAG)]).is_err(),
                "{chunks}"
            );
        }
    }

    #[test]
    fn swapped_repeated_and_appended_chunks_are_errors() {
        let sealed = seal(b"{}", &vec![1; 3 * CHUNK], 9_999);
        let at = |n: usize| HEAD + n * (CHUNK + TAG)..HEAD + (n + 1) * (CHUNK + TAG);
        let mut swapped = sealed.clone();
        let first = sealed[at(0)].to_vec();
        swapped.copy_within(at(1), HEAD);
        swapped[at(1)].copy_from_slice(&first);
        assert!(unseal(&swapped).is_err());
        let mut repeated = sealed.clone();
        repeated.copy_within(at(0), at(1).start);
        assert!(unseal(&repeated).is_err());
        let mut appended = sealed;
        appended.push(0);
        assert!(unseal(&appended).is_err());
    }

    #[test]
    fn another_site_cannot_open_it() {
        let other = SiteKey::from_bytes(&[8; 32]).unwrap();
        assert!(matches!(
            open(seal(b"", b"x", 1).as_slice(), &other),
            Err(SealError::Broken)
        ));
    }

    #[test]
    fn a_credential_is_32_bytes_or_hex_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("site-key");
        let mode = |m| {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(m)).unwrap();
        };
        std::fs::write(&path, format!("{}\n", "0a".repeat(32))).unwrap();
        mode(0o644);
        assert!(SiteKey::from_credential("site-key", None, dir.path()).is_err());
        mode(0o400);
        let read =
            SiteKey::from_credential("site-key", Some(Path::new("/nonexistent")), dir.path());
        assert_eq!(read.unwrap().0, [10; 32]);
        assert!(SiteKey::from_credential("other", None, dir.path()).is_err());
        assert!(SiteKey::from_bytes(b"short").is_none());
    }

    proptest! {
        #[test]
        fn round_trip(head in prop::collection::vec(any::<u8>(), 0..300),
                      body in prop::collection::vec(any::<u8>(), 0..3000), step in 1usize..500) {
            prop_assert_eq!(unseal(&seal(&head, &body, step)).unwrap(), (head, body));
        }

        #[test]
        fn any_flipped_bit_is_an_error(at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let mut sealed = seal(b"{\"schema\":1}", &[3; 500], 500);
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(unseal(&sealed).is_err());
        }
    }
}
