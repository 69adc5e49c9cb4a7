//! Deltas: any order of adds and removes ends where a full load ends. Held
//! against a model of what nftables does with a transaction, and (privileged)
//! against the kernel itself.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sekimori::policy::Policy;
use sekimori::segment::listing::Listing;
use sekimori::segment::ruleset::{Chain, Count, Element, Ruleset, Set};
use sekimori::segment::transaction::transaction;
use sekimori::segment::{apply, compile, compile::deny_all, observe, observe_drift};

use crate::segment_net::Net;
use crate::segment_policy::facts;
use ground::policies;

/// What nftables makes of a transaction: strict about what is not there, what
/// is still in use, and what overlaps in an interval set.
#[derive(Clone, Default)]
struct Model {
    state: Listing,
    now: Timestamp,
}

impl Model {
    fn run(&mut self, text: &str) -> Result<(), String> {
        let before = self.state.clone();
        let done = self.lines(text).and_then(|()| self.whole());
        if done.is_err() {
            self.state = before;
        }
        done
    }

    fn lines(&mut self, text: &str) -> Result<(), String> {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        while let Some(line) = lines.next() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["add", "table", ..] => {}
                ["delete", "table", ..] => self.state = Listing::default(),
                ["table", ..] => {
                    let inside: Vec<&str> =
                        lines.by_ref().take_while(|line| *line != "}").collect();
                    self.table(&inside)?;
                }
                ["flush", "chain", .., name] => {
                    self.state.chains.get_mut(*name).ok_or(line)?.rules.clear();
                }
                ["flush", "set" | "map", .., name] => {
                    self.state.sets.get_mut(*name).ok_or(line)?.elements.clear();
                }
                ["delete", "chain", .., name] => {
                    let empty = self
                        .state
                        .chains
                        .remove(*name)
                        .ok_or(line)?
                        .rules
                        .is_empty();
                    empty.then_some(()).ok_or(line)?;
                }
                ["delete", "set" | "map", .., name] => {
                    self.state.sets.remove(*name).ok_or(line)?;
                }
                ["delete", "element", _, _, name, "{", inner @ .., "}"] => {
                    let key = inner.join(" ");
                    let key = key.split(" : ").next().unwrap();
                    let set = self.state.sets.get_mut(*name).ok_or(line)?;
                    set.elements.remove(key).ok_or(line)?;
                }
                ["add", "element", _, _, name, "{", inner @ .., "}"] => {
                    self.add(name, &inner.join(" "))?;
                }
                ["add", "element", _, _, name, "{"] => {
                    for element in lines.by_ref().take_while(|line| *line != "}") {
                        self.add(name, element.trim().trim_end_matches(','))?;
                    }
                }
                _ => return Err(format!("syntax: {line}")),
            }
        }
        Ok(())
    }

    fn table(&mut self, lines: &[&str]) -> Result<(), String> {
        let mut lines = lines.iter().map(|line| line.trim());
        let mut elements = Vec::new();
        while let Some(line) = lines.next() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["chain", name, "{"] => {
                    let mut rules: Vec<String> = lines
                        .by_ref()
                        .take_while(|line| *line != "}")
                        .map(str::to_owned)
                        .collect();
                    let hook = rules
                        .first()
                        .filter(|rule| rule.starts_with("type "))
                        .cloned();
                    if hook.is_some() {
                        rules.remove(0);
                    }
                    let chain = self
                        .state
                        .chains
                        .entry((*name).to_owned())
                        .or_insert(Chain {
                            name: (*name).to_owned(),
                            hook: hook.clone(),
                            rules: Vec::new(),
                        });
                    if chain.hook != hook {
                        return Err(format!("hook of {name}"));
                    }
                    chain.rules.extend(rules);
                }
                [keyword @ ("set" | "map"), name, "{"] => {
                    let mut head = Vec::new();
                    for line in lines.by_ref() {
                        match line {
                            "}" if head.last().is_none_or(|last| last != "elements = {") => break,
                            "}" => {
                                head.pop();
                            }
                            line if head.last().is_some_and(|last| last == "elements = {") => {
                                elements.push((
                                    (*name).to_owned(),
                                    line.trim_end_matches(',').to_owned(),
                                ));
                            }
                            line => head.push(line.to_owned()),
                        }
                    }
                    let set = Set {
                        name: (*name).to_owned(),
                        map: *keyword == "map",
                        head,
                        elements: BTreeMap::new(),
                    };
                    if self.state.sets.insert((*name).to_owned(), set).is_some() {
                        return Err(format!("{name} is there"));
                    }
                }
                _ => return Err(format!("syntax: {line}")),
            }
        }
        elements
            .iter()
            .try_for_each(|(set, element)| self.add(set, element))
    }

    /// `KEY [counter packets N bytes M] [timeout T] [comment "C"] [: VERDICT]`
    fn add(&mut self, set: &str, text: &str) -> Result<(), String> {
        let (rest, verdict) = text
            .split_once(" : ")
            .map_or((text, None), |(rest, v)| (rest, Some(v)));
        let (rest, comment) = rest
            .split_once(" comment ")
            .map_or((rest, None), |(rest, c)| (rest, Some(c)));
        let (rest, timeout) = rest
            .split_once(" timeout ")
            .map_or((rest, None), |(rest, t)| (rest, Some(t)));
        let (key, count) = rest
            .split_once(" counter packets ")
            .map_or((rest, None), |(rest, c)| (rest, Some(c)));
        let until = timeout.map(|timeout| self.now + span(timeout));
        let name = set.to_owned();
        let set = self
            .state
            .sets
            .get_mut(set)
            .ok_or(format!("no set {set}"))?;
        if let Some(there) = set.elements.get_mut(key) {
            there.until = until; // and the old comment stays
            return Ok(());
        }
        if set.head.iter().any(|line| line.contains("interval")) {
            let mine = ranges(key);
            let overlap = |other: &String| {
                ranges(other)
                    .iter()
                    .zip(&mine)
                    .all(|(a, b)| a.0 <= b.1 && b.0 <= a.1)
            };
            if let Some(other) = set.elements.keys().find(|key| overlap(key)) {
                return Err(format!("{key} overlaps {other}"));
            }
        }
        if let Some((packets, bytes)) = count.and_then(|count| count.split_once(" bytes ")) {
            let count = Count {
                packets: packets.parse().unwrap(),
                bytes: bytes.parse().unwrap(),
            };
            let counts = self.state.counts.entry(name).or_default();
            counts.insert(key.to_owned(), count);
        }
        let element = Element {
            verdict: verdict.map(str::to_owned),
            comment: comment.map(|comment| comment.trim_matches('"').to_owned()),
            until,
            also: Vec::new(),
        };
        set.elements.insert(key.to_owned(), element);
        Ok(())
    }

    /// Nothing hangs in the air at the end.
    fn whole(&self) -> Result<(), String> {
        let rules = self.state.chains.values().flat_map(|chain| &chain.rules);
        for word in rules.flat_map(|rule| rule.split(' ')) {
            if let Some(set) = word.strip_prefix('@') {
                self.state.sets.get(set).ok_or(format!("no set {set}"))?;
            }
        }
        let rules = self.state.chains.values().flat_map(|chain| &chain.rules);
        let verdicts = self
            .state
            .sets
            .values()
            .flat_map(|set| set.elements.values());
        let verdicts = verdicts.filter_map(|element| element.verdict.as_ref());
        for jump in rules
            .chain(verdicts)
            .filter_map(|text| text.strip_prefix("jump "))
        {
            self.state
                .chains
                .get(jump)
                .ok_or(format!("no chain {jump}"))?;
        }
        Ok(())
    }
}

fn span(text: &str) -> SignedDuration {
    let mut sum = SignedDuration::ZERO;
    let mut number = String::new();
    let mut unit = String::new();
    for c in text.chars().chain(['0']) {
        if c.is_ascii_digit() && !unit.is_empty() {
            let one = match unit.as_str() {
                "d" => SignedDuration::from_hours(24),
                "h" => SignedDuration::from_hours(1),
                "m" => SignedDuration::from_mins(1),
                "s" => SignedDuration::from_secs(1),
                "ms" => SignedDuration::from_millis(1),
                other => panic!("{other}"),
            };
            sum += one * number.parse::<i32>().unwrap();
            number.clear();
            unit.clear();
        }
        if c.is_ascii_digit() {
            &mut number
        } else {
            &mut unit
        }
        .push(c);
    }
    sum
}

/// The numbers of a key, field by field.
fn ranges(key: &str) -> Vec<(u128, u128)> {
    let number = |word: &str| -> u128 {
        match word {
            "tcp" => 6,
            "udp" => 17,
            word => match word.parse::<std::net::IpAddr>() {
                Ok(std::net::IpAddr::V4(address)) => u128::from(address.to_bits()),
                Ok(std::net::IpAddr::V6(address)) => address.to_bits(),
                Err(_) => word.parse().unwrap_or_else(|_| panic!("{word}")),
            },
        }
    };
    key.split(" . ")
        .map(
            |field| match (field.split_once('/'), field.split_once('-')) {
                (Some(_), _) => {
                    let net: ipnet::IpNet = field.parse().unwrap();
                    (
                        number(&net.network().to_string()),
                        number(&net.broadcast().to_string()),
                    )
                }
                (None, Some((first, last))) => (number(first), number(last)),
                (None, None) => (number(field), number(field)),
            },
        )
        .collect()
}

fn compiled(policy: &Policy) -> Ruleset {
    compile(policy, &facts()).unwrap()
}

/// The same policy with some of its flows, in some order.
fn some_of(whole: &Policy, mask: u32) -> Policy {
    let mut policy = whole.clone();
    let mut place = 0;
    policy.flows.retain(|_| {
        place += 1;
        mask & (1 << (place % 32)) != 0
    });
    policy
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_order_of_adds_and_removes_ends_as_a_full_load(
        seed in any::<u64>(),
        steps in prop::collection::vec(any::<u32>(), 1..6),
    ) {
        let whole = policies::random(seed, facts().now);
        let now = facts().now;
        let mut model = Model { state: Listing::default(), now };
        model.run(&transaction(&deny_all(), None, now)).map_err(TestCaseError::fail)?;
        let mut touched_base = false;
        for mask in steps.into_iter().chain([u32::MAX]) {
            let desired = compiled(&some_of(&whole, mask));
            let text = transaction(&desired, Some(&model.state), now);
            touched_base |= text.contains("delete table");
            model.run(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            let mut full = Model { state: Listing::default(), now };
            full.run(&transaction(&desired, None, now)).map_err(TestCaseError::fail)?;
            prop_assert_eq!(&model.state.sets, &full.state.sets);
            prop_assert_eq!(&model.state.chains, &full.state.chains);
            prop_assert_eq!(transaction(&desired, Some(&model.state), now), "");
        }
        prop_assert!(!touched_base, "base chains were deleted");
    }
}

#[test]
fn one_flow_more_touches_its_own_elements_only() {
    let now = facts().now;
    let whole = policies::random(7, now);
    let mut fewer = whole.clone();
    let office = |flow: &sekimori::policy::Flow| flow.id == "flow-00";
    fewer.flows.retain(|flow| !office(flow));
    let (one, other) = (compiled(&fewer), compiled(&whole));
    assert_ne!(one, other);
    let mut model = Model {
        state: Listing::default(),
        now,
    };
    model.run(&transaction(&one, None, now)).unwrap();
    let text = transaction(&other, Some(&model.state), now);
    assert!(
        !text.contains("chain inet sekimori forward\n") && !text.contains("delete table"),
        "{text}"
    );
    model.run(&text).unwrap();
    let back = transaction(&one, Some(&model.state), now);
    model.run(&back).unwrap();
    assert_eq!(transaction(&one, Some(&model.state), now), "");
}

#[test]
fn an_element_about_to_end_is_added_before_it_is_deleted() {
    let now = facts().now;
    let policy = crate::segment_policy::small_body();
    let mut model = Model {
        state: Listing::default(),
        now,
    };
    model
        .run(&transaction(&compiled(&policy), None, now))
        .unwrap();
    let key = "10.3.0.2 . 10.1.20.80 . tcp . 8443";
    let set = model
        .state
        .sets
        .values_mut()
        .find(|set| set.elements.contains_key(key))
        .unwrap();
    set.elements.get_mut(key).unwrap().until = Some(now + SignedDuration::from_secs(1));
    let mut without = policy.clone();
    without.flows.retain(|flow| flow.id == "inbound-mail");
    without.flows.push(crate::segment_policy::flow(
        "other",
        crate::segment_policy::end("office", &["desk"]),
        crate::segment_policy::end("lgwan", &["web"]),
        &[crate::segment_policy::service(
            sekimori::policy::Protocol::Tcp,
            8444,
            8444,
        )],
        None,
    ));
    without.flows.last_mut().unwrap().log = sekimori::policy::LogMode::New;
    let text = transaction(&compiled(&without), Some(&model.state), now);
    let (add, delete) = (
        text.find(&format!(
            "add element inet sekimori pair.office.lgwan.4.logged {{ {key} }}"
        )),
        text.find(&format!(
            "delete element inet sekimori pair.office.lgwan.4.logged {{ {key} }}"
        )),
    );
    assert!(add.is_some() && add < delete, "{text}");
}

#[test]
#[ignore = "needs root"]
fn the_kernel_ends_up_the_same_by_deltas_as_by_a_full_load() {
    let Some(net) = Net::new("delta") else { return };
    let mut deltas = 0;
    for seed in 0..12 {
        let whole = policies::random(seed, Timestamp::now());
        let facts = sekimori::segment::Facts {
            now: Timestamp::now(),
            ..facts()
        };
        net.put_in_force(&deny_all());
        for mask in [0x5555_5555, 0x0f0f_3333, u32::MAX, 0xaaaa_aaaa, u32::MAX] {
            let desired = compile(&some_of(&whole, mask), &facts).unwrap();
            let live = net.inside("gw", observe::live).unwrap();
            let text = transaction(&desired, live.table.as_ref(), Timestamp::now());
            assert!(!text.contains("delete table"), "no delta: {text}");
            deltas += 1;
            net.put_in_force(&desired);
            let (drift, by_delta) = net.inside("gw", || observe_drift(&desired)).unwrap();
            assert!(drift.is_empty(), "seed {seed} mask {mask:x}: {drift}");
            net.inside("gw", || apply::load("delete table inet sekimori\n"))
                .unwrap();
            net.put_in_force(&desired);
            let (_, by_load) = net.inside("gw", || observe_drift(&desired)).unwrap();
            let keys = |live: &observe::Live| -> Vec<(String, String)> {
                let sets = live.table.as_ref().unwrap().sets.values();
                sets.flat_map(|set| {
                    set.elements
                        .keys()
                        .map(|key| (set.name.clone(), key.clone()))
                })
                .collect()
            };
            assert_eq!(keys(&by_delta), keys(&by_load));
        }
    }
    println!("{deltas} deltas");
}

#[test]
#[ignore = "needs root"]
fn the_kernel_closes_a_flow_by_itself() {
    let Some(net) = Net::new("ends") else { return };
    let policy = crate::segment_policy::small_body();
    let mut ruleset = compiled(&policy);
    let end = Timestamp::now() + SignedDuration::from_secs(3);
    for set in &mut ruleset.sets {
        for element in set
            .elements
            .values_mut()
            .filter(|element| element.until.is_some())
        {
            element.until = Some(end);
        }
    }
    net.put_in_force(&ruleset);
    let held = || -> usize {
        let live = net.inside("gw", observe::live).unwrap().table.unwrap();
        let elements = live.sets.values().flat_map(|set| set.elements.values());
        elements.filter(|element| element.until.is_some()).count()
    };
    assert!(held() > 2);
    // Nobody deletes anything: whether it is gone is asked until it is.
    while held() > 0 {
        assert!(
            Timestamp::now() < end + SignedDuration::from_secs(1),
            "still open a second later"
        );
        std::thread::yield_now();
    }
    assert!(Timestamp::now() >= end - SignedDuration::from_millis(100));
}
