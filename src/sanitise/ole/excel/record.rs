//! The records of a workbook stream ([MS-XLS] 2.1.4) and the strings in them.

use encoding_rs::Encoding;

use crate::sanitise::Refusal;
use crate::sanitise::ole::little::{latin1, slice, u8_at, u16_at, u32_at, utf16};

const CONTINUE: u16 = 0x003C;

/// One record with those that continue it.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) kind: u16,
    pub(super) data: &'a [u8],
    pub(super) continued: Vec<&'a [u8]>,
}

/// Records from a place on. A record cut short ends them with `Malformed`;
/// zeros behind the last are padding.
pub(super) struct Records<'a> {
    stream: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    pub(super) fn from(stream: &'a [u8], at: usize) -> Self {
        Self { stream, at }
    }

    fn one(&mut self) -> Result<(u16, &'a [u8]), Refusal> {
        let kind = u16_at(self.stream, self.at)?;
        let length = usize::from(u16_at(self.stream, self.at + 2)?);
        let data = slice(self.stream, self.at + 4, length)?;
        self.at += 4 + length;
        Ok((kind, data))
    }

    pub(super) fn next(&mut self) -> Result<Option<Record<'a>>, Refusal> {
        let rest = self.stream.get(self.at..).unwrap_or_default();
        if rest.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let (kind, data) = self.one()?;
        let mut continued = Vec::new();
        while kind != CONTINUE && u16_at(self.stream, self.at) == Ok(CONTINUE) {
            continued.push(self.one()?.1);
        }
        Ok(Some(Record {
            kind,
            data,
            continued,
        }))
    }
}

/// Reads over the seams between a record and those that continue it.
pub(super) struct Reader<'a> {
    parts: Vec<&'a [u8]>,
    part: usize,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(record: &Record<'a>, skipped: usize) -> Self {
        let parts = std::iter::once(record.data)
            .chain(record.continued.iter().copied())
            .collect();
        Self {
            parts,
            part: 0,
            at: skipped,
        }
    }

    fn here(&self) -> &'a [u8] {
        self.parts
            .get(self.part)
            .and_then(|part| part.get(self.at..))
            .unwrap_or_default()
    }

    /// Onto the next part where this one is used up.
    fn settle(&mut self) {
        while self.here().is_empty() && self.part + 1 < self.parts.len() {
            self.part += 1;
            self.at = 0;
        }
    }

    /// Nothing follows, in this part or a later one.
    pub(super) fn is_spent(&self) -> bool {
        let later = self.parts.iter().skip(self.part + 1);
        self.here().is_empty() && later.into_iter().all(|part| part.is_empty())
    }

    fn byte(&mut self) -> Result<u8, Refusal> {
        self.settle();
        let byte = u8_at(self.here(), 0)?;
        self.at += 1;
        Ok(byte)
    }

    fn short(&mut self) -> Result<u16, Refusal> {
        Ok(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn long(&mut self) -> Result<usize, Refusal> {
        let (low, high) = (self.short()?, self.short()?);
        Ok(usize::from(high) << 16 | usize::from(low))
    }

    fn skip(&mut self, mut length: usize) -> Result<(), Refusal> {
        while length > 0 {
            self.settle();
            let step = length.min(self.here().len());
            if step == 0 {
                return Err(Refusal::Malformed);
            }
            self.at += step;
            length -= step;
        }
        Ok(())
    }

    /// XLUnicodeRichExtendedString (2.5.293).
    pub(super) fn rich_string(&mut self) -> Result<String, Refusal> {
        let count = usize::from(self.short()?);
        let flags = self.byte()?;
        let runs = if flags & 0x08 != 0 {
            usize::from(self.short()?)
        } else {
            0
        };
        let extra = if flags & 0x04 != 0 { self.long()? } else { 0 };
        let text = self.characters(count, flags & 1 == 1)?;
        self.skip(4 * runs + extra)?;
        Ok(text)
    }

    /// Characters over seams: each part says anew how wide they are (2.5.293).
    pub(super) fn characters(&mut self, count: usize, wide: bool) -> Result<String, Refusal> {
        let mut units: Vec<u8> = Vec::new();
        let (mut left, mut wide) = (count, wide);
        while left > 0 {
            if self.here().is_empty() {
                if self.part + 1 >= self.parts.len() {
                    return Err(Refusal::Malformed);
                }
                self.settle();
                wide = self.byte()? & 1 == 1;
                continue;
            }
            let here = self.here();
            let size = if wide { 2 } else { 1 };
            let step = left.min(here.len() / size);
            if step == 0 {
                return Err(Refusal::Malformed);
            }
            let bytes = slice(here, 0, step * size)?;
            if wide {
                units.extend_from_slice(bytes);
            } else {
                units.extend(bytes.iter().flat_map(|byte| [*byte, 0]));
            }
            self.at += step * size;
            left -= step;
        }
        Ok(utf16(&units))
    }

    pub(super) fn next_part(&mut self) {
        self.part += 1;
        self.at = 0;
    }

    pub(super) fn wide(&mut self) -> Result<bool, Refusal> {
        Ok(self.byte()? & 1 == 1)
    }
}

/// How strings stand in this book.
#[derive(Clone, Copy)]
pub(super) enum Strings {
    /// Since Excel 97: UTF-16, or its low bytes alone.
    Unicode,
    /// Excel 5 and 95: the book's code page.
    Page(&'static Encoding),
}

impl Strings {
    /// A string with a length of two bytes (XLUnicodeString, 2.5.294).
    pub(super) fn long(self, data: &[u8], at: usize) -> Result<String, Refusal> {
        self.read(data, at + 2, usize::from(u16_at(data, at)?))
    }

    /// A string with a length of one byte (ShortXLUnicodeString, 2.5.240).
    pub(super) fn short(self, data: &[u8], at: usize) -> Result<String, Refusal> {
        self.read(data, at + 1, usize::from(u8_at(data, at)?))
    }

    fn read(self, data: &[u8], at: usize, count: usize) -> Result<String, Refusal> {
        match self {
            Self::Page(page) => {
                let bytes = slice(data, at, count)?;
                Ok(page.decode_without_bom_handling(bytes).0.into_owned())
            }
            Self::Unicode if u8_at(data, at)? & 1 == 1 => {
                Ok(utf16(slice(data, at + 1, 2 * count)?))
            }
            Self::Unicode => Ok(latin1(slice(data, at + 1, count)?)),
        }
    }
}

/// RkNumber (2.5.217): 30 bits of a double or an integer, perhaps a hundredth.
pub(in crate::sanitise) fn rk(data: &[u8], at: usize) -> Result<f64, Refusal> {
    let bits = u32_at(data, at)?;
    let number = if bits & 2 != 0 {
        f64::from(bits.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(bits & !3) << 32)
    };
    Ok(if bits & 1 != 0 {
        number / 100.0
    } else {
        number
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_goes_on_behind_a_seam_in_another_width() {
        let first = [&[5, 0, 1][..], &[0x60, 0x24, 0x31, 0x32]].concat();
        let second = [&[0][..], b"abc"].concat();
        let record = Record {
            kind: 0x00FC,
            data: &first,
            continued: vec![&second],
        };
        let read = Reader::new(&record, 0).rich_string();
        assert_eq!(read.as_deref(), Ok("①㈱abc"));
        let cut = Record {
            continued: vec![],
            ..record
        };
        assert_eq!(Reader::new(&cut, 0).rich_string(), Err(Refusal::Malformed));
    }

    #[test]
    fn packed_numbers_are_read() {
        let packed = |bits: u32| rk(&bits.to_le_bytes(), 0);
        assert_eq!(packed(0x3FF0_0000), Ok(1.0));
        assert_eq!(packed(123 << 2 | 3), Ok(1.23));
        assert_eq!(packed((-5i32 << 2 | 2).cast_unsigned()), Ok(-5.0));
    }
}
