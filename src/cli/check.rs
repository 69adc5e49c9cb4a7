//! `sekimori check`: every mistake of the configuration at once.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::{DONE, FAILED, Globals, configuration, observed, resolve};
use crate::mail::plan::{needs_office, not_offered};
use crate::policy::facts::Stage;
use crate::policy::text::{Lang, Text, escape_hostile};
use crate::policy::{Diagnostic, Facts, Severity, Sources, load};
use crate::sandbox::office;
use crate::segment::expect::check_expects;
use crate::segment::machine;

/// `sekimori check`
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori --config ./config check\n         sekimori check --live")]
pub struct Check {
    /// Judge as `apply` would on this machine, and ask what names resolve to
    #[arg(long)]
    live: bool,
}

/// Reads, judges, prints; changes nothing.
#[must_use]
pub fn run(check: &Check, globals: &Globals) -> ExitCode {
    let sources = match configuration::read(&globals.config) {
        Ok(sources) => sources,
        Err(error) => return globals.fail(&error.text()),
    };
    let facts = facts(globals, check, &sources);
    let diagnostics = all(&sources, &facts);
    if globals.json {
        println!("{}", to_json(&diagnostics, globals.lang));
    } else {
        print!("{}", report(&diagnostics, &facts, globals.lang));
        // Hints and no diagnostics: the configuration is right on any machine.
        if let Ok((policy, _)) = load(&sources, &facts) {
            let rules = &policy.mail.treat;
            if needs_office(rules) && !office::installed() {
                println!("{}", super::status::no_office().get(globals.lang));
            }
            for (kind, treatment) in not_offered(rules) {
                println!("{}", in_vain(kind.name(), treatment).get(globals.lang));
            }
        }
    }
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    ExitCode::from(if failed { FAILED } else { DONE })
}

/// A rule of `[[mail.treat]]` that can only withhold.
fn in_vain(kind: &str, treatment: &str) -> Text {
    Text::new(
        format!(
            "注意 [[mail.treat]]: {kind} には {treatment} がないため、該当する添付はすべて保留されます。別の treatment を指定してください"
        ),
        format!(
            "note [[mail.treat]]: {treatment} is not offered for {kind}, so every such part is withheld; name another treatment"
        ),
    )
}

/// This machine as it is. A file on a desk is not refused for what the desk
/// lacks, unless it is asked for.
fn facts(globals: &Globals, check: &Check, sources: &Sources) -> Facts {
    let facts = machine::here(configuration::now());
    if !check.live {
        return Facts {
            stage: Stage::Desk,
            ..facts
        };
    }
    let policy = load(sources, &configuration::now()).ok();
    let names = policy.map(|(policy, _)| {
        let names = policy.flows.into_iter().flat_map(|flow| flow.names);
        names.filter(|name| !name.starts_with('*')).collect()
    });
    Facts {
        resolutions: names.map(resolve::resolve),
        // Who may not read the record is told that E22 was not checked.
        hits: observed::hits(globals).ok().flatten(),
        ..facts
    }
}

/// Diagnostics of the text; expectations too once there is a policy to ask.
#[must_use]
pub fn all(sources: &Sources, facts: &Facts) -> Vec<Diagnostic> {
    match load(sources, facts) {
        Ok((policy, mut warnings)) => {
            warnings.extend(check_expects(&policy, sources, facts.now));
            warnings
        }
        Err(diagnostics) => diagnostics,
    }
}

/// The whole answer for a terminal.
#[must_use]
pub fn report(diagnostics: &[Diagnostic], facts: &Facts, lang: Lang) -> String {
    let mut shown: String = diagnostics.iter().map(|d| d.render(lang)).collect();
    let errors = diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .count();
    let warnings = diagnostics.len().saturating_sub(errors);
    let unchecked = facts.not_checked().join(" ");
    let last = match lang {
        Lang::Ja if errors > 0 => format!("誤り {errors} 件。現在の規則は変更していません。\n"),
        Lang::En if errors > 0 => format!("Errors: {errors}. The rules in force are unchanged.\n"),
        Lang::Ja => format!("誤りはありません (注意 {warnings} 件)。ここでは未確認: {unchecked}\n"),
        Lang::En => format!("No error ({warnings} warning(s)). Not checked here: {unchecked}\n"),
    };
    shown.push_str(&last);
    shown
}

/// One object per diagnostic.
#[must_use]
pub fn to_json(diagnostics: &[Diagnostic], lang: Lang) -> Value {
    let object = |d: &Diagnostic| {
        json!({
            "code": d.code,
            "severity": d.severity.name(),
            "file": escape_hostile(&d.place.file),
            "line": d.place.line,
            "column": d.place.column,
            "message": d.message.get(lang),
            "suggestion": d.suggestion.as_ref().map(|text| text.get(lang)),
        })
    };
    diagnostics.iter().map(object).collect()
}
