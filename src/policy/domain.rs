//! Domain names as they may be written: one spelling, in ASCII, that a reader
//! takes for what it is. What looks like another name is refused (E18).

use unicode_security::RestrictionLevel;
use unicode_security::confusable_detection::skeleton;
use unicode_security::restriction_level::RestrictionLevelDetection as _;

use super::text::{Text, bounded, escape_hostile};

/// Why a name cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// Not the form of a domain name (RFC 5890 section 2.3.1).
    NotAName,
    /// Written in its own script; the Punycode form where there is one.
    NotAscii(Option<String>),
    /// `xn--` with no or another meaning than its only correct one.
    NotPunycode(String),
    /// A label that mixes scripts which are not written together.
    MixedScripts(String),
    /// A label that looks like one in plain Latin letters: (shown, looks like).
    Disguised(String, String),
}

impl NameFault {
    /// The code under which it is told.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAName => "S04",
            Self::NotAscii(_)
            | Self::NotPunycode(_)
            | Self::MixedScripts(_)
            | Self::Disguised(..) => "E18",
        }
    }

    /// What, and what to do.
    #[must_use]
    pub fn text(&self, written: &str) -> (Text, Option<Text>) {
        let shown = |name: &str| escape_hostile(&bounded(name, 80));
        let written = shown(written);
        match self {
            Self::NotAName => {
                let message = Text::new(
                    format!("\"{written}\" はドメイン名ではありません"),
                    format!("\"{written}\" is not a domain name"),
                );
                (message, None)
            }
            Self::NotAscii(right) => {
                let message = Text::new(
                    format!("\"{written}\" は Punycode で書いてください"),
                    format!("\"{written}\" must be written in Punycode"),
                );
                let hint = right.as_deref().map(|right| {
                    let right = format!("\"{}\"", shown(right));
                    Text::new(right.clone(), right)
                });
                (message, hint)
            }
            Self::NotPunycode(label) => {
                let label = shown(label);
                let message = Text::new(
                    format!("\"{label}\" は正しい Punycode ではありません"),
                    format!("\"{label}\" is not correct Punycode"),
                );
                let hint = Text::new(
                    "名前の持ち主に正しい綴りを確かめてください",
                    "ask the name's owner for the right spelling",
                );
                (message, Some(hint))
            }
            Self::MixedScripts(label) => {
                let label = shown(label);
                let message = Text::new(
                    format!(
                        "\"{written}\" は \"{label}\" で、一緒に使われない文字が混ざっています"
                    ),
                    format!(
                        "\"{written}\" is \"{label}\", which mixes scripts that do not belong together"
                    ),
                );
                (message, Some(impostor()))
            }
            Self::Disguised(label, like) => {
                let (label, like) = (shown(label), shown(like));
                let message = Text::new(
                    format!("\"{written}\" は \"{label}\" で、\"{like}\" に見えますが別の名前です"),
                    format!(
                        "\"{written}\" is \"{label}\", which looks like \"{like}\" and is another name"
                    ),
                );
                (message, Some(impostor()))
            }
        }
    }
}

fn impostor() -> Text {
    Text::new(
        "なりすましの名前です。本来の名前を書いてください",
        "it is an impostor's name; write the real one",
    )
}

/// What is wrong with a name, if anything.
#[must_use]
pub fn fault(name: &str) -> Option<NameFault> {
    if !name.is_ascii() {
        return Some(NameFault::NotAscii(idna::domain_to_ascii_strict(name).ok()));
    }
    if !is_domain(name) {
        return Some(NameFault::NotAName);
    }
    name.split('.').find_map(label_fault)
}

fn label_fault(label: &str) -> Option<NameFault> {
    let lower = label.to_ascii_lowercase();
    if !lower.starts_with("xn--") {
        return None;
    }
    let (plain, read) = idna::domain_to_unicode(&lower);
    let back = idna::domain_to_ascii_strict(&plain);
    if read.is_err() || back.ok().as_deref() != Some(lower.as_str()) {
        return Some(NameFault::NotPunycode(lower));
    }
    if !plain
        .as_str()
        .check_restriction_level(RestrictionLevel::HighlyRestrictive)
    {
        return Some(NameFault::MixedScripts(plain));
    }
    let like: String = skeleton(&plain).collect();
    like.is_ascii()
        .then(|| NameFault::Disguised(plain, like.to_ascii_lowercase()))
}

/// LDH labels (RFC 5890 section 2.3.1), 253 characters in all.
#[must_use]
pub fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// Do strangers register names directly under this one? By the public suffix
/// list, its private part included; what the list does not know is public.
#[must_use]
pub fn is_public_suffix(name: &str) -> bool {
    psl::suffix(name.to_ascii_lowercase().as_bytes())
        .is_none_or(|suffix| suffix.as_bytes().len() == name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_right_spelling_is_taken() {
        for good in [
            "www.example.jp",
            "xn--wgv71a119e.jp",       // 日本語
            "xn--tv-o45cy98a.example", // 日本tv: Latin and Japanese belong together
            "a-1.example",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        assert_eq!(
            fault("日本語.jp"),
            Some(NameFault::NotAscii(Some("xn--wgv71a119e.jp".into())))
        );
        assert_eq!(fault("-a.jp"), Some(NameFault::NotAName));
        assert_eq!(fault("a..jp"), Some(NameFault::NotAName));
        assert!(matches!(fault("xn--a.jp"), Some(NameFault::NotPunycode(_))));
        assert!(matches!(
            fault("xn--99999999.jp"),
            Some(NameFault::NotPunycode(_))
        ));
    }

    #[test]
    fn a_name_that_looks_like_another_is_told() {
        // а, р, е are Cyrillic in both.
        let mixed = idna::domain_to_ascii("p\u{430}ypal").unwrap();
        assert!(matches!(
            fault(&format!("{mixed}.com")),
            Some(NameFault::MixedScripts(_))
        ));
        let whole = idna::domain_to_ascii("\u{440}\u{430}\u{440}\u{435}").unwrap();
        let Some(NameFault::Disguised(_, like)) = fault(&format!("{whole}.com")) else {
            panic!("{whole}");
        };
        assert_eq!(like, "pape");
    }

    #[test]
    fn the_public_suffix_list_is_asked() {
        for public in [
            "jp",
            "co.jp",
            "lg.jp",
            "co.uk",
            "github.io",
            "city.example",
            "LG.JP",
        ] {
            assert_eq!(
                is_public_suffix(public),
                public != "city.example",
                "{public}"
            );
        }
        for owned in [
            "example.co.jp",
            "windowsupdate.com",
            "pref.tochigi.lg.jp",
            "nishi.lg.jp",
        ] {
            assert!(!is_public_suffix(owned), "{owned}");
        }
    }
}
