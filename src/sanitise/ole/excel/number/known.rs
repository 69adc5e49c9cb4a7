//! Number formats that were taken apart before: a sheet of a million cells has a
//! few of them, and each would be taken apart a million times.

use std::collections::HashMap;
use std::rc::Rc;

use super::code::{Code, LONGEST};

/// Characters of all formats that are kept; a few tens of bytes each.
const MOST: usize = 500_000;

/// The formats of one book; what they mean depends on nothing but their codes.
#[derive(Default)]
pub(super) struct Known {
    codes: HashMap<String, Rc<Code>>,
    characters: usize,
}

impl Known {
    /// A format taken apart.
    pub(super) fn parsed(&mut self, code: &str) -> Rc<Code> {
        // What follows is not read, so it does not make another one.
        let mut end = code.len();
        if end > LONGEST {
            let mut places = code.char_indices().map(|(at, _)| at);
            end = places.nth(LONGEST).unwrap_or(end);
        }
        let code = code.get(..end).unwrap_or(code);
        if let Some(known) = self.codes.get(code) {
            return Rc::clone(known);
        }
        self.characters = self.characters.saturating_add(code.chars().count());
        if self.characters > MOST {
            *self = Self::default();
            self.characters = code.chars().count();
        }
        let parsed = Rc::new(Code::parse(code));
        self.codes.insert(code.to_owned(), Rc::clone(&parsed));
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sanitise::ole::excel::number::Formats;

    #[test]
    fn a_format_is_taken_apart_once_however_many_cells_have_it() {
        let code = format!("{}0", "[x]".repeat(333));
        let mut known = Known::default();
        let first = known.parsed(&code);
        for number in 0..200_000 {
            assert!(Rc::ptr_eq(&first, &known.parsed(&code)), "{number}");
        }
        assert_eq!(book(&code).shown(5.0, 0), "5");
    }

    /// A book with one format.
    fn book(code: &str) -> Formats {
        let mut formats = Formats::default();
        formats.code(164, code.to_owned());
        formats.cell(164);
        formats
    }

    #[test]
    fn places_behind_the_point_are_walked_once_for_each_cell() {
        // A look ahead from each place would be half a million steps for each cell.
        let formats = book(&format!("0.{}", "#".repeat(998)));
        for number in 0..5_000 {
            assert_eq!(formats.shown(f64::from(number), 0), format!("{number}."));
        }
    }

    #[test]
    fn the_formats_that_are_kept_are_bounded() {
        let mut known = Known::default();
        for number in 0..2_000 {
            known.parsed(&format!("{number:0>1200}"));
            known.parsed(&format!("0\"{number}\"{}", "#".repeat(700)));
            assert!(known.characters <= MOST && known.codes.len() <= MOST / LONGEST * 2);
        }
        // Of two that differ in what is not read there is one.
        let same = |end: &str| known_len(&["0".repeat(1_000) + end, "0".repeat(1_000)]);
        assert_eq!(same("x"), 1);
    }

    fn known_len(codes: &[String]) -> usize {
        let mut known = Known::default();
        for code in codes {
            known.parsed(code);
        }
        known.codes.len()
    }
}
