//! Accepts a text or CSV that our writer can have made, from its bytes alone.
//! A byte scan that shares nothing with the decoder or the cleaner.

use crate::sanitise::Refusal;

/// Accepts UTF-8 text without control or bidirectional characters that does
/// not start like another format.
///
/// # Errors
/// [`Refusal::Residue`].
pub fn verify_text(output: &[u8]) -> Result<(), Refusal> {
    let body = output.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(output);
    scan(body)?;
    let starts: [&[u8]; 10] = [
        b"MZ", b"#!", b"PK", b"{\\rt", b"%PDF", b"GIF8", b"BM", b"Rar!", b"7z", b"From ",
    ];
    let sniffed = is_sniffed_as_page(output) || is_sniffed_as_mail(output);
    if hides_file(body) || sniffed || starts.iter().any(|magic| output.starts_with(magic)) {
        return Err(Refusal::Residue);
    }
    Ok(())
}

/// A tag, comment or declaration that browsers look for at the very start of
/// a text without a byte order mark.
fn is_sniffed_as_page(output: &[u8]) -> bool {
    let head = output.trim_ascii_start();
    let head = head.get(..head.len().min(16)).unwrap_or_default();
    let head = head.to_ascii_lowercase();
    let any = |signs: &[&str]| signs.iter().any(|sign| head.starts_with(sign.as_bytes()));
    let tags = [
        "<html",
        "<head",
        "<script",
        "<iframe",
        "<h1",
        "<div",
        "<font",
        "<table",
        "<a",
        "<style",
        "<title",
        "<body",
        "<br",
        "<b",
        "<p",
        "<!doctype",
    ];
    any(&["<!--", "<?xml"])
        || tags.iter().any(|tag| {
            let after = head.strip_prefix(tag.as_bytes());
            after.is_some_and(|after| after.starts_with(b" ") || after.starts_with(b">"))
        })
}

/// A header field on the first line and one that every mail has among the
/// first two hundred.
fn is_sniffed_as_mail(output: &[u8]) -> bool {
    let names: [&[u8]; 8] = [
        b"from",
        b"to",
        b"subject",
        b"date",
        b"received",
        b"message-id",
        b"mime-version",
        b"content-type",
    ];
    let name = |line: &[u8]| line.iter().take_while(|b| **b != b':').count();
    let begins = |line: &[u8]| {
        let (field, rest) = line.split_at(name(line));
        !field.is_empty()
            && field.iter().all(u8::is_ascii_graphic)
            && (rest.starts_with(b": ") || rest.starts_with(b":\t"))
    };
    let of_mail = |line: &[u8]| {
        let field = line.get(..name(line)).unwrap_or_default();
        names.iter().any(|known| known.eq_ignore_ascii_case(field))
    };
    let mut lines = output
        .split(|b| matches!(b, b'\n' | b'\r'))
        .take(200)
        .peekable();
    lines.peek().is_some_and(|line| begins(line)) && lines.any(of_mail)
}

fn hides_file(body: &[u8]) -> bool {
    body.split(|b| matches!(b, b'\n' | b'\r'))
        .any(opens_embedded_file)
}

/// The first line of a uuencoded or yEnc file.
fn opens_embedded_file(line: &[u8]) -> bool {
    let blanks = |line: &[u8]| {
        line.iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count()
    };
    if line.starts_with(b"=ybegin ")
        || line
            .get(blanks(line)..)
            .unwrap_or_default()
            .starts_with(b"(This file must be converted with BinHex")
    {
        return true;
    }
    if line.starts_with(b"begin  ") {
        return true;
    }
    let rest = line
        .strip_prefix(b"begin-base64")
        .or_else(|| line.strip_prefix(b"begin"));
    let Some(rest) = rest.filter(|rest| rest.starts_with(b" ") || rest.starts_with(b"\t")) else {
        return false;
    };
    let rest = rest.get(blanks(rest)..).unwrap_or_default();
    let mode = rest.iter().take_while(|b| matches!(b, b'0'..=b'7')).count();
    let named = rest
        .get(mode..)
        .is_some_and(|name| name.starts_with(b" ") || name.starts_with(b"\t"))
        && rest
            .get(mode..)
            .is_some_and(|name| blanks(name) < name.len());
    (3..=4).contains(&mode) && named
}

/// Accepts what [`verify_text`] accepts, with a byte order mark, and without a
/// cell that a spreadsheet would calculate.
///
/// # Errors
/// [`Refusal::Residue`].
pub fn verify_csv(output: &[u8]) -> Result<(), Refusal> {
    let body = output
        .strip_prefix(b"\xEF\xBB\xBF")
        .ok_or(Refusal::Residue)?;
    scan(body)?;
    let text = std::str::from_utf8(body).map_err(|_| Refusal::Residue)?;
    let blank = |c: &char| matches!(c, '"' | ' ' | '\u{3000}');
    let head = text.chars().filter(|c| !blank(c)).take(4);
    if hides_file(body) || head.map(|c| c.to_ascii_lowercase()).eq("sep=".chars()) {
        return Err(Refusal::Residue);
    }
    let signs: Vec<char> = text.chars().collect();
    // How many quotes stand before the next sign of a cell that has begun.
    let mut quotes = Some(0_usize);
    for (at, sign) in signs.iter().enumerate() {
        let after = signs.get(at + 1..).unwrap_or_default();
        if quotes.is_some_and(|quotes| begins_formula(*sign, after, quotes % 2 == 1)) {
            return Err(Refusal::Residue);
        }
        quotes = match (sign, quotes) {
            (',' | ';' | '\t' | '\r' | '\n', _) => Some(0),
            ('"', Some(quotes)) => Some(quotes + 1),
            (sign, Some(quotes)) if sign.is_whitespace() => Some(quotes),
            _ => None,
        };
    }
    Ok(())
}

const SEPARATORS: [char; 3] = [',', ';', '\t'];
const LINE_ENDS: [char; 2] = ['\r', '\n'];

/// Signs that begin a formula, in every width; behind plus and minus only
/// figures with at most three signs of a unit are none.
fn begins_formula(sign: char, after: &[char], in_quotes: bool) -> bool {
    if "=@＝＠﹦﹫".contains(sign) {
        return true;
    }
    if !"+-＋－﹢﹣−".contains(sign) {
        return false;
    }
    let ends = |c: &char| SEPARATORS.contains(c) || LINE_ENDS.contains(c);
    let (figures, rest) = if in_quotes {
        // All of it, to the quote that closes it and nothing behind that.
        let Some(close) = after.iter().position(|c| *c == '"') else {
            return true;
        };
        let (inside, rest) = after.split_at(close);
        let blanks = rest.iter().skip(1).take_while(|c| **c == ' ').count();
        let rest = rest.get(1 + blanks..).unwrap_or_default();
        if rest.first().is_some_and(|c| !ends(c)) {
            return true;
        }
        (inside, rest)
    } else {
        let end = after.iter().position(ends).unwrap_or(after.len());
        let (cell, rest) = after.split_at(end);
        // Quotes only where the cell ends.
        let quoted = cell.iter().rev().take_while(|c| matches!(c, '"' | ' '));
        let length = cell.len() - quoted.count();
        (cell.get(..length).unwrap_or_default(), rest)
    };
    figures.split(ends).any(|part| !is_figure(part)) || continues(rest)
}

/// Figures and at most three signs of a unit, or nothing.
fn is_figure(part: &[char]) -> bool {
    let units = part
        .iter()
        .rev()
        .take_while(|c| matches!(c, '%' | '％' | '℃') || ('一'..='\u{9fff}').contains(*c))
        .count();
    let length = part.len() - units;
    let figures = part.get(..length).unwrap_or_default();
    let plain = |c: &char| "0123456789０１２３４５６７８９.． -－()".contains(*c);
    let number = figures.iter().all(plain) && units <= 3 && (units == 0 || length > 0);
    number || (units == 0 && is_scientific(figures))
}

/// A reader with other separators than these goes on: behind one of them stand
/// figures, then a sign that is neither letter nor figure, and then what names a
/// program, a book or a function.
fn continues(rest: &[char]) -> bool {
    let Some((_, next)) = rest
        .split_first()
        .filter(|(first, _)| SEPARATORS.contains(first))
    else {
        return false;
    };
    let blank = |c: &char| c.is_whitespace() && !LINE_ENDS.contains(c);
    let start = next.iter().take_while(|c| blank(c)).count();
    let next = next.get(start..).unwrap_or_default();
    // These begin a cell that is looked at for itself, or are words.
    if next
        .first()
        .is_some_and(|c| "\"'=@＝＠﹦﹫+-＋－﹢﹣−".contains(*c))
    {
        return false;
    }
    let end = next
        .iter()
        .position(|c| matches!(c, ',' | ';') || LINE_ENDS.contains(c));
    let next = next.get(..end.unwrap_or(next.len())).unwrap_or_default();
    let figure = |c: &char| c.is_whitespace() || "0123456789０１２３４５６７８９.．".contains(*c);
    let figures = next.iter().take_while(|c| figure(c)).count();
    let formula = next.get(figures..).unwrap_or_default();
    let operator = formula.first().is_some_and(|c| !c.is_alphanumeric());
    operator && (formula.iter().any(|c| "|｜!！[［".contains(*c)) || names_function(formula))
}

/// A word with a Latin letter, then a bracket.
fn names_function(formula: &[char]) -> bool {
    let letter = |c: &char| {
        c.is_ascii_alphabetic() || ('ａ'..='ｚ').contains(c) || ('Ａ'..='Ｚ').contains(c)
    };
    formula
        .iter()
        .enumerate()
        .filter(|(_, c)| matches!(c, '(' | '（'))
        .any(|(at, _)| {
            let before = formula.get(..at).unwrap_or_default();
            let word = before.iter().rev().take_while(|c| {
                letter(c) || c.is_whitespace() || "_.0123456789０１２３４５６７８９".contains(**c)
            });
            word.into_iter().any(letter)
        })
}

/// `1.5e-3`: digits, perhaps a point and more of them, `e`, digits that may
/// have a sign. Anything else with an `e` may be the name of a cell.
fn is_scientific(figures: &[char]) -> bool {
    let digits = |from: usize| {
        let rest = figures.iter().skip(from);
        from + rest.take_while(|c| c.is_ascii_digit()).count()
    };
    let is = |at: usize, signs: &str| figures.get(at).is_some_and(|c| signs.contains(*c));
    let mut at = digits(0);
    if at == 0 {
        return false;
    }
    if is(at, ".") {
        at = digits(at + 1);
    }
    if !is(at, "eE") {
        return false;
    }
    at += if is(at + 1, "+-") { 2 } else { 1 };
    let end = digits(at);
    end > at && end == figures.len()
}

/// Accepts JSON of readable characters: every bracket closed by its like,
/// every string ended, nothing but signs of the grammar outside of strings.
///
/// # Errors
/// [`Refusal::Residue`].
pub fn verify_json(output: &[u8]) -> Result<(), Refusal> {
    scan(output)?;
    let mut open = Vec::new();
    let mut bytes = output.iter();
    let mut content = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => loop {
                match bytes.next() {
                    Some(b'"') => break,
                    Some(b'\\') => drop(bytes.next()),
                    Some(b'\t' | b'\r' | b'\n') | None => return Err(Refusal::Residue),
                    Some(_) => {}
                }
            },
            b'{' | b'[' => open.push(*byte),
            b'}' if open.pop() == Some(b'{') => {}
            b']' if open.pop() == Some(b'[') => {}
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            // Numbers, `true`, `false`, `null` and what stands between values.
            b',' | b':' | b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' => {}
            b't' | b'r' | b'u' | b'f' | b'a' | b'l' | b's' | b'n' => {}
            _ => return Err(Refusal::Residue),
        }
        content = true;
    }
    if open.is_empty() && content {
        Ok(())
    } else {
        Err(Refusal::Residue)
    }
}

/// Well-formed UTF-8 (RFC 3629) of readable characters.
pub(crate) fn scan(body: &[u8]) -> Result<(), Refusal> {
    std::str::from_utf8(body).map_err(|_| Refusal::Residue)?;
    let bad_single = body
        .iter()
        .any(|b| matches!(b, 0x00..=0x08 | 0x0B | 0x0C | 0x0E..=0x1F | 0x7F));
    // Lead bytes C2 (C1 controls), E2 80 / E2 81 (bidirectional), EF BB BF.
    let bad_pair = body
        .windows(2)
        .any(|w| matches!(w, [0xC2, 0x80..=0x9F] | [0xD8, 0x9C]));
    let bad_triple = body.windows(3).any(|w| {
        matches!(w, [0xE2, 0x80, 0x8B | 0x8E..=0x8F | 0xA8..=0xAE] | [0xE2, 0x81, 0xA0..=0xAF] | [0xEF, 0xBB, 0xBF] | [0xEF, 0xBF, 0xB9..=0xBB | 0xBE..=0xBF] | [0xE1, 0xA0, 0x8E])
    });
    let bad_tag = body
        .windows(3)
        .any(|w| matches!(w, [0xF3, 0xA0, 0x80..=0x83]));
    if bad_single || bad_pair || bad_triple || bad_tag {
        Err(Refusal::Residue)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_never_write_is_refused() {
        for bad in [
            "a\u{1b}",
            "a\u{202e}",
            "a\u{85}",
            "MZ",
            "#!/bin/sh",
            "a\u{0}",
            "From x",
            "BM",
            "Rar!",
            "7z",
            "Received: x\nFrom: a@b\n",
            "X-A:\tb\rsubject: c",
        ] {
            assert_eq!(
                verify_text(bad.as_bytes()),
                Err(Refusal::Residue),
                "{bad:?}"
            );
        }
        assert_eq!(verify_text(b"\xff"), Err(Refusal::Residue));
        for bad in [
            "=1",
            "\u{feff}=1",
            "\u{feff}a,\"=1",
            "\u{feff}a;@b",
            "\u{feff}+x",
            "\u{feff}＝1",
            "\u{feff}-\"x\"&cmd|' /C calc'!A0",
            "\u{feff}-1+cmd|x",
            "\u{feff}sep=|",
            "\u{feff}\"SEP=|\"",
            "\u{feff}\u{3000}sep=|",
            "\u{feff}-E5-E6+(e7)",
            "\u{feff}-1+2",
            "\u{feff}+1e",
            "\u{feff}-1e5-E6",
            "\u{feff}-1e+5人",
            "\u{feff}-.5e3",
            "\u{feff}-１e3",
        ] {
            assert_eq!(verify_csv(bad.as_bytes()), Err(Refusal::Residue), "{bad:?}");
        }
        for good in [
            "-1.5e-3",
            "+5E+3",
            "-1.e5",
            "+81(87)839-2011",
            "-- ",
            "-5千円",
        ] {
            assert_eq!(
                verify_csv(format!("\u{feff}{good}\n").as_bytes()),
                Ok(()),
                "{good}"
            );
        }
        for good in ["\u{feff}From x", "From: x", "Note: x\ny", "a b: c\nTo: d"] {
            let written = super::super::written(good.trim_start_matches('\u{feff}'));
            assert_eq!(verify_text(&written), Ok(()), "{good}");
        }
    }
}
