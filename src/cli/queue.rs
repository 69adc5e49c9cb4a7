//! `sekimori queue list | show | retry` and `sekimori held list | show`:
//! mails on their way, and what is withheld.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{DONE, Globals};
use crate::mail::overview::{self, Standing};
use crate::mail::progress::Note;
use crate::policy::moment::second;
use crate::policy::text::{Lang, Text, escape_hostile};
use crate::quarantine::MailId;
use crate::sanitise::Refusal;

/// Mails on their way
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori queue list")]
pub struct Queue {
    #[command(subcommand)]
    command: QueueCommand,
}

#[derive(Debug, Subcommand)]
enum QueueCommand {
    /// Which mails stand where
    #[command(after_help = "Example: sekimori queue list --json")]
    List,
    /// One mail: where it stands and what became of each recipient
    #[command(after_help = "Example: sekimori queue show nishi-20260601t000000-7f3k2q9xab")]
    Show {
        /// Mail id, as in the answer to DATA and in X-Sekimori-Id
        id: String,
    },
    /// Try one mail now, whatever its schedule says
    #[command(after_help = "Example: sekimori queue retry nishi-20260601t000000-7f3k2q9xab")]
    Retry {
        /// Mail id
        id: String,
    },
}

/// What is withheld
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori held list")]
pub struct Held {
    #[command(subcommand)]
    command: HeldCommand,
}

#[derive(Debug, Subcommand)]
enum HeldCommand {
    /// Which mails are held, and why
    #[command(after_help = "Example: sekimori held list --json")]
    List,
    /// One held mail: why, and what became of each recipient
    #[command(after_help = "Example: sekimori held show nishi-20260601t000000-7f3k2q9xab")]
    Show {
        /// Mail id
        id: String,
    },
}

/// Runs `queue`.
#[must_use]
pub fn queue(globals: &Globals, queue: &Queue) -> ExitCode {
    match &queue.command {
        QueueCommand::List => list(globals, &["received", "outgoing", "corrupt"]),
        QueueCommand::Show { id } => show(globals, id),
        QueueCommand::Retry { id } => retry(globals, id),
    }
}

/// Runs `held`.
#[must_use]
pub fn held(globals: &Globals, held: &Held) -> ExitCode {
    match &held.command {
        HeldCommand::List => list(globals, &["held"]),
        HeldCommand::Show { id } => show(globals, id),
    }
}

fn unreadable(globals: &Globals, error: &std::io::Error) -> ExitCode {
    let place = globals.state.join("spool");
    globals.fail(&Text::new(
        format!(
            "{} を読めません: {error}。root か sekimori-mail で実行してください",
            place.display()
        ),
        format!(
            "cannot read {}: {error}; run this as root or sekimori-mail",
            place.display()
        ),
    ))
}

fn mail_id(globals: &Globals, text: &str) -> Result<MailId, ExitCode> {
    // `<id>.<variant>`, as it stands in X-Sekimori-Id, means its mail.
    let id = text.split('.').next().unwrap_or_default();
    MailId::parse(id).ok_or_else(|| {
        let shown = escape_hostile(text);
        globals.fail(&Text::new(
            format!("「{shown}」は受付IDの形ではありません (sekimori queue list)"),
            format!("\"{shown}\" is not a mail id (see sekimori queue list)"),
        ))
    })
}

fn list(globals: &Globals, states: &[&'static str]) -> ExitCode {
    let found = match overview::standing(&globals.state, states) {
        Ok(found) => found,
        Err(error) => return unreadable(globals, &error),
    };
    for standing in &found {
        let why = MailId::parse(&standing.id)
            .and_then(|id| overview::notes(&globals.state, &id).ok())
            .and_then(|notes| why_held(&notes, standing.variant));
        if globals.json {
            println!("{}", json!({ "mail": standing, "reason": why }));
        } else {
            line(standing, why.as_deref(), globals.lang);
        }
    }
    if found.is_empty() && !globals.json {
        let nothing = if states.contains(&"held") {
            Text::new("保留中のメールはありません", "no mail is held")
        } else {
            Text::new("配送待ちのメールはありません", "no mail waits")
        };
        println!("{}", nothing.get(globals.lang));
    }
    ExitCode::from(DONE)
}

/// How long something stands there, in the largest unit that is whole.
fn age(seconds: u64) -> Text {
    let (count, ja, en) = match seconds {
        86_400.. => (seconds / 86_400, "日", "d"),
        3_600.. => (seconds / 3_600, "時間", "h"),
        60.. => (seconds / 60, "分", "min"),
        _ => (seconds, "秒", "s"),
    };
    Text::new(format!("{count}{ja}前から"), format!("for {count} {en}"))
}

/// Where a mail stands, in words of one width.
fn place(state: &str) -> Text {
    match state {
        "received" => Text::new("処理待ち", "received"),
        "outgoing" => Text::new("配送待ち", "outgoing"),
        "held" => Text::new("保留    ", "held    "),
        "corrupt" => Text::new("破損    ", "corrupt "),
        other => Text::new(other, other),
    }
}

/// Why a mail is held: the words for a code, or what the next hop said.
fn reason(code: &str, lang: Lang) -> String {
    let words = match serde_json::from_value::<Refusal>(json!(code)) {
        Ok(known) => known.text(),
        Err(_) if code == "delivery-failed" => Text::new(
            "配送先が受け取りを断ったか、期限までに届けられませんでした",
            "the next hop refused it, or it could not be delivered in time",
        ),
        Err(_) => Text::new(escape_hostile(code), escape_hostile(code)),
    };
    words.get(lang).to_owned()
}

fn line(standing: &Standing, why: Option<&str>, lang: Lang) {
    let variant = standing
        .variant
        .map(|variant| format!(".{variant}"))
        .unwrap_or_default();
    println!(
        "{}  {}{variant}  {} B  {}  {}",
        place(standing.state).get(lang),
        standing.id,
        standing.size,
        age(standing.age).get(lang),
        why.map(|why| reason(why, lang)).unwrap_or_default()
    );
}

fn why_held(notes: &[Note], of: Option<u32>) -> Option<String> {
    notes.iter().rev().find_map(|note| match note {
        Note::Held {
            variant, reason, ..
        } if *variant == of => Some(reason.clone()),
        Note::Held { .. } | Note::Delivered { .. } | Note::Failed { .. } => None,
    })
}

fn show(globals: &Globals, text: &str) -> ExitCode {
    let id = match mail_id(globals, text) {
        Ok(id) => id,
        Err(code) => return code,
    };
    let everywhere = ["received", "outgoing", "held", "corrupt"];
    let found = overview::standing(&globals.state, &everywhere)
        .and_then(|found| Ok((found, overview::notes(&globals.state, &id)?)));
    let (found, notes) = match found {
        Ok(found) => found,
        Err(error) => return unreadable(globals, &error),
    };
    let found: Vec<Standing> = found.into_iter().filter(|s| s.id == id.as_str()).collect();
    if found.is_empty() && notes.is_empty() {
        return globals.fail(&Text::new(
            format!(
                "受付ID {id} のメールはここにありません。配送済みなら sekimori audit export に記録があります"
            ),
            format!("{id} is not here; if it was delivered, sekimori audit export has its record"),
        ));
    }
    if globals.json {
        println!(
            "{}",
            json!({ "id": id.as_str(), "standing": found, "progress": notes })
        );
        return ExitCode::from(DONE);
    }
    for standing in &found {
        line(standing, None, globals.lang);
    }
    let zone = globals.zone();
    for note in &notes {
        let told = match note {
            Note::Delivered {
                at,
                recipient,
                reply,
                ..
            } => {
                format!(
                    "{}  {}  {}: {reply}",
                    second(&zone, *at),
                    Text::new("配送済", "delivered").get(globals.lang),
                    escape_hostile(recipient)
                )
            }
            Note::Failed {
                at,
                recipient,
                reply,
                ..
            } => {
                format!(
                    "{}  {}  {}: {reply}",
                    second(&zone, *at),
                    Text::new("不達", "failed").get(globals.lang),
                    escape_hostile(recipient)
                )
            }
            Note::Held { at, reason, .. } => {
                format!(
                    "{}  {}  {}",
                    second(&zone, *at),
                    Text::new("保留", "held").get(globals.lang),
                    self::reason(reason, globals.lang)
                )
            }
        };
        println!("{told}");
    }
    ExitCode::from(DONE)
}

fn retry(globals: &Globals, text: &str) -> ExitCode {
    let id = match mail_id(globals, text) {
        Ok(id) => id,
        Err(code) => return code,
    };
    let request = json!({ "command": "retry", "id": id.as_str() });
    match crate::run::ask(&globals.runtime, "mail", &request) {
        Ok(Some(answer))
            if answer.get("retried").and_then(serde_json::Value::as_u64) == Some(0) =>
        {
            globals.fail(&Text::new(
                format!("{id} は配送待ちにありません (sekimori queue list)"),
                format!("{id} does not wait in the queue (see sekimori queue list)"),
            ))
        }
        Ok(Some(answer)) => {
            if globals.json {
                println!("{answer}");
            } else {
                println!(
                    "{}",
                    Text::new("いま再試行します", "tried now").get(globals.lang)
                );
            }
            ExitCode::from(DONE)
        }
        Ok(None) => globals.fail(&Text::new(
            "mail ロールが動いていません。起動時に自動で再試行されます",
            "the mail role does not run; at its start everything is tried again",
        )),
        Err(error) => globals.fail(&Text::new(
            format!("mail ロールが応じません: {error}"),
            format!("the mail role refused: {error}"),
        )),
    }
}
