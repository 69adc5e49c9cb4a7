//! Codes of fields: the names that we leave, and where links lead.

use super::{Checked, NotOurs};

const LEFT: &str = " PAGE NUMPAGES SECTIONPAGES SECTION DATE TIME CREATEDATE SAVEDATE PRINTDATE \
    EDITTIME TOC TC TOA TA INDEX XE REF PAGEREF NOTEREF SEQ STYLEREF LISTNUM AUTONUM AUTONUMLGL \
    AUTONUMOUT FORMTEXT FORMCHECKBOX FORMDROPDOWN EQ SYMBOL ADVANCE HYPERLINK ";

pub(super) fn check(code: &str) -> Checked {
    let code = code.trim();
    let name: String = code
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if name.is_empty() || !LEFT.contains(&format!(" {name} ")) {
        return Err(NotOurs("field"));
    }
    let rest = code.get(name.len()..).unwrap_or_default();
    if name == "HYPERLINK" {
        link(rest)
    } else {
        Ok(())
    }
}

/// Every word that is no switch's is a target and must lead to the web, a
/// mailbox or inside.
fn link(words: &str) -> Checked {
    let mut rest = words.trim_start();
    let mut takes_word = false;
    while let Some(first) = rest.chars().next() {
        let (word, after) = if first == '"' {
            let inner = rest.get(1..).unwrap_or_default();
            inner.split_once('"').unwrap_or((inner, ""))
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        rest = after.trim_start();
        if first == '\\' {
            let letter = word.chars().nth(1).map(|c| c.to_ascii_lowercase());
            takes_word = matches!(letter, Some('l' | 'o' | 't' | 's'));
            if !takes_word && !matches!(letter, Some('n' | 'h' | 'm')) {
                return Err(NotOurs("switch of a link"));
            }
        } else if !std::mem::take(&mut takes_word) && !leads_to_the_web(word) {
            return Err(NotOurs("link"));
        }
    }
    Ok(())
}

fn leads_to_the_web(target: &str) -> bool {
    let lower = target.to_ascii_lowercase();
    let strange = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '<' | '>');
    if target.contains(strange) {
        return false;
    }
    if let Some(rest) = lower
        .strip_prefix("http://")
        .or_else(|| lower.strip_prefix("https://"))
    {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        return !host.is_empty() && !host.contains('@');
    }
    lower.starts_with("mailto:") || lower.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_field_is_known_by_its_code() {
        for good in [
            " PAGE ",
            "HYPERLINK \\l \"_Toc1\" \\h",
            "HYPERLINK \"https://example.lg.jp/a\" \\o \"x\" \\t \"_blank\"",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "DDEAUTO cmd",
            "PAGES",
            "",
            "HYPERLINK \"file://x\"",
            "HYPERLINK \"https://a@b/\"",
            "HYPERLINK \\h \"\\\\x\\y\"",
            "HYPERLINK \"http://a/\" \\z \"b\"",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
