//! Messages (RFC 5322, MIME): taken apart here, never written here (the new
//! mail is built in `mail::rebuild` from clean parts). Promised: every part
//! becomes a leaf or is reported; a part that two readers could read
//! differently is withheld, a mail whose parts they could count differently
//! is refused. Absent on purpose: repair. `structure` is the first reader,
//! mail-parser the second, and they must agree.

mod address;
mod agree;
mod field;
mod headers;
mod leaves;
mod structure;
mod transfer;
mod verify;
mod words;

pub(crate) use address::is_address;
pub use verify::verify;

use super::protocol::{First, Shape};
use super::{Context, Refusal, Report};
use structure::Budget;

/// Takes a message apart: its shape and all leaves' bytes one after the other.
/// Where its text has versions, `first` is the one that is read.
///
/// # Errors
/// `Malformed` where readers could see different parts; `OverBudget` past a
/// limit.
pub fn split(
    bytes: &[u8],
    first: First,
    context: &Context<'_>,
) -> Result<(Shape, Vec<u8>), Refusal> {
    let lines = canonical(bytes)?;
    let mut report = Report::default();
    let mut budget = Budget::new(context.limits);
    let root = structure::read(&lines, false, &mut budget, &mut report)?;
    agree::with_second_reader(&lines, &root)?;
    let mut headers = headers::read(&root.fields, &mut report)?;
    let (leaves, output, japanese) = leaves::collect(&root, first, context, &mut report)?;
    headers.japanese = japanese
        || headers
            .untrusted_subject
            .as_deref()
            .is_some_and(headers::is_japanese);
    Ok((
        Shape {
            headers: Some(headers),
            leaves,
            report,
        },
        output,
    ))
}

/// CRLF lines. A file may have bare LF throughout; bare CR and NUL are read
/// differently by everybody and refused. An mbox line in front is dropped.
fn canonical(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let bytes = match bytes.strip_prefix(b"From ") {
        Some(rest) => rest.get(field::line_length(rest)..).unwrap_or_default(),
        None => bytes,
    };
    let mut lines = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut previous = 0;
    for &byte in bytes {
        if byte == 0 || (previous == b'\r' && byte != b'\n') {
            return Err(Refusal::Malformed);
        }
        if byte == b'\n' && previous != b'\r' {
            lines.push(b'\r');
        }
        lines.push(byte);
        previous = byte;
    }
    if previous == b'\r' {
        Err(Refusal::Malformed)
    } else {
        Ok(lines)
    }
}

#[cfg(test)]
mod tests;
