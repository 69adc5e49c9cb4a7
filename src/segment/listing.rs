//! What nft lists, without elements -> a value in the same form as `Ruleset`.
//! Pure. Whatever this reader does not know becomes `strange`, and strange
//! means drift: nothing in our table is ever overlooked. Elements are put in
//! by `observe`: at ten thousand their listing in text is too slow.

use std::collections::BTreeMap;

use super::ruleset::{Chain, Count, Counts, Set};

/// Our table as the kernel has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Sets and maps by name.
    pub sets: BTreeMap<String, Set>,
    /// Chains by name.
    pub chains: BTreeMap<String, Chain>,
    /// Lines that are none of these: flags of the table, flowtables, …
    pub strange: Vec<String>,
    /// Counter values of elements.
    pub counts: Counts,
    /// Packets dropped by the last rule of each base chain, by chain.
    pub denied: BTreeMap<String, u64>,
}

/// Reads our table as `nft -y -t` lists it.
#[must_use]
pub fn read(untrusted_text: &str) -> Listing {
    let mut listing = Listing::default();
    let mut lines = untrusted_text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    lines.next(); // table inet sekimori {
    while let Some(line) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["chain", name, "{"] => listing.chain(name, &block(&mut lines)),
            [keyword @ ("set" | "map"), name, "{"] => {
                listing.set(name, *keyword == "map", &block(&mut lines));
            }
            ["}"] => {}
            _ => {
                listing.strange.push(line.to_owned());
                if line.ends_with('{') {
                    listing
                        .strange
                        .extend(block(&mut lines).into_iter().map(str::to_owned));
                }
            }
        }
    }
    listing
}

/// The lines up to the `}` that stands alone, inner blocks included.
fn block<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut depth = 0_u32;
    let mut inside = Vec::new();
    for line in lines {
        if line == "}" {
            if depth == 0 {
                break;
            }
            depth -= 1;
        } else if line.ends_with('{') {
            depth += 1;
        }
        inside.push(line);
    }
    inside
}

impl Listing {
    fn chain(&mut self, name: &str, lines: &[&str]) {
        let mut chain = Chain {
            name: name.to_owned(),
            hook: None,
            rules: Vec::new(),
        };
        for line in lines {
            if line.starts_with("type ") && chain.hook.is_none() && chain.rules.is_empty() {
                chain.hook = Some((*line).to_owned());
            } else {
                let (rule, count) = without_count(line);
                if chain.hook.is_some() && rule.ends_with("drop") {
                    self.denied.insert(name.to_owned(), count.packets);
                }
                chain.rules.push(rule);
            }
        }
        self.chains.insert(name.to_owned(), chain);
    }

    fn set(&mut self, name: &str, map: bool, lines: &[&str]) {
        let set = Set {
            name: name.to_owned(),
            map,
            head: lines.iter().map(|line| (*line).to_owned()).collect(),
            elements: BTreeMap::new(),
        };
        self.sets.insert(name.to_owned(), set);
    }
}

/// A rule without the values of its counter.
fn without_count(rule: &str) -> (String, Count) {
    let mut words = rule.split(' ').peekable();
    let mut kept = Vec::new();
    let mut count = Count::default();
    while let Some(word) = words.next() {
        kept.push(word);
        if word == "counter" && words.peek() == Some(&"packets") {
            let mut number = || {
                words.next();
                words.next().and_then(|n| n.parse().ok()).unwrap_or(0)
            };
            count = Count {
                packets: number(),
                bytes: number(),
            };
        }
    }
    (kept.join(" "), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = "table inet sekimori {
	flags dormant
	set flow {
		type ipv4_addr . inet_service
		counter
	}

	map pairs {
		type ifname : verdict
	}

	ct helper ftp {
		type \"ftp\" protocol tcp
	}

	chain forward {
		type filter hook forward priority 0; policy drop;
		counter packets 3 bytes 180 log prefix \"x\" group 77 drop
	}
}";

    #[test]
    fn nothing_in_the_table_is_overlooked() {
        let listing = read(LISTED);
        assert_eq!(
            listing.strange,
            [
                "flags dormant",
                "ct helper ftp {",
                "type \"ftp\" protocol tcp"
            ]
        );
        assert_eq!(
            listing.sets["flow"].head,
            ["type ipv4_addr . inet_service", "counter"]
        );
        assert!(listing.sets["pairs"].map && !listing.sets["flow"].map);
        assert_eq!(
            listing.chains["forward"].rules,
            ["counter log prefix \"x\" group 77 drop"]
        );
        assert_eq!(listing.denied["forward"], 3);
    }
}
