//! `sekimori audit verify | tail | export`: the record and what it proves.

mod told;

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{DONE, FAILED, Globals};
use crate::audit::{self, AuditError, Findings, Head, Line};
use crate::policy::moment::second;
use crate::policy::text::{Lang, Text, escape_hostile};

/// The record: who did what, chained so that changes show
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori audit verify --heads heads.txt")]
pub struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Is the record whole and unchanged?
    #[command(
        after_help = "Example: journalctl -u 'sekimori-*' | grep sekimori-head > heads.txt
         sekimori audit verify --heads heads.txt"
    )]
    Verify {
        /// Heads kept off the box: lines with `sekimori-head role=… seq=… hash=…`
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
    },
    /// The last events of all roles
    #[command(after_help = "Example: sekimori audit tail -n 50 --role mail")]
    Tail {
        /// How many
        #[arg(short = 'n', long, default_value_t = 20)]
        lines: usize,
        /// Only this role
        #[arg(long)]
        role: Option<String>,
    },
    /// All lines as they are written, JSON Lines on standard output
    #[command(after_help = "Example: sekimori audit export > audit.jsonl")]
    Export {
        /// Only this role
        #[arg(long)]
        role: Option<String>,
    },
}

/// Runs what was typed.
#[must_use]
pub fn run(globals: &Globals, audit: Audit) -> ExitCode {
    let root = globals.state.join("audit");
    let done = match audit.command {
        AuditCommand::Verify { heads } => verify(globals, &root, heads.as_deref()),
        AuditCommand::Tail { lines, role } => tail(globals, &root, lines, role.as_deref()),
        AuditCommand::Export { role } => export(&root, role.as_deref()),
    };
    done.unwrap_or_else(|error| globals.fail(&error.text()))
}

fn verify(globals: &Globals, root: &Path, heads: Option<&Path>) -> Result<ExitCode, AuditError> {
    let external = heads.map(read_heads).transpose()?.unwrap_or_default();
    let findings = audit::verify(root, &external)?;
    if globals.json {
        say(&serde_json::to_string(&findings).unwrap_or_default());
    } else {
        say(&shown(&findings, external.len(), globals.lang));
    }
    Ok(ExitCode::from(if findings.clean() { DONE } else { FAILED }))
}

fn read_heads(path: &Path) -> Result<Vec<Head>, AuditError> {
    let unreadable = |reason: String| AuditError::Open {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let heads: Vec<Head> = text.lines().filter_map(Head::find).collect();
    if heads.is_empty() {
        // A file without heads proves nothing; saying "verified" would be a lie.
        return Err(unreadable(
            "no line with sekimori-head role=… seq=… hash=…".to_owned(),
        ));
    }
    Ok(heads)
}

fn shown(findings: &Findings, external: usize, lang: Lang) -> String {
    let mut lines = Vec::new();
    for finding in findings.all() {
        lines.push(finding.text().get(lang).to_owned());
    }
    for chain in &findings.chains {
        let (role, count, confirmed) = (&chain.role, chain.lines, chain.confirmed);
        let wrong = chain.findings.len();
        let text = Text::new(
            format!("{role}: {count} 行、控えとの一致 {confirmed} 件、異常 {wrong} 件"),
            format!("{role}: {count} lines, {confirmed} heads confirmed, {wrong} findings"),
        );
        lines.push(text.get(lang).to_owned());
    }
    let verdict = if findings.clean() && external == 0 {
        Text::new(
            "異常はありません（外部に送った控えとは照合していません: --heads）。",
            "nothing is wrong (not compared with heads kept off the box: --heads).",
        )
    } else if findings.clean() {
        Text::new("異常はありません。", "nothing is wrong.")
    } else {
        Text::new(
            "記録に手が加えられています。フォルダーを保全し、責任者に連絡してください。",
            "the record was tampered with: secure the folder and tell the person in charge.",
        )
    };
    lines.push(verdict.get(lang).to_owned());
    lines.join("\n")
}

fn tail(
    globals: &Globals,
    root: &Path,
    count: usize,
    role: Option<&str>,
) -> Result<ExitCode, AuditError> {
    let mut last: Vec<(Line, Vec<u8>)> = Vec::new();
    for role in chosen(root, role)? {
        let mut ring = VecDeque::new();
        for entry in audit::read(&root.join(role))? {
            let entry = entry?;
            if ring.len() == count {
                ring.pop_front();
            }
            ring.push_back(entry.raw);
        }
        last.extend(
            ring.into_iter()
                .filter_map(|raw| Some((Line::read(&raw).ok()?, raw))),
        );
    }
    last.sort_by_key(|(line, _)| line.at);
    let zone = globals.zone();
    for (line, raw) in last.iter().skip(last.len().saturating_sub(count)) {
        if globals.json {
            say(&String::from_utf8_lossy(raw));
        } else {
            let what = line.event().map_or_else(
                || line.event.to_string(),
                |event| told::told(&event, &zone).get(globals.lang).to_owned(),
            );
            let what = escape_hostile(&what);
            say(&format!(
                "{} {} #{} r{} {what}",
                second(&zone, line.at),
                line.role,
                line.seq,
                line.revision
            ));
        }
    }
    Ok(ExitCode::from(DONE))
}

fn export(root: &Path, role: Option<&str>) -> Result<ExitCode, AuditError> {
    for role in chosen(root, role)? {
        for entry in audit::read(&root.join(role))? {
            let entry = entry?;
            if entry.complete && !say(&String::from_utf8_lossy(&entry.raw)) {
                return Ok(ExitCode::from(FAILED));
            }
        }
    }
    Ok(ExitCode::from(DONE))
}

fn chosen(root: &Path, role: Option<&str>) -> Result<Vec<String>, AuditError> {
    let mut present = audit::roles(root)?;
    if let Some(role) = role {
        present.retain(|name| name == role);
        if present.is_empty() {
            return Err(AuditError::Role(escape_hostile(role)));
        }
    }
    Ok(present)
}

/// One line on standard output; false when nobody reads any more.
fn say(line: &str) -> bool {
    writeln!(std::io::stdout().lock(), "{line}").is_ok()
}
