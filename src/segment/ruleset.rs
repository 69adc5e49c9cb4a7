//! The desired kernel state as a value: ordered, comparable, printable.
//! `Display` is the text for `nft -f -`, in the very wording in which
//! nft 1.0.6 lists it (`nft -y list table`), so that what is read back can be
//! compared line by line. Newlines after a chain's brace are needed (measured).
//!
//! Absent on purpose: chain policies are never relied on. A base chain's
//! policy is `accept` for a moment while a transaction creates it (measured:
//! packets leak), so each ends in an explicit counted, logged `drop` rule.

use std::collections::BTreeMap;
use std::fmt;

use crate::policy::text::Text;

use super::sysctl::Sysctl;

/// The one table, family `inet`, that is ours.
pub const TABLE: &str = "sekimori";

/// The whole desired state of the kernel for one policy on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruleset {
    /// Sets and maps, in the order they are written.
    pub sets: Vec<Set>,
    /// Chains, in the order they are written.
    pub chains: Vec<Chain>,
    /// Whether packets cross at all, per family.
    pub forwarding: Forwarding,
    /// Kernel switches besides forwarding.
    pub sysctls: Vec<Sysctl>,
    /// What the policy says and this rule set leaves closed, and why.
    pub notes: Vec<Text>,
}

/// Whether the kernel forwards, per family. Off unless a flow needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Forwarding {
    /// `net.ipv4.ip_forward`.
    pub ipv4: bool,
    /// `net.ipv6.conf.all.forwarding`.
    pub ipv6: bool,
}

/// A set or a verdict map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// Name.
    pub name: String,
    /// A verdict map, else a set.
    pub map: bool,
    /// The lines before the elements: type, flags, counter.
    pub head: Vec<String>,
    /// Key to what stands behind it.
    pub elements: BTreeMap<String, Element>,
}

/// What stands behind a key.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Element {
    /// Verdict of a map's element.
    pub verdict: Option<String>,
    /// The flow's id.
    pub comment: Option<String>,
}

/// Packets and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Count {
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Counter values by set name and key.
pub type Counts = BTreeMap<(String, String), Count>;

/// A chain; with `hook` it is a base chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Name.
    pub name: String,
    /// `type filter hook … priority …; policy drop;` of a base chain.
    pub hook: Option<String>,
    /// Rules as nft lists them, counters without values.
    pub rules: Vec<String>,
}

impl Set {
    /// Whether its elements count.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.head.iter().any(|line| line == "counter")
    }

    /// nft's word for it.
    #[must_use]
    pub fn keyword(&self) -> &'static str {
        if self.map { "map" } else { "set" }
    }

    /// Writes the block; counters start at `counts`, else at nought.
    pub(super) fn write(&self, out: &mut impl fmt::Write, counts: &Counts) -> fmt::Result {
        writeln!(out, "\t{} {} {{", self.keyword(), self.name)?;
        for line in &self.head {
            writeln!(out, "\t\t{line}")?;
        }
        if !self.elements.is_empty() {
            writeln!(out, "\t\telements = {{")?;
            for (key, element) in &self.elements {
                write!(out, "\t\t\t{key}")?;
                if self.counts()
                    && let Some(count) = counts.get(&(self.name.clone(), key.clone()))
                {
                    write!(
                        out,
                        " counter packets {} bytes {}",
                        count.packets, count.bytes
                    )?;
                }
                writeln!(out, "{element},")?;
            }
            writeln!(out, "\t\t}}")?;
        }
        writeln!(out, "\t}}")
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(comment) = &self.comment {
            write!(f, " comment \"{comment}\"")?;
        }
        if let Some(verdict) = &self.verdict {
            write!(f, " : {verdict}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\tchain {} {{", self.name)?;
        for line in self.hook.iter().chain(&self.rules) {
            writeln!(f, "\t\t{line}")?;
        }
        writeln!(f, "\t}}")
    }
}

impl fmt::Display for Ruleset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "table inet {TABLE} {{")?;
        for set in &self.sets {
            set.write(f, &Counts::new())?;
            writeln!(f)?;
        }
        for (place, chain) in self.chains.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            write!(f, "{chain}")?;
        }
        writeln!(f, "}}")
    }
}
