//! From text to what is written: every key typed and placed, every file on
//! its own, so that one broken file hides nothing in another.

mod bounds;
mod flow;
mod mail;
mod network;
mod secret;
mod site;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::de::DeTable;

use super::diagnostic::Notes;
use super::limit::Limits;
use super::model::{
    Expect, LogMode, MailPolicy, Person, PortRange, Retention, SCHEMA, Site, Via, Zone,
};
use super::moment;
use super::similar;
use super::source::{Located, MAIN, Span};
use super::space::Space;
use super::text::{Text, bounded, escape_hostile};
use table::{Item, Node};

pub use bounds::Bounds;
pub use mail::KINDS;
pub use network::parse_ports;
pub(super) use network::ports;
pub(super) use site::DEFAULT_RETENTION;

/// The configuration as written: typed, placed, not yet judged.
#[derive(Debug, Default)]
pub struct Written {
    /// `[site]`, where enough of it could be read.
    pub site: Option<Site>,
    /// `[site] review_days`, even where the rest of `[site]` is wrong.
    pub review_days: Option<u32>,
    /// `[site] timezone`, likewise.
    pub timezone: Option<String>,
    /// `[site] holidays`, likewise.
    pub holidays: BTreeSet<Date>,
    /// `[site] unused_days`, likewise.
    pub unused_days: u32,
    /// Classes that a flow may name.
    pub classes: Vec<String>,
    /// `[people]`.
    pub people: BTreeMap<String, Located<Person>>,
    /// `[clauses]`.
    pub clauses: BTreeMap<String, String>,
    /// `[zones]`.
    pub zones: BTreeMap<String, WrittenZone>,
    /// `[hosts]`.
    pub hosts: BTreeMap<String, WrittenHost>,
    /// `[groups]`: the names of their hosts.
    pub groups: BTreeMap<String, Located<Vec<Located<String>>>>,
    /// `[services]`.
    pub services: BTreeMap<String, Located<Vec<PortRange>>>,
    /// `[[flow]]`.
    pub flows: Vec<WrittenFlow>,
    /// `[[expect]]`.
    pub expects: Vec<Located<Expect>>,
    /// `[[domain]]`.
    pub domains: Vec<WrittenDomain>,
    /// `[mail]`.
    pub mail: Option<MailPolicy>,
    /// `[limits]`.
    pub limits: Limits,
    /// `[retention]`.
    pub retention: Option<Retention>,
}

impl Written {
    /// The site's time zone; UTC where it is not known.
    pub fn zone(&self) -> TimeZone {
        self.timezone.as_deref().map_or(TimeZone::UTC, moment::zone)
    }

    /// The hosts that these words of an end mean, groups resolved, each once.
    pub fn hosts_of(&self, words: &[String]) -> Vec<String> {
        let mut hosts = Vec::new();
        for word in words {
            match self.groups.get(word) {
                Some(group) => hosts.extend(group.value.iter().map(|host| host.value.clone())),
                None => hosts.push(word.clone()),
            }
        }
        hosts.sort();
        hosts.dedup();
        hosts
    }

    /// Whether an end in `zone` with these words means this host, too.
    pub fn leads_to(&self, zone: &str, words: &[String], host: &str) -> bool {
        let home = self.hosts.get(host).and_then(|host| host.zone.as_ref());
        home.is_some_and(|home| home.value == zone)
            && (words.is_empty() || self.hosts_of(words).iter().any(|known| known == host))
    }

    /// The addresses that an end means: those of its hosts, else its zone's.
    pub fn space_of(&self, zone: &str, words: &[String]) -> Space {
        if words.is_empty() {
            let zone = self.zones.get(zone).and_then(|zone| zone.zone.as_ref());
            return zone.map(Zone::space).unwrap_or_default();
        }
        let hosts = self.hosts_of(words);
        let hosts = hosts.iter().filter_map(|host| self.hosts.get(host));
        let addresses = hosts.flat_map(|host| host.addresses.iter().map(|net| &net.value));
        Space::new(addresses, [])
    }
}

/// A zone as written. Where its kind is missing it is still a name.
#[derive(Debug)]
pub struct WrittenZone {
    /// Its name.
    pub name: Span,
    /// The zone; `None` where its kind could not be read.
    pub zone: Option<Zone>,
    /// Interfaces.
    pub interfaces: Vec<Located<String>>,
    /// The box's own addresses.
    pub gateway: Vec<Located<std::net::IpAddr>>,
}

/// A host as written.
#[derive(Debug)]
pub struct WrittenHost {
    /// Its name.
    pub name: Span,
    /// Its zone.
    pub zone: Option<Located<String>>,
    /// Its addresses.
    pub addresses: Vec<Located<IpNet>>,
    /// Asset register number.
    pub asset: Option<String>,
}

/// One end of a flow as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrittenEnd {
    /// The box.
    Gateway,
    /// A zone, and hosts or groups of hosts in it.
    Zone(String, Vec<String>),
}

/// A flow as written.
#[derive(Debug)]
pub struct WrittenFlow {
    /// The header, where nothing better is known.
    pub span: Span,
    /// Id.
    pub id: Option<Located<String>>,
    /// From.
    pub from: Option<Located<WrittenEnd>>,
    /// To.
    pub to: Option<Located<WrittenEnd>>,
    /// Service words; `None` where the key is missing.
    pub services: Option<Vec<Located<String>>>,
    /// `names` (proxy).
    pub names: Vec<Located<String>>,
    /// Carrier.
    pub via: Option<Located<Via>>,
    /// Purpose.
    pub purpose: Option<String>,
    /// Owner.
    pub owner: Option<Located<String>>,
    /// Approver.
    pub by: Option<Located<String>>,
    /// Approved on.
    pub on: Option<Located<Date>>,
    /// Ticket.
    pub ticket: Option<String>,
    /// Expires.
    pub expires: Option<Located<Date>>,
    /// Clause.
    pub clause: Option<Located<String>>,
    /// Class.
    pub class: Option<Located<String>>,
    /// Log mode.
    pub log: LogMode,
    /// Hours, rate, trial, volume.
    pub bounds: Bounds,
}

/// A domain as written.
#[derive(Debug)]
pub struct WrittenDomain {
    /// Its name, lower case.
    pub name: Located<String>,
    /// Host name.
    pub next_hop: Located<String>,
    /// Port.
    pub port: u16,
    /// Known local parts.
    pub recipients: Vec<String>,
}

/// Reads every file; what cannot be read is noted.
pub fn read(notes: &mut Notes<'_>) -> Written {
    let mut written = Written::default();
    let sources = notes.sources();
    if !sources.files().iter().any(|file| file.path == MAIN) {
        let message = Text::new(
            format!("{MAIN} がありません"),
            format!("there is no {MAIN} in this folder"),
        );
        let hint = Text::new("見本は config/ にあります", "config/ holds a sample");
        notes.error(
            "S05",
            &Span {
                file: usize::MAX,
                range: 0..0,
            },
            message,
            Some(hint),
        );
    }
    for (file, source) in sources.files().iter().enumerate() {
        if source.damage.is_some() && source.text.is_empty() {
            continue;
        }
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        for error in errors {
            syntax(notes, file, &error);
        }
        secret::find(file, table.get_ref(), notes);
        let root = Node::new(file, table.get_ref(), 0..0);
        if source.path == MAIN {
            main(&root, &mut written, notes);
        } else {
            schema(&root, false, notes);
        }
        flow::flows(&root, &mut written, notes);
        root.finish(notes);
    }
    written
}

fn main(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    schema(root, true, notes);
    site::site(root, written, notes);
    site::people(root, written, notes);
    site::clauses(root, written, notes);
    network::zones(root, written, notes);
    network::hosts(root, written, notes);
    network::groups(root, written, notes);
    network::services(root, written, notes);
    mail::mail(root, written, notes);
    mail::domains(root, written, notes);
    site::limits(root, written, notes);
    site::retention(root, written, notes);
    for later in ["proxy", "console"] {
        if let Some(item) = root.item(later) {
            unsupported(notes, &item.span(), later);
        }
    }
}

fn schema(root: &Node<'_>, needed: bool, notes: &mut Notes<'_>) {
    let item = match root.item("schema") {
        None if needed => root.required(notes, "S07", "schema", "設定の版"),
        item => item,
    };
    if let Some(item) = item
        && let Some(version) = item.integer(notes, 0..=u64::from(u32::MAX))
        && version != u64::from(SCHEMA)
    {
        let message = Text::new(
            format!("設定の版 {version} は読めません"),
            format!("this program does not read schema {version}"),
        );
        notes.error(
            "S07",
            &item.span(),
            message,
            Some(Text::new("schema = 1", "schema = 1")),
        );
    }
}

/// Notes something that belongs to a later version: refused, since ignoring
/// it could allow more than was written.
fn unsupported(notes: &mut Notes<'_>, span: &Span, what: &str) {
    let message = Text::new(
        format!("{what} は、この版では未対応です (無視せず拒否します)"),
        format!("{what} is not supported by this version (refused, not ignored)"),
    );
    notes.error("S06", span, message, None);
}

fn syntax(notes: &mut Notes<'_>, file: usize, error: &toml::de::Error) {
    let range = error.span().unwrap_or(0..0);
    let said = escape_hostile(&bounded(error.message(), 200)).replace("\\u{a}", ", ");
    let message = Text::new(
        format!("TOML として読めません: {said}"),
        format!("not TOML: {said}"),
    );
    notes.error("S01", &Span { file, range }, message, None);
}

/// A name that is safe everywhere it will stand: rules, logs, file names.
fn name_of(
    notes: &mut Notes<'_>,
    name: &Located<String>,
    longest: usize,
    reserved: &[&str],
) -> Option<String> {
    let text = &name.value;
    let good = text.len() <= longest
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if good && !reserved.contains(&text.as_str()) {
        return Some(text.clone());
    }
    let shown = escape_hostile(&bounded(text, 60));
    let (message, hint) = if good {
        let message = Text::new(
            format!("名前 \"{shown}\" は予約されています"),
            format!("the name \"{shown}\" is reserved"),
        );
        (message, None)
    } else {
        let message = Text::new(
            format!("名前 \"{shown}\" は使えません"),
            format!("the name \"{shown}\" cannot be used"),
        );
        let hint = Text::new(
            format!("英数字で始まる英数字と - _ . ({longest} 文字まで)"),
            format!(
                "ASCII letters, digits, - _ . starting with a letter or digit, up to {longest}"
            ),
        );
        (message, Some(hint))
    };
    notes.error("S04", &name.span, message, hint);
    None
}

/// One of a closed list of words.
fn one_of<T: Copy>(
    notes: &mut Notes<'_>,
    code: &'static str,
    item: Item<'_>,
    words: &[(&'static str, T)],
) -> Option<Located<T>> {
    let text = item.text(notes)?;
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
        return Some(text.with(*value));
    }
    let shown = escape_hostile(&bounded(&text.value, 60));
    let message = Text::new(
        format!("\"{shown}\" という値はありません"),
        format!("\"{shown}\" is none of the values here"),
    );
    let hint = similar::suggest(&text.value, words.iter().map(|(word, _)| *word));
    notes.error(code, &text.span, message, hint);
    None
}
