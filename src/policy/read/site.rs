//! `[site]`, `[people]`, `[clauses]`, `[limits]`, `[retention]`.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Item, Node, Written, name_of, one_of, unsupported};
use crate::policy::diagnostic::Notes;
use crate::policy::limit::Limits;
use crate::policy::model::{Person, Retention, Site};
use crate::policy::source::Located;
use crate::policy::text::{Text, bounded, escape_hostile};

/// Classes known without `[site] classes`: the two scales of the guideline.
const CLASSES: [&str; 8] = [
    "機密性1",
    "機密性2",
    "機密性3",
    "自治体機密性1",
    "自治体機密性2",
    "自治体機密性3A",
    "自治体機密性3B",
    "自治体機密性3C",
];

const ROLES: [(&str, &str); 4] = [
    ("administrator", "administrator"),
    ("approver", "approver"),
    ("auditor", "auditor"),
    ("staff", "staff"),
];

/// Longest review period: three years.
const REVIEW: u32 = 1_096;

/// Days without a packet after which a flow is asked about (E22).
const UNUSED: u32 = 90;

pub(super) fn site(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    written.classes = CLASSES.map(str::to_owned).to_vec();
    written.unused_days = UNUSED;
    let Some(node) = root
        .required(notes, "S05", "site", "団体の情報")
        .and_then(|item| item.table(notes))
    else {
        return;
    };
    let id = node
        .text(notes, "id", "団体の識別子")
        .and_then(|id| name_of(notes, &id, 16, &[]));
    let name = node.text(notes, "name", "団体名");
    let timezone = node
        .text(notes, "timezone", "時間帯")
        .and_then(|written| timezone(notes, &written));
    let review_days = node
        .required(notes, "S05", "review_days", "見直しの期間")
        .and_then(|item| item.integer(notes, 1..=u64::from(REVIEW)));
    let contact = node.optional(notes, "contact");
    let policy_title = node.optional(notes, "policy_title");
    if let Some(item) = node.item("classes") {
        written.classes = item
            .texts(notes)
            .into_iter()
            .map(|class| class.value)
            .collect();
    }
    let holidays = node.item("holidays").map(|item| item.one_or_more());
    let holidays = holidays.unwrap_or_default().into_iter();
    written.holidays = holidays
        .filter_map(|item| Some(item.date(notes)?.value))
        .collect();
    written.unused_days = node.number(notes, "unused_days", UNUSED, 1..=REVIEW);
    credential(&node, notes);
    node.finish(notes);
    // Kept apart, so that another mistake in this table hides no E03.
    written.review_days = review_days.and_then(|days| u32::try_from(days).ok());
    written.timezone.clone_from(&timezone);
    if let (Some(id), Some(name), Some(timezone), Some(days)) = (id, name, timezone, review_days) {
        written.site = Some(Site {
            id,
            name: name.value,
            timezone,
            review_days: u32::try_from(days).unwrap_or(REVIEW),
            contact: contact.map_or_else(|| "情報システム担当".to_owned(), |text| text.value),
            policy_title: policy_title
                .map_or_else(|| "情報セキュリティポリシー".to_owned(), |text| text.value),
            holidays: written.holidays.clone(),
            unused_days: written.unused_days,
        });
    }
}

fn timezone(notes: &mut Notes<'_>, written: &Located<String>) -> Option<String> {
    if TimeZone::get(&written.value).is_ok() {
        return Some(written.value.clone());
    }
    let message = Text::new("知らない時間帯です", "unknown time zone");
    let hint = Text::new("例: \"Asia/Tokyo\"", "such as \"Asia/Tokyo\"");
    notes.error("S04", &written.span, message, Some(hint));
    None
}

/// The credential that seals originals is looked for under this name.
const SITE_KEY: &str = "site-key";

/// Secrets are named and never written. Another name than the one that the
/// roles look for would be ignored, so it is refused.
fn credential(node: &Node<'_>, notes: &mut Notes<'_>) {
    let named = node.optional(notes, "credential");
    if let Some(named) = named.filter(|named| named.value != SITE_KEY) {
        let what = format!(
            "credential = \"{}\"",
            escape_hostile(&bounded(&named.value, 60))
        );
        unsupported(notes, &named.span, &what);
    }
}

/// The tables under a table of names, each with its name.
pub(super) fn named<'a>(
    root: &Node<'a>,
    key: &'static str,
    notes: &mut Notes<'_>,
) -> Vec<(Located<String>, Item<'a>)> {
    let node = root.item(key).and_then(|item| item.table(notes));
    node.map(|node| node.entries()).unwrap_or_default()
}

pub(super) fn people(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    for (id, item) in named(root, "people", notes) {
        let Some(key) = name_of(notes, &id, 32, &[]) else {
            continue;
        };
        let Some(node) = item.table(notes) else {
            continue;
        };
        let name = node.text(notes, "name", "氏名");
        let of = node.text(notes, "of", "所属");
        let roles = node.required(notes, "S05", "roles", "役割");
        let roles = roles.map(|item| item.one_or_more()).unwrap_or_default();
        let roles = roles
            .into_iter()
            .filter_map(|item| one_of(notes, "S04", item, &ROLES));
        let roles = roles.map(|role| role.value.to_owned()).collect();
        let from = node
            .required(notes, "S05", "from", "着任日")
            .and_then(|item| item.date(notes));
        let until = node.item("until").and_then(|item| item.date(notes));
        node.finish(notes);
        let person = Person {
            name: name.map_or_else(|| key.clone(), |text| text.value),
            of: of.map(|text| text.value).unwrap_or_default(),
            roles,
            from: from.map_or(Date::MIN, |day| day.value),
            until: until.map(|day| day.value),
        };
        written.people.insert(key, id.with(person));
    }
}

pub(super) fn clauses(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    for (id, item) in named(root, "clauses", notes) {
        if let Some(title) = item.text(notes) {
            written.clauses.insert(id.value, title.value);
        }
    }
}

pub(super) fn retention(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    let Some(node) = root.item("retention").and_then(|item| item.table(notes)) else {
        return;
    };
    // Ten years bound both; an original is personal data and goes earlier.
    let original_days = node.number(
        notes,
        "original_days",
        DEFAULT_RETENTION.original_days,
        1..=3_660,
    );
    let audit_days = node.number(
        notes,
        "audit_days",
        DEFAULT_RETENTION.audit_days,
        1..=36_600,
    );
    node.finish(notes);
    written.retention = Some(Retention {
        original_days,
        audit_days,
    });
}

/// Where `[retention]` is not written: 90 days and five years.
pub(in crate::policy) const DEFAULT_RETENTION: Retention = Retention {
    original_days: 90,
    audit_days: 1_830,
};

pub(super) fn limits(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    let Some(node) = root.item("limits").and_then(|item| item.table(notes)) else {
        return;
    };
    let (base, top) = (Limits::default(), Limits::ceiling());
    written.limits = Limits {
        file_seconds: node.number(
            notes,
            "file_seconds",
            base.file_seconds,
            1..=top.file_seconds,
        ),
        mail_seconds: node.number(
            notes,
            "mail_seconds",
            base.mail_seconds,
            1..=top.mail_seconds,
        ),
        pages: node.number(notes, "pages", base.pages, 1..=top.pages),
        megapixels: node.number(notes, "megapixels", base.megapixels, 1..=top.megapixels),
        mime_depth: node.number(notes, "mime_depth", base.mime_depth, 1..=top.mime_depth),
        nesting: node.number(notes, "nesting", base.nesting, 1..=top.nesting),
        entries: node.number(notes, "entries", base.entries, 1..=top.entries),
        ratio: node.number(notes, "ratio", base.ratio, 1..=top.ratio),
        expanded_bytes: node.bytes(
            notes,
            "expanded_bytes",
            base.expanded_bytes,
            1..=top.expanded_bytes,
        ),
        memory_bytes: node.bytes(
            notes,
            "memory_bytes",
            base.memory_bytes,
            LEAST_MEMORY..=top.memory_bytes,
        ),
        render_memory_bytes: node.bytes(
            notes,
            "render_memory_bytes",
            base.render_memory_bytes,
            LEAST_MEMORY..=top.render_memory_bytes,
        ),
        parts: node.number(notes, "parts", base.parts, 1..=top.parts),
        headers: node.number(notes, "headers", base.headers, 1..=top.headers),
        header_bytes: node.number(
            notes,
            "header_bytes",
            base.header_bytes,
            1_024..=top.header_bytes,
        ),
    };
    node.finish(notes);
}

/// Below this a worker cannot even start.
const LEAST_MEMORY: u64 = 64 << 20;
