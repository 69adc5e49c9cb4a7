//! Opens a file. One kind of encryption hides no page: streams and strings
//! have the crypt filter `Identity` and only attachments are encrypted
//! (ISO 32000-1 section 7.6.5). Such pages are read as the plain ones they
//! are; the attachments do not cross anyway.

use hayro::hayro_syntax::{LoadPdfError, Pdf as Source};

/// Reads `bytes`, without any password.
pub(super) fn open(bytes: &[u8]) -> Result<Source, LoadPdfError> {
    Source::new(bytes.to_vec()).or_else(|error| match hides_attachments_only(bytes) {
        true => Source::new(without_encryption(bytes)),
        false => Err(error),
    })
}

/// Both filters are named, and never as anything else. What this cannot see
/// (inside object streams, escaped names) stays encrypted.
fn hides_attachments_only(bytes: &[u8]) -> bool {
    [&b"/StmF"[..], b"/StrF"].into_iter().all(|key| {
        let mut values = after(bytes, key).peekable();
        values.peek().is_some()
            && values.all(|(_, value)| value.trim_ascii_start().starts_with(b"/Identity"))
    })
}

/// Every place behind `key`, and what stands there.
fn after<'b>(bytes: &'b [u8], key: &'b [u8]) -> impl Iterator<Item = (usize, &'b [u8])> {
    bytes
        .windows(key.len())
        .enumerate()
        .filter(move |(_, window)| *window == key)
        .filter_map(move |(at, _)| Some((at, bytes.get(at + key.len()..)?)))
}

/// The trailer's key by another name of the same length: every offset holds.
fn without_encryption(bytes: &[u8]) -> Vec<u8> {
    let mut plain = bytes.to_vec();
    for (at, rest) in after(bytes, b"/Encrypt") {
        let ends = rest.first().is_some_and(|byte| !byte.is_ascii_alphabetic());
        if ends && let Some(last) = plain.get_mut(at + b"/Encryp".len()) {
            *last = b'x';
        }
    }
    plain
}
