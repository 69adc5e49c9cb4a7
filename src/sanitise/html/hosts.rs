//! Where a link really leads, and what it pretends: another host in its
//! words, a host that looks like another, a host in front of an `@`. Hosts
//! are read as browsers read them (WHATWG URL), compared by the part that
//! somebody registered (Public Suffix List).

use unicode_security::RestrictionLevel;
use unicode_security::confusable_detection::skeleton;
use unicode_security::restriction_level::RestrictionLevelDetection as _;
use url::{Host, Url};

/// Endings of files that are also top-level domains: `資料.zip` is no host.
const FILES: [&str; 12] = [
    "zip", "mov", "md", "sh", "pl", "py", "ps", "so", "cc", "rs", "ai", "app",
];

/// Something a reader must be told about a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deceit {
    /// The words name a host and the link leads to another.
    OtherHost { shown: String, real: String },
    /// The name is written with signs that look like those of `like`.
    LookAlike { real: String, like: Option<String> },
    /// What looks like the host is a user's name in front of the real one.
    Ornament { shown: String, real: String },
}

impl Deceit {
    /// For the report.
    pub(super) fn place(&self) -> String {
        match self {
            Self::OtherHost { shown, real } => format!("{shown} -> {real}"),
            Self::LookAlike {
                real,
                like: Some(like),
            } => format!("{real} looks like {like}"),
            Self::LookAlike { real, like: None } => format!("{real} mixes scripts"),
            Self::Ornament { shown, real } => format!("{shown}@ -> {real}"),
        }
    }

    /// For the reader of the text, behind the link.
    pub(super) fn warning(&self) -> String {
        match self {
            Self::OtherHost { shown, real } => format!(
                "【注意: 表示は {}、リンク先は {}】",
                inert(shown),
                inert(real)
            ),
            Self::LookAlike {
                real,
                like: Some(like),
            } => format!(
                "【注意: {} に似せた名前、実際は {}】",
                inert(like),
                inert(real)
            ),
            Self::LookAlike { real, like: None } => {
                format!("【注意: 異なる文字を混ぜた名前 {}】", inert(real))
            }
            Self::Ornament { shown, real } => format!(
                "【注意: {} は飾り、リンク先は {}】",
                inert(shown),
                inert(real)
            ),
        }
    }
}

/// No mail program makes a link of it.
fn inert(host: &str) -> String {
    match (host.strip_prefix("www."), host.rsplit_once('.')) {
        (Some(rest), _) => format!("www[.]{rest}"),
        (None, Some((before, last))) => format!("{before}[.]{last}"),
        (None, None) => host.to_owned(),
    }
}

/// The host a link leads to, as the network sees it (punycode, plain numbers).
pub(super) fn real(href: &str) -> Option<String> {
    let href = href.trim();
    if let Some(rest) = href.strip_prefix("\\\\") {
        let host = rest.split(['\\', '/', '@']).next()?;
        return (!host.is_empty()).then(|| host.to_ascii_lowercase());
    }
    let scheme = href.get(..7);
    if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:")) {
        let address = href.get(7..)?.split(['?', ',']).next()?;
        let (_, domain) = address.rsplit_once('@')?;
        return idna::domain_to_ascii(domain.trim()).ok();
    }
    parsed(href)?.host().map(|host| match host {
        Host::Domain(name) => name.trim_end_matches('.').to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => format!("[{address}]"),
    })
}

fn parsed(href: &str) -> Option<Url> {
    let at_once = href.starts_with("//") || href.starts_with("/\\");
    let whole = if at_once {
        format!("https:{href}")
    } else {
        href.to_owned()
    };
    Url::parse(&whole).ok().filter(Url::has_host)
}

/// A host in signs beyond ASCII in its other spelling: punycode for a name
/// that is shown as it is read, the read form for one that is shown coded.
pub(super) fn other_spelling(href: &str) -> Option<String> {
    let real = real(href)?;
    let (readable, fine) = idna::domain_to_unicode(&real);
    if fine.is_err() || readable == real {
        return None;
    }
    let coded = href.to_ascii_lowercase().contains("xn--");
    Some(inert(if coded { &readable } else { &real }))
}

/// All that `href` hides from somebody who reads `shown`.
pub(super) fn deceits(shown: &str, href: &str) -> Vec<Deceit> {
    let mut found = Vec::new();
    let Some(real) = real(href) else {
        return found;
    };
    let user = parsed(href.trim()).map(|url| url.username().to_ascii_lowercase());
    if let Some(user) = user.filter(|user| user.contains('.') || user.contains("%2e")) {
        found.push(Deceit::Ornament {
            shown: user,
            real: real.clone(),
        });
    }
    found.extend(look_alike(&real));
    if let Some(named) = named_in(shown)
        && registered(&named) != registered(&real)
    {
        found.push(Deceit::OtherHost { shown: named, real });
    }
    found
}

/// A name that is read as another: all its foreign letters have twins in
/// ASCII, or it mixes scripts that no language mixes (UTS 39).
fn look_alike(real: &str) -> Option<Deceit> {
    let (readable, fine) = idna::domain_to_unicode(real);
    if fine.is_err() || readable.is_ascii() {
        return None;
    }
    // Sign by sign: the twins of whole names also change ASCII (`m` to `rn`).
    let mut like = String::with_capacity(readable.len());
    for c in readable.chars() {
        if c.is_ascii() {
            like.push(c);
        } else {
            like.extend(skeleton(c.encode_utf8(&mut [0; 4])));
        }
    }
    if like.is_ascii() {
        return Some(Deceit::LookAlike {
            real: real.to_owned(),
            like: Some(like),
        });
    }
    let mixed = readable
        .split('.')
        .any(|label| !label.check_restriction_level(RestrictionLevel::HighlyRestrictive));
    mixed.then(|| Deceit::LookAlike {
        real: real.to_owned(),
        like: None,
    })
}

/// The part of a host that somebody registered; an address is all of it.
fn registered(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

/// The first host that a text names: behind a scheme, or a name under a known
/// suffix. In ASCII.
fn named_in(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    if let Some((_, rest)) = text.split_once("://") {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '@' | ':')));
        let authority = rest.get(..end.unwrap_or(rest.len()))?;
        let host = authority.rsplit('@').next()?.split(':').next()?;
        return idna::domain_to_ascii(host.trim_matches('.'))
            .ok()
            .filter(|host| !host.is_empty());
    }
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '@' | '_')))
        .filter_map(|word| word.rsplit('@').next())
        .map(|word| word.trim_matches(['.', '-']))
        .find(|word| is_host(word))
        .map(str::to_owned)
}

fn is_host(word: &str) -> bool {
    let Some((before, last)) = word.rsplit_once('.') else {
        return false;
    };
    let known = psl::suffix(word.as_bytes()).is_some_and(|suffix| suffix.is_known());
    let file = FILES.contains(&last) && !before.starts_with("www.");
    known
        && !file
        && psl::domain_str(word).is_some()
        && last.chars().all(|c| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_host_is_what_a_browser_goes_to() {
        for (href, host) in [
            (
                "https://www.city.takamatsu.kagawa.jp/a",
                Some("www.city.takamatsu.kagawa.jp"),
            ),
            ("HTTPS:\\\\evil.example\\x", Some("evil.example")),
            ("https://bank.example@evil.example/", Some("evil.example")),
            ("http://0x7f.1/", Some("127.0.0.1")),
            ("http://日本語.jp/", Some("xn--wgv71a119e.jp")),
            ("//evil.example/p", Some("evil.example")),
            ("\\\\evil\\share", Some("evil")),
            ("mailto:a@b.example?subject=x", Some("b.example")),
            ("tel:0878392011", None),
            ("/local", None),
        ] {
            assert_eq!(real(href).as_deref(), host, "{href}");
        }
    }

    #[test]
    fn what_a_link_pretends_is_named() {
        for (shown, href, place) in [
            (
                "https://www.bank.example/login",
                "https://evil.example/",
                "www.bank.example -> evil.example",
            ),
            (
                "詳細はwww.mofa.go.jpをご覧ください",
                "http://192.0.2.1/",
                "www.mofa.go.jp -> 192.0.2.1",
            ),
            (
                "sato@city.lg.jp",
                "mailto:sato@c1ty.example",
                "city.lg.jp -> c1ty.example",
            ),
            (
                "ここ",
                "https://аррӏе.com/",
                "xn--80ak6aa92e.com looks like apple.com",
            ),
            (
                "ここ",
                "https://xn--80ak6aa92e.com/",
                "xn--80ak6aa92e.com looks like apple.com",
            ),
            (
                "ここ",
                "https://www.bank.example@evil.example/",
                "www.bank.example@ -> evil.example",
            ),
        ] {
            let places: Vec<String> = deceits(shown, href).iter().map(Deceit::place).collect();
            assert_eq!(places, [place], "{shown} {href}");
        }
    }

    #[test]
    fn honest_links_are_left_in_peace() {
        for (shown, href) in [
            ("https://www.city.jp/", "https://city.jp/index.html"),
            (
                "city.takamatsu.kagawa.jp",
                "https://www.city.takamatsu.kagawa.jp/a",
            ),
            ("資料.zip", "https://files.example/資料.zip"),
            ("見積書 v1.2.3", "https://a.example/"),
            ("こちら", "https://a.example/"),
            ("日本語.jp", "https://日本語.jp/"),
            ("ニュース", "https://東京タワー.jp/"),
            ("例.md", "https://a.example/"),
            ("A.B.", "https://a.example/"),
        ] {
            assert_eq!(deceits(shown, href), [], "{shown} {href}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_link_is_judged(shown in ".{0,40}", href in "(https?:|//|\\\\\\\\|mailto:)?[a-z./@\\\\あаxn:-]{0,40}") {
            for deceit in deceits(&shown, &href) {
                let _ = (deceit.place(), deceit.warning());
            }
            let _ = other_spelling(&href);
        }
    }
}
