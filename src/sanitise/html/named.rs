//! The hosts that words name, as somebody reads them: full-width signs are
//! their narrow ones, an ideographic full stop between two of a host's signs
//! is a dot, what has no width is not there (UTS 46 maps the same for links).

use unicode_normalization::UnicodeNormalization as _;
use url::Host;

use crate::policy::text::is_deceptive;

/// Endings of files that are also top-level domains: `資料.zip` is no host.
const FILES: [&str; 14] = [
    "zip", "mov", "md", "sh", "pl", "py", "ps", "so", "cc", "rs", "ai", "app", "cab", "java",
];
/// The longest name that is looked at, in bytes; DNS allows 253.
const LONGEST: usize = 1_000;

/// Every host that `text` names, once each, in ASCII: behind a scheme, or a
/// name under a known suffix. What follows a host as its path names none.
pub(super) fn hosts(text: &str) -> Vec<String> {
    let text = as_read(text);
    let mut found = Found::default();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("://") {
        found.bare(before);
        rest = behind_path(found.authority(after));
    }
    found.bare(rest);
    found.0
}

/// The hosts in front of an `@`, where a browser looks for a user's name.
pub(super) fn in_ornament(untrusted_user: &str) -> Vec<String> {
    let mut found = Found::default();
    for word in as_read(untrusted_user).split(['@', ':']) {
        found.bare(word);
    }
    found.0
}

/// Signs as a reader takes them, lower case.
pub(super) fn as_read(text: &str) -> String {
    let seen: Vec<char> = text
        .chars()
        .filter(|c| {
            !is_deceptive(*c)
                && !matches!(c, '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}')
        })
        // A full stop, until its neighbours say otherwise.
        .map(|c| if matches!(c, '．' | '｡') { '。' } else { c })
        .nfkc()
        .flat_map(char::to_lowercase)
        .collect();
    let beside = |at: Option<usize>| {
        let sign = at.and_then(|at| seen.get(at));
        sign.is_some_and(char::is_ascii_alphanumeric)
    };
    let read: String = seen
        .iter()
        .enumerate()
        .map(|(at, c)| match c {
            '。' if beside(at.checked_sub(1)) && beside(at.checked_add(1)) => '.',
            c => *c,
        })
        .collect();
    // As we write one that must not open, and others do, too.
    read.replace("[.]", ".")
}

#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    fn add(&mut self, host: String) {
        if !self.0.contains(&host) {
            self.0.push(host);
        }
    }

    /// What stands behind `://`; gives back what follows it.
    fn authority<'a>(&mut self, text: &'a str) -> &'a str {
        let text = text.trim_start_matches(['/', '\\']);
        let inside = |c: char| is_sign(c) || matches!(c, ':' | '[' | ']' | '%');
        let end = text.find(|c| !inside(c)).unwrap_or(text.len());
        let (authority, behind) = text.split_at_checked(end).unwrap_or((text, ""));
        let (user, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        for host in in_ornament(user) {
            self.add(host);
        }
        // Japanese goes on without a blank behind a name in ASCII.
        let glued = place.find(is_unspaced).filter(|at| {
            let name = place.get(..*at).and_then(|name| name.split(':').next());
            name.is_some_and(|name| known(name).is_some())
        });
        let (place, behind) = match glued {
            Some(at) => place
                .split_at_checked(at)
                .map_or((place, behind), |(name, _)| {
                    let from = end - place.len() + at;
                    (name, text.get(from..).unwrap_or(behind))
                }),
            None => (place, behind),
        };
        let name = match place.strip_prefix('[').and_then(|six| six.split_once(']')) {
            Some((six, _)) => format!("[{six}]"),
            None => place.split(':').next().unwrap_or_default().to_owned(),
        };
        let name = name.trim_matches('.');
        if name.len() <= LONGEST
            && let Ok(host) = Host::parse(name)
        {
            self.add(host.to_string());
        }
        behind
    }

    /// Names without a scheme.
    fn bare(&mut self, text: &str) {
        let mut in_path = false;
        for piece in text.split_inclusive(|c| !is_sign(c)) {
            let end = piece.chars().next_back().filter(|c| !is_sign(*c));
            let mut word = end.map_or(piece, |end| piece.trim_end_matches(end));
            if in_path {
                // A path in ASCII ends where Japanese begins.
                let goes_on = word.find(is_unspaced);
                in_path = goes_on.is_none()
                    && end.is_some_and(|end| end.is_ascii_graphic() && !"<>\"".contains(end));
                let Some(at) = goes_on else { continue };
                word = word.get(at..).unwrap_or_default();
            }
            let named = self.word(word);
            in_path = named && end == Some('/');
        }
    }

    /// Names in one run of a host's signs; whether there was one.
    fn word(&mut self, word: &str) -> bool {
        let before = self.0.len();
        let mut named = false;
        let mut judge = |name: &str, found: &mut Self| {
            if let Some(host) = known(name.trim_matches(['.', '-'])) {
                named = true;
                found.add(host);
            }
        };
        for plain in word.split(is_unspaced) {
            judge(plain.rsplit('@').next().unwrap_or_default(), self);
        }
        // A label that ends in Japanese begins nobody knows where.
        for (at, _) in word.match_indices('.') {
            let (Some(left), Some(right)) = (word.get(..at), word.get(at + 1..)) else {
                continue;
            };
            let label = left.rsplit(['.', '@']).next().unwrap_or_default();
            if !label.ends_with(is_unspaced) {
                continue;
            }
            let unspaced = right.starts_with(is_unspaced);
            let end =
                right.find(|c| c == '@' || (is_unspaced(c) != unspaced) || (unspaced && c == '.'));
            let tail = right.get(..end.unwrap_or(right.len())).unwrap_or_default();
            judge(&format!("{label}.{tail}"), self);
        }
        named || self.0.len() > before
    }
}

/// Whether `named`, whose beginning nobody knows where Japanese stands in front
/// of it, may be `registered` behind a particle: `詳細は東京.jp` and `東京.jp`.
pub(super) fn may_end_in(named: &str, registered: &str) -> bool {
    let (named, _) = idna::domain_to_unicode(named);
    let (registered, _) = idna::domain_to_unicode(registered);
    let before = named.strip_suffix(registered.as_str());
    before.is_some_and(|before| before.ends_with(|c| matches!(c, '\u{3041}'..='\u{309f}')))
}

/// Letters, digits and what may stand between them in a host or an address.
fn is_sign(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@')
}

/// Scripts that are written without blanks between words.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x3005..=0x3007 | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

/// From the end of a URL on.
fn behind_path(text: &str) -> &str {
    if !text.starts_with(['/', '?', '#', '\\']) {
        return text;
    }
    let end = text.find(|c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"'));
    text.get(end.unwrap_or(text.len())..).unwrap_or_default()
}

/// `name` in ASCII where it is a host under a known suffix and no file.
fn known(name: &str) -> Option<String> {
    if name.len() > LONGEST || !name.contains('.') {
        return None;
    }
    let host = idna::domain_to_ascii(name).ok()?;
    let (before, last) = host.rsplit_once('.')?;
    let suffix = |name: &str| psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known());
    let file = FILES.contains(&last) && !before.starts_with("www.");
    let letters = last.starts_with("xn--") || last.bytes().all(|b| b.is_ascii_lowercase());
    let named =
        (suffix(&host) || suffix(name)) && !file && letters && psl::domain_str(&host).is_some();
    named.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_however_they_are_written() {
        for (text, wanted) in [
            ("ｗｗｗ．ｃｉｔｙ．ｊｐ", &["www.city.jp"][..]),
            ("www。mofa。go。jp", &["www.mofa.go.jp"]),
            ("www｡mofa｡go｡jpへ", &["www.mofa.go.jp"]),
            ("ba\u{200b}nk.co\u{ad}m", &["bank.com"]),
            ("𝐛𝐚𝐧𝐤.com", &["bank.com"]),
            ("a.jpとb.jp、http://c.jp/x", &["a.jp", "b.jp", "c.jp"]),
            ("https://bank.jp@evil.jp/x", &["bank.jp", "evil.jp"]),
            ("https://bank.comをご覧、b.com", &["bank.com", "b.com"]),
            ("hTTps://intranet:8080/a.com", &["intranet"]),
            ("http://0x7f.1/", &["127.0.0.1"]),
            ("http://[::1]:80/", &["[::1]"]),
            ("city.jp/a.com?b.com, c.com", &["city.jp", "c.com"]),
            ("city.jp/a.comはd.com", &["city.jp", "d.com"]),
            ("詳細は東京.jp", &["xn--v9j332gr5qg2t8ep.jp"]),
            ("аррӏе.com", &["xn--80ak6aa92e.com"]),
            ("XN--80AK6AA92E.com", &["xn--80ak6aa92e.com"]),
            ("sato.tokyo@city.lg.jp", &["city.lg.jp"]),
            ("www[.]city[.]jp", &["www.city.jp"]),
            ("資料.zip ください。AI です。", &[]),
            ("です．ITの話。TV", &[]),
            ("v1.2.3 第1.5版 会議です。みんな", &[]),
        ] {
            assert_eq!(hosts(text), wanted, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_words_are_searched(text in "[a-z.@/:。．あア漢ｗ\u{200b}\\[\\]-]{0,60}") {
            for host in hosts(&text) { proptest::prop_assert!(host.is_ascii()); }
        }
    }
}
