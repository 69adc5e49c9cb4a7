//! `[mail]`, `[[mail.treat]]`, `[[domain]]`.

use std::net::SocketAddr;

use super::{Node, Written, WrittenDomain, one_of};
use crate::policy::diagnostic::Notes;
use crate::policy::domain;
use crate::policy::model::{MailPolicy, TreatRule};
use crate::policy::source::Located;
use crate::policy::text::Text;

/// Kind names of records that a `[[mail.treat]]` may name. This room cannot
/// see `sanitise`; a test holds this list against `Kind::ALL`.
pub const KINDS: [&str; 35] = [
    "message",
    "zip",
    "ooxml.word",
    "ooxml.sheet",
    "ooxml.slides",
    "odf.text",
    "odf.sheet",
    "odf.slides",
    "odf.drawing",
    "doc",
    "xls",
    "xlsb",
    "ppt",
    "rtf",
    "pdf",
    "jpeg",
    "png",
    "gif",
    "bmp",
    "tiff",
    "webp",
    "jp2",
    "wmf",
    "emf",
    "svg",
    "text",
    "csv",
    "json",
    "calendar",
    "contact",
    "html",
    "encrypted",
    "executable",
    "unsupported",
    "unknown",
];

const TREATMENTS: [(&str, &str); 4] = [
    ("rebuild", "rebuild"),
    ("flatten", "flatten"),
    ("text", "text"),
    ("withhold", "withhold"),
];

/// `list`: read and named in the notice; `mask`: painted over as well.
const QR_CODES: [(&str, bool); 2] = [("list", false), ("mask", true)];

/// Of Office documents: `keep` is the default, because nothing should be lost.
const COMMENTS: [(&str, bool); 2] = [("keep", false), ("drop", true)];
const TRACKED_CHANGES: [(&str, bool); 2] = [("keep", false), ("accept", true)];

/// Of a PDF that is rebuilt.
const PDF_LINKS: [(&str, bool); 2] = [("drop", false), ("keep", true)];

/// The one of two words that stands there; the first where none does.
fn chosen(
    node: &Node<'_>,
    notes: &mut Notes<'_>,
    key: &'static str,
    words: &[(&'static str, bool); 2],
) -> bool {
    node.item(key)
        .and_then(|item| one_of(notes, "S04", item, words))
        .is_some_and(|found| found.value)
}

pub(super) fn mail(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    let Some(node) = root.item("mail").and_then(|item| item.table(notes)) else {
        return;
    };
    let hostname = node.text(notes, "hostname", "メールサーバー名");
    let hostname = hostname.filter(|name| domain_name(notes, name));
    let listen = node.required(notes, "S05", "listen", "待ち受けるアドレスとポート");
    let listen = listen.map(|item| item.texts(notes)).unwrap_or_default();
    let listen = listen
        .iter()
        .filter_map(|text| socket(notes, text))
        .collect();
    let mut policy = MailPolicy {
        hostname: hostname.map(|name| name.value).unwrap_or_default(),
        listen,
        max_size: node.bytes(notes, "max_size", 50_000_000, 65_536..=1_000_000_000),
        max_sessions: node.number(notes, "max_sessions", 200, 1..=10_000),
        max_sessions_per_address: node.number(notes, "max_sessions_per_address", 20, 1..=10_000),
        min_free_bytes: node.bytes(notes, "min_free", 512 << 20, (1 << 20)..=(1 << 50)),
        paint_qr_codes: chosen(&node, notes, "qr_codes", &QR_CODES),
        drop_comments: chosen(&node, notes, "comments", &COMMENTS),
        accept_changes: chosen(&node, notes, "tracked_changes", &TRACKED_CHANGES),
        keep_pdf_links: chosen(&node, notes, "pdf_links", &PDF_LINKS),
        treat: Vec::new(),
    };
    let rules = node
        .item("treat")
        .map(|item| item.one_or_more())
        .unwrap_or_default();
    for item in rules {
        let Some(rule) = item.table(notes) else {
            continue;
        };
        policy.treat.extend(treat(&rule, notes));
        rule.finish(notes);
    }
    node.finish(notes);
    written.mail = Some(policy);
}

fn treat(node: &Node<'_>, notes: &mut Notes<'_>) -> Option<TreatRule> {
    let words: Vec<(&'static str, &'static str)> = KINDS
        .iter()
        .chain(&["*"])
        .map(|kind| (*kind, *kind))
        .collect();
    let kinds = node
        .required(notes, "S05", "kinds", "種類")
        .map(|item| item.one_or_more());
    let kinds: Vec<String> = kinds
        .unwrap_or_default()
        .into_iter()
        .filter_map(|item| one_of(notes, "S04", item, &words))
        .map(|kind| kind.value.to_owned())
        .collect();
    let mut addresses = |key| {
        let texts = node
            .item(key)
            .map(|item| item.texts(notes))
            .unwrap_or_default();
        texts
            .into_iter()
            .filter_map(|text| mailbox(notes, &text))
            .collect::<Vec<_>>()
    };
    let recipients = addresses("recipients");
    let senders = addresses("senders");
    let treatment = node.required(notes, "S05", "treatment", "処理")?;
    let treatment = one_of(notes, "S04", treatment, &TREATMENTS)?;
    Some(TreatRule {
        kinds,
        recipients,
        senders,
        treatment: treatment.value.to_owned(),
    })
}

/// `name@domain` or `@domain`, in lower case.
fn mailbox(notes: &mut Notes<'_>, text: &Located<String>) -> Option<String> {
    let lower = text.value.to_lowercase();
    if lower
        .split_once('@')
        .is_some_and(|(_, name)| domain::is_domain(name))
    {
        return Some(lower);
    }
    let message = Text::new("メールアドレスではありません", "not a mail address");
    let hint = Text::new(
        "\"name@domain\" または \"@domain\"",
        "\"name@domain\" or \"@domain\"",
    );
    notes.error("S04", &text.span, message, Some(hint));
    None
}

fn socket(notes: &mut Notes<'_>, text: &Located<String>) -> Option<SocketAddr> {
    if let Ok(address) = text.value.parse::<SocketAddr>() {
        return Some(address);
    }
    let message = Text::new(
        "アドレスとポートではありません",
        "not an address with a port",
    );
    let hint = Text::new("例: \"203.0.113.2:25\"", "such as \"203.0.113.2:25\"");
    notes.error("S04", &text.span, message, Some(hint));
    None
}

pub(super) fn domains(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    let items = root
        .item("domain")
        .map(|item| item.one_or_more())
        .unwrap_or_default();
    for item in items {
        let Some(node) = item.table(notes) else {
            continue;
        };
        let name = node
            .text(notes, "name", "ドメイン名")
            .filter(|name| domain_name(notes, name));
        let next_hop = node.text(notes, "next_hop", "配送先のホスト名");
        let port = node.number(notes, "port", 25, 1..=65_535);
        let recipients = node
            .item("recipients")
            .map(|item| item.texts(notes))
            .unwrap_or_default();
        let recipients = recipients
            .into_iter()
            .map(|text| text.value.to_lowercase())
            .collect();
        node.finish(notes);
        if let (Some(name), Some(next_hop)) = (name, next_hop) {
            let name = name.with(name.value.to_lowercase());
            let port = u16::try_from(port).unwrap_or(25);
            written.domains.push(WrittenDomain {
                name,
                next_hop,
                port,
                recipients,
            });
        }
    }
}

fn domain_name(notes: &mut Notes<'_>, name: &Located<String>) -> bool {
    let Some(fault) = domain::fault(&name.value) else {
        return true;
    };
    let (message, hint) = fault.text(&name.value);
    notes.error(fault.code(), &name.span, message, hint);
    false
}
