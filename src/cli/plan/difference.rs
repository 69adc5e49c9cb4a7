//! Two policies side by side: flows and zones that come, go, or mean something
//! else, in words. What is compared is what is told: names are resolved, so
//! that a host that grew or a holiday that moved is a change of every flow that
//! stands on it. Pure.

use std::collections::BTreeMap;

use crate::cli::words;
use crate::policy::text::{Lang, Text, escape_hostile};
use crate::policy::{Endpoint, Flow, Holidays, Policy, Zone};

/// Values of one facet that are shown; the rest is counted.
const SHOWN: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Added,
    Removed,
    Changed,
}

/// One flow or zone that is not as before.
pub(super) struct Change {
    pub sort: Sort,
    pub id: String,
    pub words: Text,
}

/// A flow or a zone: its line, and everything about it that decides.
struct Thing {
    line: Text,
    facets: Vec<Facet>,
}

/// One side of a thing, and what stands there; absent is empty.
struct Facet {
    name: Text,
    values: Vec<Text>,
}

/// Flows by id; without a policy before, all are new.
pub(super) fn flows(before: Option<&Policy>, after: &Policy) -> Vec<Change> {
    let by_id = |policy: &Policy| {
        let flows = policy.flows.iter();
        flows
            .map(|flow| (flow.id.clone(), of_flow(policy, flow)))
            .collect()
    };
    compare(&before.map(by_id).unwrap_or_default(), &by_id(after))
}

/// Zones by name. The first ones are no change of anything.
pub(super) fn zones(before: Option<&Policy>, after: &Policy) -> Vec<Change> {
    let by_name = |policy: &Policy| {
        let zones = policy.zones.values();
        zones
            .map(|zone| (zone.name.clone(), of_zone(zone)))
            .collect()
    };
    before.map_or_else(Vec::new, |before| {
        compare(&by_name(before), &by_name(after))
    })
}

fn compare(old: &BTreeMap<String, Thing>, new: &BTreeMap<String, Thing>) -> Vec<Change> {
    let change = |sort, id: &str, words| Change {
        sort,
        id: id.to_owned(),
        words,
    };
    let come = new.iter().filter_map(|(id, thing)| match old.get(id) {
        None => Some(change(Sort::Added, id, marked('+', "追加", "added", thing))),
        Some(was) => {
            let differs: Vec<Text> = was
                .facets
                .iter()
                .zip(&thing.facets)
                .filter_map(|(was, becomes)| difference(was, becomes))
                .collect();
            let head = marked('~', "変更", "changed", thing);
            let lines = std::iter::once(head).chain(differs.iter().cloned());
            let words = words::joined(lines, "\n    ", "\n    ");
            words
                .filter(|_| !differs.is_empty())
                .map(|words| change(Sort::Changed, id, words))
        }
    });
    let gone = old.iter().filter(|(id, _)| !new.contains_key(*id));
    let gone = gone.map(|(id, was)| {
        let words = marked('-', "削除", "removed", was);
        change(Sort::Removed, id, words)
    });
    come.chain(gone).collect()
}

fn marked(mark: char, ja: &str, en: &str, thing: &Thing) -> Text {
    let line = &thing.line;
    Text::new(
        format!("{mark} {ja} {}", line.ja),
        format!("{mark} {en} {}", line.en),
    )
}

/// `name: - what was  + what comes`; none where both are the same.
fn difference(was: &Facet, becomes: &Facet) -> Option<Text> {
    let only = |mark: &str, one: &Facet, other: &Facet, lang: Lang| {
        let left: Vec<&str> = one
            .values
            .iter()
            .filter(|value| !other.values.contains(value))
            .map(|value| value.get(lang))
            .collect();
        let more = match left.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" … ({more})"),
        };
        let shown = left.iter().take(SHOWN).copied().collect::<Vec<_>>();
        (!left.is_empty()).then(|| format!("{mark} {}{more}", shown.join(", ")))
    };
    let line = |lang| {
        let sides = [only("-", was, becomes, lang), only("+", becomes, was, lang)];
        let sides: Vec<String> = sides.into_iter().flatten().collect();
        format!("{}: {}", was.name.get(lang), sides.join("  "))
    };
    (was.values != becomes.values).then(|| Text::new(line(Lang::Ja), line(Lang::En)))
}

fn of_flow(policy: &Policy, flow: &Flow) -> Thing {
    let ports: Vec<String> = flow.services.iter().map(words::range).collect();
    let way = format!(
        "{}: {} -> {} {}",
        flow.id,
        words::end(&flow.from),
        words::end(&flow.to),
        ports.join(",")
    );
    let narrowed = words::via(flow.via).into_iter().chain(words::bounds(flow));
    let narrowed = words::joined(narrowed, "、", "; ");
    let narrowed = narrowed.map_or(Text::new("", ""), |all| {
        Text::new(format!(" ({})", all.ja), format!(" ({})", all.en))
    });
    let purpose = escape_hostile(&flow.purpose);
    let expires = flow.expires;
    Thing {
        line: Text::new(
            format!("{way}{} 目的: {purpose} 期限: {expires}", narrowed.ja),
            format!("{way}{} purpose: {purpose} expires: {expires}", narrowed.en),
        ),
        facets: facets(policy, flow),
    }
}

fn facets(policy: &Policy, flow: &Flow) -> Vec<Facet> {
    let end = |end: &Endpoint, peer: &Endpoint| {
        let addresses = words::addresses(policy, end, peer);
        std::iter::once(words::end(end)).chain(addresses).collect()
    };
    let holidays = match flow.hours.as_ref().map(|hours| hours.holidays) {
        Some(Holidays::Closed | Holidays::Open) => policy
            .site
            .holidays
            .iter()
            .map(ToString::to_string)
            .collect(),
        Some(Holidays::Same) | None => Vec::new(),
    };
    let approved = format!("{} {} {}", flow.approved_by, flow.approved_on, flow.ticket);
    let expires = format!("{} ({})", flow.expires, policy.site.timezone);
    vec![
        plain("送信元", "from", end(&flow.from, &flow.to)),
        plain("宛先", "to", end(&flow.to, &flow.from)),
        plain(
            "サービス",
            "services",
            flow.services.iter().map(words::range).collect(),
        ),
        plain("名前", "names", flow.names.clone()),
        facet(
            "経由",
            "carried",
            words::via(flow.via).into_iter().collect(),
        ),
        facet("条件", "bounds", words::bounds(flow)),
        plain("休日", "holidays", holidays),
        facet("記録", "recorded", vec![words::log(flow)]),
        plain("期限", "expires", vec![expires]),
        plain("目的", "purpose", vec![flow.purpose.clone()]),
        plain("所管", "owner", vec![flow.owner.clone()]),
        plain("承認", "approved", vec![approved]),
        plain("条項", "clause", flow.clause.iter().cloned().collect()),
        plain("機密性", "class", flow.class.iter().cloned().collect()),
    ]
}

fn of_zone(zone: &Zone) -> Thing {
    let nets = |nets: &[ipnet::IpNet]| nets.iter().map(ToString::to_string).collect();
    let name = escape_hostile(&zone.name);
    Thing {
        line: Text::new(format!("区域 {name}"), format!("zone {name}")),
        facets: vec![
            facet("種別", "kind", vec![words::kind(zone.kind)]),
            plain("インターフェース", "interfaces", zone.interfaces.clone()),
            plain("ネットワーク", "networks", nets(&zone.networks)),
            plain("除外", "except", nets(&zone.except)),
            plain("IPv6", "IPv6", nets(&zone.networks6)),
            plain(
                "gateway",
                "gateway",
                zone.gateway.iter().map(ToString::to_string).collect(),
            ),
        ],
    }
}

fn facet(ja: &str, en: &str, values: Vec<Text>) -> Facet {
    Facet {
        name: Text::new(ja, en),
        values,
    }
}

/// Values that are the same in every language.
fn plain(ja: &str, en: &str, untrusted_values: Vec<String>) -> Facet {
    let values = untrusted_values.iter().map(|value| escape_hostile(value));
    facet(
        ja,
        en,
        values
            .map(|value| Text::new(value.clone(), value))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use crate::policy::{Facts, Sources, load};

    use super::*;

    const MAIN: &str = include_str!("../../../config/sekimori.toml");
    const OFFICE: &str = include_str!("../../../config/flows.d/office.toml");

    fn policy(main: &str, office: &str) -> Policy {
        let mail = include_str!("../../../config/flows.d/mail.toml");
        let sources = Sources::new([
            ("sekimori.toml", main),
            ("flows.d/mail.toml", mail),
            ("flows.d/office.toml", office),
        ]);
        load(&sources, &Facts::default()).unwrap().0
    }

    fn told(main: (&str, &str), office: (&str, &str)) -> Vec<String> {
        let altered = |text: &str, (from, to): (&str, &str)| {
            let altered = text.replacen(from, to, 1);
            assert_ne!(altered, text);
            altered
        };
        let before = policy(MAIN, OFFICE);
        let after = policy(&altered(MAIN, main), &altered(OFFICE, office));
        let changes = flows(Some(&before), &after);
        let zones = zones(Some(&before), &after);
        assert!(flows(Some(&after), &after).is_empty());
        changes
            .into_iter()
            .chain(zones)
            .map(|change| change.words.en)
            .collect()
    }

    const SAME: (&str, &str) = ("schema = 1", "schema  = 1");
    const SAME_OFFICE: (&str, &str) = ("[[flow]]", "\n[[flow]]");

    #[test]
    fn a_host_that_grows_changes_the_flows_that_name_it() {
        let said = told(("192.168.10.32/28", "192.168.10.0/24"), SAME_OFFICE);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].starts_with("~ changed office-gyomu: office:madoguchi -> "),
            "{said:?}"
        );
        assert!(
            said[0].ends_with("\n    from: - 192.168.10.32/28  + 192.168.10.0/24"),
            "{said:?}"
        );
    }

    #[test]
    fn what_narrows_a_flow_is_told_when_it_comes_and_when_it_goes() {
        let bounded = "from     = \"office:madoguchi\"\nrate = \"30/minute\"\nhours = \"08:30-17:15\"\ndays = \"mon-fri\"\nholidays = \"closed\"\n";
        let office = ("from     = \"office:madoguchi\"\n", bounded);
        let said = told(SAME, office);
        let wanted = "\n    bounds: + Mon-Fri 08:30-17:15, not on holidays, 30 connections/minute per source";
        assert!(said.len() == 1 && said[0].ends_with(wanted), "{said:?}");

        let narrowed = OFFICE.replacen(office.0, bounded, 1);
        let back = flows(Some(&policy(MAIN, &narrowed)), &policy(MAIN, OFFICE));
        assert!(
            back[0].words.en.contains("\n    bounds: - Mon-Fri"),
            "{}",
            back[0].words.en
        );
        // A holiday that is added closes it on one more day.
        let holidays = MAIN.replacen("# holidays = [", "holidays = [", 1);
        let site = flows(
            Some(&policy(MAIN, &narrowed)),
            &policy(&holidays, &narrowed),
        );
        assert!(
            site[0].words.en.contains("\n    holidays: + 2026-12-29"),
            "{}",
            site[0].words.en
        );
    }

    #[test]
    fn another_time_zone_ends_every_flow_at_another_moment_and_a_zone_that_grows_is_told() {
        let said = told(("\"Asia/Tokyo\"", "\"Asia/Seoul\""), SAME_OFFICE);
        assert_eq!(said.len(), 4, "{said:?}");
        let said = told(("\"192.168.10.0/24\"", "\"192.168.8.0/22\""), SAME_OFFICE);
        assert_eq!(
            said,
            ["~ changed zone office\n    networks: - 192.168.10.0/24  + 192.168.8.0/22"]
        );
    }

    #[test]
    fn what_only_the_register_says_is_told_too() {
        let said = told(
            SAME,
            (
                "\"機密性3\"\nlog      = \"new\"",
                "\"機密性2\"\nlog      = \"all\"",
            ),
        );
        assert!(said.len() == 1, "{said:?}");
        assert!(said[0].contains("recorded: - new  + all"), "{said:?}");
        assert!(said[0].contains("class: - 機密性3  + 機密性2"), "{said:?}");
    }
}
