//! Pictures: sizes in their order, one of two codings, digits in lines, and
//! behind them what the verifier of that coding accepts.

use super::scan::{Scan, nibble};
use super::{Checked, NotOurs};
use crate::sanitise::{Context, Kind, image};

const SIZES: &[&str] = &[
    "picw",
    "pich",
    "picwgoal",
    "pichgoal",
    "picscalex",
    "picscaley",
    "piccropl",
    "piccropr",
    "piccropt",
    "piccropb",
];

/// Checks a picture behind its brace, with the brace that ends it.
pub(super) fn check(scan: &mut Scan<'_>, context: &Context<'_>) -> Checked {
    if !scan.take(b"\\pict") {
        return Err(NotOurs("picture"));
    }
    let mut sizes = SIZES.iter();
    let kind = loop {
        if !scan.take(b"\\") {
            return Err(NotOurs("picture head"));
        }
        let word = scan.word_after_backslash()?;
        match (word.name, word.number) {
            ("pngblip", None) => break Kind::Png,
            ("jpegblip", None) => break Kind::Jpeg,
            (name, Some(-1_000_000..=1_000_000)) if sizes.any(|size| *size == name) => {}
            _ => return Err(NotOurs("picture word")),
        }
    };
    let digits = scan.until(b'}');
    scan.take(b"}");
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    let mut lines = digits.split(|byte| *byte == b'\n');
    if lines.next() != Some(b"") {
        return Err(NotOurs("picture digits"));
    }
    for line in lines {
        for pair in line.chunks(2) {
            let [high, low] = *pair else {
                return Err(NotOurs("picture digits"));
            };
            bytes.push(nibble(high)? << 4 | nibble(low)?);
        }
    }
    image::verify(kind, &bytes, context).map_err(|_| NotOurs("picture"))
}
