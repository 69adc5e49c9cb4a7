//! From what the kernel holds to what it should hold, as one transaction.
//! Pure.
//!
//! ```text
//! nothing differs             nothing
//! only elements differ        those elements, deleted and added
//! chains or sets differ       these, flushed and filled; no other is touched
//! the table is not ours       all of it anew
//! ```
//!
//! Promised: base chains at their hooks are never deleted (deleting one lets
//! packets through, measured), and not even touched while they are as they
//! should be. Counters of elements that stay are carried over. Whatever the
//! order of changes, the kernel ends up as after a full load.
//!
//! An interval set refuses an element inside another (measured), so every
//! deletion stands before every addition.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::drift::same;
use super::listing::Listing;
use super::ruleset::{Chain, Counts, Element, Ruleset, Set, TABLE};

/// An element that ends within this time may be gone before it is deleted;
/// then it is added first, because deleting nothing is refused.
const CLOSE: SignedDuration = SignedDuration::from_mins(1);

/// The text for `nft -f -`; empty where nothing differs.
#[must_use]
pub fn transaction(desired: &Ruleset, live: Option<&Listing>, now: Timestamp) -> String {
    match live {
        Some(live) if is_ours(desired, live) => Delta::between(desired, live, now).text(),
        // `add` before `delete`, so that it works whether the table exists or not.
        Some(_) | None => {
            let written = desired.written(now);
            format!("add table inet {TABLE}\ndelete table inet {TABLE}\n{written}")
        }
    }
}

/// A delta needs every base chain at its hook and nothing strange.
fn is_ours(desired: &Ruleset, live: &Listing) -> bool {
    live.strange.is_empty()
        && desired.chains.iter().all(|chain| {
            let found = live.chains.get(&chain.name);
            match &chain.hook {
                Some(_) => found.is_some_and(|found| found.hook == chain.hook),
                None => found.is_none_or(|found| found.hook.is_none()),
            }
        })
}

/// The steps, in the order in which they must be taken: a rule goes before
/// the set it asks, an element before the chain it jumps to.
struct Delta<'a> {
    now: Timestamp,
    counts: &'a Counts,
    flushed: Vec<&'a str>,
    emptied: Vec<&'a Set>,
    /// Set, key, and the live element.
    deleted: Vec<(&'a Set, &'a str, &'a Element)>,
    chains_gone: Vec<&'a str>,
    sets_gone: Vec<&'a Set>,
    sets_new: Vec<&'a Set>,
    chains_new: Vec<&'a Chain>,
    added: Vec<(&'a Set, Vec<String>)>,
}

impl<'a> Delta<'a> {
    fn between(desired: &'a Ruleset, live: &'a Listing, now: Timestamp) -> Self {
        let mut delta = Self {
            now,
            counts: &live.counts,
            flushed: Vec::new(),
            emptied: Vec::new(),
            deleted: Vec::new(),
            chains_gone: Vec::new(),
            sets_gone: Vec::new(),
            sets_new: Vec::new(),
            chains_new: Vec::new(),
            added: Vec::new(),
        };
        let keeps = |set: &Set| {
            let found = live.sets.get(&set.name);
            found.is_some_and(|found| found.head == set.head && found.map == set.map)
        };
        let mut kept = BTreeSet::new();
        for set in &desired.sets {
            match live.sets.get(&set.name) {
                Some(found) if keeps(set) => {
                    kept.insert(set.name.as_str());
                    delta.elements(set, found);
                }
                Some(_) | None => delta.sets_new.push(set),
            }
        }
        let gone = |set: &&Set| !kept.contains(set.name.as_str());
        delta.sets_gone = live.sets.values().filter(gone).collect();
        delta.emptied.extend(&delta.sets_gone);
        // A rule that asks a set which goes must go before it, same words or not.
        let asks = |chain: &Chain| {
            let mut words = chain.rules.iter().flat_map(|rule| rule.split(' '));
            words.any(|word| {
                let asked = word.strip_prefix('@');
                asked.is_some_and(|name| delta.sets_gone.iter().any(|set| set.name == name))
            })
        };
        for found in live.chains.values() {
            let wanted = desired.chains.iter().find(|chain| chain.name == found.name);
            if wanted == Some(found) && !asks(found) {
                continue;
            }
            delta.flushed.push(&found.name);
            if wanted.is_none() {
                delta.chains_gone.push(&found.name);
            }
        }
        let stays = |chain: &&Chain| {
            live.chains.contains_key(&chain.name) && !delta.flushed.contains(&chain.name.as_str())
        };
        delta.chains_new = desired
            .chains
            .iter()
            .filter(|chain| !stays(chain))
            .collect();
        delta
    }

    /// What differs between two sets of one form.
    fn elements(&mut self, set: &'a Set, found: &'a Set) {
        if set.is_meter() {
            return;
        }
        // Such ranges have neither counter nor end: all at once.
        if set.is_plain_interval() {
            if !set.elements.keys().eq(found.elements.keys()) {
                self.emptied.push(found);
                let all = set.elements.iter();
                let all = all.filter_map(|(key, element)| self.written(set, key, element));
                let all: Vec<String> = all.collect();
                if !all.is_empty() {
                    self.added.push((set, all));
                }
            }
            return;
        }
        let mut added = Vec::new();
        for (key, wanted, there) in set.beside(found) {
            if let (Some(wanted), Some(there)) = (wanted, there)
                && same(wanted, there)
            {
                continue;
            }
            added.extend(wanted.and_then(|wanted| self.written(set, key, wanted)));
            self.deleted.extend(there.map(|there| (found, key, there)));
        }
        if !added.is_empty() {
            self.added.push((set, added));
        }
    }

    fn written(&self, set: &Set, key: &str, element: &Element) -> Option<String> {
        set.element(key, element, self.counts, self.now)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut say = |line: String| {
            let _ = writeln!(text, "{line}");
        };
        for chain in &self.flushed {
            say(format!("flush chain inet {TABLE} {chain}"));
        }
        for set in &self.emptied {
            say(format!("flush {} inet {TABLE} {}", set.keyword(), set.name));
        }
        for (set, key, there) in &self.deleted {
            let verdict = there
                .verdict
                .as_ref()
                .map(|verdict| format!(" : {verdict}"));
            let whole = format!("{key}{}", verdict.unwrap_or_default());
            let ends = there.until.map(|until| until.duration_since(self.now));
            if ends.is_some_and(|left| left <= CLOSE) {
                say(format!(
                    "add element inet {TABLE} {} {{ {whole} }}",
                    set.name
                ));
            }
            say(format!(
                "delete element inet {TABLE} {} {{ {whole} }}",
                set.name
            ));
        }
        for chain in &self.chains_gone {
            say(format!("delete chain inet {TABLE} {chain}"));
        }
        for set in &self.sets_gone {
            say(format!(
                "delete {} inet {TABLE} {}",
                set.keyword(),
                set.name
            ));
        }
        if !self.sets_new.is_empty() || !self.chains_new.is_empty() {
            say(format!("table inet {TABLE} {{"));
            for set in &self.sets_new {
                let mut block = String::new();
                let _ = set.write(&mut block, self.counts, self.now);
                say(block);
            }
            for chain in &self.chains_new {
                say(chain.to_string());
            }
            say("}".to_owned());
        }
        for (set, elements) in &self.added {
            let elements = elements.join(",\n\t");
            say(format!(
                "add element inet {TABLE} {} {{\n\t{elements}\n}}",
                set.name
            ));
        }
        text
    }
}
