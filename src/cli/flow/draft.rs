//! A flow that is being written: what is known of it, what is missing, what
//! could be meant, and how it stands in the file. Pure; whether it may be is
//! for `check` to say.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::Args;
use jiff::civil::Date;
use toml_edit::Value;

use crate::policy::text::Text;
use crate::policy::{Endpoint, Policy};

/// Everything a flow can say; what is not given is asked on a terminal.
#[derive(Clone, Debug, Default, Args)]
pub struct Draft {
    /// Source: zone, zone:host, zone:[host, group] or gateway
    #[arg(long, value_name = "END", value_parser = line)]
    pub from: Option<String>,
    /// Destination, in the same words
    #[arg(long, value_name = "END", value_parser = line)]
    pub to: Option<String>,
    /// Service by name, or tcp/8443; several times for several
    #[arg(long, value_name = "SERVICE", value_parser = line, value_delimiter = ',')]
    pub service: Vec<String>,
    /// Why it exists
    #[arg(long, value_name = "TEXT", value_parser = line)]
    pub purpose: Option<String>,
    /// Person id of the owner
    #[arg(long, value_name = "ID", value_parser = line)]
    pub owner: Option<String>,
    /// Person id of the approver, somebody else
    #[arg(long, value_name = "ID", value_parser = line)]
    pub approved_by: Option<String>,
    /// Day of the approval
    #[arg(long, value_name = "DATE")]
    pub approved_on: Option<Date>,
    /// Number of the approval (決裁番号)
    #[arg(long, value_name = "TEXT", value_parser = line)]
    pub ticket: Option<String>,
    /// Last day, inclusive
    #[arg(long, value_name = "DATE")]
    pub expires: Option<Date>,
    /// Id; made of the ends and the service where it is not given
    #[arg(long, value_name = "ID", value_parser = line)]
    pub id: Option<String>,
    /// Clause of the body's policy
    #[arg(long, value_name = "ID", value_parser = line)]
    pub clause: Option<String>,
    /// Highest classification that may pass
    #[arg(long, value_name = "CLASS", value_parser = line)]
    pub class: Option<String>,
    /// Only in these hours: 08:30-17:15; several times for several
    #[arg(long, value_name = "HOURS", value_parser = line, value_delimiter = ',')]
    pub hours: Vec<String>,
    /// Only on these days: mon-fri
    #[arg(long, value_name = "DAYS", value_parser = line)]
    pub days: Option<String>,
    /// On holidays: same, closed or open
    #[arg(long, value_name = "HOLIDAYS", value_parser = ["same", "closed", "open"])]
    pub holidays: Option<String>,
    /// New connections per source: 30/minute
    #[arg(long, value_name = "RATE", value_parser = line)]
    pub rate: Option<String>,
    /// What is recorded: all, new or denied
    #[arg(long, value_name = "LOG", value_parser = ["all", "new", "denied"])]
    pub log: Option<String>,
    /// A trial that ends with this day
    #[arg(long, value_name = "DATE")]
    pub report_until: Option<Date>,
    /// Carried by a role: mail or proxy
    #[arg(long, value_name = "ROLE", value_parser = ["mail", "proxy"])]
    pub via: Option<String>,
    /// A name behind the proxy; several times for several
    #[arg(long, value_name = "NAME", value_parser = line, value_delimiter = ',')]
    pub name: Vec<String>,
}

/// One line of words, as it may stand in a file.
///
/// # Errors
/// Empty, or not one line.
pub fn line(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("empty / 空です".to_owned());
    }
    if text.chars().any(crate::policy::text::is_deceptive) {
        return Err("control characters / 制御文字は使えません".to_owned());
    }
    Ok(text.to_owned())
}

impl Draft {
    /// The options that are still needed.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let needed = [
            ("--from", self.from.is_some()),
            ("--to", self.to.is_some()),
            ("--service", !self.service.is_empty()),
            ("--purpose", self.purpose.is_some()),
            ("--owner", self.owner.is_some()),
            ("--approved-by", self.approved_by.is_some()),
            ("--approved-on", self.approved_on.is_some()),
            ("--ticket", self.ticket.is_some()),
            ("--expires", self.expires.is_some()),
        ];
        needed
            .iter()
            .filter(|(_, given)| !given)
            .map(|(name, _)| *name)
            .collect()
    }

    /// The block as it stands in the file; what is missing is left out, and
    /// `check` says so.
    #[must_use]
    pub fn block(&self) -> String {
        let text = |value: &Option<String>| value.as_deref().map(quoted);
        let date = |date: &Option<Date>| date.map(|date| date.to_string());
        let approval = [
            text(&self.approved_by).map(|by| format!("by = {by}")),
            date(&self.approved_on).map(|on| format!("on = {on}")),
            text(&self.ticket).map(|ticket| format!("ticket = {ticket}")),
        ];
        let approval: Vec<String> = approval.into_iter().flatten().collect();
        let approved = (!approval.is_empty()).then(|| format!("{{ {} }}", approval.join(", ")));
        let mode = self.report_until.map(|_| quoted("report"));
        let keys = [
            ("id", text(&self.id)),
            ("from", text(&self.from)),
            ("to", text(&self.to)),
            ("names", list(&self.name, true)),
            ("service", list(&self.service, false)),
            ("via", text(&self.via)),
            ("hours", list(&self.hours, false)),
            ("days", text(&self.days)),
            ("holidays", text(&self.holidays)),
            ("rate", text(&self.rate)),
            ("mode", mode),
            ("report_until", date(&self.report_until)),
            ("purpose", text(&self.purpose)),
            ("owner", text(&self.owner)),
            ("approved", approved),
            ("expires", date(&self.expires)),
            ("clause", text(&self.clause)),
            ("class", text(&self.class)),
            ("log", text(&self.log)),
        ];
        let written = keys
            .iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)));
        let width = written.clone().map(|(key, _)| key.len()).max().unwrap_or(0);
        written.fold("[[flow]]\n".to_owned(), |mut block, (key, value)| {
            let _ = writeln!(block, "{key:width$} = {value}");
            block
        })
    }

    /// An id that is free: the ends and the service.
    #[must_use]
    pub fn free_id(&self, taken: &BTreeSet<String>) -> String {
        let end = |end: &Option<String>| {
            let end = end.as_deref().unwrap_or_default();
            let (zone, host) = end.split_once(':').unwrap_or((end, ""));
            let single = !host.is_empty() && !host.starts_with('[');
            if single {
                host.to_owned()
            } else {
                zone.to_owned()
            }
        };
        let service = self.service.first().map(String::as_str).unwrap_or_default();
        let words = format!("{}-{}-{service}", end(&self.from), end(&self.to));
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        };
        let slug: String = words.chars().map(plain).collect();
        let parts: Vec<&str> = slug.split('-').filter(|part| !part.is_empty()).collect();
        let slug: String = parts.join("-").chars().take(36).collect();
        let slug = if slug.is_empty() {
            "flow".to_owned()
        } else {
            slug
        };
        let mut id = slug.clone();
        for number in 2_u32.. {
            if !taken.contains(&id) {
                break;
            }
            id = format!("{slug}-{number}");
        }
        id
    }

    /// Where a flow like this stands: the file of its neighbours between the
    /// same zones, else a file of its own.
    #[must_use]
    pub fn file(&self, policy: &Policy) -> String {
        let zone_of = |end: &Option<String>| {
            let end = end.as_deref().unwrap_or_default();
            end.split(':').next().unwrap_or_default().to_owned()
        };
        let wanted = (zone_of(&self.from), zone_of(&self.to));
        let zone = |end: &Endpoint| match end {
            Endpoint::Gateway => "gateway".to_owned(),
            Endpoint::Zone { zone, .. } => zone.clone(),
        };
        let neighbour = policy.flows.iter().find(|flow| {
            (zone(&flow.from), zone(&flow.to)) == wanted && flow.place.file.starts_with("flows.d/")
        });
        neighbour.map_or_else(
            || format!("flows.d/{}-{}.toml", wanted.0, wanted.1),
            |flow| flow.place.file.clone(),
        )
    }
}

/// A host that the flow needs and nobody has named yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHost {
    /// Name.
    pub name: String,
    /// Zone.
    pub zone: String,
    /// Address or prefix.
    pub address: String,
}

impl std::str::FromStr for NewHost {
    type Err = String;

    /// `name=zone:address`.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "name=zone:address".to_owned();
        let (name, rest) = text.split_once('=').ok_or_else(form)?;
        let (zone, address) = rest.split_once(':').ok_or_else(form)?;
        Ok(Self {
            name: line(name)?,
            zone: line(zone)?,
            address: line(address)?,
        })
    }
}

/// What is missing, for somebody who cannot be asked.
#[must_use]
pub fn lacking(missing: &[&str]) -> Text {
    let list = missing.join(" ");
    Text::new(
        format!("足りない項目: {list}\n端末から実行すると一つずつ尋ねます。何も変更していません。"),
        format!("missing: {list}\nOn a terminal they are asked for. Nothing was changed."),
    )
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// One value by itself, several as an array.
fn list(values: &[String], always: bool) -> Option<String> {
    match values {
        [] => None,
        [one] if !always => Some(quoted(one)),
        several => Some(format!(
            "[{}]",
            several
                .iter()
                .map(|v| quoted(v))
                .collect::<Vec<_>>()
                .join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft {
            from: Some("office:madoguchi".to_owned()),
            to: Some("lgwan:[gyomu-web, mail-lgwan]".to_owned()),
            service: vec!["tcp/8443".to_owned()],
            purpose: Some("\"引用\" と \\ を含む目的".to_owned()),
            ..Draft::default()
        }
    }

    #[test]
    fn a_block_is_aligned_and_reads_back_as_it_was_meant() {
        let block = draft().block();
        let read: toml_edit::DocumentMut = block.parse().unwrap();
        let flow = read["flow"].as_array_of_tables().unwrap().get(0).unwrap();
        assert_eq!(flow["purpose"].as_str(), draft().purpose.as_deref());
        let equals: BTreeSet<_> = block.lines().skip(1).map(|line| line.find('=')).collect();
        assert_eq!(equals.len(), 1, "{block}");
        assert_eq!(
            draft().missing(),
            [
                "--owner",
                "--approved-by",
                "--approved-on",
                "--ticket",
                "--expires"
            ]
        );
    }

    #[test]
    fn an_id_is_made_and_never_one_that_is_taken() {
        let taken = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(draft().free_id(&taken(&[])), "madoguchi-lgwan-tcp-8443");
        assert_eq!(
            draft().free_id(&taken(&["madoguchi-lgwan-tcp-8443"])),
            "madoguchi-lgwan-tcp-8443-2"
        );
        assert_eq!(Draft::default().free_id(&taken(&[])), "flow");
    }

    #[test]
    fn lines_are_lines() {
        assert!(line("a\nb").is_err() && line("  ").is_err() && line("a\u{202e}b").is_err());
        assert_eq!(line(" 目的 "), Ok("目的".to_owned()));
        let host: NewHost = "pc-7=office:192.168.10.7".parse().unwrap();
        assert_eq!((host.name.as_str(), host.zone.as_str()), ("pc-7", "office"));
        assert!("pc-7".parse::<NewHost>().is_err());
    }
}
