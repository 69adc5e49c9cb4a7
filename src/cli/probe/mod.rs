//! `sekimori probe`: real packets across the boundary, held against the
//! allow-list, in namespaces built from the configuration or through a real
//! gateway. Acts.

mod kept;
mod shown;

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use jiff::Timestamp;

use crate::policy::Policy;
use crate::policy::text::{Text, bounded, escape_hostile};
use crate::segment::compile::MAIL_USER;
use crate::segment::configuration::{Configuration, Purpose};
use crate::segment::probe::judge::Judged;
use crate::segment::probe::lifecycle::{Lived, REPEATS};
use crate::segment::probe::report::{Cabled, Circumstances, LeftOut, Report};
use crate::segment::probe::wires::Given;
use crate::segment::probe::{self, Range, matrix::OTHER_USER, outside};
use crate::segment::revision::{Revisions, sha256};
use crate::segment::{Facts, SegmentError, change, compile, cut};

use super::{DONE, Globals, WITHHELD};
pub use kept::{last, last_in_words};

/// Real packets against the allow-list; writes a signed report
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: sekimori probe -o report\n         sekimori --config ./config probe --from office\n         sekimori --config ./config probe --interface lgwan=eth1 --interface office=eth2 -o report"
)]
pub struct Probe {
    /// Only what starts in this zone
    #[arg(long, value_name = "ZONE")]
    from: Option<String>,
    /// Through a real gateway: this machine's interface in a zone; at least two
    #[arg(long, value_name = "ZONE=IFNAME", value_parser = given)]
    interface: Vec<Given>,
    /// Where the report goes (probe.json, probe.html, probe.dsse.json); created if need be
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// What is probed.
struct Subject {
    policy: Policy,
    revision: Option<u64>,
    users: BTreeMap<String, u32>,
    notes: Vec<Text>,
}

/// Runs the command.
pub fn run(globals: &Globals, probe: &Probe) -> ExitCode {
    match try_run(globals, probe) {
        Ok(true) => ExitCode::from(DONE),
        Ok(false) => ExitCode::from(WITHHELD),
        Err(error) => globals.fail(&error.text()),
    }
}

fn try_run(globals: &Globals, probe: &Probe) -> Result<bool, SegmentError> {
    let now = Timestamp::now();
    let mut subject = subject(globals, probe, now)?;
    if let Some(zone) = &probe.from
        && !subject.policy.zones.contains_key(zone)
    {
        let zone = escape_hostile(&bounded(zone, 80));
        return Err(SegmentError::Configuration(Text::new(
            format!("区域 {zone} はありません"),
            format!("there is no zone {zone}"),
        )));
    }
    let mut mark = [0; 4];
    getrandom::fill(&mut mark).map_err(|error| SegmentError::Control(error.to_string()))?;
    let start = std::time::Instant::now();
    let shown = if probe.interface.is_empty() {
        in_namespaces(globals, probe, &mut subject, now, mark)?
    } else {
        outside(globals, probe, &mut subject, now, mark)?
    };
    let facts = Facts {
        now,
        users: subject.users.clone(),
    };
    let rules = compile(&subject.policy, &facts)?;
    let circumstances = Circumstances {
        site: subject.policy.site.id.clone(),
        body: subject.policy.site.name.clone(),
        machine: machine(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        revision: subject.revision,
        policy: subject.policy.sha256.clone(),
        ruleset: sha256(rules.to_string().as_bytes()),
        started: now.round(jiff::Unit::Second).unwrap_or(now),
        milliseconds: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        ground: ground(probe),
        packets: shown.packets,
        notes: subject.notes.into_iter().map(Into::into).collect(),
        interfaces: shown.interfaces,
        left_out: shown.left_out,
    };
    let report = Report::of(circumstances, &shown.probes, &shown.judged, &shown.lived);
    let zone = subject.policy.site.zone();
    kept::finish(globals, probe.output.as_deref(), &report, &zone)?;
    Ok(report.is_clean())
}

/// What was fired, and how it ended.
struct Shown {
    probes: Vec<probe::offer::Probe>,
    judged: Vec<Judged>,
    lived: Vec<Lived>,
    packets: u64,
    interfaces: Vec<Cabled>,
    left_out: Vec<LeftOut>,
}

/// In a world of its own.
fn in_namespaces(
    globals: &Globals,
    order: &Probe,
    subject: &mut Subject,
    now: Timestamp,
    mark: [u8; 4],
) -> Result<Shown, SegmentError> {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        enter_own_namespace()?;
        subject.notes.push(Text::new(
            "root でないため、機器自身のほかの利用者からの送信は検査していません",
            "not root: what other users of the box send was not tested",
        ));
    }
    let facts = Facts {
        now,
        users: subject.users.clone(),
    };
    let rules = compile(&subject.policy, &facts)?;
    let mut range = Range::build(
        &subject.policy,
        &subject.users,
        now,
        order.from.as_deref(),
        root,
        mark,
        &mut progress(globals, Text::new("対照", "controls")),
    )?;
    let judged = range.examine(&rules, &mut progress(globals, Text::new("検査", "tests")))?;
    let mut lived = range.converse(&judged)?;
    if order.from.is_none() {
        lived.extend(range.live_through(&subject.policy, &subject.users, now, REPEATS)?);
    }
    let packets = range.offered();
    Ok(Shown {
        probes: range.into_probes(),
        judged,
        lived,
        packets,
        interfaces: Vec::new(),
        left_out: Vec::new(),
    })
}

/// Through a real gateway.
fn outside(
    globals: &Globals,
    order: &Probe,
    subject: &mut Subject,
    now: Timestamp,
    mark: [u8; 4],
) -> Result<Shown, SegmentError> {
    let ran = outside::examine(
        &subject.policy,
        &subject.users,
        now,
        order.from.as_deref(),
        mark,
        &order.interface,
        &mut progress(globals, Text::new("検査", "tests")),
    )?;
    subject.notes.extend(ran.notes);
    let left_out = ran.left_out.into_iter().map(|(why, tests)| LeftOut {
        why: why.text().into(),
        tests,
    });
    Ok(Shown {
        probes: ran.probes,
        judged: ran.judged,
        lived: ran.lived,
        packets: ran.offered,
        interfaces: ran.cabled,
        left_out: left_out.collect(),
    })
}

/// Where it was run, in one word.
fn ground(order: &Probe) -> String {
    if order.interface.is_empty() {
        return "namespaces".to_owned();
    }
    let given = order.interface.iter();
    let given = given.map(|one| format!("{}={}", one.zone, one.interface));
    escape_hostile(&given.collect::<Vec<_>>().join(", "))
}

/// Reads `ZONE=INTERFACE`.
fn given(text: &str) -> Result<Given, String> {
    match text.split_once('=') {
        Some((zone, interface)) if !zone.is_empty() && !interface.is_empty() => Ok(Given {
            zone: zone.to_owned(),
            interface: interface.to_owned(),
        }),
        _ => Err("ZONE=INTERFACE".to_owned()),
    }
}

/// The revision that holds, else what `--config` says.
fn subject(globals: &Globals, order: &Probe, now: Timestamp) -> Result<Subject, SegmentError> {
    let revisions = Revisions::of(&globals.state);
    let mut notes = Vec::new();
    let revision = revisions.current()?;
    let policy = match revision {
        Some(number) => {
            let (policy, _) = revisions
                .configuration(number)?
                .policy(Purpose::Hold, now)?;
            if revisions.cut().is_some() {
                notes.push(Text::new(
                    "緊急遮断中の規則を検査しました",
                    "probed as cut: internet and LGWAN are separated",
                ));
                cut::closed(&policy)
            } else {
                policy
            }
        }
        None => {
            notes.push(Text::new(
                "適用された改訂がないため、設定フォルダを検査しました",
                "no revision is applied: the configuration folder was probed",
            ));
            let sources = super::configuration::read(&globals.config)
                .map_err(|error| SegmentError::Configuration(error.text()))?;
            Configuration::of(sources).policy(Purpose::Hold, now)?.0
        }
    };
    let mut users = change::facts(now).users;
    users.entry(MAIL_USER.to_owned()).or_insert_with(|| {
        if order.interface.is_empty() {
            notes.push(Text::new(
                format!("利用者 {MAIL_USER} がこの機械にないため、仮の番号で検査しました"),
                format!("user {MAIL_USER} does not exist here: a number stood in for it"),
            ));
        }
        OTHER_USER.saturating_sub(1)
    });
    Ok(Subject {
        policy,
        revision,
        users,
        notes,
    })
}

/// A user namespace in which we are root, before any thread is started.
fn enter_own_namespace() -> Result<(), SegmentError> {
    use nix::sched::{CloneFlags, unshare};
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    let failed = |reason: String| SegmentError::World {
        doing: "user namespace".to_owned(),
        reason,
    };
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)
        .map_err(|error| failed(error.to_string()))?;
    for (path, text) in [
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/uid_map", format!("0 {uid} 1")),
        ("/proc/self/gid_map", format!("0 {gid} 1")),
    ] {
        std::fs::write(path, text).map_err(|error| failed(format!("{path}: {error}")))?;
    }
    Ok(())
}

fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    escape_hostile(&bounded(name.trim(), 64))
}

/// A line on a terminal, nothing elsewhere.
fn progress(globals: &Globals, what: Text) -> impl FnMut(usize, usize) {
    let lang = globals.lang;
    let shown = std::io::stderr().is_terminal() && !globals.json;
    let mut done: usize = 0;
    move |more, all| {
        done = done.saturating_add(more);
        if shown {
            let end = if done >= all { "\r\x1b[K" } else { "" };
            eprint!("\r{} {done}/{all}{end}", what.get(lang));
            let _ = std::io::stderr().flush();
        }
    }
}
