//! The desired kernel state as a value: ordered, comparable, printable.
//! `written` is the text for `nft -f -`, in the very wording in which
//! nft 1.0.6 lists it (`nft -y list table`), so that what is read back can be
//! compared line by line. Newlines after a chain's brace are needed (measured).
//! `Display` is for people, digests and revisions: ends are moments there, and
//! an element names every flow that covers it.
//!
//! Promised: what opens has an end in the kernel itself, so that it closes
//! when nobody is there to close it.
//!
//! Absent on purpose: chain policies are never relied on. A base chain's
//! policy is `accept` for a moment while a transaction creates it (measured:
//! packets leak), so each ends in an explicit counted, logged `drop` rule.

use std::collections::BTreeMap;
use std::fmt;

use itertools::{EitherOrBoth, Itertools as _};
use jiff::Timestamp;

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
    /// The next moment at which the same policy means another rule set.
    pub changes_at: Option<Timestamp>,
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
    /// The flow's id; the lexically first where several cover it.
    pub comment: Option<String>,
    /// When the kernel drops it by itself: the latest end of the flows that
    /// cover it. Absent only where it opens nothing by itself.
    pub until: Option<Timestamp>,
    /// The other flows that cover it, ascending; the kernel does not hold them.
    pub also: Vec<String>,
}

/// Packets and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Count {
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Counter values by set name, then by key.
pub type Counts = BTreeMap<String, BTreeMap<String, Count>>;

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

    /// The kernel fills it by itself (a meter); its elements are not ours.
    #[must_use]
    pub fn is_meter(&self) -> bool {
        self.head.iter().any(|line| line.contains("dynamic"))
    }

    /// Ranges with neither counter nor end: nothing but keys.
    #[must_use]
    pub fn is_plain_interval(&self) -> bool {
        self.head.iter().any(|line| line == "flags interval")
    }

    /// Each key of either, ascending, with what stands behind it here and in `other`.
    pub(super) fn beside<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a str, Option<&'a Element>, Option<&'a Element>)> {
        let by_key = |(ours, _): &(&String, _), (theirs, _): &(&String, _)| ours.cmp(theirs);
        self.elements
            .iter()
            .merge_join_by(&other.elements, by_key)
            .map(|either| match either {
                EitherOrBoth::Both((key, ours), (_, theirs)) => {
                    (key.as_str(), Some(ours), Some(theirs))
                }
                EitherOrBoth::Left((key, ours)) => (key.as_str(), Some(ours), None),
                EitherOrBoth::Right((key, theirs)) => (key.as_str(), None, Some(theirs)),
            })
    }

    /// Writes the block; counters start at `counts`, else at nought. What has
    /// ended by `now` is left out.
    pub(super) fn write(
        &self,
        out: &mut impl fmt::Write,
        counts: &Counts,
        now: Timestamp,
    ) -> fmt::Result {
        self.block(out, |out, key, element| {
            if let Some(written) = self.element(key, element, counts, now) {
                writeln!(out, "\t\t\t{written},")?;
            }
            Ok(())
        })
    }

    /// One element as nft takes it; none where it has ended by `now`.
    pub(super) fn element(
        &self,
        key: &str,
        element: &Element,
        counts: &Counts,
        now: Timestamp,
    ) -> Option<String> {
        let mut text = key.to_owned();
        if self.counts()
            && let Some(count) = counts.get(&self.name).and_then(|counts| counts.get(key))
        {
            text += &format!(" counter packets {} bytes {}", count.packets, count.bytes);
        }
        if let Some(until) = element.until {
            let left = until.as_millisecond().saturating_sub(now.as_millisecond());
            if left <= 0 {
                return None;
            }
            text += &format!(" timeout {}", span_text(left));
        }
        if let Some(comment) = &element.comment {
            text += &format!(" comment \"{comment}\"");
        }
        if let Some(verdict) = &element.verdict {
            text += &format!(" : {verdict}");
        }
        Some(text)
    }

    fn block<W: fmt::Write>(
        &self,
        out: &mut W,
        mut each: impl FnMut(&mut W, &str, &Element) -> fmt::Result,
    ) -> fmt::Result {
        writeln!(out, "\t{} {} {{", self.keyword(), self.name)?;
        for line in &self.head {
            writeln!(out, "\t\t{line}")?;
        }
        if !self.elements.is_empty() {
            writeln!(out, "\t\telements = {{")?;
            for (key, element) in &self.elements {
                each(out, key, element)?;
            }
            writeln!(out, "\t\t}}")?;
        }
        writeln!(out, "\t}}")
    }
}

/// Milliseconds as nft writes them, `35d15h33m20s492ms`: it takes no number of
/// more than eight digits (measured).
fn span_text(milliseconds: i64) -> String {
    let mut text = String::new();
    let mut rest = milliseconds;
    for (unit, length) in [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ] {
        let number = rest / length;
        if number > 0 {
            text += &format!("{number}{unit}");
        }
        rest %= length;
    }
    text
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(until) = self.until {
            write!(f, " until {until}")?;
        }
        if let Some(comment) = &self.comment {
            write!(f, " comment \"{comment}\"")?;
        }
        for also in &self.also {
            write!(f, " also \"{also}\"")?;
        }
        if let Some(verdict) = &self.verdict {
            write!(f, " : {verdict}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.block(f, |f, key, element| writeln!(f, "\t\t\t{key}{element},"))
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

impl Ruleset {
    /// The whole table for `nft -f -`, with what is left of each end at `now`.
    #[must_use]
    pub fn written(&self, now: Timestamp) -> String {
        let mut text = String::new();
        let _ = self.table(&mut text, |out, set| set.write(out, &Counts::new(), now));
        text
    }

    fn table<W: fmt::Write>(
        &self,
        out: &mut W,
        each: impl Fn(&mut W, &Set) -> fmt::Result,
    ) -> fmt::Result {
        writeln!(out, "table inet {TABLE} {{")?;
        for set in &self.sets {
            each(out, set)?;
            writeln!(out)?;
        }
        for (place, chain) in self.chains.iter().enumerate() {
            if place > 0 {
                writeln!(out)?;
            }
            write!(out, "{chain}")?;
        }
        writeln!(out, "}}")
    }
}

impl Element {
    /// The element of a verdict map.
    #[must_use]
    pub fn verdict(verdict: impl Into<String>) -> Self {
        Self {
            verdict: Some(verdict.into()),
            ..Self::default()
        }
    }
}

impl fmt::Display for Ruleset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table(f, |f, set| write!(f, "{set}"))
    }
}
