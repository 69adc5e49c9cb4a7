//! The set logic of `check` against counting: small spaces, every packet at
//! every kind of moment looked at one by one.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sekimori::policy::{Diagnostic, Facts, Sources, check};

const MAIN: &str = include_str!("../golden/policy/E06/sekimori.toml");

/// One random flow: bit sets of hosts and ports, indices of the rest.
#[derive(Clone, Debug)]
struct Small {
    sources: u8,
    destinations: u8,
    ports: u8,
    hours: usize,
    expires: usize,
    log: usize,
    class: usize,
    rate: usize,
}

const HOURS: [(&str, [bool; 3]); 4] = [
    ("", [true, true, true]),
    ("hours = \"09:00-12:00\"", [true, false, false]),
    ("hours = \"12:00-17:00\"", [false, true, false]),
    (
        "hours = [\"09:00-12:00\", \"12:00-17:00\"]",
        [true, true, false],
    ),
];
const EXPIRES: [(&str, [bool; 2]); 2] =
    [("2027-03-31", [true, false]), ("2027-06-30", [true, true])];
const LOGS: [&str; 3] = ["denied", "new", "all"];
const CLASSES: [&str; 2] = ["", "class = \"機密性2\""];
const RATES: [&str; 2] = ["", "rate = \"30/minute\""];

fn small() -> impl Strategy<Value = Small> {
    // Plain ones often, or nothing would ever cover anything.
    let rarely = |n: usize| prop_oneof![4 => Just(0), 1 => 0..n];
    (
        1_u8..8,
        1_u8..4,
        1_u8..8,
        rarely(4),
        rarely(2),
        rarely(3),
        rarely(2),
        rarely(2),
    )
        .prop_map(
            |(sources, destinations, ports, hours, expires, log, class, rate)| Small {
                sources,
                destinations,
                ports,
                hours,
                expires: 1 - expires,
                log,
                class,
                rate,
            },
        )
}

type Point = (u8, u8, u8, usize, usize);

impl Small {
    fn text(&self, id: usize) -> String {
        let list = |bits: u8, word: &str| {
            let set: Vec<String> = (0..3)
                .filter(|n| bits >> n & 1 == 1)
                .map(|n| format!("{word}{n}"))
                .collect();
            set.join(", ")
        };
        let ports: Vec<String> = (0..3)
            .filter(|n| self.ports >> n & 1 == 1)
            .map(|n| format!("\"tcp/{}\"", 8000 + n))
            .collect();
        format!(
            "[[flow]]\nid = \"f{id:02}\"\nfrom = \"office:[{}]\"\nto = \"lgwan:[{}]\"\nservice = [{}]\n\
             log = \"{}\"\n{}\n{}\n{}\npurpose = \"試験\"\nowner = \"sato\"\n\
             approved = {{ by = \"ciso\", on = 2026-10-01, ticket = \"情セ-1\" }}\nexpires = {}\n",
            list(self.sources, "pc"),
            list(self.destinations, "web"),
            ports.join(", "),
            LOGS[self.log],
            HOURS[self.hours].0,
            CLASSES[self.class],
            RATES[self.rate],
            EXPIRES[self.expires].0,
        )
    }

    fn points(&self) -> BTreeSet<Point> {
        let mut points = BTreeSet::new();
        for bits in 0..3_u8 * 3 * 3 {
            let (source, destination, port) = (bits / 9, bits / 3 % 3, bits % 3);
            let inside = self.sources >> source & 1 == 1
                && self.destinations >> destination & 1 == 1
                && self.ports >> port & 1 == 1;
            for hour in 0..3 {
                for day in 0..2 {
                    if inside && HOURS[self.hours].1[hour] && EXPIRES[self.expires].1[day] {
                        points.insert((source, destination, port, hour, day));
                    }
                }
            }
        }
        points
    }

    fn stands_in_for(&self, other: &Self) -> bool {
        self.class == other.class
            && self.log >= other.log
            && (self.rate == 0 || self.rate == other.rate)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        (self.hours, self.expires, self.log, self.class, self.rate)
            == (
                other.hours,
                other.expires,
                other.log,
                other.class,
                other.rate,
            )
    }
}

fn told(flows: &[Small]) -> Vec<Diagnostic> {
    let mut main = MAIN.to_owned();
    for n in 0..3 {
        main += &format!(
            "pc{n} = {{ zone = \"office\", address = \"192.168.10.{}\" }}\n",
            100 + n
        );
        main += &format!(
            "web{n} = {{ zone = \"lgwan\", address = \"10.1.30.{}\" }}\n",
            100 + n
        );
    }
    let flows: Vec<String> = flows
        .iter()
        .enumerate()
        .map(|(id, flow)| flow.text(id))
        .collect();
    let sources = Sources::new([
        ("sekimori.toml", main),
        ("flows.d/a.toml", flows.join("\n")),
    ]);
    let diagnostics = check(
        &sources,
        &Facts::at("2026-11-25T00:00:00Z".parse().unwrap()),
    );
    assert!(
        diagnostics
            .iter()
            .all(|d| matches!(d.code, "E06" | "E07" | "E22")),
        "{diagnostics:#?}"
    );
    diagnostics
}

/// The flows of these codes, by the number in their id.
fn named(diagnostics: &[Diagnostic], code: &str) -> BTreeSet<usize> {
    let of_code = diagnostics.iter().filter(|d| d.code == code);
    of_code
        .map(|d| {
            let words = d
                .message
                .en
                .split_whitespace()
                .skip_while(|word| *word != "flow");
            words.clone().nth(1).unwrap()[1..].parse().unwrap()
        })
        .collect()
}

proptest! {
    #[test]
    fn what_is_called_redundant_can_go_at_once_and_nothing_else_can(
        flows in proptest::collection::vec(small(), 1..7),
    ) {
        let redundant = named(&told(&flows), "E06");
        for (id, flow) in flows.iter().enumerate() {
            let mut covered = BTreeSet::new();
            for (other, theirs) in flows.iter().enumerate() {
                if other != id && !redundant.contains(&other) && theirs.stands_in_for(flow) {
                    covered.extend(theirs.points());
                }
            }
            prop_assert_eq!(flow.points().is_subset(&covered), redundant.contains(&id), "f{:02}", id);
        }
    }

    #[test]
    fn what_overlaps_and_says_otherwise_is_told_once(
        flows in proptest::collection::vec(small(), 1..7),
    ) {
        let diagnostics = told(&flows);
        let (redundant, overlapping) = (named(&diagnostics, "E06"), named(&diagnostics, "E07"));
        for (id, flow) in flows.iter().enumerate() {
            let differs = |other: usize| {
                let theirs = &flows[other];
                !redundant.contains(&other)
                    && !theirs.says_the_same(flow)
                    && !theirs.points().is_disjoint(&flow.points())
            };
            let wanted = !redundant.contains(&id) && (0..id).any(differs);
            prop_assert_eq!(overlapping.contains(&id), wanted, "f{:02}", id);
        }
    }
}
