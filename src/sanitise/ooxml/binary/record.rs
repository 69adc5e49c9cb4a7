//! Records of a part ([MS-XLSB] 2.1.4): kind and length in seven bits a byte.

use crate::sanitise::Refusal;
use crate::sanitise::ole::little::{size, slice, u32_at, utf16};

pub(super) struct Record<'a> {
    pub(super) kind: u32,
    pub(super) data: &'a [u8],
}

pub(super) struct Records<'a> {
    part: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(part: &'a [u8]) -> Self {
        Self { part, at: 0 }
    }

    /// The next record. One that is cut short is `Malformed`.
    pub(super) fn next(&mut self) -> Result<Option<Record<'a>>, Refusal> {
        if self.at >= self.part.len() {
            return Ok(None);
        }
        let kind = self.number(2)?;
        let length = size(self.number(4)?)?;
        let data = slice(self.part, self.at, length)?;
        self.at += length;
        Ok(Some(Record { kind, data }))
    }

    fn number(&mut self, most: u32) -> Result<u32, Refusal> {
        let mut number = 0;
        for place in 0..most {
            let byte = *self.part.get(self.at).ok_or(Refusal::Malformed)?;
            self.at += 1;
            number |= u32::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        // A kind of two bytes has no mark in its second.
        Err(Refusal::Malformed)
    }
}

/// XLWideString and XLNullableWideString (2.5.168, 2.5.166): the text, and
/// where it ends.
pub(super) fn string(data: &[u8], at: usize) -> Result<(String, usize), Refusal> {
    let count = u32_at(data, at)?;
    if count == u32::MAX {
        return Ok((String::new(), at.saturating_add(4)));
    }
    let length = size(count)?.checked_mul(2).ok_or(Refusal::Malformed)?;
    let text = slice(data, at.saturating_add(4), length)?;
    Ok((utf16(text), at.saturating_add(4).saturating_add(length)))
}

/// RichStr (2.5.121): its text.
pub(super) fn rich(data: &[u8], at: usize) -> Result<String, Refusal> {
    string(data, at.saturating_add(1)).map(|(text, _)| text)
}
