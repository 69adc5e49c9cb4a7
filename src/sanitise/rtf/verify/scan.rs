//! The bytes of an output, one after the other.

use super::{Checked, NotOurs};

/// A control word.
pub(super) struct Word<'a> {
    pub(super) name: &'a str,
    pub(super) number: Option<i32>,
}

/// Words that may end a line.
const LINES: &[&str] = &["par", "row", "nestrow", "sect", "page", "line"];

pub(super) struct Scan<'a> {
    rest: &'a [u8],
    /// The last thing was a word that may end a line.
    line: bool,
    lines: bool,
}

impl<'a> Scan<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self {
            rest,
            line: false,
            lines: false,
        }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = self.rest.first().copied();
        self.skip(1);
        self.lines = std::mem::take(&mut self.line);
        byte
    }

    /// Whether the byte just taken may be the end of a line.
    pub(super) fn after_line(&self) -> bool {
        self.lines
    }

    /// Notes the word that was read.
    pub(super) fn was(&mut self, name: &str) {
        self.line = LINES.contains(&name);
    }

    pub(super) fn take(&mut self, wanted: &[u8]) -> bool {
        let found = self.rest.starts_with(wanted);
        if found {
            self.skip(wanted.len());
        }
        found
    }

    /// The blank that ends a word.
    pub(super) fn blank(&mut self) {
        self.take(b" ");
    }

    /// Whether another `\u` follows `byte`.
    pub(super) fn continues_pair(&self, byte: u8) -> bool {
        byte == b'\\' && self.rest.first() == Some(&b'u')
    }

    /// A control symbol behind its backslash.
    pub(super) fn symbol(&mut self) -> Option<u8> {
        let symbol = self.rest.first().copied();
        let symbol = symbol.filter(|byte| !byte.is_ascii_alphabetic())?;
        self.skip(1);
        Some(symbol)
    }

    /// Two digits as our writer has them.
    pub(super) fn hex(&mut self) -> Result<u8, NotOurs> {
        let digits = self.rest.first_chunk::<2>().ok_or(NotOurs("digits"))?;
        let mut value = 0;
        for digit in digits {
            value = value << 4 | nibble(*digit)?;
        }
        self.skip(2);
        Ok(value)
    }

    /// The word that a group begins with.
    pub(super) fn peek(&self) -> Option<Word<'a>> {
        let rest = self.rest.strip_prefix(b"\\")?;
        word(rest).ok().map(|(word, _)| word)
    }

    /// A word with its backslash and the blank behind it.
    pub(super) fn word(&mut self) -> Checked {
        if !self.take(b"\\") {
            return Err(NotOurs("word"));
        }
        self.word_after_backslash()?;
        self.blank();
        Ok(())
    }

    pub(super) fn word_after_backslash(&mut self) -> Result<Word<'a>, NotOurs> {
        let (word, length) = word(self.rest)?;
        self.skip(length);
        Ok(word)
    }

    pub(super) fn until(&mut self, end: u8) -> &'a [u8] {
        let length = self.rest.iter().take_while(|byte| **byte != end).count();
        let found = self.rest.get(..length).unwrap_or_default();
        self.skip(length);
        found
    }

    /// Text up to the end of the group: signs, escapes, `\uN?`.
    pub(super) fn plain(&mut self) -> Result<String, NotOurs> {
        let mut units: Vec<u16> = Vec::new();
        loop {
            match self.rest.first().copied() {
                Some(b'}') => break,
                Some(b'\\') => {
                    self.skip(1);
                    if let Some(symbol) = self.symbol() {
                        if !matches!(symbol, b'\\' | b'{' | b'}') {
                            return Err(NotOurs("symbol in a value"));
                        }
                        units.push(u16::from(symbol));
                        continue;
                    }
                    let word = self.word_after_backslash()?;
                    let unit = word.number.and_then(|number| i16::try_from(number).ok());
                    match unit {
                        Some(unit) if word.name == "u" && self.take(b"?") => {
                            units.push(unit.cast_unsigned());
                        }
                        _ => return Err(NotOurs("word in a value")),
                    }
                }
                Some(byte @ b' '..=b'~') if byte != b'{' => {
                    self.skip(1);
                    units.push(u16::from(byte));
                }
                _ => return Err(NotOurs("byte in a value")),
            }
        }
        String::from_utf16(&units).map_err(|_| NotOurs("characters of a value"))
    }
}

/// Lower case, as our writer has them.
pub(super) fn nibble(digit: u8) -> Result<u8, NotOurs> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(NotOurs("digit")),
    }
}

/// Name and number, and how long both are.
fn word(bytes: &[u8]) -> Result<(Word<'_>, usize), NotOurs> {
    let letters = bytes.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let after = bytes.get(letters..).unwrap_or_default();
    let sign = usize::from(after.first() == Some(&b'-'));
    let digits = after
        .iter()
        .skip(sign)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let name = bytes.get(..letters).unwrap_or_default();
    let name = std::str::from_utf8(name).map_err(|_| NotOurs("word"))?;
    if letters == 0 || letters > 32 || digits > 10 {
        return Err(NotOurs("word"));
    }
    if digits == 0 {
        // A hyphen behind a word would be its number's sign to nobody.
        return if sign == 0 {
            Ok((Word { name, number: None }, letters))
        } else {
            Err(NotOurs("hyphen behind a word"))
        };
    }
    let number = after.get(..sign + digits).unwrap_or_default();
    let number = std::str::from_utf8(number).ok();
    let number = number.and_then(|number| number.parse().ok());
    let number = number.ok_or(NotOurs("number"))?;
    let word = Word {
        name,
        number: Some(number),
    };
    Ok((word, letters + sign + digits))
}
