//! A scanner for the XML that we write and for no other: one declaration, no
//! comment, no CDATA, no DOCTYPE, no instruction, five spelled entities,
//! attributes in double quotes after one space.

use super::NotOurs;

/// Deepest nesting.
const DEEPEST: usize = 220;
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// One tag or text.
#[derive(Debug)]
pub(in crate::sanitise) enum Piece<'a> {
    /// A start tag; `root` for the first.
    Open {
        name: &'a str,
        attributes: Vec<(&'a str, &'a str)>,
        root: bool,
    },
    /// An end tag, also that of an empty element.
    Close { name: &'a str },
    /// Text as written, still escaped.
    Text(&'a str),
}

/// The pieces of a part, well-formed up to the one given; after an error
/// nothing more.
pub(in crate::sanitise) struct Pieces<'a> {
    rest: &'a str,
    open: Vec<&'a str>,
    rooted: bool,
    /// The end of an empty element, still to be told.
    closing: Option<&'a str>,
}

/// Begins to scan a part.
pub(in crate::sanitise) fn pieces(text: &str) -> Result<Pieces<'_>, NotOurs> {
    let rest = text.strip_prefix(HEAD).ok_or(NotOurs("declaration"))?;
    Ok(Pieces {
        rest,
        open: Vec::new(),
        rooted: false,
        closing: None,
    })
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, NotOurs>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(name) = self.closing.take() {
            return Some(Ok(Piece::Close { name }));
        }
        if self.rest.is_empty() {
            let done = self.open.is_empty() && self.rooted;
            self.rooted = true;
            self.open.clear();
            return if done {
                None
            } else {
                Some(Err(NotOurs("unfinished")))
            };
        }
        let piece = self.piece();
        if piece.is_err() {
            self.rest = "";
            self.open.clear();
            self.rooted = true;
        }
        Some(piece)
    }
}

impl<'a> Pieces<'a> {
    fn piece(&mut self) -> Result<Piece<'a>, NotOurs> {
        let Some(tag) = self.rest.strip_prefix('<') else {
            let end = self.rest.find('<').ok_or(NotOurs("text after the root"))?;
            let (words, after) = self.rest.split_at_checked(end).ok_or(NotOurs("text"))?;
            if self.open.is_empty() {
                return Err(NotOurs("text outside"));
            }
            escaped(words)?;
            self.rest = after;
            return Ok(Piece::Text(words));
        };
        let (inside, after) = tag.split_once('>').ok_or(NotOurs("open tag"))?;
        self.rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            if self.open.pop() != Some(name) {
                return Err(NotOurs("end tag"));
            }
            return Ok(Piece::Close { name });
        }
        let (inside, empty) = match inside.strip_suffix('/') {
            Some(inside) => (inside, true),
            None => (inside, false),
        };
        let (name, attributes) = start_tag(inside)?;
        let root = self.open.is_empty();
        if root && std::mem::replace(&mut self.rooted, true) {
            return Err(NotOurs("second root"));
        }
        if empty {
            self.closing = Some(name);
        } else {
            self.open.push(name);
        }
        if self.open.len() > DEEPEST {
            return Err(NotOurs("depth"));
        }
        Ok(Piece::Open {
            name,
            attributes,
            root,
        })
    }
}

type StartTag<'a> = (&'a str, Vec<(&'a str, &'a str)>);

fn start_tag(inside: &str) -> Result<StartTag<'_>, NotOurs> {
    let (name, mut rest) = cut(inside, b' ').unwrap_or((inside, ""));
    is_name(name)?;
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    while !rest.is_empty() {
        let (key, after) = cut(rest, b'=').ok_or(NotOurs("attribute"))?;
        is_name(key)?;
        let after = after.strip_prefix('"').ok_or(NotOurs("attribute"))?;
        let (value, after) = cut(after, b'"').ok_or(NotOurs("attribute value"))?;
        escaped(value)?;
        if attributes.iter().any(|(other, _)| *other == key) {
            return Err(NotOurs("attribute twice"));
        }
        attributes.push((key, value));
        rest = match after {
            "" => "",
            after => after
                .strip_prefix(' ')
                .filter(|rest| !rest.is_empty())
                .ok_or(NotOurs("space"))?,
        };
    }
    Ok((name, attributes))
}

/// What stands before and behind the first such sign of ASCII. Names are short:
/// a search that gets ready first takes longer than this.
pub(in crate::sanitise) fn cut(words: &str, sign: u8) -> Option<(&str, &str)> {
    let at = words.bytes().position(|b| b == sign)?;
    Some((words.get(..at)?, words.get(at + 1..)?))
}

fn is_name(name: &str) -> Result<(), NotOurs> {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic());
    let plain = bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-' | b'.'));
    if first && plain && name.bytes().filter(|b| *b == b':').count() <= 1 {
        Ok(())
    } else {
        Err(NotOurs("name"))
    }
}

/// Only our own entities, no control characters, no bare markup.
fn escaped(words: &str) -> Result<(), NotOurs> {
    // Both in one walk that stops nowhere: most words have neither.
    let (mut strange, mut entities) = (false, false);
    for b in words.bytes() {
        strange |= matches!(b, b'<' | b'>') || (b < 0x20 && !matches!(b, b'\n' | b'\t'));
        entities |= b == b'&';
    }
    if strange {
        return Err(NotOurs("control or markup character"));
    }
    if !entities {
        return Ok(());
    }
    let known = ["amp;", "lt;", "gt;", "quot;", "#10;", "#9;", "#13;"];
    for (at, _) in words.match_indices('&') {
        let after = words.get(at + 1..).unwrap_or_default();
        if !known.iter().any(|entity| after.starts_with(entity)) {
            return Err(NotOurs("entity"));
        }
    }
    Ok(())
}

/// No sign that shows words in another order than they are read.
pub(in crate::sanitise) fn in_order(words: &str) -> Result<(), NotOurs> {
    let turns = words
        .as_bytes()
        .windows(3)
        .any(|w| matches!(w, [0xE2, 0x80, 0xAA..=0xAE] | [0xE2, 0x81, 0xA6..=0xA9]));
    if turns {
        Err(NotOurs("direction sign"))
    } else {
        Ok(())
    }
}

/// Escaped words as a reader sees them.
pub(in crate::sanitise) fn plain(words: &str) -> String {
    if !words.contains('&') {
        return words.to_owned();
    }
    words
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#10;", "\n")
        .replace("&#9;", "\t")
        .replace("&#13;", "\r")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Result<(), NotOurs> {
        for piece in super::pieces(text)? {
            piece?;
        }
        Ok(())
    }

    #[test]
    fn only_our_own_xml_is_read() {
        assert!(
            pieces(&format!(
                "{HEAD}<w:p a=\"1\" b=\"&amp;\"><w:t>x</w:t><w:r/></w:p>"
            ))
            .is_ok()
        );
        for bad in [
            "<!DOCTYPE a><a/>",
            "<a><!-- x --></a>",
            "<a><![CDATA[x]]></a>",
            "<a/><b/>",
            "<a></b>",
            "<a><?x y?></a>",
            "<a b='1'/>",
            "<a  b=\"1\"/>",
            "<a b=\"1\" b=\"1\"/>",
            "<a>&x;</a>",
            "<a>&#65;</a>",
            "<a b=\"<\"/>",
            "<a/>x",
            "<a>\u{1}</a>",
            "<a",
            "<a>",
            "",
            "<A:b:c/>",
            "<a b=\"1\"c=\"2\"/>",
        ] {
            assert!(pieces(&format!("{HEAD}{bad}")).is_err(), "{bad}");
        }
        assert!(pieces("<a/>").is_err());
    }
}
