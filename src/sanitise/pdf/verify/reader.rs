//! A strict reader of the one file layout our writer emits: header, objects
//! 1..n in order, one table, one trailer, the end. No comments, no octal, no
//! literal strings but plain words, no repair.

use crate::sanitise::Refusal;

/// A direct value. Numbers keep their bytes: only places that need one read it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Number(f64),
    Name(&'a [u8]),
    /// Hex string, decoded.
    Bytes(Vec<u8>),
    /// Literal string without signs that end or escape it.
    Word(&'a [u8]),
    Array(Vec<Value<'a>>),
    Dictionary(Vec<(&'a [u8], Value<'a>)>),
    Reference(usize),
}

/// One indirect object.
#[derive(Debug)]
pub(super) struct Object<'a> {
    pub(super) value: Value<'a>,
    pub(super) stream: Option<&'a [u8]>,
}

/// Deepest nesting we write, with room for none.
const DEEPEST: usize = 5;

/// Reads a whole file; the objects in order, number 1 first.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Object<'_>>, Refusal> {
    let mut at = Cursor {
        rest: bytes,
        length: bytes.len(),
    };
    at.expect(b"%PDF-1.7\n%\x80\x80\x80\x80\n\n")?;
    let mut objects = Vec::new();
    let mut offsets = Vec::new();
    while !at.rest.starts_with(b"xref\n") {
        offsets.push(at.position());
        at.expect(format!("{} 0 obj\n", offsets.len()).as_bytes())?;
        objects.push(at.object()?);
    }
    table(&mut at, &offsets)?;
    Ok(objects)
}

/// The cross-reference table and trailer, byte for byte.
fn table(at: &mut Cursor<'_>, offsets: &[usize]) -> Result<(), Refusal> {
    let start = at.position();
    let size = offsets.len() + 1;
    at.expect(format!("xref\n0 {size}\n0000000000 65535 f\r\n").as_bytes())?;
    for offset in offsets {
        at.expect(format!("{offset:010} 00000 n\r\n").as_bytes())?;
    }
    at.expect(b"trailer\n")?;
    let trailer = at.value(0)?;
    let expected = Value::Dictionary(vec![
        (b"Size", Value::Number(size as f64)),
        (b"Root", Value::Reference(1)),
    ]);
    if trailer != expected {
        return Err(Refusal::Residue);
    }
    at.expect(format!("\nstartxref\n{start}\n%%EOF").as_bytes())?;
    if at.rest.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Residue)
    }
}

/// What is still to be read.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Cursor<'a> {
    fn position(&self) -> usize {
        self.length - self.rest.len()
    }

    fn expect(&mut self, expected: &[u8]) -> Result<(), Refusal> {
        self.rest = self.rest.strip_prefix(expected).ok_or(Refusal::Residue)?;
        Ok(())
    }

    fn skip(&mut self, expected: &[u8]) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn spaces(&mut self) {
        while let [b' ' | b'\n', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Takes bytes as long as `belongs` holds.
    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self
            .rest
            .iter()
            .position(|byte| !belongs(*byte))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn object(&mut self) -> Result<Object<'a>, Refusal> {
        let value = self.value(0)?;
        let mut stream = None;
        if self.skip(b"\nstream\n") {
            let length = match length(&value) {
                Some(length) if length <= self.rest.len() => length,
                Some(_) | None => return Err(Refusal::Residue),
            };
            let (data, rest) = self.rest.split_at_checked(length).ok_or(Refusal::Residue)?;
            self.rest = rest;
            stream = Some(data);
            self.expect(b"\nendstream")?;
        }
        self.expect(b"\nendobj\n")?;
        Ok(Object { value, stream })
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::Residue);
        }
        if self.skip(b"<<") {
            return self.dictionary(depth);
        }
        match self.rest {
            [b'/', ..] => self.name().map(Value::Name),
            [b'[', rest @ ..] => {
                self.rest = rest;
                self.array(depth)
            }
            [b'<', rest @ ..] => {
                self.rest = rest;
                self.hex()
            }
            [b'(', rest @ ..] => {
                self.rest = rest;
                let plain = |byte: u8| byte.is_ascii_graphic() && !b"()\\<>\"".contains(&byte);
                let word = self.take_while(plain);
                self.expect(b")")?;
                Ok(Value::Word(word))
            }
            [b'-' | b'0'..=b'9', ..] => self.number_or_reference(),
            _ => Err(Refusal::Residue),
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Value<'a>, Refusal> {
        let mut entries: Vec<(&[u8], Value<'_>)> = Vec::new();
        loop {
            self.spaces();
            if self.skip(b">>") {
                return Ok(Value::Dictionary(entries));
            }
            let key = self.name()?;
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(Refusal::Residue);
            }
            self.spaces();
            entries.push((key, self.value(depth + 1)?));
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value<'a>, Refusal> {
        let mut items = Vec::new();
        loop {
            self.spaces();
            if self.skip(b"]") {
                return Ok(Value::Array(items));
            }
            items.push(self.value(depth + 1)?);
        }
    }

    /// Names of plain characters only: no `#xx`.
    fn name(&mut self) -> Result<&'a [u8], Refusal> {
        self.expect(b"/")?;
        let name = self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if name.is_empty() {
            Err(Refusal::Residue)
        } else {
            Ok(name)
        }
    }

    fn hex(&mut self) -> Result<Value<'a>, Refusal> {
        let digits = self.take_while(|byte| byte.is_ascii_hexdigit());
        self.expect(b">")?;
        if !digits.len().is_multiple_of(2) {
            return Err(Refusal::Residue);
        }
        digits
            .chunks_exact(2)
            .map(|pair| {
                let text = std::str::from_utf8(pair).map_err(|_| Refusal::Residue)?;
                u8::from_str_radix(text, 16).map_err(|_| Refusal::Residue)
            })
            .collect::<Result<Vec<u8>, Refusal>>()
            .map(Value::Bytes)
    }

    fn number_or_reference(&mut self) -> Result<Value<'a>, Refusal> {
        let digits = self.take_while(|byte| matches!(byte, b'-' | b'.' | b'0'..=b'9'));
        if self.skip(b" 0 R") {
            return whole(digits).map(Value::Reference);
        }
        number(digits).map(Value::Number)
    }
}

fn length(value: &Value<'_>) -> Option<usize> {
    let Value::Dictionary(entries) = value else {
        return None;
    };
    entries.iter().find_map(|(key, value)| match value {
        Value::Number(length) if *key == b"Length" && *length >= 0.0 && length.fract() == 0.0 => {
            Some(*length as usize)
        }
        _ => None,
    })
}

/// `-?[0-9]{1,10}(\.[0-9]{1,10})?`, as our writer and only it prints numbers.
pub(super) fn number(digits: &[u8]) -> Result<f64, Refusal> {
    let unsigned = digits.strip_prefix(b"-").unwrap_or(digits);
    let (whole, fraction) = match unsigned.iter().position(|byte| *byte == b'.') {
        Some(point) => {
            let (whole, fraction) = unsigned.split_at_checked(point).ok_or(Refusal::Residue)?;
            (whole, fraction.get(1..).unwrap_or_default())
        }
        None => (unsigned, &b"0"[..]),
    };
    let plain = |part: &[u8]| (1..=10).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    if !plain(whole) || !plain(fraction) {
        return Err(Refusal::Residue);
    }
    let text = std::str::from_utf8(digits).map_err(|_| Refusal::Residue)?;
    text.parse().map_err(|_| Refusal::Residue)
}

fn whole(digits: &[u8]) -> Result<usize, Refusal> {
    let value = number(digits)?;
    if value < 1.0 || value.fract() != 0.0 {
        Err(Refusal::Residue)
    } else {
        Ok(value as usize)
    }
}
