//! How often each flow is used, from the counters of the rules' elements.
//! Pure.
//!
//! An element belongs to one flow: where several cover the same packets, the
//! lexically first is the one that counts (see `shelf.rs`).

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::audit::event::Hit;

use super::listing::Listing;
use super::ruleset::Counts;

/// What was counted since it was last taken out.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// The counters at the last look; none before the first.
    before: Option<Counts>,
    flows: BTreeMap<String, Hit>,
}

impl Hits {
    /// Adds what the counters grew by since the last look. At the first look
    /// nothing is known to have grown. A counter that went down began anew.
    pub fn look(&mut self, listing: &Listing, now: Timestamp) {
        if let Some(before) = &self.before {
            let counts = listing.counts.iter();
            let counts = counts.flat_map(|(set, counts)| counts.iter().map(move |one| (set, one)));
            for (set, (key, count)) in counts {
                let known = before.get(set).and_then(|counts| counts.get(key));
                let known = known.map_or(0, |count| count.packets);
                let grown = count.packets.checked_sub(known).unwrap_or(count.packets);
                let element = listing.sets.get(set).and_then(|set| set.elements.get(key));
                let flow = element.and_then(|element| element.comment.as_ref());
                if let Some(flow) = flow.filter(|_| grown > 0) {
                    let hit = self.flows.entry(flow.clone()).or_insert(Hit {
                        count: 0,
                        last: now,
                    });
                    hit.count = hit.count.saturating_add(grown);
                    hit.last = now;
                }
            }
        }
        self.before = Some(listing.counts.clone());
    }

    /// What was counted and not taken out yet.
    #[must_use]
    pub fn pending(&self) -> &BTreeMap<String, Hit> {
        &self.flows
    }

    /// Takes it out.
    #[must_use]
    pub fn take(&mut self) -> BTreeMap<String, Hit> {
        std::mem::take(&mut self.flows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::ruleset::{Count, Element, Set};

    fn listed(web: u64, mail: u64) -> Listing {
        let mut listing = Listing::default();
        let mut set = Set {
            name: "s".to_owned(),
            map: false,
            head: vec!["counter".to_owned()],
            elements: BTreeMap::new(),
        };
        for (key, flow, packets) in [("1", "web", web), ("2", "mail", mail), ("3", "web", web)] {
            let element = Element {
                comment: Some(flow.to_owned()),
                ..Element::default()
            };
            set.elements.insert(key.to_owned(), element);
            let count = Count { packets, bytes: 9 };
            let counts = listing.counts.entry("s".to_owned()).or_default();
            counts.insert(key.to_owned(), count);
        }
        listing.sets.insert("s".to_owned(), set);
        listing
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_flow_is_used_when_a_counter_of_its_grows() {
        let mut hits = Hits::default();
        hits.look(&listed(5, 0), at(1));
        assert!(
            hits.pending().is_empty(),
            "what was before is not ours to count"
        );
        hits.look(&listed(7, 0), at(2));
        hits.look(&listed(7, 0), at(3));
        assert_eq!(
            hits.pending()["web"],
            Hit {
                count: 4,
                last: at(2)
            }
        );
        assert!(!hits.pending().contains_key("mail"));
        assert_eq!(hits.take().len(), 1);
        hits.look(&listed(1, 3), at(4)); // loaded anew
        assert_eq!(hits.pending()["web"].count, 2);
        assert_eq!(hits.pending()["mail"].count, 3);
    }
}
