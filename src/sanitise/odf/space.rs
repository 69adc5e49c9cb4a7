//! The namespaces that we know (ODF 1.3 part 3, 1.5, and the extensions of
//! LibreOffice that dress documents). Those that are only known so that a loss
//! can be named are never written.

use std::fmt::Write as _;

use super::vocabulary::{self, loss};
use crate::sanitise::office::vocabulary::{Fate, Vocabulary};

/// A namespace; `None` is that of an attribute without a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Space {
    None,
    Xml,
    Office,
    Text,
    Table,
    Draw,
    Dr3d,
    Svg,
    Style,
    Fo,
    Number,
    Chart,
    Presentation,
    Anim,
    Smil,
    Config,
    Dc,
    Meta,
    Xlink,
    Math,
    Loext,
    Calcext,
    Drawooo,
    Chartooo,
    Css3t,
    Field,
    /// Read for what its controls show.
    Form,
    /// Known for their losses.
    Script,
    Database,
    Xforms,
    Unknown,
}

impl Space {
    /// Prefix and name of what we read and write.
    #[rustfmt::skip] // a table is read by columns
    pub(super) const WRITTEN: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Office, "office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"),
        (Self::Text, "text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"),
        (Self::Table, "table", "urn:oasis:names:tc:opendocument:xmlns:table:1.0"),
        (Self::Draw, "draw", "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"),
        (Self::Dr3d, "dr3d", "urn:oasis:names:tc:opendocument:xmlns:dr3d:1.0"),
        (Self::Svg, "svg", "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"),
        (Self::Style, "style", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"),
        (Self::Fo, "fo", "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"),
        (Self::Number, "number", "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"),
        (Self::Chart, "chart", "urn:oasis:names:tc:opendocument:xmlns:chart:1.0"),
        (Self::Presentation, "presentation", "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"),
        (Self::Anim, "anim", "urn:oasis:names:tc:opendocument:xmlns:animation:1.0"),
        (Self::Smil, "smil", "urn:oasis:names:tc:opendocument:xmlns:smil-compatible:1.0"),
        (Self::Config, "config", "urn:oasis:names:tc:opendocument:xmlns:config:1.0"),
        (Self::Dc, "dc", "http://purl.org/dc/elements/1.1/"),
        (Self::Meta, "meta", "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"),
        (Self::Xlink, "xlink", "http://www.w3.org/1999/xlink"),
        (Self::Math, "math", "http://www.w3.org/1998/Math/MathML"),
        (Self::Loext, "loext", "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"),
        (Self::Calcext, "calcext", "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"),
        (Self::Drawooo, "drawooo", "http://openoffice.org/2010/draw"),
        (Self::Chartooo, "chartooo", "http://openoffice.org/2010/chart"),
        (Self::Field, "field", "urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0"),
        (Self::Css3t, "css3t", "http://www.w3.org/TR/css3-text/"),
    ];

    /// What is understood only in order to say what is gone.
    #[rustfmt::skip]
    const LOST: &'static [(Self, &'static str)] = &[
        (Self::Form, "urn:oasis:names:tc:opendocument:xmlns:form:1.0"),
        (Self::Script, "urn:oasis:names:tc:opendocument:xmlns:script:1.0"),
        (Self::Database, "urn:oasis:names:tc:opendocument:xmlns:database:1.0"),
        (Self::Xforms, "http://www.w3.org/2002/xforms"),
    ];
}

/// Prefixes inside values: the grammars of formulas and the two sets of
/// settings. Declared on every root, so that they always mean this.
const IN_VALUES: &str = " xmlns:of=\"urn:oasis:names:tc:opendocument:xmlns:of:1.2\" \
     xmlns:ooo=\"http://openoffice.org/2004/office\" \
     xmlns:oooc=\"http://openoffice.org/2004/calc\" \
     xmlns:ooow=\"http://openoffice.org/2004/writer\"";

impl Vocabulary for Space {
    const NONE: Self = Self::None;
    const XML: Self = Self::Xml;
    const UNKNOWN: Self = Self::Unknown;

    fn of(untrusted_name: &str) -> Self {
        let written = Self::WRITTEN.iter().map(|(space, _, name)| (space, name));
        let lost = Self::LOST.iter().map(|(space, name)| (space, name));
        written
            .chain(lost)
            .find(|(_, name)| **name == untrusted_name)
            .map_or(Self::Unknown, |(space, _)| *space)
    }

    fn prefix(self) -> &'static str {
        if self == Self::Xml {
            return "xml";
        }
        Self::WRITTEN
            .iter()
            .find(|(space, ..)| *space == self)
            .map_or("", |(_, prefix, _)| prefix)
    }

    fn number(self) -> usize {
        self as usize
    }

    fn declare(is_used: &dyn Fn(Self) -> bool, out: &mut String) {
        for (space, prefix, name) in Self::WRITTEN {
            if is_used(*space) {
                let _ = write!(out, " xmlns:{prefix}=\"{name}\"");
            }
        }
        out.push_str(IN_VALUES);
    }

    fn fate(self, untrusted_local: &str) -> Fate {
        if vocabulary::knows_element(self, untrusted_local) {
            Fate::Keep
        } else {
            loss::of(self, untrusted_local).0
        }
    }

    fn knows_attribute(self, element: Self, untrusted_local: &str) -> bool {
        vocabulary::knows_attribute(self, element, untrusted_local)
    }

    fn is_text(untrusted_local: &str) -> bool {
        matches!(untrusted_local, "p" | "h" | "span" | "a")
    }

    fn holds_words(self, untrusted_local: &str) -> bool {
        self == Self::Text && matches!(untrusted_local, "p" | "h" | "span" | "a" | "ruby-base")
    }
}
