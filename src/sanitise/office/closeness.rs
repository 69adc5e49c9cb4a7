//! How much of a text came out, in characters that are no blanks.

/// The characters of some words.
pub(in crate::sanitise) fn characters(words: &str) -> u64 {
    let seen = if words.is_ascii() {
        words.bytes().filter(|b| !is_blank(*b)).count()
    } else {
        words.chars().filter(|c| !c.is_whitespace()).count()
    };
    u64::try_from(seen).unwrap_or(u64::MAX)
}

/// As [`char::is_whitespace`] says of ASCII.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// How many per cent so many of all are, 100 only for all.
pub(in crate::sanitise) fn share(left: u64, all: u64) -> u8 {
    let share = left.saturating_mul(100).checked_div(all).unwrap_or(100);
    u8::try_from(share).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_of_every_kind_are_no_characters() {
        let blanks: String = ('\0'..='\u{ff}').filter(|c| c.is_whitespace()).collect();
        assert_eq!(characters(&format!("a{blanks}b")), 2);
        let plain: String = blanks.chars().filter(char::is_ascii).collect();
        assert_eq!(characters(&format!("a{plain}b")), 2);
        assert_eq!(
            (share(0, 0), share(999, 1_000), share(2, 2)),
            (100, 99, 100)
        );
    }
}
