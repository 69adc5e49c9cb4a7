//! Paths (RFC 5321 section 4.1.2), read strictly where a recipient decides
//! where mail goes, and as the world writes them where a sender is only told.

use super::reply::{self, Fixed};

/// A forward path as read; whether it is ours is [`accept`]'s question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// As given.
    pub local: String,
    /// Lower case; empty only for `<postmaster>` (RFC 5321 section 4.5.1).
    pub domain: String,
}

/// Splits `<path> parameters`.
///
/// # Errors
/// The reply for anything not in angle brackets.
pub fn path(text: &str) -> Result<(&str, &str), Fixed> {
    if !text.is_ascii() {
        return Err(reply::NO_UTF8);
    }
    let inner = text.strip_prefix('<').ok_or(reply::SYNTAX)?;
    let mut quoted = false;
    let mut escaped = false;
    for (at, sign) in inner.char_indices() {
        match sign {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => {
                let (path, rest) = inner.split_at(at);
                let rest = rest.strip_prefix('>').unwrap_or_default();
                let apart = rest.is_empty() || rest.starts_with(' ');
                return if apart {
                    Ok((path, rest))
                } else {
                    Err(reply::SYNTAX)
                };
            }
            _ => {}
        }
    }
    Err(reply::SYNTAX)
}

/// A reverse path. Dots anywhere in the local part are accepted: telephone
/// companies in Japan gave out such addresses for years.
///
/// # Errors
/// The reply for a path that cannot be written down unambiguously.
pub fn sender(path: &str) -> Result<String, Fixed> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let (local, domain) = path.rsplit_once('@').ok_or(reply::BAD_ADDRESS)?;
    let local_fits = is_dotted(local) || is_quoted(local);
    if path.len() > 254 || local.len() > 64 || !local_fits {
        return Err(reply::BAD_ADDRESS);
    }
    let literal = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let literal_fits = literal.is_some_and(|inner| {
        !inner.is_empty()
            && inner
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".:-".contains(&b))
    });
    if !literal_fits && !is_domain(domain) {
        return Err(reply::BAD_ADDRESS);
    }
    Ok(format!("{local}@{}", domain.to_ascii_lowercase()))
}

/// A forward path: no source route, no `%` or `!`, no quoted local part.
///
/// # Errors
/// The reply for a path that is refused whatever the policy.
pub fn recipient(path: &str) -> Result<Recipient, Fixed> {
    if path.eq_ignore_ascii_case("postmaster") {
        return Ok(Recipient {
            local: "postmaster".to_owned(),
            domain: String::new(),
        });
    }
    let (local, domain) = path.rsplit_once('@').ok_or(reply::BAD_ADDRESS)?;
    if local.contains(['%', '!', '@']) {
        return Err(reply::NO_RELAY); // somebody asks us to route it onwards
    }
    if path.len() > 254 || local.len() > 64 || !is_dotted(local) || !is_domain(domain) {
        return Err(reply::BAD_ADDRESS);
    }
    Ok(Recipient {
        local: local.to_owned(),
        domain: domain.to_ascii_lowercase(),
    })
}

/// Whether the policy takes mail for `recipient`; the address to keep.
///
/// # Errors
/// No relay, or no such user.
pub fn accept(recipient: &Recipient, domains: &[(String, Vec<String>)]) -> Result<String, Fixed> {
    let wanted = |name: &str| recipient.domain.is_empty() || recipient.domain == name;
    let (name, known) = domains
        .iter()
        .find(|(name, _)| wanted(name))
        .ok_or(reply::NO_RELAY)?;
    let local = recipient.local.to_ascii_lowercase();
    if !known.is_empty() && local != "postmaster" && !known.contains(&local) {
        return Err(reply::NO_SUCH_USER);
    }
    Ok(format!("{}@{name}", recipient.local))
}

fn is_atext(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b)
}

fn is_dotted(local: &str) -> bool {
    !local.is_empty() && local.bytes().all(|b| is_atext(b) || b == b'.')
}

/// A quoted string of printable signs, without `"`, `\`, `<` or `>` inside.
fn is_quoted(local: &str) -> bool {
    let inner = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| {
        inner
            .bytes()
            .all(|b| (b' '..=b'~').contains(&b) && !b"\"\\<>".contains(&b))
    })
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    domain.len() <= 253 && domain.split('.').all(label)
}
