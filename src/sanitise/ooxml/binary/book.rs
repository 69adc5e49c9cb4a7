//! What holds for the whole book: its sheets, strings and formats.

use super::record::{Records, rich, string};
use crate::sanitise::Refusal;
use crate::sanitise::ole::excel::{Formats, Visible};
use crate::sanitise::ole::little::{size, u16_at, u32_at};
use crate::sanitise::text::Budget;

/// Everything that sheets refer to.
#[derive(Default)]
pub(super) struct Book {
    shared: Vec<String>,
    /// Cell formats (BrtXF, 2.4.876), number formats, and where days count from.
    formats: Formats,
    pub(super) entries: Vec<Entry>,
}

/// One sheet (BrtBundleSh, 2.4.311).
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) relation: String,
    pub(super) visible: Visible,
}

const SST_ITEM: u32 = 19;
const FORMAT: u32 = 44;
const XF: u32 = 47;
const BOOK_PROPERTIES: u32 = 153;
const BUNDLE_SHEET: u32 = 156;
const BEGIN_CELL_XFS: u32 = 617;
const END_CELL_XFS: u32 = 618;

impl Book {
    pub(super) fn strings(&mut self, part: &[u8], budget: &Budget) -> Result<(), Refusal> {
        let (mut records, mut length) = (Records::new(part), 0usize);
        while let Some(record) = records.next()? {
            if record.kind == SST_ITEM {
                let text = rich(record.data, 0)?;
                length = length.saturating_add(text.len());
                budget.fits(length)?;
                self.shared.push(text);
            }
        }
        Ok(())
    }

    pub(super) fn styles(&mut self, part: &[u8]) -> Result<(), Refusal> {
        let mut of_cells = false;
        let mut records = Records::new(part);
        while let Some(record) = records.next()? {
            match record.kind {
                FORMAT => {
                    let code = string(record.data, 2)?.0;
                    self.formats.code(u16_at(record.data, 0)?, code);
                }
                BEGIN_CELL_XFS => of_cells = true,
                END_CELL_XFS => of_cells = false,
                XF if of_cells => self.formats.cell(u16_at(record.data, 2)?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Also whether days count from 1904.
    pub(super) fn sheets(&mut self, part: &[u8]) -> Result<(), Refusal> {
        let mut records = Records::new(part);
        while let Some(record) = records.next()? {
            match record.kind {
                BOOK_PROPERTIES if u32_at(record.data, 0)? & 1 == 1 => {
                    self.formats.count_from_1904();
                }
                BUNDLE_SHEET => {
                    let (relation, end) = string(record.data, 8)?;
                    let (name, _) = string(record.data, end)?;
                    let visible = if u32_at(record.data, 0)? == 0 {
                        Visible::Yes
                    } else {
                        Visible::No
                    };
                    self.entries.push(Entry {
                        name,
                        relation,
                        visible,
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn string(&self, index: u32) -> Result<&str, Refusal> {
        let text = self.shared.get(size(index)?).ok_or(Refusal::Malformed)?;
        Ok(text)
    }

    /// A number as a cell of this format shows it.
    pub(super) fn shown(&self, value: f64, style: u32) -> String {
        self.formats.shown(value, size(style).unwrap_or(usize::MAX))
    }
}
