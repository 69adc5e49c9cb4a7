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
    let leads = if lower.starts_with("mailto:") {
        only_writes(untrusted_target)
    } else {
        names_its_host(untrusted_target)
    };
    plain && kept && inside && leads && untrusted_target.len() <= 2_083
}

/// A mailbox and what a new mail says (RFC 6068, 2): some programs attach a file
/// that other fields name.
fn only_writes(untrusted_target: &str) -> bool {
    const FIELDS: [&str; 5] = ["to", "cc", "bcc", "subject", "body"];
    let (_, fields) = untrusted_target.split_once('?').unwrap_or_default();
    let mut fields = fields.split('&').filter(|field| !field.is_empty());
    fields.all(|field| {
        let name = field
            .split_once('=')
            .map(|(name, _)| name.to_ascii_lowercase());
        name.is_some_and(|name| FIELDS.contains(&name.as_str()))
    })
}

/// `https://bank.example@evil.example/` shows another host than it opens, also
/// with signs that only look so (`＠`, `⁄`, `%40`); `http:///evil` shows none.
fn names_its_host(untrusted_target: &str) -> bool {
    let Some((scheme, rest)) = untrusted_target.split_once("://") else {
        return true;
    };
    if !scheme.to_ascii_lowercase().starts_with("http") {
        return true;
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let of_host = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '[' | ']');
    !host.is_empty() && host.chars().all(of_host)
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
        assert!(is_link("http://[2001:db8::1]:8080/%E6%9B%B8"));
        assert!(is_link("https://市役所.例.jp/"));
        assert!(is_link(
            "mailto:a@example.lg.jp?subject=%E6%9B%B8&cc=b@example.lg.jp"
        ));
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
            "https://bank.example＠evil.example/",
            "https://bank.example／x.evil.example/",
            "https://bank.example\u{2044}x.evil.example/",
            "https://bank.example%40evil.example/",
            "mailto:a@b.example?attach=/etc/passwd",
            "MAILTO:a@b.example?subject=x&Attachment=c:/x",
            "mailto:?%61ttach=x",
            "#[evil.xlsx]S!A1",
            "",
        ] {
            assert!(!is_link(bad), "{bad}");
        }
    }
}
