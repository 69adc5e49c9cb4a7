//! Calendars (iCalendar, RFC 5545) and cards (vCard, RFC 2426): read line by
//! line, and only lines of the allow-list are written anew. Cards of old
//! telephones (vCard 2.1, quoted-printable, Shift_JIS) become vCard 3.0.
//!
//! Absent on purpose: attachments and pictures, by value or by reference,
//! programs that an alarm starts, addresses of other places, extensions.

mod line;
mod rule;
pub(super) mod verify;

use line::{Line, lines};
use rule::{Grammar, Rule};

use crate::sanitise::{Kind, Refusal, Report, What};

/// The deepest nesting of components: calendar, event, alarm.
const DEEPEST: usize = 3;

/// Writes `text` anew as what `kind` says.
pub(super) fn rebuild(text: &str, kind: Kind, report: &mut Report) -> Result<Vec<u8>, Refusal> {
    let calendar = kind == Kind::Calendar;
    let parts = parse(text, calendar, report)?;
    if parts.is_empty() {
        return Err(Refusal::Malformed);
    }
    let mut output = Vec::new();
    for part in parts {
        write(&part, calendar, report, &mut output);
    }
    Ok(output)
}

/// A component: its lines, and the components inside.
#[derive(Default)]
struct Part {
    name: String,
    lines: Vec<Line>,
    parts: Vec<Part>,
}

/// Components by `BEGIN` and `END`; what stands outside of them is nothing.
fn parse(text: &str, calendar: bool, report: &mut Report) -> Result<Vec<Part>, Refusal> {
    let mut whole = Part::default();
    let mut open: Vec<Part> = Vec::new();
    // Inside a component that is not on the list: how deep.
    let mut left_out = 0_usize;
    for line in lines(text) {
        match line.name.as_str() {
            "BEGIN" => {
                let name = line.value.trim().to_ascii_uppercase();
                let inside = open.last().map_or("", |part| part.name.as_str());
                if left_out > 0 || !rule::component(&name, inside, calendar) {
                    if left_out == 0 {
                        report.removed(What::UnknownPart, &name);
                    }
                    left_out += 1;
                } else if open.len() >= DEEPEST {
                    return Err(Refusal::Malformed);
                } else {
                    open.push(Part {
                        name,
                        ..Part::default()
                    });
                }
            }
            "END" if left_out > 0 => left_out -= 1,
            "END" => {
                let part = open.pop().ok_or(Refusal::Malformed)?;
                if !part.name.eq_ignore_ascii_case(line.value.trim()) {
                    return Err(Refusal::Malformed);
                }
                open.last_mut().unwrap_or(&mut whole).parts.push(part);
            }
            _ if left_out > 0 => {}
            _ => {
                if let Some(part) = open.last_mut() {
                    part.lines.push(line);
                }
            }
        }
    }
    if !open.is_empty() || left_out > 0 {
        return Err(Refusal::Malformed);
    }
    Ok(whole.parts)
}

fn write(part: &Part, calendar: bool, report: &mut Report, output: &mut Vec<u8>) {
    if part.name == "VALARM" && !shows_only(part, report) {
        return;
    }
    line::put(output, &format!("BEGIN:{}", part.name));
    match part.name.as_str() {
        "VCALENDAR" => {
            line::put(output, "VERSION:2.0");
            line::put(output, "PRODID:-//Sekimori//JA");
        }
        "VCARD" => line::put(output, "VERSION:3.0"),
        _ => {}
    }
    for line in &part.lines {
        if matches!(line.name.as_str(), "VERSION" | "PRODID") {
            continue;
        }
        // One that shows words, and nowhere but in an alarm.
        let shows = part.name == "VALARM" && line.value.trim().eq_ignore_ascii_case("DISPLAY");
        if line.name == "ACTION" && !shows {
            report.removed(What::Action, "ACTION");
            continue;
        }
        match rule::for_line(line, calendar) {
            Rule::Keep(grammar) => match value(line, grammar) {
                Some(value) => {
                    let parameters = parameters(line, report);
                    line::put(output, &format!("{}{parameters}:{value}", line.name));
                }
                None => report.removed(What::UnknownPart, &line.name),
            },
            Rule::Drop(what) => report.removed(what, &line.name),
        }
    }
    for inside in &part.parts {
        write(inside, calendar, report, output);
    }
    line::put(output, &format!("END:{}", part.name));
}

/// Only an alarm that shows words stays; `PROCEDURE` starts a program,
/// `EMAIL` sends, `AUDIO` loads a sound.
fn shows_only(alarm: &Part, report: &mut Report) -> bool {
    let action = alarm.lines.iter().find(|line| line.name == "ACTION");
    let action = action.map_or("", |line| line.value.trim());
    if action.eq_ignore_ascii_case("DISPLAY") {
        return true;
    }
    let what = if action.eq_ignore_ascii_case("AUDIO") {
        What::RichMedia
    } else {
        What::Action
    };
    report.removed(what, &format!("VALARM {action}"));
    false
}

/// The value as its grammar allows; `None` where it does not.
fn value(line: &Line, grammar: Grammar) -> Option<String> {
    match grammar {
        Grammar::Words => Some(line::words(&line.value)),
        Grammar::Sign => {
            let value = line.value.trim().to_ascii_uppercase();
            let fits = |c: char| c.is_ascii_alphanumeric() || "=;,:+-./".contains(c);
            (!value.is_empty() && value.chars().all(fits) && !value.contains("FILE:"))
                .then_some(value)
        }
        Grammar::Mailbox => {
            let value = line.value.trim();
            let address = match value.get(..7) {
                Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => value.get(7..)?,
                _ => return None,
            };
            is_address(address).then(|| format!("mailto:{address}"))
        }
        Grammar::Telephone => {
            let value = line.value.trim();
            let bare = match value.get(..4) {
                Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => value.get(4..)?,
                _ => value,
            };
            Some(line::words(bare))
        }
    }
}

fn is_address(address: &str) -> bool {
    address.contains('@')
        && address.len() <= 320
        && address
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "@.!#$&'*+-/=^_`{|}~".contains(c))
}

/// Parameters of the allow-list, each value quoted where it must be.
fn parameters(line: &Line, report: &mut Report) -> String {
    let mut kept = String::new();
    for (name, value) in &line.parameters {
        // Its scheme is gone, so the number is no URI any more.
        if line.name == "TEL" && name == "VALUE" {
            continue;
        }
        match rule::parameter(name) {
            None => {
                let value: String = value.chars().filter(|c| !matches!(c, '"' | '\\')).collect();
                let value = line::without_places(&value);
                // `TYPE=file:` would read as a place.
                let plain = !value.to_ascii_lowercase().ends_with("file")
                    && value
                        .chars()
                        .all(|c| c.is_alphanumeric() || "-_./ ,".contains(c));
                let quote = if plain { "" } else { "\"" };
                kept.push_str(&format!(";{name}={quote}{value}{quote}"));
            }
            Some(Some(what)) => report.removed(what, name),
            Some(None) => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests;
