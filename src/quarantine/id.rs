//! A mail's id as it may stand in a file name, a record and a header.

use std::fmt;

/// `<site>-<time>-<random>`: 1 to 120 signs of `[a-z0-9-]`, first one not
/// `-`. The type exists so that no text from elsewhere becomes a file name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailId(String);

impl MailId {
    /// Accepts `text` when it has the form above; `None` else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let sign = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let fits = !text.is_empty() && text.len() <= 120 && text.bytes().all(sign);
        (fits && !text.starts_with('-')).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_signs_become_file_names() {
        assert!(MailId::parse("nishi-20260601t000000-7f3k2q").is_some());
        for bad in [
            "", ".", "..", "a/b", "../x", "-rf", "A", "a.b", "a\0", "a b", "表",
        ] {
            assert!(MailId::parse(bad).is_none(), "{bad:?}");
        }
        assert!(MailId::parse(&"a".repeat(121)).is_none());
    }
}
