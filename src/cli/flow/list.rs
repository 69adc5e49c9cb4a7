//! `sekimori flow list`: the allow-list as a table, a spreadsheet or 台帳.
//! Of the configuration folder, or of a revision as it was applied.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use super::ledger::{Ledger, Selection};
use super::{page, sheet, table};
use crate::cli::configuration::{self, NoPolicy};
use crate::cli::{DONE, FAILED, Globals, check};
use crate::policy::text::{Text, escape_hostile};
use crate::policy::{Facts, Policy, Site, Sources, load, local_day};
use crate::segment::SegmentError;
use crate::segment::revision::Revisions;

/// `sekimori flow list`
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori flow list --format html -o daicho.html")]
pub struct List {
    /// Table for people, CSV for spreadsheets, HTML for approval (決裁) and print
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Into this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// As on this day (2027-03-31) instead of today
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Only flows with an end in this zone
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Only flows of this owner (person id)
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// Of this revision instead of the configuration folder
    #[arg(long, value_name = "REVISION")]
    revision: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Html,
}

/// Runs the command.
#[must_use]
pub fn run(globals: &Globals, list: &List) -> ExitCode {
    let (policy, standing) = match read(globals, list.revision) {
        Ok(read) => read,
        Err(said) => return said,
    };
    if let Err(unknown) = known(&policy, list) {
        return globals.fail(&unknown);
    }
    let today = local_day(&policy.site, Timestamp::now());
    let selection = Selection {
        zone: list.zone.clone(),
        owner: list.owner.clone(),
    };
    let ledger = Ledger::of(&policy, list.as_of.unwrap_or(today), standing, &selection);
    let bytes = match (globals.json, list.format) {
        (true, _) => format!("{}\n", ledger.to_json(globals.lang)).into_bytes(),
        (false, Format::Table) => table::table(&ledger, globals.lang).into_bytes(),
        (false, Format::Html) => page::page(&ledger).into_bytes(),
        (false, Format::Csv) => match sheet::sheet(&ledger, globals.lang) {
            Ok(bytes) => bytes,
            Err(error) => return globals.fail(&Text::new(error.to_string(), error.to_string())),
        },
    };
    match write(list.output.as_ref(), &bytes) {
        Ok(()) => ExitCode::from(DONE),
        Err(text) => globals.fail(&text),
    }
}

/// The policy, and in words what it is of. An expired flow is still a row,
/// so that the register shows it.
pub(super) fn read(globals: &Globals, revision: Option<u64>) -> Result<(Policy, Text), ExitCode> {
    let revisions = Revisions::of(&globals.state);
    let facts = Facts::default();
    let Some(number) = revision else {
        let (_, policy, _) =
            configuration::policy(&globals.config, &facts).map_err(|no| match no {
                NoPolicy::Unreadable(error) => globals.fail(&error.text()),
                NoPolicy::Mistakes(all) => {
                    eprint!("{}", check::report(&all, &facts, globals.lang));
                    ExitCode::from(FAILED)
                }
            })?;
        let standing = standing(&revisions, &policy);
        return Ok((policy, standing));
    };
    let sources = sources_of(&revisions, number).map_err(|error| globals.fail(&error.text()))?;
    let (policy, _) = load(&sources, &facts).map_err(|all| {
        eprint!("{}", check::report(&all, &facts, globals.lang));
        ExitCode::from(FAILED)
    })?;
    let standing = standing_of(&revisions, number, &policy.site);
    Ok((policy, standing))
}

/// The files of a revision as they were applied.
///
/// # Errors
/// There is no such revision, or it cannot be read.
pub(in crate::cli) fn sources_of(
    revisions: &Revisions,
    number: u64,
) -> Result<Sources, SegmentError> {
    let files = revisions.configuration(number)?.files();
    Ok(Sources::new(
        files
            .into_iter()
            .filter(|(path, _)| path.ends_with(".toml")),
    ))
}

/// Whether the configuration folder is what is in force.
pub(in crate::cli) fn standing(revisions: &Revisions, policy: &Policy) -> Text {
    let current = revisions.current().ok().flatten();
    let same = |number: &u64| {
        revisions
            .meta(*number)
            .is_ok_and(|meta| meta.policy == policy.sha256)
    };
    match current {
        Some(number) if same(&number) => standing_of(revisions, number, &policy.site),
        Some(number) => Text::new(
            format!("未適用の案 (適用中の改訂 {number} と異なる)"),
            format!("a draft, not in force (differs from revision {number})"),
        ),
        None => Text::new("未適用の案", "a draft, not in force"),
    }
}

fn standing_of(revisions: &Revisions, number: u64, site: &Site) -> Text {
    let current = revisions.current().ok().flatten() == Some(number);
    let who = revisions.meta(number).map_or(String::new(), |meta| {
        let at = local_day(site, meta.at);
        format!(" ({at}, {})", escape_hostile(&meta.by))
    });
    match current {
        true => Text::new(
            format!("適用中の改訂 {number}{who}"),
            format!("revision {number} in force{who}"),
        ),
        false => Text::new(
            format!("過去の改訂 {number}{who}"),
            format!("former revision {number}{who}"),
        ),
    }
}

/// A filter that can match nothing is a slip of the pen, not an empty register.
fn known(policy: &Policy, list: &List) -> Result<(), Text> {
    if let Some(zone) = list
        .zone
        .as_deref()
        .filter(|zone| *zone != "gateway" && !policy.zones.contains_key(*zone))
    {
        let (shown, all) = (escape_hostile(zone), names(policy.zones.keys()));
        return Err(Text::new(
            format!("区域 \"{shown}\" は定義されていません (定義済み: {all})"),
            format!("zone \"{shown}\" is not defined (defined: {all})"),
        ));
    }
    if let Some(owner) = list
        .owner
        .as_deref()
        .filter(|owner| !policy.people.contains_key(*owner))
    {
        let (shown, all) = (escape_hostile(owner), names(policy.people.keys()));
        return Err(Text::new(
            format!("\"{shown}\" は [people] にいません (定義済み: {all})"),
            format!("\"{shown}\" is nobody in [people] (defined: {all})"),
        ));
    }
    Ok(())
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    escape_hostile(&names.map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn write(output: Option<&PathBuf>, bytes: &[u8]) -> Result<(), Text> {
    let Some(path) = output else {
        print!("{}", String::from_utf8_lossy(bytes));
        return Ok(());
    };
    std::fs::write(path, bytes).map_err(|error| {
        let shown = escape_hostile(&path.display().to_string());
        Text::new(
            format!("{shown} に書けません: {error}"),
            format!("cannot write {shown}: {error}"),
        )
    })
}
