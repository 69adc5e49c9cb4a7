//! Where the objects of a presentation stand ([MS-PPT] 2.1.2): each save adds
//! a directory, and the newest word on an object counts.

use std::collections::BTreeMap;

use super::record::Record;
use crate::sanitise::Refusal;
use crate::sanitise::ole::little::{size, slice, u32_at};

pub(super) struct Persist<'a> {
    stream: &'a [u8],
    places: BTreeMap<u32, u32>,
    document: u32,
}

/// `CurrentUserAtom.headerToken`: plain or encrypted (2.3.2).
const ENCRYPTED: u32 = 0xF3D1_C4DF;
const USER_EDIT: u16 = 0x0FF5;
const DIRECTORY: u16 = 0x1772;
/// Length of a UserEditAtom that names an encryption session (2.3.3).
const WITH_SESSION: usize = 32;
/// Saves one upon the other.
const MOST_EDITS: usize = 10_000;

impl<'a> Persist<'a> {
    pub(super) fn read(stream: &'a [u8], user: &[u8]) -> Result<Self, Refusal> {
        if u32_at(user, 12)? == ENCRYPTED {
            return Err(Refusal::Encrypted);
        }
        let mut persist = Self {
            stream,
            places: BTreeMap::new(),
            document: 0,
        };
        let mut edit = size(u32_at(user, 16)?)?;
        for count in 0.. {
            if count == MOST_EDITS {
                return Err(Refusal::OverBudget);
            }
            let before = persist.edit(edit, count == 0)?;
            // An older save stands before a newer one, so this ends.
            if before == 0 {
                break;
            }
            if before >= edit {
                return Err(Refusal::Malformed);
            }
            edit = before;
        }
        Ok(persist)
    }

    /// One save; gives the place of the one before.
    fn edit(&mut self, at: usize, newest: bool) -> Result<usize, Refusal> {
        let edit = Record::at(self.stream, at)?;
        if edit.kind != USER_EDIT {
            return Err(Refusal::Malformed);
        }
        if edit.data.len() >= WITH_SESSION && u32_at(edit.data, 28)? != 0 {
            return Err(Refusal::Encrypted);
        }
        if newest {
            self.document = u32_at(edit.data, 16)?;
        }
        let directory = Record::at(self.stream, size(u32_at(edit.data, 12)?)?)?;
        if directory.kind != DIRECTORY {
            return Err(Refusal::Malformed);
        }
        let mut at = 0;
        while at < directory.data.len() {
            // PersistDirectoryEntry (2.3.5): first id, how many, their places.
            let head = u32_at(directory.data, at)?;
            let (first, count) = (head & 0x000F_FFFF, head >> 20);
            let places = slice(directory.data, at + 4, 4 * size(count)?)?;
            for index in 0..count {
                let place = u32_at(places, 4 * size(index)?)?;
                self.places
                    .entry(first.saturating_add(index))
                    .or_insert(place);
            }
            at += 4 + places.len();
        }
        size(u32_at(edit.data, 8)?)
    }

    pub(super) fn document(&self) -> Result<Record<'a>, Refusal> {
        self.object(self.document)
    }

    pub(super) fn object(&self, id: u32) -> Result<Record<'a>, Refusal> {
        let place = self.places.get(&id).ok_or(Refusal::Malformed)?;
        Record::at(self.stream, size(*place)?)
    }
}
