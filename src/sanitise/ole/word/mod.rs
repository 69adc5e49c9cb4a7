//! Word 97–2003 ([MS-DOC]) and its forerunners 6 and 95.

mod fib;
mod flow;
mod formatting;
mod pieces;

use super::container::Container;
use super::little::{slice, u16_at, utf16};
use crate::sanitise::{Refusal, Report, What};
use fib::{Era, Fib};

/// The stream that makes a compound file a document (2.1.1).
pub(super) const STREAM: &str = "WordDocument";

/// The words of a document.
///
/// # Errors
/// `Encrypted`, `Unsupported` before Word 6, `Malformed`, `OverBudget`.
pub(super) fn read(container: &Container<'_>, report: &mut Report) -> Result<String, Refusal> {
    let stream = container.stream(STREAM)?;
    let fib = Fib::read(&stream)?;
    let table = match fib.era {
        Era::Word97 => container.stream(fib.table)?,
        Era::Word6 => stream.clone(),
    };
    let signs = pieces::read(&fib, &stream, &table)?;
    let characters = formatting::characters(&fib, &stream, &table)?;
    let paragraphs = formatting::paragraphs(&fib, &stream, &table)?;
    let rows_are_told = fib.era == Era::Word97;
    // Tcg (2.9.316) without anything in it: its version and its end.
    if fib.commands.length > 2 {
        report.removed(What::CustomUi, "commands");
    }
    remote_template(&fib, &table, report);
    flow::words(
        &signs,
        fib.lengths,
        &characters,
        rows_are_told.then_some(&paragraphs),
        report,
    )
}

/// The template, when it stands elsewhere (`SttbfAssoc`, 2.9.279: its second
/// string). A name alone is one of the reader's own.
fn remote_template(fib: &Fib, table: &[u8], report: &mut Report) {
    let template = fib.strings.of(table).ok().and_then(|strings| {
        // fExtend, count, cbExtra; then each string with its length.
        let mut at = 6;
        at += 2 + 2 * usize::from(u16_at(strings, at).ok()?);
        let length = 2 * usize::from(u16_at(strings, at).ok()?);
        Some(utf16(slice(strings, at + 2, length).ok()?))
    });
    if let Some(template) = template
        && template.contains(['\\', '/'])
    {
        report.removed(What::RemoteTemplate, &template);
    }
}
