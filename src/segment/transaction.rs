//! From what the kernel holds to what it should hold, as one transaction.
//! Pure. Base chains that are as they should be are not touched: flushing and
//! refilling regular chains, sets and maps in one transaction let no packet
//! through (measured), deleting a base chain does.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::listing::Listing;
use super::ruleset::{Chain, Counts, Ruleset, Set, TABLE};

/// The text for `nft -f -`. Counters of elements that stay are carried over.
#[must_use]
pub fn transaction(desired: &Ruleset, live: Option<&Listing>, now: Timestamp) -> String {
    match live {
        Some(live) if can_refill(desired, live) => refill(desired, live, now),
        // `add` before `delete`, so that it works whether the table exists or not.
        Some(_) | None => {
            let written = desired.written(now);
            format!("add table inet {TABLE}\ndelete table inet {TABLE}\n{written}")
        }
    }
}

/// Refilling needs every base chain at its hook and nothing strange.
fn can_refill(desired: &Ruleset, live: &Listing) -> bool {
    live.strange.is_empty()
        && desired.chains.iter().all(|chain| {
            let found = live.chains.get(&chain.name);
            match &chain.hook {
                Some(_) => found.is_some_and(|found| found.hook == chain.hook),
                None => found.is_none_or(|found| found.hook.is_none()),
            }
        })
}

fn refill(desired: &Ruleset, live: &Listing, now: Timestamp) -> String {
    let mut text = String::new();
    let mut say = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    let keeps_rules =
        |found: &Chain| found.hook.is_some() && desired.chains.iter().any(|chain| chain == found);
    for found in live.chains.values().filter(|found| !keeps_rules(found)) {
        say(format!("flush chain inet {TABLE} {}", found.name));
    }
    for found in live.sets.values() {
        say(format!(
            "flush {} inet {TABLE} {}",
            found.keyword(),
            found.name
        ));
    }
    for found in live.chains.values() {
        if !desired.chains.iter().any(|chain| chain.name == found.name) {
            say(format!("delete chain inet {TABLE} {}", found.name));
        }
    }
    for found in live.sets.values() {
        let same =
            |set: &Set| set.name == found.name && set.head == found.head && set.map == found.map;
        if !desired.sets.iter().any(same) {
            say(format!(
                "delete {} inet {TABLE} {}",
                found.keyword(),
                found.name
            ));
        }
    }
    say(format!("table inet {TABLE} {{"));
    for set in &desired.sets {
        let mut block = String::new();
        let counts: &Counts = &live.counts;
        let _ = set.write(&mut block, counts, now);
        say(block);
    }
    for chain in &desired.chains {
        if !live.chains.get(&chain.name).is_some_and(keeps_rules) {
            say(chain.to_string());
        }
    }
    say("}".to_owned());
    text
}
