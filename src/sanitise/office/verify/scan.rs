//! A scanner for the XML that we write and for no other: one declaration, no
//! comment, no CDATA, no DOCTYPE, no instruction, five spelled entities,
//! attributes in double quotes after one space.

use super::NotOurs;

/// Deepest nesting.
const DEEPEST: usize = 220;
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// One tag or text. Its attributes are told until the next one is.
#[derive(Debug)]
pub(in crate::sanitise) enum Piece<'a, 'p> {
    /// A start tag; `root` for the first.
    Open {
        name: &'a str,
        attributes: &'p [(&'a str, &'a str)],
        root: bool,
    },
    /// An end tag, also that of an empty element.
    Close { name: &'a str },
    /// Text as written, still escaped.
    Text(&'a str),
}

/// The pieces of a part, well-formed up to the one given; who meets an error
/// stops.
pub(in crate::sanitise) struct Pieces<'a> {
    rest: &'a str,
    open: Vec<&'a str>,
    /// Those of the start tag that was told last; one list for all tags.
    attributes: Vec<(&'a str, &'a str)>,
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
        attributes: Vec::new(),
        rooted: false,
        closing: None,
    })
}

impl<'a> Pieces<'a> {
    /// The next piece; none at the end of a part that is whole.
    pub(in crate::sanitise) fn step(&mut self) -> Result<Option<Piece<'a, '_>>, NotOurs> {
        if let Some(name) = self.closing.take() {
            return Ok(Some(Piece::Close { name }));
        }
        if self.rest.is_empty() {
            return if self.open.is_empty() && self.rooted {
                Ok(None)
            } else {
                Err(NotOurs("unfinished"))
            };
        }
        self.piece().map(Some)
    }

    fn piece(&mut self) -> Result<Piece<'a, '_>, NotOurs> {
        let Some(tag) = self.rest.strip_prefix('<') else {
            let end = (self.rest.bytes().position(|b| b == b'<'))
                .ok_or(NotOurs("text after the root"))?;
            let (words, after) = self.rest.split_at_checked(end).ok_or(NotOurs("text"))?;
            if self.open.is_empty() {
                return Err(NotOurs("text outside"));
            }
            escaped(words)?;
            self.rest = after;
            return Ok(Piece::Text(words));
        };
        let (inside, after) = cut(tag, b'>').ok_or(NotOurs("open tag"))?;
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
        let name = start_tag(inside, &mut self.attributes)?;
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
            attributes: &self.attributes,
            root,
        })
    }
}

/// The name of a start tag; its attributes take the place of those that are
/// listed.
fn start_tag<'a>(
    inside: &'a str,
    attributes: &mut Vec<(&'a str, &'a str)>,
) -> Result<&'a str, NotOurs> {
    let (name, mut rest) = cut(inside, b' ').unwrap_or((inside, ""));
    is_name(name)?;
    attributes.clear();
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
    Ok(name)
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
    // In one walk: every tag and attribute comes by here.
    let (mut plain, mut colons) = (true, 0_usize);
    for b in bytes {
        plain &= b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-' | b'.');
        colons += usize::from(b == b':');
    }
    if first && plain && colons <= 1 {
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
        let mut pieces = super::pieces(text)?;
        while pieces.step()?.is_some() {}
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
