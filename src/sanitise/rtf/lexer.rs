//! Bytes -> tokens (RTF 1.9.1, "RTF Syntax"): groups, control words and
//! symbols, bytes of text. Nothing here knows what a word means.

/// One piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open,
    Close,
    /// A control word and its number.
    Word(&'a str, Option<i32>),
    /// A control symbol.
    Symbol(u8),
    /// `\'hh`.
    Hex(u8),
    /// What `\bin` announces.
    Binary(&'a [u8]),
    /// A byte of text.
    Byte(u8),
}

/// Longer ones are no control words (the specification ends at 32).
const LONGEST_WORD: usize = 32;

/// Cuts bytes into tokens; never fails: what is cut off ends.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += usize::from(byte.is_some());
        byte
    }

    fn run(&mut self, wanted: impl Fn(&u8) -> bool, most: usize) -> &'a [u8] {
        let rest = self.rest();
        let length = rest
            .iter()
            .take(most)
            .take_while(|byte| wanted(byte))
            .count();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn control(&mut self) -> Option<Token<'a>> {
        if self.rest().first().is_some_and(u8::is_ascii_alphabetic) {
            return Some(self.word());
        }
        match self.take()? {
            b'\'' => Some(self.hex()),
            symbol => Some(Token::Symbol(symbol)),
        }
    }

    fn hex(&mut self) -> Token<'a> {
        let digits = self.run(u8::is_ascii_hexdigit, 2);
        let value = std::str::from_utf8(digits).ok();
        let value = value.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        // Without digits it says nothing; a sign nobody knows is ignored.
        value.map_or(Token::Symbol(b'\''), Token::Hex)
    }

    fn word(&mut self) -> Token<'a> {
        let name = self.run(u8::is_ascii_alphabetic, usize::MAX);
        let name = std::str::from_utf8(name).unwrap_or_default();
        let start = self.at;
        let negative = self.rest().first() == Some(&b'-');
        self.at += usize::from(negative);
        let digits = self.run(u8::is_ascii_digit, usize::MAX);
        if digits.is_empty() {
            self.at = start;
        }
        let number = number(negative, digits);
        if self.rest().first() == Some(&b' ') {
            self.at += 1;
        }
        if name == "bin" {
            let length = number.and_then(|number| usize::try_from(number).ok());
            let length = length.unwrap_or(0);
            return Token::Binary(self.run(|_| true, length));
        }
        let known = name.len() <= LONGEST_WORD;
        Token::Word(if known { name } else { "" }, number)
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            return match self.take()? {
                // Line ends are for people, and a zero byte is nothing.
                b'\r' | b'\n' | 0 => continue,
                b'{' => Some(Token::Open),
                b'}' => Some(Token::Close),
                b'\\' => self.control(),
                byte => Some(Token::Byte(byte)),
            };
        }
    }
}

/// Beyond 32 bits it is the last number within.
fn number(negative: bool, digits: &[u8]) -> Option<i32> {
    if digits.is_empty() {
        return None;
    }
    let mut value: i64 = 0;
    for digit in digits {
        let digit = i64::from(digit.saturating_sub(b'0'));
        value = value.saturating_mul(10).saturating_add(digit);
    }
    let value = if negative {
        value.saturating_neg()
    } else {
        value
    };
    let within = value.clamp(i64::from(i32::MIN), i64::from(i32::MAX));
    i32::try_from(within).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &[u8]) -> Vec<Token<'_>> {
        Lexer::new(text).collect()
    }

    #[test]
    fn words_symbols_and_bytes() {
        assert_eq!(
            tokens(b"{\\rtf1\\b0 x\\'8F\\~\\fi-360{\\bin3 }{\\}y}"),
            [
                Token::Open,
                Token::Word("rtf", Some(1)),
                Token::Word("b", Some(0)),
                Token::Byte(b'x'),
                Token::Hex(0x8F),
                Token::Symbol(b'~'),
                Token::Word("fi", Some(-360)),
                Token::Open,
                Token::Binary(b"}{\\"),
                Token::Close,
                Token::Byte(b'y'),
                Token::Close,
            ]
        );
    }

    #[test]
    fn odd_ones_end_where_they_must() {
        assert_eq!(tokens(b"\\"), []);
        assert_eq!(tokens(b"\\'"), [Token::Symbol(b'\'')]);
        assert_eq!(tokens(b"\\'a"), [Token::Hex(10)]);
        assert_eq!(tokens(b"\\'zz").first(), Some(&Token::Symbol(b'\'')));
        assert_eq!(tokens(b"\\bin99 ab"), [Token::Binary(b"ab")]);
        assert_eq!(
            tokens(b"\\bin-1 a"),
            [Token::Binary(b""), Token::Byte(b'a')]
        );
        assert_eq!(
            tokens(b"\\b- "),
            [Token::Word("b", None), Token::Byte(b'-'), Token::Byte(b' ')]
        );
        let huge = tokens(b"\\li99999999999999999999");
        assert_eq!(huge, [Token::Word("li", Some(i32::MAX))]);
        let long = [b"\\".to_vec(), vec![b'a'; 40]].concat();
        assert_eq!(tokens(&long), [Token::Word("", None)]);
    }
}
