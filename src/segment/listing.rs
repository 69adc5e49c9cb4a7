//! What nft lists -> a value in the same form as `Ruleset`. Pure. Whatever
//! this reader does not know becomes `strange`, and strange means drift:
//! nothing in our table is ever overlooked.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::ruleset::{Chain, Count, Counts, Element, Set};

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

/// Reads the output of `nft -y list table inet sekimori`, listed at `now`.
#[must_use]
pub fn read(untrusted_text: &str, now: Timestamp) -> Listing {
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
                listing.set(name, *keyword == "map", &block(&mut lines), now);
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
        } else if line.ends_with('{') && !line.starts_with("elements") {
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

    fn set(&mut self, name: &str, map: bool, lines: &[&str], now: Timestamp) {
        let mut set = Set {
            name: name.to_owned(),
            map,
            head: Vec::new(),
            elements: BTreeMap::new(),
        };
        let mut lines = lines.iter();
        while let Some(line) = lines.next() {
            let Some(first) = line.strip_prefix("elements = {") else {
                set.head.push((*line).to_owned());
                continue;
            };
            let mut text = first.to_owned();
            for more in lines.by_ref() {
                text.push(' ');
                text.push_str(more);
            }
            for untrusted_element in elements(&text) {
                let (key, element, count) = read_element(&untrusted_element, now);
                if let Some(count) = count {
                    self.counts.insert((name.to_owned(), key.clone()), count);
                }
                set.elements.insert(key, element);
            }
        }
        self.sets.insert(name.to_owned(), set);
    }
}

/// Splits at commas outside quotes, up to the closing brace.
fn elements(text: &str) -> Vec<String> {
    let mut elements = Vec::new();
    let mut element = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                element.push(c);
            }
            ',' if !quoted => elements.push(std::mem::take(&mut element)),
            '}' if !quoted => break,
            _ => element.push(c),
        }
    }
    elements.push(element);
    elements.retain(|element| !element.trim().is_empty());
    elements
}

/// `KEY [counter packets N bytes M] [timeout T expires T] [comment "…"]
/// [: VERDICT]`; anything else stays in the key, where it differs from what
/// we wrote.
fn read_element(text: &str, now: Timestamp) -> (String, Element, Option<Count>) {
    let (rest, verdict) = match text.rsplit_once(" : ") {
        Some((rest, verdict)) if !verdict.contains('"') => (rest, Some(verdict.trim().to_owned())),
        Some(_) | None => (text, None),
    };
    let (rest, comment) = match rest.split_once(" comment \"") {
        Some((rest, comment)) => (rest, Some(comment.trim().trim_end_matches('"').to_owned())),
        None => (rest, None),
    };
    let mut element = Element {
        verdict,
        comment,
        ..Element::default()
    };
    let mut count = None;
    let mut key = String::new();
    let words: Vec<&str> = rest.split_whitespace().collect();
    let mut words = words.as_slice();
    loop {
        words = match words {
            [] => break,
            ["counter", "packets", packets, "bytes", bytes, rest @ ..] => {
                count = Some(Count {
                    packets: packets.parse().unwrap_or(0),
                    bytes: bytes.parse().unwrap_or(0),
                });
                rest
            }
            ["timeout", whole, "expires", left, rest @ ..] if span(whole).is_some() => {
                element.until = span(left).and_then(|left| now.checked_add(left).ok());
                rest
            }
            [word, rest @ ..] => {
                if !key.is_empty() {
                    key.push(' ');
                }
                key.push_str(word);
                rest
            }
        };
    }
    (key, element, count)
}

/// `35d15h33m20s492ms` as nft writes it.
fn span(word: &str) -> Option<SignedDuration> {
    let mut span = SignedDuration::ZERO;
    let mut rest = word;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(digits)?;
        let unit = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit)?;
        let milliseconds = match unit {
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            _ => return None,
        };
        let milliseconds = number.parse::<i64>().ok()?.checked_mul(milliseconds)?;
        span = span.checked_add(SignedDuration::from_millis(milliseconds))?;
        rest = after;
    }
    (!word.is_empty()).then_some(span)
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
		elements = { 10.0.0.1 . 25 counter packets 5 bytes 600 timeout 35d15h33m20s500ms expires 1d2h3m4s5ms comment \"a, } b\",
			     10.0.0.2 . 25 counter packets 0 bytes 0 comment \"c\" }
	}

	map pairs {
		type ifname : verdict
		elements = { \"wan0\" : jump x }
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
        let listing = read(LISTED, Timestamp::UNIX_EPOCH);
        assert_eq!(
            listing.strange,
            [
                "flags dormant",
                "ct helper ftp {",
                "type \"ftp\" protocol tcp"
            ]
        );
        let flow = &listing.sets["flow"];
        assert_eq!(
            flow.elements["10.0.0.1 . 25"].comment.as_deref(),
            Some("a, } b")
        );
        assert_eq!(flow.elements.len(), 2);
        let until = flow.elements["10.0.0.1 . 25"].until.unwrap();
        assert_eq!(until.as_millisecond(), 93_784_005);
        assert_eq!(flow.elements["10.0.0.2 . 25"].until, None);
        assert_eq!(
            listing.counts[&("flow".into(), "10.0.0.1 . 25".into())],
            Count {
                packets: 5,
                bytes: 600
            }
        );
        assert_eq!(
            listing.sets["pairs"].elements["\"wan0\""]
                .verdict
                .as_deref(),
            Some("jump x")
        );
        assert_eq!(
            listing.chains["forward"].rules,
            ["counter log prefix \"x\" group 77 drop"]
        );
        assert_eq!(listing.denied["forward"], 3);
    }

    #[test]
    fn a_timeout_in_unknown_words_is_not_read_as_none() {
        let (key, element, _) =
            read_element("1.1.1.1 timeout 3w expires 2w", Timestamp::UNIX_EPOCH);
        assert_eq!(key, "1.1.1.1 timeout 3w expires 2w");
        assert_eq!(element.until, None);
    }
}
