//! Words for people. Every message exists in Japanese and in English, and
//! nothing a stranger wrote reaches a terminal, a log or a page unescaped.

use std::fmt::Write as _;

/// The language a reader is served in (`--lang`, else LANG, else Japanese).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// Japanese: staff, administrators, notices.
    #[default]
    Ja,
    /// English.
    En,
}

impl Lang {
    /// Decides from a locale name such as `ja_JP.UTF-8`, `en_GB` or `C`.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        if locale.is_empty() || locale.starts_with("ja") {
            Self::Ja
        } else {
            Self::En
        }
    }
}

/// One message in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The Japanese wording.
    pub ja: String,
    /// The English wording.
    pub en: String,
}

impl Text {
    /// Pairs the two wordings.
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ja: ja.into(),
            en: en.into(),
        }
    }

    /// The wording in `lang`.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }
}

/// Makes hostile text safe to show: control, bidirectional and other
/// invisible characters become `\u{..}`; everything else stays readable.
#[must_use]
pub fn escape_hostile(untrusted: &str) -> String {
    let mut shown = String::with_capacity(untrusted.len());
    for c in untrusted.chars() {
        if is_deceptive(c) {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Characters that change how their neighbours are shown, or are not shown.
#[must_use]
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F
            | 0xFEFF | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF)
}

/// Bytes as lower-case hexadecimal digits, as digests are written everywhere.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Cuts `text` to at most `limit` bytes, at a character's edge.
#[must_use]
pub fn bounded(text: &str, limit: usize) -> String {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_to_left_override_is_shown_as_code() {
        assert_eq!(
            escape_hostile("cod\u{202e}exe.doc\x1b[2J"),
            "cod\\u{202e}exe.doc\\u{1b}[2J"
        );
        assert_eq!(escape_hostile("見積書①㈱髙"), "見積書①㈱髙");
    }

    #[test]
    fn bounding_never_splits_a_character() {
        assert_eq!(bounded("表表", 4), "表");
    }
}
