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

/// `http` becomes `hxxp`, other schemes lose their colon's effect, `www.` its
/// point's; the heads of our notices are shown as quoted.
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

/// Words that lose their effect wherever they stand, and what is put there: the
/// schemes that programs find in the middle of words, and the heads of the
/// gateway's own notices, which nobody else may write.
const ANYWHERE: [(&str, &str); 8] = [
    ("https://", "hxxps://"),
    ("http://", "hxxp://"),
    ("ftp://", "fxp://"),
    ("file:", "file[:]"),
    ("【無害化通知】", "> 【無害化通知】"),
    ("【保留通知】", "> 【保留通知】"),
    ("[Sanitised]", "> [Sanitised]"),
    ("[Held]", "> [Held]"),
];

/// Schemes that some program starts something with, also without `//`.
const SCHEMES: &str = " mailto tel callto sip sips sms skype smb ldap ldaps search search-ms javascript \
                       vbscript data news nntp telnet rlogin ssh sftp ftps rdp vnc irc magnet \
                       webcal onenote outlook notes mid cid mhtml mk res shell msteams zoommtg \
                       zoomus intent jar view-source ";

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
        let known = ANYWHERE.iter().find(|(word, _)| begins(word));
        let edit = if let Some((word, put)) = known {
            // A second time is not needed.
            let quoted = put.starts_with('>') && text.get(..at).is_some_and(|b| b.ends_with("> "));
            Some((if quoted { None } else { Some(*put) }, word.len()))
        } else if rest.starts_with("\\\\") {
            let closed = before == Some('[') && rest.starts_with("\\\\]");
            Some((if closed { None } else { Some("[\\\\]") }, 2))
        } else if at_word && begins("www.") {
            Some((Some("www[.]"), 4))
        } else if rest.starts_with(':') && opens(text.get(..at).unwrap_or_default(), rest) {
            Some((Some("[:]"), 1))
        } else {
            None
        };
        let length = edit.map_or_else(
            || rest.chars().next().map_or(1, char::len_utf8),
            |(_, length)| length,
        );
        if let Some((Some(put), length)) = edit {
            found.push((at..at + length, put));
        }
        before = rest
            .get(..length)
            .and_then(|taken| taken.chars().next_back());
        at += length;
    }
    found
}

/// Whether the colon at which `rest` begins ends a scheme: any before `//`,
/// and of others the [`SCHEMES`] with something right behind them.
fn opens(text: &str, rest: &str) -> bool {
    let named = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
    let name = text.trim_end_matches(named).len();
    let name = text.get(name..).unwrap_or_default().to_ascii_lowercase();
    if rest.starts_with("://") {
        let inert = ["hxxp", "hxxps", "fxp"]
            .iter()
            .any(|end| name.ends_with(end));
        return !inert && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    }
    let mut starts = name
        .char_indices()
        .filter(|(at, _)| {
            let before = name.get(..*at).unwrap_or_default();
            !before.ends_with(|c: char| c.is_ascii_alphanumeric())
        })
        .filter_map(|(at, _)| name.get(at..));
    let known = |scheme: &str| {
        let short = (1..=20).contains(&scheme.len());
        scheme.starts_with("ms-") || (short && SCHEMES.contains(&format!(" {scheme} ")))
    };
    // In front of a notice's head comes a sign of ours.
    let behind = rest.chars().nth(1);
    behind.is_some_and(|c| c.is_ascii_graphic() || c == '【') && starts.any(known)
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

    /// Only the exact form that is put there is left as it is.
    #[test]
    fn words_of_a_page_open_nothing() {
        for (words, shown) in [
            ("[\\\\evil\\share]", "[[\\\\]evil\\share]"),
            ("[\\\\] [\\\\]\\\\x", "[\\\\] [\\\\][\\\\]x"),
            ("/www.e.example/login", "/www[.]e.example/login"),
            ("https://www.e.example", "hxxps://www[.]e.example"),
            ("smb://e/x SMB://e", "smb[:]//e/x SMB[:]//e"),
            ("x@y mailto:x@y?attach=z", "x@y mailto[:]x@y?attach=z"),
            (
                "search-ms:q ms-word:ofe|u|x",
                "search-ms[:]q ms-word[:]ofe|u|x",
            ),
            ("電話tel:03-1 Tel: 03-1", "電話tel[:]03-1 Tel: 03-1"),
            ("ldap://x anything://y", "ldap[:]//x anything[:]//y"),
            (
                "xms-word-or-what-else-has-such-a-long-name:x",
                "xms-word-or-what-else-has-such-a-long-name:x",
            ),
            ("tel:【保留通知】", "tel[:]> 【保留通知】"),
            ("hotel:3 a:b 10:30 C:\\x", "hotel:3 a:b 10:30 C:\\x"),
            ("【保留通知】> [held]", "> 【保留通知】> [held]"),
            ("【無害化通知】[held]", "> 【無害化通知】> [Held]"),
        ] {
            assert_eq!(defanged(words), shown);
            assert_eq!(defanged(shown), shown);
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
