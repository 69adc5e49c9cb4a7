//! Where the marks of a field stand. Whoever accepts or rejects a change, or
//! takes a row out, must find a field's code as it was judged: whole or not
//! at all.

use crate::sanitise::ooxml::space::Space;

/// What an element is to the fields of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Run,
    /// Looks, of a run or of a paragraph's end.
    Looks,
    Insertion,
    /// Any other change; what it holds is not there for every reader.
    Change,
    /// Text of its own.
    Story,
    Mark,
    Code,
    DeletedCode,
    Simple,
    /// It shows nothing and may stand between the pieces of a code.
    Silent,
    Other,
}

impl Sort {
    pub(super) fn of(space: Space, local: &str) -> Self {
        if space != Space::W {
            return Self::Other;
        }
        match local {
            "r" => Self::Run,
            "rPr" => Self::Looks,
            "ins" => Self::Insertion,
            "del" | "moveFrom" | "moveTo" => Self::Change,
            "txbxContent" | "footnote" | "endnote" | "comment" => Self::Story,
            "fldChar" => Self::Mark,
            "instrText" => Self::Code,
            "delInstrText" => Self::DeletedCode,
            "fldSimple" => Self::Simple,
            "proofErr"
            | "bookmarkStart"
            | "bookmarkEnd"
            | "commentRangeStart"
            | "commentRangeEnd"
            | "permStart"
            | "permEnd"
            | "lastRenderedPageBreak" => Self::Silent,
            _ => Self::Other,
        }
    }

    pub(super) fn is_change(self) -> bool {
        matches!(self, Self::Insertion | Self::Change)
    }
}

/// An open element as what it holds sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The innermost element that is no run.
    pub(super) holder: usize,
    /// The innermost change or simple field.
    pub(super) frame: usize,
    /// Every change around is an insertion.
    pub(super) put_in: bool,
    /// It belongs to the looks of a run.
    pub(super) in_looks: bool,
    is_run: bool,
}

/// Where nothing is open.
const OUTSIDE: Place = Place {
    holder: usize::MAX,
    frame: usize::MAX,
    put_in: true,
    in_looks: false,
    is_run: false,
};

/// The elements that are open.
#[derive(Default)]
pub(super) struct Around(Vec<Place>);

impl Around {
    pub(super) fn open(&mut self, at: usize, sort: Sort) {
        let above = self.here();
        let is_run = sort == Sort::Run;
        let frames = sort.is_change() || sort == Sort::Simple;
        self.0.push(Place {
            holder: if is_run { above.holder } else { at },
            frame: if frames { at } else { above.frame },
            put_in: above.put_in && sort != Sort::Change,
            in_looks: above.in_looks || (sort == Sort::Looks && above.is_run),
            is_run,
        });
    }

    pub(super) fn close(&mut self) {
        self.0.pop();
    }

    pub(super) fn here(&self) -> Place {
        self.0.last().copied().unwrap_or(OUTSIDE)
    }
}
