//! Header fields and their parameters (RFC 5322 section 2.2, RFC 2045 section
//! 5.1, RFC 2231). Values stay raw bytes until `words` decodes them: only so
//! raw Shift_JIS and words split inside a character can be read at all.

use crate::sanitise::Refusal;

/// One header field; the value still folded.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    /// Lower case.
    pub(super) name: String,
    pub(super) value: &'a [u8],
}

/// Takes the header block off `entity`: fields and body. Every line must be a
/// field or continue one; where a reader could see the header end earlier or
/// later than another, the whole is refused.
pub(super) fn block(
    entity: &[u8],
    most: u32,
    most_bytes: u32,
) -> Result<(Vec<Field<'_>>, &[u8]), Refusal> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut start: Option<(String, usize)> = None; // name, offset of the value
    let mut at = 0_usize;
    loop {
        let rest = entity.get(at..).unwrap_or_default();
        let length = line_length(rest);
        let line = rest.get(..length).unwrap_or_default();
        let folded = line.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
        if folded && start.is_some() {
            at += length;
        } else {
            if let Some((name, from)) = start.take() {
                fields.push(Field {
                    name,
                    value: entity.get(from..at).unwrap_or_default(),
                });
            }
            if line.is_empty() || line == b"\r\n" {
                return Ok((fields, rest.get(length..).unwrap_or_default()));
            }
            let colon = line
                .iter()
                .position(|b| *b == b':')
                .ok_or(Refusal::Malformed)?;
            let name = line.get(..colon).unwrap_or_default();
            if name.is_empty() || !name.iter().all(|b| matches!(b, 33..=126)) {
                return Err(Refusal::Malformed);
            }
            start = Some((
                String::from_utf8_lossy(name).to_ascii_lowercase(),
                at + colon + 1,
            ));
            at += length;
        }
        if fields.len() >= usize::try_from(most).unwrap_or(usize::MAX)
            || at > usize::try_from(most_bytes).unwrap_or(usize::MAX)
        {
            return Err(Refusal::OverBudget);
        }
    }
}

/// Bytes up to and with the next CRLF, or all.
pub(super) fn line_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|b| *b == b'\n')
        .map_or(bytes.len(), |at| at + 1)
}

/// The value in one line, without white space around it.
pub(super) fn unfold(value: &[u8]) -> Vec<u8> {
    let line: Vec<u8> = value
        .iter()
        .copied()
        .filter(|b| !matches!(b, b'\r' | b'\n'))
        .collect();
    line.trim_ascii().to_vec()
}

/// `value; name=value; …` of Content-Type and Content-Disposition.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameterised {
    /// Lower case.
    pub(super) value: String,
    /// Names lower case; values unquoted, still in their charset.
    pub(super) parameters: Vec<(String, Vec<u8>)>,
    /// Names whose value breaks the grammar.
    sloppy: Vec<String>,
    /// Something stood between parameters that is none.
    stray: bool,
}

impl Parameterised {
    pub(super) fn read(raw: &[u8]) -> Self {
        let line = unfold(raw);
        let (head, mut rest) = until(&line, b';');
        let mut read = Self {
            value: String::from_utf8_lossy(head.trim_ascii()).to_ascii_lowercase(),
            ..Self::default()
        };
        while !rest.is_empty() {
            rest = rest.trim_ascii_start();
            let equals = rest.iter().position(|b| matches!(b, b'=' | b';'));
            match equals.and_then(|at| rest.get(at).map(|b| (at, *b))) {
                Some((at, b'=')) => {
                    let name = rest.get(..at).unwrap_or_default().trim_ascii();
                    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
                    let after = rest.get(at + 1..).unwrap_or_default().trim_ascii_start();
                    let (value, strict, later) = parameter_value(after);
                    if !strict {
                        read.sloppy.push(name.clone());
                    }
                    read.parameters.push((name, value));
                    rest = later;
                }
                Some((at, _)) => {
                    read.stray |= !rest.get(..at).unwrap_or_default().trim_ascii().is_empty();
                    rest = rest.get(at + 1..).unwrap_or_default();
                }
                None => {
                    read.stray |= !rest.trim_ascii().is_empty();
                    rest = &[];
                }
            }
        }
        read
    }

    /// The one value of `name` where no reader can see another one: written
    /// once, by the grammar, and not in pieces of RFC 2231.
    pub(super) fn certain(&self, name: &str) -> Option<&[u8]> {
        let mut found = self.parameters.iter().filter(|(known, _)| known == name);
        let (_, value) = found.next()?;
        let alone = found.next().is_none() && !self.in_pieces(name) && !self.stray;
        (alone && !self.sloppy.iter().any(|known| known == name)).then_some(value.as_slice())
    }

    /// Whether RFC 2231 pieces of `name` occur.
    pub(super) fn in_pieces(&self, name: &str) -> bool {
        self.parameters.iter().any(|(known, _)| {
            known
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('*'))
        })
    }
}

fn until(bytes: &[u8], sign: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|b| *b == sign) {
        Some(at) => (
            bytes.get(..at).unwrap_or_default(),
            bytes.get(at + 1..).unwrap_or_default(),
        ),
        None => (bytes, &[]),
    }
}

/// Value, whether it keeps the grammar, and what follows its `;`.
fn parameter_value(bytes: &[u8]) -> (Vec<u8>, bool, &[u8]) {
    let Some(quoted) = bytes.strip_prefix(b"\"") else {
        let (value, rest) = until(bytes, b';');
        let value = value.trim_ascii();
        return (
            value.to_vec(),
            !value.is_empty() && value.iter().all(|b| is_token(*b)),
            rest,
        );
    };
    let utf8 = std::str::from_utf8(quoted).is_ok();
    let mut value = Vec::new();
    let mut at = 0;
    while let Some(&byte) = quoted.get(at) {
        let next = quoted.get(at + 1).copied();
        match (byte, next) {
            (b'"', _) => {
                let (between, rest) = until(quoted.get(at + 1..).unwrap_or_default(), b';');
                return (value, between.trim_ascii().is_empty(), rest);
            }
            // Escaped JIS: its bytes may look like quotes and backslashes.
            (0x1B, Some(b'$')) => {
                let tail = quoted.get(at + 1..).unwrap_or_default();
                let end = tail
                    .windows(2)
                    .position(|w| w == b"\x1b(")
                    .unwrap_or(tail.len());
                value.push(byte);
                value.extend_from_slice(tail.get(..end).unwrap_or_default());
                at += 1 + end;
            }
            // 表 and ソ in Shift_JIS end in a backslash.
            (0x81..=0x9F | 0xE0..=0xFC, Some(second)) if !utf8 => {
                value.extend_from_slice(&[byte, second]);
                at += 2;
            }
            (b'\\', Some(escaped)) => {
                value.push(escaped);
                at += 2;
            }
            _ => {
                value.push(byte);
                at += 1;
            }
        }
    }
    (value, false, &[])
}

/// RFC 2045 section 5.1 token.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'(' | b')'
                | b'<'
                | b'>'
                | b'@'
                | b','
                | b';'
                | b':'
                | b'\\'
                | b'"'
                | b'/'
                | b'['
                | b']'
                | b'?'
                | b'='
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_jis_name_with_a_backslash_byte_is_whole() {
        let read = Parameterised::read(b"attachment; filename=\"\x95\x5c\x8e\xa6.pdf\"; x=y");
        assert_eq!(read.certain("filename"), Some(&b"\x95\x5c\x8e\xa6.pdf"[..]));
        assert_eq!(read.certain("x"), Some(&b"y"[..]));
    }

    #[test]
    fn doubtful_parameters_are_not_certain() {
        for raw in [
            "a/b; boundary=x; boundary=y",
            "a/b; boundary=\"x\"y",
            "a/b; boundary=x y",
            "a/b; boundary*0=x; boundary*1=y",
            "a/b; boundary=x(comment)",
            "a/b; boundary=\"x",
            "a/b; junk; boundary=x",
        ] {
            assert_eq!(
                Parameterised::read(raw.as_bytes()).certain("boundary"),
                None,
                "{raw}"
            );
        }
        assert!(
            Parameterised::read(b"a/b; boundary=\"x y\";")
                .certain("boundary")
                .is_some()
        );
    }

    #[test]
    fn a_line_without_a_colon_is_refused() {
        assert!(block(b"From: a\r\nnonsense\r\n\r\n", 10, 1000).is_err());
        assert_eq!(
            block(b"A: b\r\n c\r\n\r\nbody", 10, 1000).unwrap().1,
            b"body"
        );
    }
}
