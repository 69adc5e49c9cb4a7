//! 許可通信台帳 as a value: one row per flow, every cell in words and safe to
//! show. What the table, the CSV, the page and `--json` have in common. Pure.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::cli::words;
use crate::policy::text::{Lang, Text, escape_hostile};
use crate::policy::{Endpoint, Flow, Policy};

/// Days before its end from which on a flow is said to end soon.
pub const SOON: i64 = 30;

/// The register on one day.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The body.
    pub site: String,
    /// Its security policy, name and date.
    pub policy_title: String,
    /// The day it is looked at.
    pub as_of: Date,
    /// What it is of: a revision, or a draft.
    pub standing: Text,
    /// Digest of the configuration.
    pub sha256: String,
    /// Which part of the register this is; none means the whole.
    pub selection: Option<Text>,
    /// Flows by id.
    pub rows: Vec<Row>,
    /// Zones: name, kind, networks as the page shows them.
    pub zones: Vec<(String, Text, String)>,
}

/// One flow.
#[derive(Clone, Debug)]
pub struct Row {
    /// Id.
    pub id: String,
    /// Source and destination.
    pub ends: [Side; 2],
    /// Services.
    pub service: String,
    /// Carrier.
    pub via: Option<Text>,
    /// Names behind a proxy.
    pub names: Vec<String>,
    /// Why.
    pub purpose: String,
    /// Owner, name and 所属.
    pub owner: String,
    /// Approver, name and 所属.
    pub approver: String,
    /// Day of the approval.
    pub approved_on: Date,
    /// 決裁番号.
    pub ticket: String,
    /// Inclusive last day.
    pub last_day: Date,
    /// Days after today on which it still holds; negative when it has ended.
    pub remaining: i64,
    /// Clause, id and title.
    pub clause: Option<(String, String)>,
    /// Highest classification.
    pub class: Option<String>,
    /// Hours, rate, volume, trial.
    pub bounds: Vec<Text>,
    /// On trial.
    pub trial: bool,
    /// What is recorded.
    pub log: Text,
    /// File and line.
    pub place: String,
    /// Owner's id, for selection and scripts.
    pub owner_id: String,
}

/// One end of a row.
#[derive(Clone, Debug)]
pub struct Side {
    /// Zone; `gateway` for the box.
    pub zone: String,
    /// As written in a flow.
    pub name: String,
    /// Addresses.
    pub addresses: Vec<String>,
}

/// Which flows are wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Either end is in this zone.
    pub zone: Option<String>,
    /// Of this owner.
    pub owner: Option<String>,
}

impl Selection {
    fn has(&self, flow: &Flow) -> bool {
        let stands = |end: &Endpoint, wanted: &str| match end {
            Endpoint::Gateway => wanted == "gateway",
            Endpoint::Zone { zone, .. } => zone == wanted,
        };
        let zone = self
            .zone
            .as_deref()
            .is_none_or(|zone| stands(&flow.from, zone) || stands(&flow.to, zone));
        zone && self
            .owner
            .as_deref()
            .is_none_or(|owner| flow.owner == owner)
    }

    fn text(&self, policy: &Policy) -> Option<Text> {
        let zone = self.zone.as_deref().map(escape_hostile);
        let owner = self.owner.as_deref().map(|id| words::person(policy, id));
        let zone = zone.map(|zone| Text::new(format!("区域 {zone}"), format!("zone {zone}")));
        let owner = owner.map(|name| Text::new(format!("所管 {name}"), format!("owner {name}")));
        words::joined(zone.into_iter().chain(owner), "、", ", ")
    }
}

impl Ledger {
    /// The register of `policy` on `as_of`.
    #[must_use]
    pub fn of(policy: &Policy, as_of: Date, standing: Text, selection: &Selection) -> Self {
        let wanted = policy.flows.iter().filter(|flow| selection.has(flow));
        let zones = policy.zones.values().map(|zone| {
            let list = |nets: &mut dyn Iterator<Item = &ipnet::IpNet>| {
                nets.map(ToString::to_string).collect::<Vec<_>>().join(", ")
            };
            let mut nets = list(&mut zone.networks.iter().chain(&zone.networks6));
            if !zone.except.is_empty() {
                nets = format!("{nets} (除く: {})", list(&mut zone.except.iter()));
            }
            (escape_hostile(&zone.name), words::kind(zone.kind), nets)
        });
        Self {
            site: escape_hostile(&policy.site.name),
            policy_title: escape_hostile(&policy.site.policy_title),
            as_of,
            standing,
            sha256: policy.sha256.clone(),
            selection: selection.text(policy),
            rows: wanted.map(|flow| row(policy, flow, as_of)).collect(),
            zones: zones.collect(),
        }
    }

    /// How many rows satisfy something.
    #[must_use]
    pub fn count(&self, is: impl Fn(&Row) -> bool) -> usize {
        self.rows.iter().filter(|row| is(row)).count()
    }

    /// Flows between each pair of zones.
    #[must_use]
    pub fn pairs(&self) -> BTreeMap<(String, String), usize> {
        let mut pairs: BTreeMap<(String, String), usize> = BTreeMap::new();
        for row in &self.rows {
            let [from, to] = &row.ends;
            let count = pairs
                .entry((from.zone.clone(), to.zone.clone()))
                .or_default();
            *count = count.saturating_add(1);
        }
        pairs
    }

    /// For `--json`.
    #[must_use]
    pub fn to_json(&self, lang: Lang) -> Value {
        json!({
            "site": self.site, "policy": self.policy_title, "as_of": self.as_of,
            "standing": self.standing.get(lang), "policy_sha256": self.sha256,
            "flows": self.rows.iter().map(|row| row.to_json(lang)).collect::<Vec<_>>(),
        })
    }
}

impl Row {
    /// Its time has run out.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.remaining < 0
    }

    /// It ends within thirty days.
    #[must_use]
    pub fn ends_soon(&self) -> bool {
        (0..=SOON).contains(&self.remaining)
    }

    /// How it stands on the day of the register.
    #[must_use]
    pub fn state(&self) -> Text {
        match (self.ended(), self.trial, self.ends_soon()) {
            (true, ..) => Text::new("期限切れ", "expired"),
            (false, true, _) => Text::new("試行", "trial"),
            (false, false, true) => Text::new("期限間近", "ends soon"),
            (false, false, false) => Text::new("有効", "valid"),
        }
    }

    /// Days left, in words.
    #[must_use]
    pub fn left(&self) -> Text {
        let days = self.remaining;
        match days {
            i64::MIN..0 => Text::new("期限切れ", "expired"),
            0 => Text::new("本日まで", "today is the last day"),
            1.. => Text::new(format!("残り {days} 日"), format!("{days} days left")),
        }
    }

    /// For `--json`.
    #[must_use]
    pub fn to_json(&self, lang: Lang) -> Value {
        let side = |side: &Side| json!({ "name": side.name, "zone": side.zone, "addresses": side.addresses });
        let [from, to] = &self.ends;
        let text = |text: &Text| text.get(lang).to_owned();
        json!({
            "id": self.id, "from": side(from), "to": side(to), "service": self.service,
            "via": self.via.as_ref().map(text), "names": self.names, "purpose": self.purpose,
            "owner": self.owner_id, "owner_name": self.owner,
            "approver_name": self.approver, "approved_on": self.approved_on, "ticket": self.ticket,
            "last_day": self.last_day, "days_left": self.remaining, "state": self.state().get(Lang::En),
            "clause": self.clause.as_ref().map(|(id, _)| id), "class": self.class,
            "bounds": self.bounds.iter().map(text).collect::<Vec<_>>(),
            "log": self.log.get(lang), "place": self.place,
        })
    }
}

/// Days after `as_of` on which something with this last day still holds.
#[must_use]
pub fn days_left(last_day: Date, as_of: Date) -> i64 {
    let span = as_of.until((jiff::Unit::Day, last_day));
    span.map_or(i64::MIN, |span| i64::from(span.get_days())) // no span between two dates of years 1 to 9999 fails
}

fn row(policy: &Policy, flow: &Flow, as_of: Date) -> Row {
    let side = |end: &Endpoint, peer: &Endpoint| Side {
        zone: match end {
            Endpoint::Gateway => "gateway".to_owned(),
            Endpoint::Zone { zone, .. } => escape_hostile(zone),
        },
        name: words::end(end),
        addresses: words::addresses(policy, end, peer),
    };
    let clause = flow.clause.as_ref().map(|id| {
        let title = policy
            .clauses
            .get(id)
            .map(String::as_str)
            .unwrap_or_default();
        (escape_hostile(id), escape_hostile(title))
    });
    Row {
        id: flow.id.clone(),
        ends: [side(&flow.from, &flow.to), side(&flow.to, &flow.from)],
        service: words::services(policy, flow),
        via: words::via(flow.via),
        names: flow.names.iter().map(|name| escape_hostile(name)).collect(),
        purpose: escape_hostile(&flow.purpose),
        owner: words::person(policy, &flow.owner),
        approver: words::person(policy, &flow.approved_by),
        approved_on: flow.approved_on,
        ticket: escape_hostile(&flow.ticket),
        last_day: flow.last_day(),
        remaining: days_left(flow.last_day(), as_of),
        clause,
        class: flow.class.as_deref().map(escape_hostile),
        bounds: words::bounds(flow),
        trial: flow.trial_until.is_some(),
        log: words::log(flow),
        place: format!("{}:{}", escape_hostile(&flow.place.file), flow.place.line),
        owner_id: flow.owner.clone(),
    }
}
