//! Addresses as text: where a link really goes, in a form that no mail
//! program turns into a link again.

use std::ops::Range;

use crate::policy::text::is_deceptive;
use crate::sanitise::{Report, What};

/// What stands behind a link's text, e.g. `<hxxps://real.example/path>`.
/// `None` where there is nothing a reader could use.
pub(super) fn inert(untrusted_href: &str, report: &mut Report) -> Option<String> {
    // Browsers ignore these inside a URL (WHATWG URL 4.1).
    let href: String = untrusted_href
        .trim()
        .chars()
        .filter(|c| !is_deceptive(*c) && !c.is_whitespace())
        .collect();
    let lower = href.to_ascii_lowercase();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    if ["javascript:", "vbscript:", "data:"]
        .iter()
        .any(|scheme| lower.starts_with(scheme))
    {
        report.removed(What::Script, "link");
        return None;
    }
    report.removed(What::Link, "link");
    if let Some(address) = lower
        .starts_with("mailto:")
        .then(|| href.get(7..))
        .flatten()
    {
        let address = address.split('?').next().unwrap_or_default();
        return Some(format!("<{}>", without_scheme(&defanged(address))));
    }
    Some(format!("<{}>", without_scheme(&defanged(&href))))
}

/// An address as it is compared: without brackets, however it is written.
pub(super) fn bare(shown: &str) -> String {
    let shown = defanged(shown.trim());
    let bare = shown.trim_matches(['<', '>']).trim_end_matches('/');
    bare.to_ascii_lowercase()
}

/// Whatever opens by a scheme of its own (`ms-word:`, `search-ms:`, `tel:`)
/// or starts at another host (`//host`) no longer does.
fn without_scheme(shown: &str) -> String {
    if shown.starts_with("hxxp") || shown.starts_with("fxp://") {
        return shown.to_owned();
    }
    if let Some(rest) = shown.strip_prefix("//") {
        return format!("[//]{rest}");
    }
    match shown.split_once(':') {
        Some((scheme, rest))
            if scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) =>
        {
            format!("{scheme}[:]{rest}")
        }
        _ => shown.to_owned(),
    }
}

/// `http` becomes `hxxp`, other schemes lose their colon's effect, `www.`
/// gets a scheme that nobody opens.
pub(super) fn defanged(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 8);
    let mut from = 0;
    for (place, put) in edits(text) {
        shown.push_str(text.get(from..place.start).unwrap_or_default());
        shown.push_str(put);
        from = place.end;
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    shown
}

/// What of `text` would open something, in order, and what to put there.
pub(super) fn edits(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    let mut before: Option<char> = None;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let at_word = before.is_none_or(|c| !c.is_ascii_alphanumeric());
        let begins = |word: &str| {
            let head = rest.get(..word.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(word))
        };
        let edit = if begins("https://") {
            Some(("hxxps://", 8))
        } else if begins("http://") {
            Some(("hxxp://", 7))
        } else if begins("ftp://") {
            Some(("fxp://", 6))
        } else if begins("file:") {
            Some(("file[:]", 5))
        } else if begins("\\\\") && before != Some('[') {
            Some(("[\\\\]", 2))
        } else if at_word && begins("www.") && before != Some('/') {
            Some(("www[.]", 4))
        } else {
            None
        };
        if let Some((put, length)) = edit {
            found.push((at..at + length, put));
            before = put.chars().next_back();
            at += length;
        } else {
            before = rest.chars().next();
            at += before.map_or(1, char::len_utf8);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_stays_clickable() {
        let mut report = Report::default();
        assert_eq!(
            inert(" HTTPS://a.example/x?y ", &mut report).as_deref(),
            Some("<hxxps://a.example/x?y>")
        );
        assert_eq!(inert("java\tscript:alert(1)", &mut report), None);
        assert_eq!(
            inert("mailto:a@b.example?subject=x", &mut report).as_deref(),
            Some("<a@b.example>")
        );
        assert_eq!(
            inert("\\\\evil\\share", &mut report).as_deref(),
            Some("<[\\\\]evil\\share>")
        );
        assert_eq!(defanged("see www.a.example"), "see www[.]a.example");
        for text in ["\\\\\\\\a\\b https://x www.y file:z ftp://q", "[\\\\]a"] {
            assert_eq!(defanged(&defanged(text)), defanged(text));
        }
    }

    #[test]
    fn no_scheme_of_any_kind_stays_clickable() {
        let mut report = Report::default();
        for (href, shown) in [
            ("mailto:https://evil.example/x", "<hxxps://evil.example/x>"),
            ("mailto:\\\\evil\\x", "<[\\\\]evil\\x>"),
            ("ht\u{200b}tps://evil.example/", "<hxxps://evil.example/>"),
            ("smb://evil/x", "<smb[:]//evil/x>"),
            ("ms-word:ofe|u|https://e/x", "<ms-word[:]ofe|u|hxxps://e/x>"),
            ("search-ms:query=x", "<search-ms[:]query=x>"),
            ("//evil.example/p", "<[//]evil.example/p>"),
            ("java\u{ad}script:alert(1)", ""),
            ("/a/b:c", "</a/b:c>"),
        ] {
            assert_eq!(
                inert(href, &mut report).unwrap_or_default(),
                shown,
                "{href:?}"
            );
        }
    }
}
