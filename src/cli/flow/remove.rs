//! `sekimori flow remove ID`: takes a flow out of its file, its comments with
//! it, and leaves the rest byte for byte. Never applies.

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::edit;
use super::replace::{Replacement, applied, difference, replace};
use crate::cli::{DONE, Globals, check, configuration};
use crate::policy::similar;
use crate::policy::text::{Text, bounded, escape_hostile};
use crate::policy::{Diagnostic, Facts, Policy, Severity, Sources, load, local_day};

/// `sekimori flow remove`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: sekimori flow remove office-gyomu --reason '業務終了 (情セ-R8-044)'"
)]
pub struct Remove {
    /// The flow's id
    id: String,
    /// Leaves a comment with the day and this reason in its place
    #[arg(long, value_name = "TEXT", value_parser = super::draft::line)]
    reason: Option<String>,
}

/// Runs the command.
#[must_use]
pub fn run(globals: &Globals, remove: &Remove) -> ExitCode {
    match try_run(globals, remove) {
        Ok(()) => ExitCode::from(DONE),
        Err(text) => globals.fail(&text),
    }
}

fn try_run(globals: &Globals, remove: &Remove) -> Result<(), Text> {
    let sources = configuration::read(&globals.config).map_err(|error| error.text())?;
    // Without the clock an expired flow is no mistake, and the site is known.
    let site = load(&sources, &Facts::default())
        .map_or_else(|_| Policy::without_site().site, |(policy, _)| policy.site);
    let today = local_day(&site, Timestamp::now());
    let id = escape_hostile(&remove.id);
    let note = remove
        .reason
        .as_ref()
        .map(|reason| format!("{today} {id} を削除: {reason}"));
    let found = found(&sources, &remove.id, note.as_deref())?;
    let replacements = [found];
    let worse = worse(&sources, &applied(&sources, &replacements));
    if !worse.is_empty() {
        return Err(refused(&worse));
    }
    replace(&globals.config, &replacements)?;
    let shown = difference(&replacements);
    if globals.json {
        println!("{}", json!({ "removed": remove.id, "diff": shown }));
        return Ok(());
    }
    print!("{shown}");
    let next = Text::new(
        format!(
            "{id} を台帳から消しました。適用するまで、今の規則では通信できます。\n次: sekimori plan、sekimori apply --confirm-within 5m"
        ),
        format!(
            "{id} is out of the register. It still passes until the next apply.\nNext: sekimori plan, sekimori apply --confirm-within 5m"
        ),
    );
    println!("{}", next.get(globals.lang));
    Ok(())
}

/// The one file that has it, without it.
fn found(sources: &Sources, id: &str, note: Option<&str>) -> Result<Replacement, Text> {
    let mut found = Vec::new();
    let mut known = Vec::new();
    let mut unfit = None;
    for file in sources.files().iter().filter(|file| file.damage.is_none()) {
        let shown = escape_hostile(&file.path);
        match edit::without_flow(&file.text, id, note) {
            Ok(Some(after)) => found.push(Replacement {
                path: file.path.clone(),
                before: Some(file.text.clone()),
                after,
            }),
            Ok(None) => known.extend(edit::ids(&file.text).unwrap_or_default()),
            Err(error) => unfit = Some(error.text(&shown)),
        }
    }
    match (found.len(), found.pop(), unfit) {
        (1, Some(one), _) => Ok(one),
        (0, _, Some(unfit)) => Err(unfit),
        (0, ..) => Err(unknown(id, &known)),
        _ => Err(edit::Unfit::Twice.text("flows.d/")),
    }
}

fn unknown(id: &str, known: &[String]) -> Text {
    let shown = escape_hostile(&bounded(id, 60));
    let hint = similar::suggest(id, known.iter().map(String::as_str));
    let hint =
        hint.unwrap_or_else(|| Text::new("許可は一つもありません", "there is no flow at all"));
    Text::new(
        format!(
            "許可 \"{shown}\" はありません ({})。何も変更していません。",
            escape_hostile(&hint.ja)
        ),
        format!(
            "there is no flow \"{shown}\" ({}). Nothing was changed.",
            escape_hostile(&hint.en)
        ),
    )
}

/// Mistakes that were not there before: an expired flow can be removed while
/// another one waits its turn.
fn worse(before: &Sources, after: &Sources) -> Vec<Diagnostic> {
    let facts = configuration::now();
    let same = |a: &Diagnostic, b: &Diagnostic| {
        (a.code, &a.message, &a.place.file) == (b.code, &b.message, &b.place.file)
    };
    let old = check::all(before, &facts);
    let mut new = check::all(after, &facts);
    new.retain(|d| d.severity == Severity::Error && !old.iter().any(|known| same(known, d)));
    new
}

/// Why it stays.
fn refused(worse: &[Diagnostic]) -> Text {
    use crate::policy::text::Lang;
    let list = |lang| worse.iter().map(|d| d.render(lang)).collect::<String>();
    Text::new(
        format!(
            "消すと設定が正しくなくなるため、何も変更していません。\n{}",
            list(Lang::Ja).trim_end()
        ),
        format!(
            "without it the configuration would not be right; nothing was changed.\n{}",
            list(Lang::En).trim_end()
        ),
    )
}
