//! The shape of Word's tables and texts: a table has a row, a row has a cell,
//! and a cell, a note, a head or a box ends with a paragraph. Anything else is
//! a document that Word calls damaged.

use super::scan::Piece;
use super::{Checked, NotOurs};

/// An element that is open.
struct Element<'a> {
    name: &'a str,
    /// A row of a table, or a cell of a row, stands in it.
    filled: bool,
    /// A paragraph is the last block in it.
    rests: bool,
}

/// Checks the shape of one part, piece by piece.
#[derive(Default)]
pub(super) struct Stories<'a> {
    open: Vec<Element<'a>>,
}

impl<'a> Stories<'a> {
    pub(super) fn see(&mut self, piece: &Piece<'a, '_>) -> Checked {
        match piece {
            Piece::Open { name, .. } => {
                self.open.push(Element {
                    name,
                    filled: false,
                    rests: false,
                });
                Ok(())
            }
            Piece::Close { .. } => self.end(),
            Piece::Text(_) => Ok(()),
        }
    }

    fn end(&mut self) -> Checked {
        let Some(element) = self.open.pop() else {
            return Ok(());
        };
        let parent = self.open.last().map_or("", |above| above.name);
        match (element.name, parent) {
            ("w:tbl" | "w:tr", _) if !element.filled => {
                return Err(NotOurs("table without content"));
            }
            ("w:tc" | "w:txbxContent", _)
            | ("w:hdr" | "w:ftr", "")
            | ("w:footnote", "w:footnotes")
            | ("w:endnote", "w:endnotes")
            | ("w:comment", "w:comments")
                if !element.rests =>
            {
                return Err(NotOurs("text without a last paragraph"));
            }
            _ => {}
        }
        let mut above = self.open.iter_mut().rev();
        let around = above.find(|above| {
            !matches!(
                above.name,
                "w:sdt" | "w:sdtContent" | "w:ins" | "w:del" | "w:moveFrom" | "w:moveTo"
            )
        });
        if let Some(around) = around {
            match (element.name, around.name) {
                ("w:tr", "w:tbl") | ("w:tc", "w:tr") => around.filled = true,
                ("w:p", _) => around.rests = true,
                ("w:tbl", _) => around.rests = false,
                _ => {}
            }
        }
        Ok(())
    }
}
