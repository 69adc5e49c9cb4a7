//! Transfer encodings (RFC 2045 section 6), strictly: where a lenient and a
//! strict reader would see different bytes, the part is refused.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::words::hex_pair;
use crate::sanitise::Refusal;

/// Content-Transfer-Encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    /// 7bit, 8bit, binary.
    Plain,
    Base64,
    QuotedPrintable,
}

impl Transfer {
    /// By the field's value; unknown words are refused.
    pub(super) fn read(value: &[u8]) -> Result<Self, Refusal> {
        let word = super::field::unfold(value).to_ascii_lowercase();
        match word.as_slice() {
            b"7bit" | b"8bit" | b"binary" => Ok(Self::Plain),
            b"base64" => Ok(Self::Base64),
            b"quoted-printable" => Ok(Self::QuotedPrintable),
            _ => Err(Refusal::Malformed),
        }
    }
}

/// The decoded bytes.
pub(super) fn decode(body: &[u8], transfer: Transfer) -> Result<Vec<u8>, Refusal> {
    match transfer {
        Transfer::Plain => Ok(body.to_vec()),
        Transfer::Base64 => {
            let dense: Vec<u8> = body
                .iter()
                .copied()
                .filter(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
                .collect();
            BASE64_STANDARD
                .decode(dense)
                .map_err(|_| Refusal::Malformed)
        }
        Transfer::QuotedPrintable => quoted_printable(body),
    }
}

fn quoted_printable(body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|b| *b == b'\n') {
        let ended = line.ends_with(b"\n");
        let bare = line.strip_suffix(b"\r\n").unwrap_or(line);
        // Blanks at a line's end were added on the way (rule 3).
        let bare = bare.trim_ascii_end();
        let mut rest = bare;
        let mut soft = false;
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            if first != b'=' {
                bytes.push(first);
            } else if after.is_empty() {
                soft = true;
            } else {
                bytes.push(hex_pair(after).ok_or(Refusal::Malformed)?);
                rest = after.get(2..).unwrap_or_default();
            }
        }
        if ended && !soft {
            bytes.extend_from_slice(b"\r\n");
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lenient_readers_would_repair_is_refused() {
        for bad in ["QUJD!", "QUI=QUJD", "QUJ", "QQ", "QUJDé"] {
            assert_eq!(
                decode(bad.as_bytes(), Transfer::Base64),
                Err(Refusal::Malformed),
                "{bad}"
            );
        }
        for bad in ["a=ZZ", "a=4"] {
            assert_eq!(
                decode(bad.as_bytes(), Transfer::QuotedPrintable),
                Err(Refusal::Malformed),
                "{bad}"
            );
        }
        assert!(Transfer::read(b"uuencode").is_err());
        assert!(Transfer::read(b"base64 (x)").is_err());
    }

    #[test]
    fn well_formed_bodies_decode() {
        assert_eq!(
            decode(b"QUJD\r\nREU=\r\n", Transfer::Base64).unwrap(),
            b"ABCDE"
        );
        assert_eq!(
            decode(b"a=3Db=\r\nc  \r\nd", Transfer::QuotedPrintable).unwrap(),
            b"a=bc\r\nd"
        );
    }
}
