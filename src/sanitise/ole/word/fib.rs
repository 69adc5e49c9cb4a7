//! The File Information Block ([MS-DOC] 2.5): where everything stands.

use crate::sanitise::Refusal;
use crate::sanitise::ole::little::{size, u16_at, u32_at};

/// Which of the two layouts the file has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    /// Word 97 and later.
    Word97,
    /// Word 6 and 95: 8-bit text, no table stream.
    Word6,
}

/// What of the block is needed for words.
pub(super) struct Fib {
    pub(super) era: Era,
    /// Language id ([MS-LCID]) of the program that wrote it.
    pub(super) language: u16,
    /// The stream that holds the tables (`fWhichTblStm`).
    pub(super) table: &'static str,
    /// `fComplex`: the text stands in pieces. Always so since Word 97.
    pub(super) in_pieces: bool,
    /// Where text that is not in pieces begins.
    pub(super) first: u32,
    /// Characters of each part, in the order in which they stand.
    pub(super) lengths: [u32; PARTS],
    /// The piece table (`fcClx`).
    pub(super) pieces: Extent,
    /// Character and paragraph formatting (`fcPlcfBteChpx`, `fcPlcfBtePapx`).
    pub(super) characters: Extent,
    pub(super) paragraphs: Extent,
    /// Strings beside the document, its template among them (`fcSttbfAssoc`).
    pub(super) strings: Extent,
    /// Changed commands and keys (`fcCmds`).
    pub(super) commands: Extent,
}

/// Main text, footnotes, headers, macros, comments, endnotes, text boxes,
/// text boxes of headers ([MS-DOC] 2.4.1).
pub(super) const PARTS: usize = 8;

/// Bytes of a stream.
#[derive(Clone, Copy, Default)]
pub(super) struct Extent {
    pub(super) at: u32,
    pub(super) length: u32,
}

impl Extent {
    fn read(bytes: &[u8], at: usize) -> Result<Self, Refusal> {
        Ok(Self {
            at: u32_at(bytes, at)?,
            length: u32_at(bytes, at + 4)?,
        })
    }

    /// The bytes meant; nothing where the length is zero.
    pub(super) fn of<'a>(&self, stream: &'a [u8]) -> Result<&'a [u8], Refusal> {
        if self.length == 0 {
            return Ok(&[]);
        }
        crate::sanitise::ole::little::slice(stream, size(self.at)?, size(self.length)?)
    }
}

/// `wIdent` of Word 97 and of its forerunners.
const WORD_97: u16 = 0xA5EC;
const WORD_6: u16 = 0xA5DC;
/// `nFib` from which the layout is that of Word 97 (0x00C1, and the 0x00C0
/// that some programs wrote).
const FIRST_97: u16 = 0x00C0;
/// `nFib` of Word 6.
const FIRST_6: u16 = 0x0065;

impl Fib {
    /// # Errors
    /// `Encrypted` (`fEncrypted`), `Unsupported` before Word 6, `Malformed`.
    pub(super) fn read(stream: &[u8]) -> Result<Self, Refusal> {
        let identifier = u16_at(stream, 0)?;
        let version = u16_at(stream, 2)?;
        if identifier != WORD_97 && identifier != WORD_6 {
            return Err(Refusal::Malformed);
        }
        if version < FIRST_6 {
            return Err(Refusal::Unsupported);
        }
        let flags = u16_at(stream, 0x0A)?;
        if flags & 0x0100 != 0 {
            return Err(Refusal::Encrypted);
        }
        if version < FIRST_97 {
            Self::word6(stream, flags)
        } else {
            Self::word97(stream, flags)
        }
    }

    fn word97(stream: &[u8], flags: u16) -> Result<Self, Refusal> {
        // The counts before the two arrays tell where they stand (2.5.1).
        let words = usize::from(u16_at(stream, 0x20)?);
        let longs_at = 0x22 + 2 * words;
        let longs = usize::from(u16_at(stream, longs_at)?);
        let extents_at = longs_at + 2 + 4 * longs + 2;
        let long = |index: usize| u32_at(stream, longs_at + 2 + 4 * index);
        let extent = |index: usize| Extent::read(stream, extents_at + 8 * index);
        Ok(Self {
            era: Era::Word97,
            language: u16_at(stream, 6)?,
            table: if flags & 0x0200 == 0 {
                "0Table"
            } else {
                "1Table"
            },
            in_pieces: true,
            first: 0,
            lengths: [
                long(3)?,
                long(4)?,
                long(5)?,
                long(6)?,
                long(7)?,
                long(8)?,
                long(9)?,
                long(10)?,
            ],
            pieces: extent(33)?,
            characters: extent(12)?,
            paragraphs: extent(13)?,
            strings: extent(32)?,
            commands: extent(24)?,
        })
    }

    /// The block as Word 6 wrote it (Microsoft Word 6.0 Binary File Format).
    fn word6(stream: &[u8], flags: u16) -> Result<Self, Refusal> {
        let mut lengths = [0; PARTS];
        for (index, length) in lengths.iter_mut().enumerate() {
            *length = u32_at(stream, 0x34 + 4 * index)?;
        }
        Ok(Self {
            era: Era::Word6,
            language: u16_at(stream, 6)?,
            table: super::STREAM,
            in_pieces: flags & 0x0004 != 0,
            first: u32_at(stream, 0x18)?,
            lengths,
            pieces: Extent::read(stream, 0x160)?,
            characters: Extent::default(),
            paragraphs: Extent::default(),
            strings: Extent::default(),
            commands: Extent::default(),
        })
    }
}
