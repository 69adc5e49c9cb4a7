//! ICMP errors: which of them pass. Pure.
//!
//! Promised: an error is about a tracked session, small, unreachable or
//! too-big, and comes from the zone of the end that it speaks for: only that
//! side can know what became of packets on their way there. That it goes to
//! the other end of its session, the kernel checks itself.
//!
//! Absent on purpose: redirects; time-exceeded, which would tell a stranger
//! the hops behind the box.

use std::collections::BTreeMap;

use crate::segment::crossing::{Crossing, Side};
use crate::segment::ruleset::Element;
use crate::segment::shelf::Permits;
use crate::segment::span::Family;
use crate::segment::territory::zone_word;

use super::Build;

/// What a sender needs. Sizes: RFC 1812 section 4.3.2.3, RFC 4443 section 2.4 (c).
const ICMP: &str = "ct state related meta length <= 576 icmp type destination-unreachable";
const ICMP6: &str =
    "ct state related meta length <= 1280 icmpv6 type { destination-unreachable, packet-too-big }";

impl Build<'_> {
    /// The box's own, about what passes it.
    pub(super) fn own_errors(&self) -> Vec<String> {
        self.errors("counter accept")
    }

    /// Those of hosts; [`Self::error_chains`] say which.
    pub(super) fn errors_by_zone(&self) -> Vec<String> {
        self.errors("iifname vmap @errors")
    }

    fn errors(&self, verdict: &str) -> Vec<String> {
        let mut rules = vec![format!("{ICMP} {verdict}")];
        if self.has_ipv6() {
            rules.push(format!("{ICMP6} {verdict}"));
        }
        rules
    }

    /// For each zone in which sessions begin or end: what conntrack knows of
    /// the session, held against the sources of that zone.
    pub(super) fn error_chains(&mut self, crossings: &BTreeMap<Crossing, Permits>) {
        let mut elements = BTreeMap::new();
        for zone in self.policy.zones.values() {
            let word = zone_word(&zone.name);
            let is_here = |side: &Side| matches!(side, Side::Zone(name) if *name == zone.name);
            let mut rules = Vec::new();
            for family in [Family::V4, Family::V6] {
                let header = family.header();
                let sources = self.sources(zone, family);
                let sources = self.addresses(&format!("sources.{word}"), family, &sources);
                let meets = |of: fn(&Crossing) -> &Side| {
                    let mut open = crossings.iter();
                    open.any(|(crossing, permits)| is_here(of(crossing)) && permits.has(family))
                };
                for (there, direction, end) in [
                    (meets(|crossing| &crossing.from), "original", "saddr"),
                    (meets(|crossing| &crossing.to), "reply", "daddr"),
                ] {
                    rules.extend(sources.iter().filter(|_| there).map(|source| {
                        format!("ct direction {direction} ct original {header} {end} {source} counter accept")
                    }));
                }
            }
            if !rules.is_empty() {
                for interface in &zone.interfaces {
                    let verdict = Element::verdict(format!("goto errors.{word}"));
                    elements.insert(format!("\"{interface}\""), verdict);
                }
                self.chain(format!("errors.{word}"), rules);
            }
        }
        let head = vec!["type ifname : verdict".into()];
        self.set("errors", true, head, elements);
    }
}
