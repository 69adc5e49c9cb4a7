//! Which links a document may keep.

/// A hyperlink target we keep: the web, a mailbox, or a place inside.
pub(in crate::sanitise) fn is_link(untrusted_target: &str) -> bool {
    let plain = !untrusted_target.chars().any(|c| {
        c.is_whitespace()
            || crate::policy::text::is_deceptive(c)
            || matches!(c, '"' | '<' | '>' | '\\')
    });
    let lower = untrusted_target
        .get(..8)
        .unwrap_or(untrusted_target)
        .to_ascii_lowercase();
    let kept = ["http://", "https://", "mailto:", "#"]
        .iter()
        .any(|start| lower.starts_with(start));
    // Brackets name a file before a place in it.
    let inside = !untrusted_target.starts_with('#') || !untrusted_target.contains(['[', ']', '|']);
    plain && kept && inside && names_its_host(untrusted_target) && untrusted_target.len() <= 2_083
}

/// `https://bank.example@evil.example/` shows another host than it opens;
/// `http:///evil` shows none.
fn names_its_host(untrusted_target: &str) -> bool {
    let Some((scheme, rest)) = untrusted_target.split_once("://") else {
        return true;
    };
    if !scheme.to_ascii_lowercase().starts_with("http") {
        return true;
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty() && !host.contains('@')
}

#[cfg(test)]
mod tests {
    use super::is_link;

    #[test]
    fn only_web_mail_and_inner_links_are_kept() {
        assert!(is_link("https://example.lg.jp/申請?a=1"));
        assert!(is_link("MAILTO:soumu@example.lg.jp"));
        assert!(is_link("#Sheet2!A1"));
        assert!(is_link("https://example.lg.jp/@user?a=b@c"));
        for bad in [
            "file:///c:/x",
            "\\\\host\\share",
            "javascript:alert(1)",
            "ms-msdt:/id",
            " http://x",
            "http:/x",
            "https://bank.example@evil.example/",
            "https://a:b@evil.example",
            "http:///evil.example",
            "#[evil.xlsx]S!A1",
            "",
        ] {
            assert!(!is_link(bad), "{bad}");
        }
    }
}
