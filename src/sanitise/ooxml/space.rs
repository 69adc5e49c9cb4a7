//! The namespaces we understand. What stands in any other one is not read.
//! Strict (ISO/IEC 29500-1) names are read as their transitional twins, and
//! everything is written with one fixed prefix, so that no prefix trick of
//! the input survives.

use std::fmt::Write as _;

use super::vocabulary;
use crate::sanitise::office::vocabulary::{Fate, Vocabulary};

/// A namespace; `None` is that of an attribute without a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Space {
    None,
    Xml,
    W,
    Wp,
    Wps,
    Wpg,
    Wpc,
    Wp14,
    W14,
    W15,
    M,
    S,
    X14,
    Xm,
    Xdr,
    P,
    A,
    A14,
    Pic,
    C,
    Cdr,
    Dgm,
    Dsp,
    V,
    O,
    X,
    W10,
    R,
    /// Markup compatibility: resolved while reading, never written but for
    /// our own `mc:Ignorable`.
    Mc,
    Unknown,
}

impl Space {
    /// Prefix, transitional name, and whether readers that do not know it
    /// must be told to ignore it.
    pub(super) const ALL: &'static [(Self, &'static str, &'static str, bool)] = &[
        (
            Self::W,
            "w",
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            false,
        ),
        (
            Self::R,
            "r",
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            false,
        ),
        (
            Self::A,
            "a",
            "http://schemas.openxmlformats.org/drawingml/2006/main",
            false,
        ),
        (
            Self::S,
            "",
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            false,
        ),
        (
            Self::P,
            "p",
            "http://schemas.openxmlformats.org/presentationml/2006/main",
            false,
        ),
        (
            Self::Wp,
            "wp",
            "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
            false,
        ),
        (
            Self::Wp14,
            "wp14",
            "http://schemas.microsoft.com/office/word/2010/wordprocessingDrawing",
            true,
        ),
        (
            Self::Wps,
            "wps",
            "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
            false,
        ),
        (
            Self::Wpg,
            "wpg",
            "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup",
            false,
        ),
        (
            Self::Wpc,
            "wpc",
            "http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas",
            false,
        ),
        (
            Self::W14,
            "w14",
            "http://schemas.microsoft.com/office/word/2010/wordml",
            true,
        ),
        (
            Self::W15,
            "w15",
            "http://schemas.microsoft.com/office/word/2012/wordml",
            true,
        ),
        (
            Self::M,
            "m",
            "http://schemas.openxmlformats.org/officeDocument/2006/math",
            false,
        ),
        (
            Self::X14,
            "x14",
            "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main",
            false,
        ),
        (
            Self::Xm,
            "xm",
            "http://schemas.microsoft.com/office/excel/2006/main",
            false,
        ),
        (
            Self::Xdr,
            "xdr",
            "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing",
            false,
        ),
        (
            Self::A14,
            "a14",
            "http://schemas.microsoft.com/office/drawing/2010/main",
            false,
        ),
        (
            Self::Pic,
            "pic",
            "http://schemas.openxmlformats.org/drawingml/2006/picture",
            false,
        ),
        (
            Self::C,
            "c",
            "http://schemas.openxmlformats.org/drawingml/2006/chart",
            false,
        ),
        (
            Self::Cdr,
            "cdr",
            "http://schemas.openxmlformats.org/drawingml/2006/chartDrawing",
            false,
        ),
        (
            Self::Dgm,
            "dgm",
            "http://schemas.openxmlformats.org/drawingml/2006/diagram",
            false,
        ),
        (
            Self::Dsp,
            "dsp",
            "http://schemas.microsoft.com/office/drawing/2008/diagram",
            false,
        ),
        (Self::V, "v", "urn:schemas-microsoft-com:vml", false),
        (
            Self::O,
            "o",
            "urn:schemas-microsoft-com:office:office",
            false,
        ),
        (
            Self::X,
            "x",
            "urn:schemas-microsoft-com:office:excel",
            false,
        ),
        (
            Self::W10,
            "w10",
            "urn:schemas-microsoft-com:office:word",
            false,
        ),
        (
            Self::Mc,
            "mc",
            "http://schemas.openxmlformats.org/markup-compatibility/2006",
            false,
        ),
    ];
}

impl Vocabulary for Space {
    const NONE: Self = Self::None;
    const XML: Self = Self::Xml;
    const UNKNOWN: Self = Self::Unknown;
    /// The root of a VML part stands in no namespace.
    const BARE_ROOT: Self = Self::None;

    fn of(untrusted_name: &str) -> Self {
        if untrusted_name == "http://www.w3.org/XML/1998/namespace" {
            return Self::Xml;
        }
        let strict = untrusted_name.strip_prefix("http://purl.oclc.org/ooxml/");
        Self::ALL
            .iter()
            .find(|(_, _, name, _)| match strict {
                Some(strict) => name
                    .strip_prefix("http://schemas.openxmlformats.org/")
                    .is_some_and(|tail| without_year(tail, strict)),
                None => *name == untrusted_name,
            })
            .map_or(Self::Unknown, |(space, ..)| *space)
    }

    fn prefix(self) -> &'static str {
        if self == Self::Xml {
            return "xml";
        }
        Self::ALL
            .iter()
            .find(|(space, ..)| *space == self)
            .map_or("", |(_, prefix, ..)| prefix)
    }

    fn number(self) -> usize {
        self as usize
    }

    fn declare(is_used: &dyn Fn(Self) -> bool, out: &mut String) {
        let ignorable: Vec<&str> = Space::ALL
            .iter()
            .filter(|(space, .., ignorable)| *ignorable && is_used(*space))
            .map(|(_, prefix, ..)| *prefix)
            .collect();
        for (space, prefix, uri, _) in Space::ALL {
            if is_used(*space) || (*space == Space::Mc && !ignorable.is_empty()) {
                let colon = if prefix.is_empty() { "" } else { ":" };
                let _ = write!(out, " xmlns{colon}{prefix}=\"{uri}\"");
            }
        }
        if !ignorable.is_empty() {
            let _ = write!(out, " mc:Ignorable=\"{}\"", ignorable.join(" "));
        }
    }

    fn fate(self, untrusted_local: &str) -> Fate {
        if self == Self::Mc {
            Fate::Choose
        } else if vocabulary::knows_element(self, untrusted_local) {
            Fate::Keep
        } else {
            Fate::Drop
        }
    }

    fn knows_attribute(self, element: Self, untrusted_local: &str) -> bool {
        vocabulary::knows_attribute(self, element, untrusted_local)
    }

    /// Not what every reader must know.
    fn may_be_ignored(self) -> bool {
        let mut known = Self::ALL.iter();
        known.all(|(space, .., ignorable)| *space != self || *ignorable)
    }

    fn is_extension(self, untrusted_local: &str) -> bool {
        untrusted_local == "ext"
    }

    /// Labels of a chart that are taken from cells.
    fn is_seen(untrusted_local: &str) -> bool {
        untrusted_local == "datalabelsRange"
    }

    /// Not `wp14`: places in per cent, which not every reader knows; the fallback
    /// says the same in length.
    fn is_chosen(self) -> bool {
        matches!(
            self,
            Self::Wps | Self::Wpg | Self::Wpc | Self::W14 | Self::A14
        )
    }
}

/// `drawingml/2006/main` is called `drawingml/main` in the strict form.
fn without_year(transitional: &str, strict: &str) -> bool {
    transitional
        .split_once("/2006/")
        .is_some_and(|(before, after)| {
            strict
                .strip_prefix(before)
                .and_then(|rest| rest.strip_prefix('/'))
                == Some(after)
        })
}

#[cfg(test)]
mod tests {
    use super::{Space, Vocabulary as _};

    #[test]
    fn strict_names_are_read_as_their_transitional_twins() {
        assert_eq!(
            Space::of("http://purl.oclc.org/ooxml/wordprocessingml/main"),
            Space::W
        );
        assert_eq!(
            Space::of("http://purl.oclc.org/ooxml/officeDocument/relationships"),
            Space::R
        );
        assert_eq!(Space::of("http://www.acme.com"), Space::Unknown);
    }
}
