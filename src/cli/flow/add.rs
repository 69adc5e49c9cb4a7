//! `sekimori flow add`: asks what is missing, writes a tidy block, and only
//! when the whole configuration with it passes `check`. Never applies.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::ask::{Asker, Stopped};
use super::draft::{Draft, NewHost, lacking};
use super::edit;
use super::replace::{Replacement, applied, difference, replace};
use crate::cli::configuration::{self, NoPolicy};
use crate::cli::{DONE, Globals, check};
use crate::policy::source::MAIN;
use crate::policy::text::{Lang, Text, escape_hostile};
use crate::policy::{Diagnostic, Facts, Severity, Sources, local_day};
use crate::segment::revision::Revisions;

/// `sekimori flow add`
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori flow add                       (asks)
         sekimori flow add --from office:madoguchi --to lgwan:gyomu-web --service https \\
           --purpose 窓口業務 --owner suzuki --approved-by ciso --approved-on 2026-11-25 \\
           --ticket 情セ-R8-031 --expires 2027-03-31")]
pub struct Add {
    #[command(flatten)]
    draft: Draft,
    /// A host that is not in [hosts] yet; several times for several
    #[arg(long, value_name = "NAME=ZONE:ADDRESS")]
    new_host: Vec<NewHost>,
    /// Into this file; else beside its neighbours
    #[arg(long, value_name = "FLOWS.D/FILE.TOML", value_parser = place)]
    file: Option<String>,
    /// Writes without asking once more
    #[arg(long)]
    yes: bool,
}

/// A file that will be read as configuration.
fn place(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("flows.d/").unwrap_or_default();
    let good = name.ends_with(".toml") && !name.starts_with('.') && !name.contains('/');
    good.then(|| text.to_owned())
        .ok_or_else(|| "flows.d/NAME.toml".to_owned())
}

/// Runs the command.
#[must_use]
pub fn run(globals: &Globals, add: &Add) -> ExitCode {
    match try_run(globals, add) {
        Ok(()) => ExitCode::from(DONE),
        Err(Stopped(text)) => globals.fail(&text),
    }
}

fn try_run(globals: &Globals, add: &Add) -> Result<(), Stopped> {
    // Without the clock an expired flow is no mistake yet: it may still suggest.
    let (sources, policy, _) =
        configuration::policy(&globals.config, &Facts::default()).map_err(no_policy)?;
    // Where the revisions cannot be read, `apply` finds a retired id (E05).
    let retired = Revisions::of(&globals.state).retired().unwrap_or_default();
    let sources = sources.with_retired(retired.iter().cloned());
    let taken: BTreeSet<String> = policy
        .flows
        .iter()
        .map(|flow| flow.id.clone())
        .chain(retired)
        .collect();

    let (mut draft, mut hosts) = (add.draft.clone(), add.new_host.clone());
    let asker = std::io::stdin().is_terminal().then(|| Asker {
        policy: &policy,
        today: local_day(&policy.site, Timestamp::now()),
        lang: globals.lang,
    });
    let missing = draft.missing();
    match &asker {
        Some(asker) if !missing.is_empty() => asker.fill(&mut draft, &mut hosts)?,
        None if !missing.is_empty() => return Err(Stopped(lacking(&missing))),
        Some(_) | None => {}
    }
    if draft.id.is_none() {
        let free = draft.free_id(&taken);
        draft.id = Some(match &asker {
            Some(asker) if !missing.is_empty() => asker.id(&free)?,
            Some(_) | None => free,
        });
    }
    let file = add.file.clone().unwrap_or_else(|| draft.file(&policy));
    let replacements = replacements(&sources, &draft, &hosts, &file)?;
    let shown = difference(&replacements);
    let warnings = judged(&applied(&sources, &replacements), &sources, &draft)?;
    for warning in &warnings {
        eprint!("{}", warning.render(globals.lang));
    }
    let agreed = asker.filter(|_| !add.yes);
    if let Some(asker) = &agreed {
        eprint!("{shown}");
        if !asker.agreed()? {
            return Err(inquire::InquireError::OperationCanceled.into());
        }
    }
    replace(&globals.config, &replacements).map_err(Stopped)?;
    // Whoever agreed has seen the difference.
    let unseen = if agreed.is_some() { "" } else { &shown };
    say(globals, &draft, &file, (&shown, unseen));
    Ok(())
}

fn say(globals: &Globals, draft: &Draft, file: &str, (shown, unseen): (&str, &str)) {
    let id = escape_hostile(draft.id.as_deref().unwrap_or_default());
    if globals.json {
        println!("{}", json!({ "added": id, "file": file, "diff": shown }));
        return;
    }
    print!("{unseen}");
    let next = Text::new(
        format!(
            "{id} を {file} に書きました。適用するまで、まだ通りません。\n次: sekimori plan、sekimori apply --confirm-within 5m"
        ),
        format!(
            "{id} stands in {file}. It does not pass until the next apply.\nNext: sekimori plan, sekimori apply --confirm-within 5m"
        ),
    );
    println!("{}", next.get(globals.lang));
}

fn no_policy(why: NoPolicy) -> Stopped {
    Stopped(match why {
        NoPolicy::Unreadable(error) => error.text(),
        NoPolicy::Mistakes(all) => mistakes(
            &Text::new(
                "今の設定に誤りがあるため、追加できません。先に直してください。何も変更していません。",
                "the configuration has mistakes already; mend them first. Nothing was changed.",
            ),
            &all,
            "",
        ),
    })
}

/// The files that change: the register, and `[hosts]` where one is new.
fn replacements(
    sources: &Sources,
    draft: &Draft,
    hosts: &[NewHost],
    file: &str,
) -> Result<Vec<Replacement>, Stopped> {
    let text_of = |path: &str| sources.files().iter().find(|file| file.path == path);
    let mut replacements = Vec::new();
    if !hosts.is_empty() {
        let before = text_of(MAIN)
            .map(|file| file.text.clone())
            .unwrap_or_default();
        let mut after = before.clone();
        for host in hosts {
            after = edit::with_host(&after, &host.name, &host.zone, &host.address)
                .map_err(|error| Stopped(error.text(MAIN)))?;
        }
        replacements.push(Replacement {
            path: MAIN.to_owned(),
            before: Some(before),
            after,
        });
    }
    let before = text_of(file).map(|file| file.text.clone());
    let start = before.clone().unwrap_or_else(|| heading(draft));
    let after = edit::with_flow(&start, &draft.block())
        .map_err(|error| Stopped(error.text(&escape_hostile(file))))?;
    replacements.push(Replacement {
        path: file.to_owned(),
        before,
        after,
    });
    Ok(replacements)
}

/// The first line of a new file.
fn heading(draft: &Draft) -> String {
    let zone = |end: &Option<String>| {
        let end = end.as_deref().unwrap_or_default();
        end.split(':').next().unwrap_or_default().to_owned()
    };
    format!(
        "# 許可通信台帳: {} → {}\n",
        zone(&draft.from),
        zone(&draft.to)
    )
}

/// Warnings that are new with it; every mistake refuses.
fn judged(after: &Sources, before: &Sources, draft: &Draft) -> Result<Vec<Diagnostic>, Stopped> {
    let facts = configuration::now();
    let all = check::all(after, &facts);
    if all.iter().any(|found| found.severity == Severity::Error) {
        let head = Text::new(
            "この許可を加えると誤りになるため、何も変更していません。",
            "with this flow the configuration has mistakes; nothing was changed.",
        );
        return Err(Stopped(mistakes(&head, &all, &draft.block())));
    }
    let known = check::all(before, &facts);
    let new = |found: &Diagnostic| {
        !known
            .iter()
            .any(|k| k.code == found.code && k.message == found.message)
    };
    Ok(all.into_iter().filter(new).collect())
}

/// What is wrong, and what was typed, so that nothing of it is lost.
fn mistakes(head: &Text, all: &[Diagnostic], block: &str) -> Text {
    let list = |lang: Lang| {
        all.iter()
            .map(|found| found.render(lang))
            .collect::<String>()
    };
    let block: String = block
        .lines()
        .map(|line| format!("\n    {}", escape_hostile(line)))
        .collect();
    Text::new(
        format!("{}\n{}{block}", head.ja, list(Lang::Ja).trim_end()),
        format!("{}\n{}{block}", head.en, list(Lang::En).trim_end()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_that_will_be_read() {
        assert!(place("flows.d/office.toml").is_ok());
        for wrong in [
            "office.toml",
            "flows.d/.x.toml",
            "flows.d/../x.toml",
            "flows.d/x",
            "/etc/x.toml",
        ] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }
}
