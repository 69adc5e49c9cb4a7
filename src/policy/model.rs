//! The policy as a value: what `load` promises after `check` found nothing.
//! Only permissions can be written; order never matters.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::hours::Hours;
use super::limit::Limits;

/// The one schema version this program reads and writes.
pub const SCHEMA: u32 = 1;

/// Most elements that the rules of one policy hold: twice the ten thousand
/// flows that compile, load and are read back within seconds (measured).
pub const ELEMENTS: usize = 20_000;

/// A checked, complete policy. Made only by `policy::load`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Policy {
    /// The body that runs this box.
    pub site: Site,
    /// People by stable id.
    pub people: BTreeMap<String, Person>,
    /// The security policy's clauses, id to title.
    pub clauses: BTreeMap<String, String>,
    /// Zones by name.
    pub zones: BTreeMap<String, Zone>,
    /// Hosts by name.
    pub hosts: BTreeMap<String, Host>,
    /// Groups of hosts by name: the names of their hosts.
    pub groups: BTreeMap<String, Vec<String>>,
    /// Services by name.
    pub services: BTreeMap<String, Vec<PortRange>>,
    /// The allow-list, sorted by id.
    pub flows: Vec<Flow>,
    /// Questions with their required answers, asked before every apply.
    pub expects: Vec<Expect>,
    /// Recipient domains and their next hops.
    pub domains: Vec<Domain>,
    /// Rules for mail.
    pub mail: MailPolicy,
    /// Budgets.
    pub limits: Limits,
    /// How long things are kept.
    pub retention: Retention,
    /// SHA-256 (hex) over all source files, in name order.
    pub sha256: String,
}

impl Policy {
    /// The built-in defaults and nobody's site: what `sekimori sanitise` works
    /// with on a machine that is no gateway. It allows no flow and takes mail
    /// for no domain.
    #[must_use]
    pub fn without_site() -> Self {
        Self {
            site: Site {
                id: "local".to_owned(),
                name: "sekimori".to_owned(),
                timezone: "Asia/Tokyo".to_owned(),
                review_days: 365,
                contact: "情報担当".to_owned(),
                policy_title: String::new(),
                holidays: BTreeSet::new(),
                unused_days: 90,
            },
            people: BTreeMap::new(),
            clauses: BTreeMap::new(),
            zones: BTreeMap::new(),
            hosts: BTreeMap::new(),
            groups: BTreeMap::new(),
            services: BTreeMap::new(),
            flows: Vec::new(),
            expects: Vec::new(),
            domains: Vec::new(),
            mail: MailPolicy {
                hostname: "localhost".to_owned(),
                listen: Vec::new(),
                max_size: 0,
                max_sessions: 0,
                max_sessions_per_address: 0,
                min_free_bytes: 0,
                paint_qr_codes: false,
                drop_comments: false,
                accept_changes: false,
                keep_pdf_links: false,
                treat: Vec::new(),
            },
            limits: Limits::default(),
            retention: Retention {
                original_days: 0,
                audit_days: 0,
            },
            sha256: String::new(),
        }
    }
}

/// `[site]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Site {
    /// Short stable id: stands in every mail id, record and event.
    pub id: String,
    /// The body's name as staff know it.
    pub name: String,
    /// IANA time zone; `expires` ends with that local day.
    pub timezone: String,
    /// Longest time from approval to expiry, in days.
    pub review_days: u32,
    /// Whom staff ask (phone extension); stands in every notice.
    pub contact: String,
    /// Name and date of the security policy that `[clauses]` quotes.
    pub policy_title: String,
    /// Local days on which a flow's `holidays` applies.
    pub holidays: BTreeSet<Date>,
    /// Days without a packet after which a flow is asked about (E22).
    pub unused_days: u32,
}

/// A person by stable id, so that a move in April breaks nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Shown name.
    pub name: String,
    /// 所属.
    pub of: String,
    /// administrator, approver, auditor, staff.
    pub roles: Vec<String>,
    /// First day in office.
    pub from: Date,
    /// Last day in office.
    pub until: Option<Date>,
}

/// What a zone is; judgements go by kind, never by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ZoneKind {
    /// Strangers.
    Internet,
    /// 総合行政ネットワーク.
    Lgwan,
    /// Offices of the body.
    Internal,
    /// A named outside partner.
    Partner,
    /// Where administrators sit.
    Management,
}

/// One side of the box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Zone {
    /// Name, the key in `[zones]`.
    pub name: String,
    /// Kind.
    pub kind: ZoneKind,
    /// Interfaces that belong to it.
    pub interfaces: Vec<String>,
    /// IPv4 networks behind it; any other source on this side is spoofed.
    pub networks: Vec<IpNet>,
    /// Holes in `networks`.
    pub except: Vec<IpNet>,
    /// IPv6 networks; empty means `ipv6 = "deny"` was said.
    pub networks6: Vec<IpNet>,
    /// The box's own addresses in this zone (`gateway` in a flow).
    pub gateway: Vec<IpAddr>,
}

/// `[hosts]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Host {
    /// Its zone's name.
    pub zone: String,
    /// Its addresses or prefixes.
    pub addresses: Vec<IpNet>,
    /// Asset register number.
    pub asset: Option<String>,
}

/// Transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP echo (ports are 0-0).
    Icmp,
}

/// Protocol and inclusive destination port range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PortRange {
    /// Protocol.
    pub protocol: Protocol,
    /// First port.
    pub first: u16,
    /// Last port, inclusive.
    pub last: u16,
}

/// One end of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Endpoint {
    /// The box itself, in the peer's zone.
    Gateway,
    /// A zone, or the named hosts in it (`hosts` empty: the whole zone).
    Zone {
        /// Zone name.
        zone: String,
        /// Host names inside it.
        hosts: Vec<String>,
    },
}

/// Who carries a flow across.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// Sanitised on the way by the mail role; no forwarding rule is made.
    Mail,
    /// Names through the proxy role.
    Proxy,
}

/// Which packets of a flow are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogMode {
    /// Every new connection and its end.
    All,
    /// Every new connection.
    New,
    /// Only what is denied.
    #[default]
    Denied,
}

/// One permission: one direction, one purpose, bounded in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Stable id, never reused.
    pub id: String,
    /// Where it is written, for messages.
    pub place: Place,
    /// Source.
    pub from: Endpoint,
    /// Destination.
    pub to: Endpoint,
    /// Services, resolved and sorted.
    pub services: Vec<PortRange>,
    /// Names (proxy only).
    pub names: Vec<String>,
    /// Carrier; none means forwarded by address.
    pub via: Option<Via>,
    /// Why it exists.
    pub purpose: String,
    /// Person id.
    pub owner: String,
    /// Person id of the approver.
    pub approved_by: String,
    /// Day of the approval.
    pub approved_on: Date,
    /// 決裁 number.
    pub ticket: String,
    /// Inclusive last local day.
    pub expires: Date,
    /// Clause id.
    pub clause: Option<String>,
    /// Highest classification that may pass.
    pub class: Option<String>,
    /// Logging.
    pub log: LogMode,
    /// Within which hours; none means at any time until it ends.
    pub hours: Option<Hours>,
    /// At most so many new connections from one source.
    pub rate: Option<Rate>,
    /// A trial (`mode = "report"`): it passes, every new connection is
    /// recorded under its id, and it ends with this inclusive local day.
    pub trial_until: Option<Date>,
    /// Most bytes a day through the proxy.
    pub volume: Volume,
}

/// `upload` and `download` of a flow by name: most bytes a day. Register only
/// while there is no proxy role, since nothing passes there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Volume {
    /// From the inside out.
    pub upload: Option<u64>,
    /// From the outside in.
    pub download: Option<u64>,
}

/// New connections from one source address in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Rate {
    /// How many, at least one.
    pub connections: u32,
    /// In which span.
    pub per: Per,
}

/// A span of time of a rate, in nftables' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

/// File, line and column (1-based) of something written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Path relative to the configuration folder.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in characters.
    pub column: u32,
}

/// `[[expect]]`: a question and its required answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expect {
    /// Where it is written.
    pub place: Place,
    /// `true` for `allow`.
    pub allow: bool,
    /// Question, in the words of `explain FROM TO SERVICE`.
    pub from: String,
    /// Destination.
    pub to: String,
    /// Service.
    pub service: String,
}

/// `[[domain]]`: whose mail we take and where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Domain {
    /// Recipient domain, lower case.
    pub name: String,
    /// Host name (from `[hosts]`) of the LGWAN-side server.
    pub next_hop: String,
    /// Its address.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// Known local parts; empty means all.
    pub recipients: Vec<String>,
}

/// `[mail]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MailPolicy {
    /// Our name in greetings, `Received` and `Authentication-Results`.
    pub hostname: String,
    /// Port on the internet leg (socket activation takes precedence).
    pub listen: Vec<std::net::SocketAddr>,
    /// Largest message, bytes (RFC 1870 SIZE).
    pub max_size: u64,
    /// Sessions at once, in sum.
    pub max_sessions: u32,
    /// Sessions at once from one address that is not an upstream.
    pub max_sessions_per_address: u32,
    /// Bytes that must stay free on the spool's disk, else 452.
    pub min_free_bytes: u64,
    /// `qr_codes = "mask"`: QR codes are painted over; else read and named.
    pub paint_qr_codes: bool,
    /// `comments = "drop"`: of Office documents they are left out; else they stay.
    pub drop_comments: bool,
    /// `tracked_changes = "accept"`: as if all were accepted; else they stay.
    pub accept_changes: bool,
    /// `pdf_links = "keep"`: a PDF that is rebuilt still leads to the web; else
    /// links are left out.
    pub keep_pdf_links: bool,
    /// Treatment rules; the strictest that matches wins.
    pub treat: Vec<TreatRule>,
}

/// `[[mail.treat]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TreatRule {
    /// Kind names as in records (`pdf`, `ooxml.word`), `*` for all.
    pub kinds: Vec<String>,
    /// Recipient addresses or `@domain`; empty means all.
    pub recipients: Vec<String>,
    /// Sender addresses or `@domain`; empty means all.
    pub senders: Vec<String>,
    /// `rebuild`, `flatten`, `text` or `withhold`.
    pub treatment: String,
}

/// `[retention]`, in days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retention {
    /// Sealed originals.
    pub original_days: u32,
    /// Audit chain.
    pub audit_days: u32,
}
