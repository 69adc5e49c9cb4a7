//! Opens a file. One kind of encryption hides no page: streams and strings
//! have the crypt filter `Identity` and only attachments are encrypted
//! (ISO 32000-1 section 7.6.5). Such pages are read as the plain ones they
//! are; the attachments do not cross anyway.

use hayro::hayro_syntax::{LoadPdfError, Pdf as Source};

/// Reads `bytes`, without any password.
pub(super) fn open(bytes: &[u8]) -> Result<Source, LoadPdfError> {
    let bytes = &pictures_first(bytes.to_vec());
    Source::new(bytes.clone()).or_else(|error| match hides_attachments_only(bytes) {
        true => Source::new(without_encryption(bytes)),
        false => Err(error),
    })
}

/// A JPEG begins its stream: blanks in front, with which hayro reads none, go
/// behind its first mark as filling (ISO/IEC 10918-1, B.1.1.2). Every offset holds.
fn pictures_first(mut bytes: Vec<u8>) -> Vec<u8> {
    const MOST_BLANKS: usize = 16;
    const STREAM: &[u8] = b"stream";
    let starts: Vec<(usize, usize)> = after(&bytes, STREAM)
        .filter_map(|(at, rest)| {
            let ended = [&b"\r\n"[..], b"\n"]
                .into_iter()
                .find_map(|end| rest.strip_prefix(end))?;
            let mut head = ended.iter().take(MOST_BLANKS);
            let blanks = head.position(|byte| !byte.is_ascii_whitespace() && *byte != 0)?;
            let picture = ended.get(blanks..)?.starts_with(&[0xFF, 0xD8, 0xFF]);
            let start = at + STREAM.len() + rest.len() - ended.len();
            (picture && blanks > 0).then_some((start, blanks))
        })
        .collect();
    for (start, blanks) in starts {
        if let Some(head) = bytes.get_mut(start..start + blanks + 2) {
            head.fill(0xFF);
            if let Some(second) = head.get_mut(1) {
                *second = 0xD8;
            }
        }
    }
    bytes
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
