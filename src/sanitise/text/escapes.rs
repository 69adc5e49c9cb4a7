//! Orders to a terminal (ECMA-48: colours, titles, the cursor) as logs have
//! them: the whole order goes, not only the escape in front of it.

use crate::sanitise::{Report, What};

/// An order is short; what goes on longer is text behind a lone escape.
const LONGEST: usize = 256;

/// `text` without orders; a lone escape stays for the cleaner.
pub(super) fn without(text: &str, report: &mut Report) -> String {
    if !text.contains(['\u{1b}', '\u{9b}', '\u{9d}']) {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        match behind_order(c, after) {
            Some(behind) => {
                report.removed(What::ControlCharacter, "text");
                rest = behind;
            }
            None => {
                kept.push(c);
                rest = after;
            }
        }
    }
    kept
}

/// What follows the order that begins with `c`.
fn behind_order(c: char, after: &str) -> Option<&str> {
    let (introducer, body) = match c {
        '\u{9b}' => ('[', after),
        '\u{9d}' => (']', after),
        '\u{1b}' => {
            let second = after.chars().next()?;
            (second, after.get(second.len_utf8()..)?)
        }
        _ => return None,
    };
    match introducer {
        // Control sequence: parameters, then one final sign.
        '[' => {
            let end = body.find(|c: char| !matches!(c, ' '..='?'))?;
            let last = body.get(end..)?.chars().next()?;
            (end <= LONGEST && matches!(last, '@'..='~')).then(|| body.get(end + 1..))?
        }
        // A string up to its end sign: titles, links.
        ']' | 'P' | '_' | '^' | 'X' => {
            let end = body.find(['\u{7}', '\u{1b}', '\u{9c}', '\r', '\n'])?;
            if end > LONGEST {
                return None;
            }
            let tail = body.get(end..)?;
            ["\u{1b}\\", "\u{7}", "\u{9c}"]
                .iter()
                .find_map(|sign| tail.strip_prefix(sign))
        }
        // A set of signs, or one order of its own.
        '(' | ')' | '#' => body.get(body.chars().next()?.len_utf8()..),
        '0'..='~' => Some(body),
        _ => None,
    }
}
