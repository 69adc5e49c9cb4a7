//! Where a link of ours may lead.

/// http, https, mailto, or a place in this document.
pub(in crate::sanitise) fn leads_to_the_web(target: &str) -> bool {
    let lower = target.to_ascii_lowercase();
    let known = lower.starts_with("http://")
        || lower.starts_with("https://")
        || lower.starts_with("mailto:")
        || lower.starts_with('#');
    let host = lower
        .strip_prefix("http")
        .and_then(|rest| rest.split_once("://"));
    let host = host.map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    // Letters, figures and what parts them: nothing that looks like the end of a host.
    let plain = |host: &str| {
        host.chars()
            .all(|c| c.is_alphanumeric() || "-._:[]".contains(c))
            && !host.is_empty()
    };
    if host.is_some_and(|host| !plain(host)) {
        return false;
    }
    let mail = lower
        .strip_prefix("mailto:")
        .and_then(|mail| mail.split_once('?'));
    if mail.is_some_and(|(_, fields)| fields.split('&').any(|field| !writes(field))) {
        return false;
    }
    if lower.starts_with('#') && target.contains(['[', ']', '|']) {
        return false;
    }
    known && !target.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\')
}

/// A field of a new mail that nobody takes for a file.
fn writes(field: &str) -> bool {
    let known = ["subject=", "body=", "cc=", "bcc=", "to="];
    field.is_empty() || known.iter().any(|known| field.starts_with(known))
}
