//! Domains and expectations: their hosts exist, and mail can be delivered.

use super::network::unknown;
use super::{Bench, Used};
use crate::policy::diagnostic::Notes;
use crate::policy::model::{Protocol, Via};
use crate::policy::read::{WrittenDomain, WrittenEnd};
use crate::policy::source::Span;
use crate::policy::text::{Text, escape_hostile};

pub(super) fn judge(bench: &Bench<'_>, used: &mut Used, notes: &mut Notes<'_>) {
    let written = bench.written;
    let mut names: Vec<&str> = Vec::new();
    for domain in &written.domains {
        if names.contains(&domain.name.value.as_str()) {
            let message = Text::new("同じドメインが二度あります", "this domain is written twice");
            notes.error("S04", &domain.name.span, message, None);
        }
        names.push(&domain.name.value);
        next_hop(bench, domain, used, notes);
    }
    if let (Some(first), None) = (written.domains.first(), &written.mail) {
        let message = Text::new(
            "[[domain]] には [mail] が必要です",
            "[[domain]] needs a [mail] table",
        );
        notes.error("S05", &first.name.span, message, None);
    }
    for expect in &written.expects {
        let question = &expect.value;
        used.services.insert(question.service.clone());
        for word in [&question.from, &question.to] {
            let name = word.rsplit(':').next().unwrap_or(word).to_owned();
            used.groups.insert(name.clone());
            used.hosts.insert(name);
        }
    }
}

fn next_hop(bench: &Bench<'_>, domain: &WrittenDomain, used: &mut Used, notes: &mut Notes<'_>) {
    let hop = &domain.next_hop;
    used.hosts.insert(hop.value.clone());
    let Some(host) = bench.written.hosts.get(&hop.value) else {
        unknown(notes, hop, "ホスト", "host", bench.written.hosts.keys());
        return;
    };
    let single = match host.addresses.as_slice() {
        [one] => one.value.prefix_len() == one.value.max_prefix_len(),
        _ => false,
    };
    if !single && !host.addresses.is_empty() {
        let message = Text::new(
            "配送先のホストにはアドレスが一つだけ必要です",
            "a next hop needs exactly one address",
        );
        notes.error("S04", &hop.span, message, None);
    }
    let zone = host.zone.as_ref().map(|zone| zone.value.as_str());
    let carried = bench.written.flows.iter().any(|flow| {
        let to_host = matches!(
            flow.to.as_ref().map(|end| &end.value),
            Some(WrittenEnd::Zone(zone, hosts)) if bench.written.leads_to(zone, hosts, &hop.value)
        );
        let from_box = matches!(
            flow.from.as_ref().map(|end| &end.value),
            Some(WrittenEnd::Gateway)
        );
        let by_mail = flow.via.as_ref().is_some_and(|via| via.value == Via::Mail);
        let ranges = super::services_of(bench.written, flow);
        let port = domain.port;
        let on_port = ranges
            .iter()
            .any(|r| r.protocol == Protocol::Tcp && r.first <= port && port <= r.last);
        to_host && from_box && by_mail && on_port
    });
    if !carried {
        undelivered(
            notes,
            &hop.span,
            zone.unwrap_or_default(),
            &hop.value,
            domain.port,
        );
    }
}

fn undelivered(notes: &mut Notes<'_>, span: &Span, zone: &str, host: &str, port: u16) {
    let message = Text::new(
        "この配送先への許可 (flow) がないため、メールは配送できません",
        "no flow allows this delivery, so mail would stay in the queue",
    );
    let words = format!(
        "from = \"gateway\", to = \"{}:{}\", service = \"tcp/{port}\", via = \"mail\"",
        escape_hostile(zone),
        escape_hostile(host)
    );
    notes.warn("S08", span, message, Some(Text::new(words.clone(), words)));
}
