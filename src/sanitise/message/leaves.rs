//! From the tree of parts to leaves: what the reader sees first (body), what
//! comes beside it (attachments), and what nobody gets (reported).

use std::collections::HashMap;

use super::field::{Parameterised, unfold};
use super::headers::is_japanese;
use super::structure::Entity;
use super::transfer;
use super::words;
use crate::policy::text::{bounded, is_deceptive};
use crate::sanitise::identify::identify;
use crate::sanitise::protocol::{First, Leaf, Place, Range};
use crate::sanitise::text::charset;
use crate::sanitise::{Context, Family, Kind, Refusal, Report, What};

/// Leaves in order, their bytes one after the other, and whether a body is
/// Japanese.
pub(super) fn collect(
    root: &Entity<'_>,
    first: First,
    context: &Context<'_>,
    report: &mut Report,
) -> Result<(Vec<Leaf>, Vec<u8>, bool), Refusal> {
    let mut collector = Collector {
        leaves: Vec::new(),
        output: Vec::new(),
        japanese: false,
        first,
        context,
        report,
    };
    collector.walk(root, true)?;
    collector.forget_shared_ids();
    Ok((collector.leaves, collector.output, collector.japanese))
}

struct Collector<'c> {
    leaves: Vec<Leaf>,
    output: Vec<u8>,
    japanese: bool,
    first: First,
    context: &'c Context<'c>,
    report: &'c mut Report,
}

impl Collector<'_> {
    /// What two parts are called is no name: readers would differ.
    fn forget_shared_ids(&mut self) {
        let mut counts: HashMap<String, u32> = HashMap::new();
        for id in self
            .leaves
            .iter()
            .filter_map(|leaf| leaf.untrusted_id.clone())
        {
            *counts.entry(id).or_default() += 1;
        }
        for leaf in &mut self.leaves {
            leaf.untrusted_id
                .take_if(|id| counts.get(id).is_none_or(|count| *count > 1));
        }
    }

    /// `shown`: whether texts here are the body, or an alternative to it that
    /// is dropped.
    fn walk(&mut self, entity: &Entity<'_>, shown: bool) -> Result<(), Refusal> {
        match entity.media.as_str() {
            "multipart/alternative" => self.alternatives(entity, shown),
            "multipart/signed" => self.signed(entity, shown),
            "multipart/encrypted" => self.push(
                entity,
                Place::Attachment,
                Kind::Encrypted,
                "encrypted",
                entity.body.to_vec(),
                None,
            ),
            media if media.starts_with("multipart/") => entity
                .children
                .iter()
                .try_for_each(|child| self.walk(child, shown)),
            _ => self.leaf(entity, shown),
        }
    }

    /// Plain text before HTML, or the other way round where HTML is kept; the
    /// other only where that one has nothing to read. What is not text in the
    /// others stays as attachments.
    fn alternatives(&mut self, entity: &Entity<'_>, shown: bool) -> Result<(), Refusal> {
        let readable = |wanted: &str| {
            entity
                .children
                .iter()
                .position(|child| offers(child, wanted))
        };
        let (wanted, other) = match self.first {
            First::Text => ("text/plain", "text/html"),
            First::Page => ("text/html", "text/plain"),
        };
        let chosen = readable(wanted).or_else(|| readable(other)).unwrap_or(0);
        for (at, child) in entity.children.iter().enumerate() {
            self.walk(child, shown && at == chosen)?;
        }
        Ok(())
    }

    /// A signature cannot survive a rebuilt mail (RFC 1847).
    fn signed(&mut self, entity: &Entity<'_>, shown: bool) -> Result<(), Refusal> {
        for (at, child) in entity.children.iter().enumerate() {
            let signature = matches!(
                child.media.as_str(),
                "application/pgp-signature"
                    | "application/pkcs7-signature"
                    | "application/x-pkcs7-signature"
            );
            if at > 0 && signature {
                self.report.removed(What::Signature, &child.media);
            } else {
                self.walk(child, shown)?;
            }
        }
        Ok(())
    }

    fn leaf(&mut self, entity: &Entity<'_>, shown: bool) -> Result<(), Refusal> {
        match entity.media.as_str() {
            // A piece of a message: the others came or will come elsewhere.
            "message/partial" => return Err(Refusal::Malformed),
            "message/external-body" => {
                self.report
                    .removed(What::AttachmentByReference, "message/external-body");
                return self.push(
                    entity,
                    Place::Attachment,
                    Kind::Unknown,
                    "external",
                    entity.body.to_vec(),
                    Some(Refusal::Unsupported),
                );
            }
            "message/rfc822" | "message/global" => {
                let plain = entity.transfer == transfer::Transfer::Plain;
                let refusal = (!plain).then_some(Refusal::Malformed);
                return self.push(
                    entity,
                    Place::Attachment,
                    Kind::Message,
                    "message",
                    entity.body.to_vec(),
                    refusal,
                );
            }
            _ => {}
        }
        let (bytes, refusal) = match transfer::decode(entity.body, entity.transfer) {
            Ok(bytes) => (bytes, entity.doubt),
            // The raw form stands in for the record; nobody treats it.
            Err(refusal) => (entity.body.to_vec(), Some(refusal)),
        };
        let body = is_body(entity) && !is_binary(&bytes, declared(&entity.content).as_deref());
        if matches!(
            entity.media.as_str(),
            "application/pkcs7-mime" | "application/x-pkcs7-mime" | "application/pgp-encrypted"
        ) || contains(&bytes, b"-----BEGIN PGP MESSAGE-----")
        {
            return self.push(
                entity,
                Place::Attachment,
                Kind::Encrypted,
                "encrypted",
                bytes,
                refusal,
            );
        }
        if !body {
            let name = name(entity).map_or(String::new(), |(name, _)| name);
            let kind = identify(&bytes, &name);
            let stem = match kind.family() {
                Family::Picture => "image",
                Family::Container
                | Family::Office
                | Family::Rtf
                | Family::OpenDocument
                | Family::Ole
                | Family::Pdf
                | Family::Text
                | Family::Page
                | Family::Never(_) => "part",
            };
            return self.push(entity, Place::Attachment, kind, stem, bytes, refusal);
        }
        if !shown {
            self.report
                .removed(What::UnknownPart, &format!("alternative {}", entity.media));
            return Ok(());
        }
        let kind = if entity.media == "text/html" {
            Kind::Html
        } else {
            Kind::Text
        };
        self.japanese |=
            is_japanese(&charset::decode(&bytes, declared(&entity.content).as_deref()).text);
        self.push(entity, Place::Body, kind, "", bytes, refusal)
    }

    fn push(
        &mut self,
        entity: &Entity<'_>,
        place: Place,
        kind: Kind,
        stem: &str,
        bytes: Vec<u8>,
        refusal: Option<Refusal>,
    ) -> Result<(), Refusal> {
        let offset = u64::try_from(self.output.len()).map_err(|_| Refusal::OverBudget)?;
        let length = u64::try_from(bytes.len()).map_err(|_| Refusal::OverBudget)?;
        if offset.saturating_add(length) > self.context.limits.expanded_bytes {
            return Err(Refusal::OverBudget);
        }
        self.output.extend_from_slice(&bytes);
        let untrusted_name = match (name(entity), place) {
            (Some((name, differs)), _) => {
                if differs {
                    self.report.removed(What::NameChanged, &name);
                }
                name
            }
            (None, Place::Body) => String::new(),
            (None, Place::Attachment) => format!("{stem}-{}", self.leaves.len() + 1),
        };
        self.leaves.push(Leaf {
            place,
            untrusted_name: bounded(&untrusted_name, 1_000),
            untrusted_claimed: bounded(&entity.media, 200),
            charset: declared(&entity.content),
            untrusted_id: id(entity),
            kind,
            range: Range { offset, length },
            refusal: refusal.or(entity.doubt),
        });
        Ok(())
    }
}

/// A text without a name that is not marked as an attachment.
fn is_body(entity: &Entity<'_>) -> bool {
    let text = matches!(entity.media.as_str(), "text/plain" | "text/html" | "text");
    text && entity.disposition.value != "attachment" && name(entity).is_none()
}

/// A part that claims to be text and is not.
fn is_binary(bytes: &[u8], charset: Option<&str>) -> bool {
    let wide = charset.is_some_and(|label| label.starts_with("utf-16") || label.starts_with("ucs"));
    let marked = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    bytes.contains(&0) && !wide && !marked
}

/// Whether the first text of `entity` is of type `wanted`, readable and not
/// blank.
fn offers(entity: &Entity<'_>, wanted: &str) -> bool {
    if entity.media.starts_with("multipart/") {
        return entity
            .children
            .first()
            .is_some_and(|child| offers(child, wanted));
    }
    entity.media == wanted
        && entity.doubt.is_none()
        && is_body(entity)
        && transfer::decode(entity.body, entity.transfer)
            .is_ok_and(|bytes| bytes.iter().any(|b| !b.is_ascii_whitespace()))
}

/// The file name, by RFC 2231, RFC 2047 or raw, and whether its forms differ.
fn name(entity: &Entity<'_>) -> Option<(String, bool)> {
    let disposition = words::parameter(&entity.disposition, "filename");
    let content = words::parameter(&entity.content, "name");
    let (found, differs) = match (disposition, content) {
        (Some((first, inner)), Some((second, other))) => {
            let differs = inner || other || first != second;
            (first, differs)
        }
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => return None,
    };
    let visible = found
        .chars()
        .any(|c| !c.is_whitespace() && !is_deceptive(c));
    visible.then_some((found, differs))
}

/// The Content-ID without its brackets (RFC 2045 section 7), which some
/// senders forget.
fn id(entity: &Entity<'_>) -> Option<String> {
    let mut fields = entity
        .fields
        .iter()
        .filter(|field| field.name == "content-id");
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return None;
    };
    let value = String::from_utf8(unfold(field.value)).ok()?;
    let value = value.trim();
    let bare = || (!value.contains(['<', '>', ' ', '\t'])).then_some(value);
    let id = match value.strip_prefix('<') {
        Some(id) => id.strip_suffix('>')?.trim(),
        None => bare()?,
    };
    (1..=250).contains(&id.len()).then(|| id.to_owned())
}

/// The declared charset in the form that crosses the wall.
fn declared(content: &Parameterised) -> Option<String> {
    let (label, _) = words::parameter(content, "charset")?;
    let label = label.trim().to_ascii_lowercase();
    let fits = !label.is_empty()
        && label.len() <= 40
        && label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.:-".contains(&b));
    fits.then_some(label)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
