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
    if host.is_some_and(|host| host.is_empty() || host.contains('@')) {
        return false;
    }
    if lower.starts_with('#') && target.contains(['[', ']', '|']) {
        return false;
    }
    known && !target.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\')
}
