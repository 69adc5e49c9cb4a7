//! The tree of a message's parts (RFC 2046 section 5.1), strictly: a boundary
//! that two readers could see differently refuses the whole mail, because
//! then nobody can say which parts it has.

use super::field::{self, Field, Parameterised};
use super::transfer::Transfer;
use crate::policy::Limits;
use crate::sanitise::{Refusal, Report, What};

/// A part, or the message itself.
#[derive(Debug)]
pub(super) struct Entity<'a> {
    pub(super) fields: Vec<Field<'a>>,
    /// `type/subtype`, lower case.
    pub(super) media: String,
    pub(super) content: Parameterised,
    pub(super) disposition: Parameterised,
    pub(super) transfer: Transfer,
    pub(super) body: &'a [u8],
    pub(super) children: Vec<Entity<'a>>,
    /// Readers may differ on this part alone: it is withheld.
    pub(super) doubt: Option<Refusal>,
}

/// What is left of the budget while parts are found.
pub(super) struct Budget {
    parts: u32,
    headers: u32,
    header_bytes: u32,
    depth: u32,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            parts: limits.parts,
            headers: limits.headers,
            header_bytes: limits.header_bytes,
            depth: limits.mime_depth,
        }
    }
}

/// Reads the whole of `bytes` (CRLF lines) as one entity.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    in_digest: bool,
    budget: &mut Budget,
    report: &mut Report,
) -> Result<Entity<'a>, Refusal> {
    budget.parts = budget.parts.checked_sub(1).ok_or(Refusal::OverBudget)?;
    let (fields, body) = field::block(bytes, budget.headers, budget.header_bytes)?;
    let header_length = bytes.len() - body.len();
    let taken = u32::try_from(fields.len()).map_err(|_| Refusal::OverBudget)?;
    budget.headers = budget
        .headers
        .checked_sub(taken)
        .ok_or(Refusal::OverBudget)?;
    let taken = u32::try_from(header_length).map_err(|_| Refusal::OverBudget)?;
    budget.header_bytes = budget
        .header_bytes
        .checked_sub(taken)
        .ok_or(Refusal::OverBudget)?;

    let mut entity = described(fields, body, in_digest);
    if entity.media.starts_with("multipart/") {
        if entity.doubt.is_some() || entity.transfer != Transfer::Plain {
            return Err(Refusal::Malformed);
        }
        let boundary = boundary(&entity.content)?;
        let in_digest = entity.media == "multipart/digest";
        budget.depth = budget.depth.checked_sub(1).ok_or(Refusal::OverBudget)?;
        for part in parts(entity.body, boundary, budget.parts, report)? {
            let child = read(part, in_digest, budget, report)?;
            refuse_shared_boundary(&child, boundary)?;
            entity.children.push(child);
        }
        budget.depth += 1;
    }
    Ok(entity)
}

/// What the fields say about the body.
fn described<'a>(fields: Vec<Field<'a>>, body: &'a [u8], in_digest: bool) -> Entity<'a> {
    let mut doubt = None;
    let mut once = |name: &str| -> Option<&'a [u8]> {
        let mut found = fields.iter().filter(|field| field.name == name);
        let first = found.next().map(|field| field.value);
        if found.next().is_some() {
            doubt = Some(Refusal::Malformed);
        }
        first
    };
    let (content, transfer, disposition) = (
        once("content-type"),
        once("content-transfer-encoding"),
        once("content-disposition"),
    );
    let _ = once("mime-version");
    let written = content.is_some();
    let content = content.map(Parameterised::read).unwrap_or_default();
    let disposition = disposition.map(Parameterised::read).unwrap_or_default();
    let transfer = match transfer.map_or(Ok(Transfer::Plain), Transfer::read) {
        Ok(transfer) => transfer,
        Err(refusal) => {
            doubt = Some(refusal);
            Transfer::Plain
        }
    };
    let media = if !written {
        if in_digest {
            "message/rfc822"
        } else {
            "text/plain"
        }
        .to_owned()
    } else {
        content.value.clone()
    };
    let well_formed = media.split_once('/').is_some_and(|(kind, sub)| {
        !kind.is_empty()
            && !sub.is_empty()
            && (kind.bytes().chain(sub.bytes())).all(field::is_token)
    });
    if !well_formed {
        doubt = Some(Refusal::Malformed);
    }
    for name in ["name", "filename", "charset"] {
        let twice = |of: &Parameterised| {
            of.parameters
                .iter()
                .filter(|(known, _)| known == name)
                .count()
                > 1
        };
        if twice(&content) || twice(&disposition) {
            doubt = Some(Refusal::Malformed);
        }
    }
    Entity {
        fields,
        media,
        content,
        disposition,
        transfer,
        body,
        children: Vec::new(),
        doubt,
    }
}

/// RFC 2046 section 5.1.1; nothing that another reader might decode, cut or
/// unquote differently.
fn boundary(content: &Parameterised) -> Result<&[u8], Refusal> {
    let boundary = content.certain("boundary").ok_or(Refusal::Malformed)?;
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b" '()+_,-./:=?".contains(b);
    let encoded_word = boundary.starts_with(b"=?") && boundary.ends_with(b"?=");
    if matches!(boundary.len(), 1..=70)
        && boundary.iter().all(allowed)
        && !boundary.ends_with(b" ")
        && !boundary.starts_with(b" ")
        && !encoded_word
    {
        Ok(boundary)
    } else {
        Err(Refusal::Malformed)
    }
}

/// Cuts a multipart body at its delimiter lines.
fn parts<'a>(
    body: &'a [u8],
    boundary: &[u8],
    most: u32,
    report: &mut Report,
) -> Result<Vec<&'a [u8]>, Refusal> {
    let mut parts = Vec::new();
    let mut open: Option<usize> = None;
    let mut closed: Option<usize> = None;
    let mut first: Option<usize> = None;
    let mut at = 0;
    while at < body.len() {
        let rest = body.get(at..).unwrap_or_default();
        let length = field::line_length(rest);
        let line = rest.get(..length).unwrap_or_default();
        let after = line
            .strip_prefix(b"--")
            .and_then(|line| line.strip_prefix(boundary));
        if let Some(after) = after {
            // A prefix of something longer, or life after the end: two views.
            let (closes, padding) = match after.strip_prefix(b"--") {
                Some(padding) => (true, padding),
                None => (false, after),
            };
            let clean = padding
                .iter()
                .all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
            if !clean || closed.is_some() || (!closes && !line.ends_with(b"\r\n")) {
                return Err(Refusal::Malformed);
            }
            if let Some(from) = open.take() {
                // The CRLF before a delimiter belongs to it.
                let part = body.get(from..at).unwrap_or_default();
                parts.push(part.strip_suffix(b"\r\n").unwrap_or(part));
            }
            first.get_or_insert(at);
            if closes {
                closed = Some(at + length);
            } else {
                open = Some(at + length);
            }
            if parts.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
                return Err(Refusal::OverBudget);
            }
        }
        at += length;
    }
    let (Some(first), Some(end), None) = (first, closed, open) else {
        return Err(Refusal::Malformed);
    };
    if parts.is_empty() {
        return Err(Refusal::Malformed);
    }
    note_aside(body.get(..first).unwrap_or_default(), "preamble", report);
    note_aside(body.get(end..).unwrap_or_default(), "epilogue", report);
    Ok(parts)
}

/// What stands before the first and after the last part is always dropped;
/// the sentence that mailers put there for readers of 1995 is not worth a word.
fn note_aside(bytes: &[u8], place: &str, report: &mut Report) {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let text = text.trim();
    let customary = text.len() < 200
        && !text.contains(':')
        && (text.contains("mime format")
            || text.contains("multi-part message")
            || text.contains("multipart message"));
    if !text.is_empty() && !customary {
        report.removed(What::UnknownPart, place);
    }
}

/// A multipart inside another one with the same boundary, or one that is a
/// prefix of the other, cannot be told apart by every reader.
fn refuse_shared_boundary(child: &Entity<'_>, outer: &[u8]) -> Result<(), Refusal> {
    let inner = child.content.certain("boundary");
    if child.media.starts_with("multipart/")
        && inner.is_some_and(|inner| inner.starts_with(outer) || outer.starts_with(inner))
    {
        return Err(Refusal::Malformed);
    }
    child
        .children
        .iter()
        .try_for_each(|grandchild| refuse_shared_boundary(grandchild, outer))
}
