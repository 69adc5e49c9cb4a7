//! Accepts a message that our own writer can have made, line by line, from
//! its bytes alone. Shares nothing with the reader of strangers' mails: the
//! grammar here is the writer's one form and not MIME.

use std::collections::BTreeSet;

use crate::sanitise::text::verify_text;
use crate::sanitise::{Context, Kind, MemberCheck, Refusal};

/// Fields our writer emits, in its order; each at most once.
const FIELDS: [&str; 19] = [
    "Received",
    "Authentication-Results",
    "From",
    "Sender",
    "To",
    "Cc",
    "Reply-To",
    "Date",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "List-Id",
    "List-Post",
    "Auto-Submitted",
    "Importance",
    "X-Sekimori-Id",
    "X-Sekimori-Result",
    "MIME-Version",
];

/// Accepts our message; each attachment is handed to `member` with the kind
/// that its media type (ours) says, a message inside too.
///
/// # Errors
/// [`Refusal::Residue`]; `OverBudget` past a limit.
pub fn verify(
    output: &[u8],
    context: &Context<'_>,
    member: &MemberCheck<'_>,
) -> Result<(), Refusal> {
    let text = std::str::from_utf8(output).map_err(|_| Refusal::Residue)?;
    let well_formed = text.ends_with("\r\n")
        && text
            .split("\r\n")
            .all(|line| line.len() <= 998 && line.bytes().all(|b| matches!(b, 0x20..=0x7E)));
    if !well_formed {
        return Err(Refusal::Residue);
    }
    let mut lines = Lines { rest: text };
    for name in FIELDS {
        lines.field(name);
    }
    let mut parts = 0;
    if lines.exactly("Content-Type: multipart/mixed;") {
        let (delimiter, last) = lines.boundary()?;
        let first = lines.until(&delimiter, &last).ok_or(Refusal::Residue)?;
        text_part(&mut Lines { rest: first.0 })?;
        let mut more = first.1;
        let mut pages_end = false;
        while more {
            parts += 1;
            if parts > context.limits.parts {
                return Err(Refusal::OverBudget);
            }
            let (part, another) = lines.until(&delimiter, &last).ok_or(Refusal::Residue)?;
            let mut part = Lines { rest: part };
            // Pages stand before every attachment.
            if pages_end || !page(&mut part, context, member)? {
                pages_end = true;
                attachment(&mut part, member)?;
            }
            more = another;
        }
        if !lines.rest.is_empty() {
            return Err(Refusal::Residue);
        }
        return Ok(());
    }
    text_part(&mut lines)
}

/// What is left, by lines.
struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let (line, rest) = self.rest.split_once("\r\n")?;
        self.rest = rest;
        Some(line)
    }

    fn exactly(&mut self, wanted: &str) -> bool {
        match self.rest.split_once("\r\n") {
            Some((line, rest)) if line == wanted => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn empty(&mut self) -> Result<(), Refusal> {
        if self.exactly("") {
            Ok(())
        } else {
            Err(Refusal::Residue)
        }
    }

    /// Takes the field `name` with its folded lines, if it is next.
    fn field(&mut self, name: &str) {
        let begins = self
            .rest
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(": "));
        if begins {
            self.next();
            while self.rest.starts_with(' ') && self.next().is_some() {}
        }
    }

    /// The boundary of a multipart and its first delimiter; delimiter and last.
    fn boundary(&mut self) -> Result<(String, String), Refusal> {
        let line = self.next().ok_or(Refusal::Residue)?;
        let boundary = line
            .strip_prefix(" boundary=\"=_sekimori_")
            .and_then(|rest| rest.strip_suffix('"'))
            .filter(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .ok_or(Refusal::Residue)?;
        let delimiter = format!("--=_sekimori_{boundary}");
        let last = format!("{delimiter}--");
        self.empty()?;
        if self.exactly(&delimiter) {
            Ok((delimiter, last))
        } else {
            Err(Refusal::Residue)
        }
    }

    /// Lines up to the next delimiter, and whether another part follows.
    fn until(&mut self, delimiter: &str, last: &str) -> Option<(&'a str, bool)> {
        let from = self.rest;
        loop {
            let before = from.len() - self.rest.len();
            let line = self.next()?;
            if line == delimiter || line == last {
                return Some((from.get(..before)?, line == delimiter));
            }
            if line.starts_with(delimiter) {
                return None;
            }
        }
    }
}

fn text_part(lines: &mut Lines<'_>) -> Result<(), Refusal> {
    let head = lines.exactly("Content-Type: text/plain; charset=UTF-8")
        && lines.exactly("Content-Transfer-Encoding: base64")
        && lines.exactly("");
    if !head {
        return Err(Refusal::Residue);
    }
    verify_text(&unarmoured(lines.rest)?)
}

/// A text that stays HTML, alone or with its pictures; whether this is one.
fn page(
    lines: &mut Lines<'_>,
    context: &Context<'_>,
    member: &MemberCheck<'_>,
) -> Result<bool, Refusal> {
    if lines.exactly("Content-Type: text/html; charset=UTF-8") {
        // Alone it shows nothing.
        return if html(lines, member)?.is_empty() {
            Ok(true)
        } else {
            Err(Refusal::Residue)
        };
    }
    if !lines.exactly("Content-Type: multipart/related;") {
        return Ok(false);
    }
    let (delimiter, last) = lines.boundary()?;
    let (first, mut more) = lines.until(&delimiter, &last).ok_or(Refusal::Residue)?;
    let mut first = Lines { rest: first };
    if !more || !first.exactly("Content-Type: text/html; charset=UTF-8") {
        return Err(Refusal::Residue);
    }
    let shown = html(&mut first, member)?;
    let mut come = BTreeSet::new();
    let mut pictures = 0;
    while more {
        pictures += 1;
        if pictures > context.limits.parts {
            return Err(Refusal::OverBudget);
        }
        let (part, another) = lines.until(&delimiter, &last).ok_or(Refusal::Residue)?;
        let id = picture(&mut Lines { rest: part }, member)?;
        if !come.insert(id) {
            return Err(Refusal::Residue);
        }
        more = another;
    }
    if lines.rest.is_empty() && come == shown {
        Ok(true)
    } else {
        Err(Refusal::Residue)
    }
}

/// A page; the ids of the pictures that it shows.
fn html(lines: &mut Lines<'_>, member: &MemberCheck<'_>) -> Result<BTreeSet<String>, Refusal> {
    let head = lines.exactly("Content-Transfer-Encoding: base64")
        && lines.exactly("Content-Disposition: inline")
        && lines.exactly("");
    if !head {
        return Err(Refusal::Residue);
    }
    let page = unarmoured(lines.rest)?;
    member(Kind::Html, &page)?;
    shown_by(&page)
}

/// What our pages call their pictures. `<` is never a word in them.
fn shown_by(page: &[u8]) -> Result<BTreeSet<String>, Refusal> {
    let page = std::str::from_utf8(page).map_err(|_| Refusal::Residue)?;
    let id = |picture: &str| {
        let (id, _) = picture.strip_prefix("src=\"cid:")?.split_once('"')?;
        Some(id.to_owned())
    };
    page.split("<img ")
        .skip(1)
        .map(|picture| id(picture).ok_or(Refusal::Residue))
        .collect()
}

/// A picture that a page shows; its id, which is ours.
fn picture(lines: &mut Lines<'_>, member: &MemberCheck<'_>) -> Result<String, Refusal> {
    let kind = if lines.exactly("Content-Type: image/png;") {
        Kind::Png
    } else if lines.exactly("Content-Type: image/jpeg;") {
        Kind::Jpeg
    } else {
        return Err(Refusal::Residue);
    };
    name_lines(lines, " name=\"", kind)?;
    if !lines.exactly("Content-Transfer-Encoding: base64") {
        return Err(Refusal::Residue);
    }
    let id = lines
        .next()
        .and_then(|line| line.strip_prefix("Content-ID: <"))
        .and_then(|line| line.strip_suffix('>'))
        .filter(|id| is_ours(id))
        .ok_or(Refusal::Residue)?
        .to_owned();
    if !lines.exactly("Content-Disposition: inline;") {
        return Err(Refusal::Residue);
    }
    name_lines(lines, " filename", kind)?;
    lines.empty()?;
    member(kind, &unarmoured(lines.rest)?)?;
    Ok(id)
}

/// `picture3.0123456789ab@sekimori.invalid`
fn is_ours(id: &str) -> bool {
    let parts = id
        .strip_prefix("picture")
        .and_then(|id| id.strip_suffix("@sekimori.invalid"))
        .and_then(|id| id.split_once('.'));
    parts.is_some_and(|(number, mail)| {
        (1..=5).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
            && mail.len() == 12
            && mail.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn attachment(lines: &mut Lines<'_>, member: &MemberCheck<'_>) -> Result<(), Refusal> {
    let media = lines
        .next()
        .and_then(|line| line.strip_prefix("Content-Type: "))
        .ok_or(Refusal::Residue)?;
    let media = media.strip_suffix(';').ok_or(Refusal::Residue)?;
    let (media, charset) = media.split_once("; ").unwrap_or((media, ""));
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.extension().is_some() && kind.media_type() == media)
        .ok_or(Refusal::Residue)?;
    let needs_charset = matches!(
        kind,
        Kind::Text | Kind::Csv | Kind::Calendar | Kind::Contact | Kind::Html
    );
    if (charset == "charset=UTF-8") != needs_charset || (!needs_charset && !charset.is_empty()) {
        return Err(Refusal::Residue);
    }
    name_lines(lines, " name=\"", kind)?;
    let transfer = if kind == Kind::Message {
        "7bit"
    } else {
        "base64"
    };
    if !lines.exactly(&format!("Content-Transfer-Encoding: {transfer}"))
        || !lines.exactly("Content-Disposition: attachment;")
    {
        return Err(Refusal::Residue);
    }
    name_lines(lines, " filename", kind)?;
    lines.empty()?;
    if kind == Kind::Message {
        return member(kind, lines.rest.as_bytes());
    }
    let bytes = unarmoured(lines.rest)?;
    // An attached page is opened outside of the mail.
    if kind == Kind::Html && !shown_by(&bytes)?.is_empty() {
        return Err(Refusal::Residue);
    }
    member(kind, &bytes)
}

/// Folded lines of a name: the first as given, the others pieces of it; a
/// plain or percent-encoded name ends in our extension.
fn name_lines(lines: &mut Lines<'_>, first: &str, kind: Kind) -> Result<(), Refusal> {
    if !lines.rest.starts_with(first) {
        return Err(Refusal::Residue);
    }
    let mut name = String::new();
    let mut encoded = false;
    while lines.rest.starts_with(' ') {
        let line = lines.next().ok_or(Refusal::Residue)?;
        encoded |= line.contains("=?UTF-8?B?");
        let value = line.split_once('=').map_or(line, |(_, value)| value);
        name.push_str(value.trim_end_matches(';'));
    }
    let ends = format!(".{}", kind.extension().unwrap_or_default());
    if encoded || name.trim_matches('"').ends_with(&ends) {
        Ok(())
    } else {
        Err(Refusal::Residue)
    }
}

/// Canonical base64 in full lines of 76, the last one shorter.
fn unarmoured(text: &str) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut ended = false;
    // Of nothing we write one empty line.
    if text == "\r\n" {
        return Ok(bytes);
    }
    for line in text.split_terminator("\r\n") {
        if ended || line.is_empty() || line.len() > 76 || line.len() % 4 != 0 {
            return Err(Refusal::Residue);
        }
        ended = line.len() < 76 || line.ends_with('=');
        for quad in line.as_bytes().chunks(4) {
            let padding = quad.iter().rev().take_while(|b| **b == b'=').count();
            let last_of_line =
                std::ptr::eq(quad.as_ptr_range().end, line.as_bytes().as_ptr_range().end);
            if padding > 2 || (padding > 0 && !last_of_line) {
                return Err(Refusal::Residue);
            }
            let mut value = 0_u32;
            for sign in quad.get(..4 - padding).unwrap_or_default() {
                value = value << 6 | u32::from(six_bits(*sign).ok_or(Refusal::Residue)?);
            }
            let (value, taken) = match padding {
                0 => (value, 3),
                1 if value & 0b11 == 0 => (value << 6, 2),
                2 if value & 0b1111 == 0 => (value << 12, 1),
                _ => return Err(Refusal::Residue),
            };
            bytes.extend(value.to_be_bytes().iter().skip(1).take(taken));
        }
    }
    Ok(bytes)
}

fn six_bits(sign: u8) -> Option<u8> {
    match sign {
        b'A'..=b'Z' => Some(sign - b'A'),
        b'a'..=b'z' => Some(sign - b'a' + 26),
        b'0'..=b'9' => Some(sign - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_base64_is_accepted() {
        assert_eq!(unarmoured("QUJD\r\n").unwrap(), b"ABC");
        assert_eq!(unarmoured("QUI=\r\n").unwrap(), b"AB");
        for bad in [
            "QUJ\r\n",
            "QUJ=\r\n",
            "QU==\r\nQUJD\r\n",
            "QU=D\r\n",
            "Q===\r\n",
            "QU J\r\n",
        ] {
            assert!(unarmoured(bad).is_err(), "{bad:?}");
        }
    }
}
