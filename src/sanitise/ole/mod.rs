//! Word, Excel and PowerPoint 97–2003 as text: their containers ([MS-CFB]),
//! the piece table of [MS-DOC], the records of [MS-XLS] and [MS-PPT].
//!
//! ```text
//! container (cfb) -> word:       fib -> pieces -> formatting -> flow  -> text
//!                 -> excel:      record -> book -> sheet -> number    -> CSV
//!                 -> powerpoint: record -> persist -> slides in order -> text
//! ```
//!
//! Promised: every word a reader sees, in its order, and numbers and dates as
//! their cells show them. Absent on purpose: all that is not words, so that
//! nothing of the container, its macros or its objects can come through.
//! The formats are read here, and not by a crate, because what is asked for is
//! what the crates leave out: number formats, notes, hidden and deleted text.

mod container;
pub(in crate::sanitise) mod excel;
pub(in crate::sanitise) mod little;
mod powerpoint;
mod word;

use super::text::Budget;
use super::{Context, Kind, Refusal, Report, Treatment, text};
use container::Container;

/// What a compound file is, by the streams in its root; `None` for one that
/// is none of our three (Visio, Outlook, 一太郎 …). One that cannot be opened is
/// what its names say, so that it is refused as what it pretends to be.
#[must_use]
pub fn identify(bytes: &[u8]) -> Option<Kind> {
    let container = Container::open(bytes, u32::MAX).ok();
    let has = |name: &str| match &container {
        Some(container) => container.has(name),
        None => little::has_wide(bytes, name),
    };
    let found: Vec<Kind> = [
        (has(word::STREAM), Kind::Doc),
        (excel::STREAMS.iter().any(|name| has(name)), Kind::Xls),
        (has(powerpoint::STREAM), Kind::Ppt),
    ]
    .into_iter()
    .filter_map(|(found, kind)| found.then_some(kind))
    .collect();
    match found.as_slice() {
        [] => None,
        [kind] => Some(*kind),
        // Two documents in one: two readers, two views.
        _ => Some(Kind::Unknown),
    }
}

/// Writes the words of a document: text, or for Excel the cells as CSV.
///
/// # Errors
/// A named [`Refusal`]: `Encrypted` where a password is needed, `Unsupported`
/// for versions before those named in [`Kind`] and for another kind or
/// treatment, `Malformed`, `OverBudget`.
pub fn treat(
    kind: Kind,
    treatment: Treatment,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    // Anything but words is the office stage's.
    if treatment != Treatment::Text {
        return Err(Refusal::Unsupported);
    }
    let container = Container::open(bytes, context.limits.entries)?;
    container.inventory(report);
    let budget = Budget::new(bytes.len(), context);
    let words = if kind == Kind::Xls {
        return excel::read(&container, &budget, report);
    } else if kind == Kind::Doc {
        word::read(&container, report)?
    } else if kind == Kind::Ppt {
        powerpoint::read(&container, context.limits.pages, &budget, report)?
    } else {
        return Err(Refusal::Unsupported);
    };
    budget.fits(words.len())?;
    Ok(text::written(&text::reduce(&words, report)))
}
