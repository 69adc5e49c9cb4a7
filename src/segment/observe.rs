//! What the kernel holds now. Reads only.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;

use super::error::SegmentError;
use super::listing::{self, Listing};
use super::machine;
use super::netlink::{Socket, elements};
use super::ruleset::{Count, Forwarding, Ruleset, TABLE};
use super::sysctl::{self, Sysctl};

/// The kernel's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// When it was read: what is left of an end is told from here.
    pub at: Timestamp,
    /// The generation of rules that was read.
    pub generation: u32,
    /// Our table, if it is there.
    pub table: Option<Listing>,
    /// Other tables, as `family name`. They cannot open what our last rule
    /// drops, but they can rewrite packets, and those of the family `netdev`
    /// carry some past every rule of ours: shown, never deleted.
    pub foreign_tables: Vec<String>,
}

/// How often rules that change while they are read are read again.
const TRIES: usize = 20;

/// Where `nft` may be: never looked up through `PATH`.
const NFT: [&str; 3] = ["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft"];

/// A command for `nft`, with an empty environment.
pub(super) fn nft() -> Result<Command, SegmentError> {
    let path = NFT
        .iter()
        .map(Path::new)
        .find(|path| path.is_file())
        .ok_or(SegmentError::NoNft)?;
    let mut command = Command::new(path);
    command.env_clear().stdin(Stdio::null());
    command.process_group(0); // ctrl-C at a terminal is for us, not for half a transaction
    Ok(command)
}

/// Reads all tables' names and our table, all of one generation of rules.
///
/// # Errors
/// `nft` missing or refused (not root); rules that change without end.
pub fn live() -> Result<Live, SegmentError> {
    let mut socket = Socket::open().map_err(unread)?;
    for _ in 0..TRIES {
        match steady(&mut socket) {
            Ok(Some(live)) => return Ok(live),
            Ok(None) => {}
            Err(error) => return Err(error),
        }
    }
    Err(unread(ErrorKind::Interrupted.into()))
}

/// The generation of rules in this network namespace.
///
/// # Errors
/// The kernel does not answer.
pub fn generation() -> Result<u32, SegmentError> {
    let mut socket = Socket::open().map_err(unread)?;
    elements::generation(&mut socket).map_err(unread)
}

/// What the last rule of each base chain has dropped, by chain; nothing
/// without our table. Cheap: elements are not listed.
///
/// # Errors
/// `nft` missing or refused.
pub fn denied() -> Result<BTreeMap<String, u64>, SegmentError> {
    Ok(tersely()?.map(|table| table.denied).unwrap_or_default())
}

/// Our table without its elements.
///
/// # Errors
/// `nft` missing or refused.
pub fn tersely() -> Result<Option<Listing>, SegmentError> {
    let listed = list(&["-y", "-t", "list", "ruleset"])?;
    Ok(tables(&listed).0)
}

/// One look; none where the rules changed meanwhile.
fn steady(socket: &mut Socket) -> Result<Option<Live>, SegmentError> {
    let generation = elements::generation(socket).map_err(unread)?;
    // Tersely: the elements follow, much faster, from the kernel itself.
    let untrusted_text = list(&["-y", "-t", "list", "ruleset"])?;
    let (mut table, foreign_tables) = tables(&untrusted_text);
    let at = Timestamp::now();
    if let Some(table) = &mut table {
        match fill(socket, table, at) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None), // deleted meanwhile
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(None),
            Err(error) => return Err(unread(error)),
        }
    }
    let after = elements::generation(socket).map_err(unread)?;
    Ok((after == generation).then_some(Live {
        at,
        generation,
        table,
        foreign_tables,
    }))
}

/// Our table, and the names of the others.
fn tables(untrusted_text: &str) -> (Option<Listing>, Vec<String>) {
    let mut ours = None;
    let mut foreign = Vec::new();
    let mut rest = untrusted_text;
    while let Some((line, after)) = rest.split_once('\n') {
        rest = after;
        let Some(name) = line.strip_prefix("table ") else {
            continue;
        };
        // Whole tables begin and end at the margin; an empty one on one line.
        let name = name.trim_end_matches(['{', '}', ' ']);
        if name == format!("inet {TABLE}") {
            let end = after
                .find("\n}")
                .map_or(after.len(), |end| end.saturating_add(1));
            let (inside, beyond) = after.split_at_checked(end).unwrap_or((after, ""));
            ours = Some(listing::read(&format!("{line}\n{inside}}}\n")));
            rest = beyond;
        } else {
            foreign.push(name.to_owned());
        }
    }
    (ours, foreign)
}

/// Puts the elements into the sets. What is odd makes the table strange.
fn fill(socket: &mut Socket, table: &mut Listing, at: Timestamp) -> io::Result<()> {
    for set in table.sets.values_mut().filter(|set| !set.is_meter()) {
        let found = elements::elements(socket, TABLE, &set.name, &set.head, at)?;
        for odd in found.odd {
            table.strange.push(format!("{}: {odd}", set.name));
        }
        // Sorted first: a map made of what is in order is made several times faster.
        let mut known = found.known;
        known.sort_unstable_by(|(one, ..), (other, ..)| one.cmp(other));
        let counts = known
            .iter()
            .filter_map(|(key, _, count)| Some((key.clone(), (*count)?)));
        let counts: BTreeMap<String, Count> = counts.collect();
        if !counts.is_empty() {
            table.counts.insert(set.name.clone(), counts);
        }
        set.elements
            .extend(known.into_iter().map(|(key, element, _)| (key, element)));
    }
    Ok(())
}

fn unread(error: io::Error) -> SegmentError {
    SegmentError::Nft {
        doing: "list",
        untrusted_said: error.to_string(),
    }
}

fn list(arguments: &[&str]) -> Result<String, SegmentError> {
    let output = nft()?
        .args(arguments)
        .output()
        .map_err(|error| SegmentError::Nft {
            doing: "list",
            untrusted_said: error.to_string(),
        })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let untrusted_said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(SegmentError::Nft {
            doing: "list",
            untrusted_said,
        })
    }
}

/// The file of a switch.
pub(super) fn switch_file(switch: &Sysctl) -> PathBuf {
    Path::new("/proc/sys").join(&switch.path)
}

/// Which switches do not stand as desired, as `path: found, not wanted`.
#[must_use]
pub fn switches_off_course(switches: &[Sysctl]) -> Vec<String> {
    switches
        .iter()
        .filter_map(
            |switch| match std::fs::read_to_string(switch_file(switch)) {
                Ok(found) if found.trim() == switch.value => None,
                Ok(found) => Some(format!(
                    "{}: {}, not {}",
                    switch.path,
                    found.trim(),
                    switch.value
                )),
                Err(_) if switch.optional => None,
                Err(error) => Some(format!("{}: {error}, not {}", switch.path, switch.value)),
            },
        )
        .collect()
}

/// The same for all switches of a rule set, forwarding included.
#[must_use]
pub fn off_course(desired: &Ruleset) -> Vec<String> {
    let mut lines = switches_off_course(&desired.sysctls);
    let forwarding = sysctl::forwarding(desired.forwarding, &machine::names());
    lines.extend(switches_off_course(&forwarding));
    lines
}

/// Whether the box forwards now, per family.
#[must_use]
pub fn forwarding() -> Forwarding {
    let on = Forwarding {
        ipv4: true,
        ipv6: true,
    };
    let switches = sysctl::forwarding(on, &[]);
    let stands = |family: &str| {
        let mut switches = switches.iter();
        switches.any(|on| {
            on.path.contains(family) && switches_off_course(std::slice::from_ref(on)).is_empty()
        })
    };
    Forwarding {
        ipv4: stands("ip_forward"),
        ipv6: stands("ipv6/conf/all"),
    }
}
