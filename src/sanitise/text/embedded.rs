//! Files hidden in running text: uuencode (POSIX `uuencode`), yEnc (yenc.org
//! draft 1.3) and BinHex (RFC 1741). A mail program may offer them as
//! attachments, so they never stay; each is reported with its name.

use crate::sanitise::{Report, What};

/// `text` without embedded files.
pub(super) fn without(text: &str, report: &mut Report) -> String {
    // The usual text has none: one look, no copy of lines.
    if !text.contains("begin") && !text.contains("(This file must be converted") {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let mut lines = text.split_inclusive(['\n', '\r']).peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim_end_matches(['\r', '\n']);
        let Some(block) = Block::opened_by(bare) else {
            // Old readers take any `begin` and two blanks for a file's start.
            match line.strip_prefix("begin  ") {
                Some(rest) => kept.push_str(&format!("begin {}", rest.trim_start_matches(' '))),
                None => kept.push_str(line),
            }
            continue;
        };
        report.removed(What::EmbeddedFile, &block.place());
        while let Some(next) = lines.peek() {
            let next = next.trim_end_matches(['\r', '\n']);
            if !block.continues(next) {
                break;
            }
            let closes = block.closed_by(next);
            lines.next();
            if closes {
                // The newline pair of the closing line may stand apart.
                if lines.peek() == Some(&"\n") && line.ends_with('\r') {
                    lines.next();
                }
                break;
            }
        }
    }
    kept
}

enum Block<'a> {
    Uuencode { name: &'a str, base64: bool },
    Yenc { name: &'a str },
    BinHex,
}

impl<'a> Block<'a> {
    fn opened_by(line: &'a str) -> Option<Self> {
        if let Some(rest) = line.strip_prefix("=ybegin ") {
            let name = rest.split_once("name=").map_or("", |(_, name)| name);
            return Some(Self::Yenc { name });
        }
        if line
            .trim_start_matches([' ', '\t'])
            .starts_with("(This file must be converted with BinHex")
        {
            return Some(Self::BinHex);
        }
        let (base64, rest) = match (
            line.strip_prefix("begin-base64"),
            line.strip_prefix("begin"),
        ) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return None,
        };
        // Readers take blanks and tabs alike.
        let words = rest
            .strip_prefix([' ', '\t'])?
            .trim_start_matches([' ', '\t']);
        let (mode, name) = words.split_once([' ', '\t'])?;
        let mode_is_octal =
            (3..=4).contains(&mode.len()) && mode.bytes().all(|b| matches!(b, b'0'..=b'7'));
        let name = name.trim_matches([' ', '\t']);
        (mode_is_octal && !name.is_empty()).then_some(Self::Uuencode { name, base64 })
    }

    fn place(&self) -> String {
        match self {
            Self::Uuencode { name, .. } => format!("uuencode: {name}"),
            Self::Yenc { name } => format!("yEnc: {name}"),
            Self::BinHex => "BinHex".to_owned(),
        }
    }

    /// Whether `line` belongs to the block. yEnc runs to its end or the end
    /// of the text; the others stop at the first line they cannot contain.
    fn continues(&self, line: &str) -> bool {
        match self {
            Self::Uuencode { base64: true, .. } => line
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')),
            Self::Uuencode { base64: false, .. } => {
                line == "end" || line.is_empty() || uu_line(line)
            }
            Self::Yenc { .. } => true,
            Self::BinHex => line.bytes().all(|b| b.is_ascii_graphic()),
        }
    }

    fn closed_by(&self, line: &str) -> bool {
        match self {
            Self::Uuencode { base64: true, .. } => line == "====",
            Self::Uuencode { base64: false, .. } => line == "end",
            Self::Yenc { .. } => line.starts_with("=yend"),
            Self::BinHex => line.len() > 1 && line.ends_with(':'),
        }
    }
}

/// A line of uuencoded data: a length sign, then signs 0x20..0x60 that may
/// carry that many bytes (trailing blanks may be lost or added on the way).
fn uu_line(line: &str) -> bool {
    let Some((&first, data)) = line.as_bytes().split_first() else {
        return false;
    };
    matches!(first, 0x20..=0x60)
        && line.len() <= 90
        && data.iter().all(|b| matches!(b, 0x20..=0x60))
        && {
            let signs = usize::from((first - 0x20) & 0x3F).div_ceil(3) * 4;
            data.len() <= signs + 4 && data.len() + 20 >= signs
        }
}
