//! What the kernel holds now. Reads only.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;

use super::error::SegmentError;
use super::listing::{self, Listing};
use super::ruleset::TABLE;
use super::sysctl::Sysctl;

/// The kernel's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// When it was read: what is left of an end is told from here.
    pub at: Timestamp,
    /// Our table, if it is there.
    pub table: Option<Listing>,
    /// Other tables, as `family name`. They cannot open what our last rule
    /// drops, but they can rewrite packets: shown, never deleted.
    pub foreign_tables: Vec<String>,
}

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

/// Reads all tables' names and our table.
///
/// # Errors
/// `nft` missing or refused (not root).
pub fn live() -> Result<Live, SegmentError> {
    let at = Timestamp::now();
    let names = table_names()?;
    let table = if names.iter().any(|name| *name == ours()) {
        match list(&["-y", "list", "table", "inet", TABLE]) {
            Ok(untrusted_text) => Some(listing::read(&untrusted_text, at)),
            // Deleted by somebody between the two looks: gone, not unreadable.
            Err(_) if !table_names()?.iter().any(|name| *name == ours()) => None,
            Err(error) => return Err(error),
        }
    } else {
        None
    };
    let foreign_tables = names.into_iter().filter(|name| *name != ours()).collect();
    Ok(Live {
        at,
        table,
        foreign_tables,
    })
}

/// What the last rule of each base chain has dropped, by chain; nothing
/// without our table. Cheap: elements are not listed.
///
/// # Errors
/// `nft` missing or refused.
pub fn denied() -> Result<BTreeMap<String, u64>, SegmentError> {
    if !table_names()?.iter().any(|name| *name == ours()) {
        return Ok(BTreeMap::new());
    }
    let listed = list(&["-y", "-t", "list", "table", "inet", TABLE])?;
    Ok(listing::read(&listed, Timestamp::now()).denied)
}

fn ours() -> String {
    format!("inet {TABLE}")
}

fn table_names() -> Result<Vec<String>, SegmentError> {
    let listed = list(&["list", "tables"])?;
    Ok(listed
        .lines()
        .filter_map(|line| line.trim().strip_prefix("table "))
        .map(str::to_owned)
        .collect())
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

/// Optional switches that this kernel does not have now.
#[must_use]
pub fn absent_switches(switches: &[Sysctl]) -> Vec<String> {
    switches
        .iter()
        .filter(|switch| switch.optional && !switch_file(switch).exists())
        .map(|switch| switch.path.clone())
        .collect()
}
