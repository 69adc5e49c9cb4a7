//! The records of a presentation ([MS-PPT] 2.3.1): a head of eight bytes, then
//! data or, in a container, records again.

use crate::sanitise::Refusal;
use crate::sanitise::ole::little::{size, slice, u16_at, u32_at};

#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) kind: u16,
    pub(super) instance: u16,
    container: bool,
    pub(super) data: &'a [u8],
}

const HEAD: usize = 8;
/// Containers inside each other; PowerPoint itself writes about ten.
pub(super) const DEEPEST: u32 = 40;

impl<'a> Record<'a> {
    pub(super) fn at(bytes: &'a [u8], at: usize) -> Result<Self, Refusal> {
        let head = u16_at(bytes, at)?;
        let length = size(u32_at(bytes, at.saturating_add(4))?)?;
        Ok(Self {
            kind: u16_at(bytes, at.saturating_add(2))?,
            instance: head >> 4,
            container: head & 0xF == 0xF,
            data: slice(bytes, at.saturating_add(HEAD), length)?,
        })
    }

    /// What is inside a container; data has nothing inside.
    pub(super) fn inside(&self) -> Inside<'a> {
        Inside::of(if self.container { self.data } else { &[] })
    }

    /// The first record of a kind inside.
    pub(super) fn first(&self, kind: u16) -> Result<Option<Record<'a>>, Refusal> {
        let mut inside = self.inside();
        while let Some(record) = inside.next()? {
            if record.kind == kind {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

/// Records one after the other.
pub(super) struct Inside<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Inside<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Option<Record<'a>>, Refusal> {
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        let record = Record::at(self.bytes, self.at)?;
        self.at += HEAD + record.data.len();
        Ok(Some(record))
    }
}
