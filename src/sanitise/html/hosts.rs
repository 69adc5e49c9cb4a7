//! Where a link really leads, and what it pretends: another host in its
//! words, a host that looks like another, a host in front of an `@`. Hosts
//! are read as browsers read them (WHATWG URL), compared by the part that
//! somebody registered (Public Suffix List).

use percent_encoding::percent_decode_str;
use unicode_security::RestrictionLevel;
use unicode_security::confusable_detection::skeleton;
use unicode_security::restriction_level::RestrictionLevelDetection as _;
use url::{Host, Url};

use super::named;

/// Other hosts that are told of one link.
const MOST_OTHERS: usize = 5;

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

/// The host a link leads to, as the network sees it (punycode, plain numbers);
/// of a letter's receivers the first.
pub(super) fn real(href: &str) -> Option<String> {
    reals(href).into_iter().next()
}

/// All hosts a link leads to: a letter may have several receivers.
fn reals(href: &str) -> Vec<String> {
    let href = href.trim();
    if let Some(rest) = href.strip_prefix("\\\\") {
        let host = rest.split(['\\', '/', '@']).next().unwrap_or_default();
        return (!host.is_empty())
            .then(|| host.to_ascii_lowercase())
            .into_iter()
            .collect();
    }
    if let Some(receivers) = receivers(href) {
        return receivers
            .split([',', ';'])
            .filter_map(|address| address.rsplit_once('@'))
            .filter_map(|(_, domain)| idna::domain_to_ascii(domain.trim()).ok())
            .collect();
    }
    let host = match parsed(href) {
        Some(url) => url.host().map(|host| match host {
            Host::Domain(name) => name.trim_end_matches('.').to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => format!("[{address}]"),
        }),
        // What no browser opens still names something to its reader.
        None => authority(href)
            .and_then(|authority| named::as_read(authority).rsplit('@').next().map(plain))
            .filter(|host| !host.is_empty()),
    };
    host.into_iter().collect()
}

/// Whom a `mailto:` writes to, without percent signs.
fn receivers(href: &str) -> Option<String> {
    let (scheme, rest) = href.split_at_checked(7)?;
    let addresses = rest.split('?').next()?;
    scheme.eq_ignore_ascii_case("mailto:").then(|| {
        percent_decode_str(addresses)
            .decode_utf8_lossy()
            .into_owned()
    })
}

/// What stands behind the slashes, as it is written.
fn authority(href: &str) -> Option<&str> {
    let (scheme, rest) = href.split_once(':').unwrap_or(("", href));
    let slashes = |c| matches!(c, '/' | '\\');
    let web = ["", "http", "https", "ftp"];
    let known = web.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let behind = rest.trim_start_matches(slashes);
    (known && rest.len() - behind.len() >= 2)
        .then(|| behind.split(['/', '\\', '?', '#']).next())
        .flatten()
}

/// Signs of a host only: nothing that could be a sentence.
fn plain(untrusted: &str) -> String {
    let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let signs = untrusted.chars().map(|c| if sign(c) { c } else { '_' });
    signs.take(253).collect()
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

/// A host in its other spelling, where the link does not show it: punycode for
/// a name beyond ASCII, the read form for one that is shown coded, narrow signs
/// for wide ones, plain numbers for an address.
pub(super) fn other_spelling(href: &str) -> Option<String> {
    let real = real(href)?;
    let shown = href.to_ascii_lowercase();
    let (readable, fine) = idna::domain_to_unicode(&real);
    if fine.is_err() || readable == real {
        return (!shown.contains(&real)).then(|| inert(&real));
    }
    Some(inert(if shown.contains("xn--") {
        &readable
    } else {
        &real
    }))
}

/// All that `href` hides from somebody who reads `shown`.
pub(super) fn deceits(shown: &str, href: &str) -> Vec<Deceit> {
    let mut found = Vec::new();
    let reals = reals(href);
    let Some(real) = reals.first() else {
        return found;
    };
    found.extend(ornament(href, real));
    found.extend(reals.iter().filter_map(|real| look_alike(real)));
    // Each name must be where the link leads, and so must each receiver.
    let strays = |named: &str| {
        let led = |real: &&String| {
            let goal = registered(real);
            registered(named) == goal || named::may_end_in(named, goal)
        };
        reals.iter().find(|real| !led(real))
    };
    let others = named::hosts(shown).into_iter().filter_map(|shown| {
        let real = strays(&shown)?.clone();
        Some(Deceit::OtherHost { shown, real })
    });
    found.extend(others.take(MOST_OTHERS));
    found
}

/// A host in the place of a user's name (RFC 3986 section 3.2.1).
fn ornament(href: &str, real: &str) -> Option<Deceit> {
    // Browsers leave out tabs and line ends (WHATWG URL 4.4).
    let href: String = href.trim().chars().filter(|c| !c.is_control()).collect();
    let (user, _) = authority(&href)?.rsplit_once('@')?;
    let user = percent_decode_str(user).decode_utf8_lossy();
    let named = named::in_ornament(&user).into_iter().next();
    let dotted = || named::as_read(&user).contains('.');
    let shown = named.or_else(|| dotted().then(|| plain(&named::as_read(&user))))?;
    Some(Deceit::Ornament {
        shown,
        real: real.to_owned(),
    })
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
            (
                "ｗｗｗ．ｃｉｔｙ．ｊｐ",
                "https://evil.example/",
                "www.city.jp -> evil.example",
            ),
            ("銀行.jp", "https://行.jp/", "xn--jn2ax2s.jp -> xn--jn2a.jp"),
            (
                "a.jp と www。city。jp",
                "https://a.jp/",
                "www.city.jp -> a.jp",
            ),
            (
                "ここ",
                "https://bank%E3%80%82jp:x@evil.example/",
                "bank.jp@ -> evil.example",
            ),
            (
                "ここ",
                "https://user:www.city.jp@evil.example/",
                "www.city.jp@ -> evil.example",
            ),
            (
                "city.jp",
                "https://city.jp＠evil.example/",
                "city.jp -> evil.example",
            ),
            (
                "sato@city.jp",
                "mailto:sato@city.jp,x%40evil.example",
                "city.jp -> evil.example",
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
            ("ｗｗｗ．ｃｉｔｙ．ｊｐ", "https://city.jp/"),
            ("日本語。jp", "https://日本語.jp/"),
            ("詳細は日本語.jp", "https://日本語.jp/"),
            ("city.jp/old.com", "https://city.jp/old.com"),
            ("会議です。TVで", "https://a.example/"),
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
