//! Configuration -> `Policy`, or every mistake at once. The only maker of a
//! `Policy`: whoever holds one holds a configuration without an error.
//!
//! ```text
//! Sources --read--> Written --judge--> diagnostics --none is an error--> Policy
//! ```

use std::net::IpAddr;

use jiff::tz::TimeZone;

use super::diagnostic::{Diagnostic, Notes, Severity, at};
use super::facts::{Facts, Stage};
use super::judge::{judge, services_of};
use super::model::{Domain, Endpoint, Flow, Host, MailPolicy, Place, Policy, Site, Volume};
use super::moment::local_day;
use super::read::{DEFAULT_RETENTION, Written, WrittenDomain, WrittenEnd, WrittenFlow, read};
use super::source::{Located, MAIN, Sources};
use super::text::Text;

/// Every mistake of the configuration, by place; nothing is changed.
#[must_use]
pub fn check(sources: &Sources, facts: &Facts) -> Vec<Diagnostic> {
    read_and_judge(sources, facts).1
}

/// The policy with its warnings.
///
/// # Errors
/// Every diagnostic, warnings too, where at least one is an error: a policy
/// with a mistake in it is never put in force, not even in part.
pub fn load(
    sources: &Sources,
    facts: &Facts,
) -> Result<(Policy, Vec<Diagnostic>), Vec<Diagnostic>> {
    let (written, diagnostics) = read_and_judge(sources, facts);
    if diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
    {
        return Err(diagnostics);
    }
    let complete = |site: Site| build(sources, &written, facts, site);
    match written.site.clone().and_then(complete) {
        Some(policy) => Ok((policy, diagnostics)),
        None => Err(incomplete(sources, diagnostics)),
    }
}

/// The site's time zone, whatever else is wrong with the configuration; UTC
/// where it names none.
#[must_use]
pub fn zone(sources: &Sources) -> TimeZone {
    // Of thousands of flows none has a word in it.
    let main = sources.files().iter().filter(|file| file.path == MAIN);
    let main = Sources::new(main.map(|file| (file.path.as_str(), file.text.as_str())));
    read(&mut Notes::new(&main)).zone()
}

/// Something could not be built although nothing was found wrong: our fault,
/// and refused all the same.
fn incomplete(sources: &Sources, mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let place = Place {
        file: MAIN.to_owned(),
        line: 1,
        column: 1,
    };
    let message = Text::new(
        "設定を組み立てられませんでした (このプログラムの誤りです)",
        "the policy could not be built (a fault of this program)",
    );
    diagnostics.push(at(sources, &place, "S10", message, None));
    diagnostics
}

fn read_and_judge(sources: &Sources, facts: &Facts) -> (Written, Vec<Diagnostic>) {
    let mut notes = Notes::new(sources);
    let written = read(&mut notes);
    judge(&written, facts, &mut notes);
    (written, notes.into_sorted())
}

fn build(sources: &Sources, written: &Written, facts: &Facts, site: Site) -> Option<Policy> {
    let mut flows = Vec::new();
    for flow in &written.flows {
        flows.push(build_flow(sources, written, flow)?);
    }
    if let (Stage::Boot, Some(now)) = (facts.stage, facts.now) {
        // The revision was good once; what ran out since is no permission.
        let today = local_day(&site, now);
        flows.retain(|flow| flow.last_day() >= today);
    }
    flows.sort_by(|a, b| a.id.cmp(&b.id));
    let zone = |(name, zone): (&String, &super::read::WrittenZone)| {
        zone.zone.clone().map(|zone| (name.clone(), zone))
    };
    let host = |(name, host): (&String, &super::read::WrittenHost)| {
        let zone = host.zone.as_ref()?.value.clone();
        let addresses = host.addresses.iter().map(|address| address.value).collect();
        Some((
            name.clone(),
            Host {
                zone,
                addresses,
                asset: host.asset.clone(),
            },
        ))
    };
    Some(Policy {
        people: written
            .people
            .iter()
            .map(|(id, p)| (id.clone(), p.value.clone()))
            .collect(),
        clauses: written.clauses.clone(),
        zones: written.zones.iter().map(zone).collect::<Option<_>>()?,
        hosts: written.hosts.iter().map(host).collect::<Option<_>>()?,
        groups: written
            .groups
            .iter()
            .map(|(name, group)| (name.clone(), members(group)))
            .collect(),
        services: written
            .services
            .iter()
            .map(|(n, s)| (n.clone(), s.value.clone()))
            .collect(),
        flows,
        expects: written
            .expects
            .iter()
            .map(|expect| expect.value.clone())
            .collect(),
        domains: written
            .domains
            .iter()
            .map(|domain| build_domain(written, domain))
            .collect::<Option<_>>()?,
        mail: written.mail.clone().unwrap_or_else(no_mail),
        limits: written.limits.clone(),
        retention: written.retention.clone().unwrap_or(DEFAULT_RETENTION),
        sha256: sources.sha256(),
        site,
    })
}

/// Without `[mail]` nothing listens and nothing is taken.
fn no_mail() -> MailPolicy {
    MailPolicy {
        hostname: "localhost".to_owned(),
        listen: Vec::new(),
        max_size: 50_000_000,
        max_sessions: 1,
        max_sessions_per_address: 1,
        min_free_bytes: 512 << 20,
        paint_qr_codes: false,
        drop_comments: false,
        accept_changes: false,
        keep_pdf_links: false,
        treat: Vec::new(),
    }
}

fn build_domain(written: &Written, domain: &WrittenDomain) -> Option<Domain> {
    let host = written.hosts.get(&domain.next_hop.value)?;
    let address: IpAddr = host.addresses.first()?.value.addr();
    Some(Domain {
        name: domain.name.value.clone(),
        next_hop: domain.next_hop.value.clone(),
        address,
        port: domain.port,
        recipients: domain.recipients.clone(),
    })
}

fn build_flow(sources: &Sources, written: &Written, flow: &WrittenFlow) -> Option<Flow> {
    let id = flow.id.as_ref()?;
    let value = |text: &Option<Located<String>>| text.as_ref().map(|text| text.value.clone());
    let services = services_of(written, flow);
    if services.is_empty() {
        return None;
    }
    Some(Flow {
        id: id.value.clone(),
        place: sources.place(&id.span),
        from: endpoint(written, &flow.from.as_ref()?.value),
        to: endpoint(written, &flow.to.as_ref()?.value),
        services,
        names: flow.names.iter().map(|name| name.value.clone()).collect(),
        via: flow.via.as_ref().map(|via| via.value),
        purpose: flow.purpose.clone()?,
        owner: value(&flow.owner)?,
        approved_by: value(&flow.by)?,
        approved_on: flow.on.as_ref()?.value,
        ticket: flow.ticket.clone()?,
        expires: flow.expires.as_ref()?.value,
        clause: value(&flow.clause),
        class: value(&flow.class),
        log: flow.log,
        hours: flow.bounds.hours.clone(),
        rate: flow.bounds.rate,
        trial_until: match &flow.bounds.trial {
            // A trial without an end is a mistake (E10); never a flow.
            Some(trial) => Some(trial.until.as_ref()?.value),
            None => None,
        },
        volume: Volume {
            upload: flow.bounds.upload.as_ref().map(|volume| volume.value),
            download: flow.bounds.download.as_ref().map(|volume| volume.value),
        },
    })
}

fn members(group: &Located<Vec<Located<String>>>) -> Vec<String> {
    group.value.iter().map(|host| host.value.clone()).collect()
}

fn endpoint(written: &Written, end: &WrittenEnd) -> Endpoint {
    match end {
        WrittenEnd::Gateway => Endpoint::Gateway,
        WrittenEnd::Zone(zone, words) => Endpoint::Zone {
            zone: zone.clone(),
            hosts: written.hosts_of(words),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sources {
        Sources::new([
            ("sekimori.toml", include_str!("../../config/sekimori.toml")),
            (
                "flows.d/mail.toml",
                include_str!("../../config/flows.d/mail.toml"),
            ),
            (
                "flows.d/office.toml",
                include_str!("../../config/flows.d/office.toml"),
            ),
        ])
    }

    fn facts() -> Facts {
        Facts::at("2026-11-23T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_shipped_sample_has_no_error_and_no_warning() {
        let said: String = check(&sample(), &facts())
            .iter()
            .map(|d| d.render(super::super::text::Lang::En))
            .collect();
        assert_eq!(said, "");
        let (policy, _) = load(&sample(), &facts()).unwrap();
        assert_eq!(policy.flows.len(), 4);
        assert_eq!(policy.flows[0].id, "admin-ssh");
        assert_eq!(policy.domains[0].address.to_string(), "10.1.20.25");
    }
}
