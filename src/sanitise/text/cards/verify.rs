//! Accepts calendars and cards that our writer can have made: from the bytes
//! alone, with lists of its own.

use crate::sanitise::Refusal;

const IN_CALENDARS: &[&str] = &[
    "VCALENDAR",
    "VEVENT",
    "VTODO",
    "VJOURNAL",
    "VFREEBUSY",
    "VTIMEZONE",
    "STANDARD",
    "DAYLIGHT",
    "VALARM",
];

const CALENDAR_LINES: &[&str] = &[
    "BEGIN",
    "END",
    "VERSION",
    "PRODID",
    "CALSCALE",
    "METHOD",
    "UID",
    "DTSTAMP",
    "DTSTART",
    "DTEND",
    "DUE",
    "DURATION",
    "COMPLETED",
    "CREATED",
    "LAST-MODIFIED",
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "COMMENT",
    "CONTACT",
    "CATEGORIES",
    "RESOURCES",
    "RELATED-TO",
    "TZID",
    "TZNAME",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "RRULE",
    "RDATE",
    "EXDATE",
    "EXRULE",
    "RECURRENCE-ID",
    "FREEBUSY",
    "TRIGGER",
    "REPEAT",
    "ACTION",
    "GEO",
    "CLASS",
    "STATUS",
    "TRANSP",
    "PRIORITY",
    "SEQUENCE",
    "PERCENT-COMPLETE",
    "ORGANIZER",
    "ATTENDEE",
    "X-WR-CALNAME",
    "X-WR-TIMEZONE",
];

const CARD_LINES: &[&str] = &[
    "BEGIN",
    "END",
    "VERSION",
    "FN",
    "N",
    "NICKNAME",
    "ADR",
    "LABEL",
    "TITLE",
    "ROLE",
    "ORG",
    "CATEGORIES",
    "NOTE",
    "SORT-STRING",
    "UID",
    "EMAIL",
    "TEL",
    "BDAY",
    "ANNIVERSARY",
    "TZ",
    "GEO",
    "REV",
    "CLASS",
    "X-PHONETIC-FIRST-NAME",
    "X-PHONETIC-LAST-NAME",
    "X-PHONETIC-ORG",
];

const PARAMETERS: &[&str] = &[
    "TZID", "VALUE", "CN", "ROLE", "PARTSTAT", "RSVP", "CUTYPE", "LANGUAGE", "FBTYPE", "RELATED",
    "RELTYPE", "RANGE", "TYPE", "PREF",
];

/// Accepts a calendar.
///
/// # Errors
/// [`Refusal::Residue`].
pub(in crate::sanitise) fn calendar(output: &[u8]) -> Result<(), Refusal> {
    check(output, "VCALENDAR", IN_CALENDARS, CALENDAR_LINES).ok_or(Refusal::Residue)
}

/// Accepts cards.
///
/// # Errors
/// [`Refusal::Residue`].
pub(in crate::sanitise) fn contact(output: &[u8]) -> Result<(), Refusal> {
    check(output, "VCARD", &["VCARD"], CARD_LINES).ok_or(Refusal::Residue)
}

fn check(output: &[u8], outermost: &str, components: &[&str], names: &[&str]) -> Option<()> {
    crate::sanitise::text::verify::scan(output).ok()?;
    let text = std::str::from_utf8(output).ok()?.strip_suffix("\r\n")?;
    let mut lines: Vec<String> = Vec::new();
    for physical in text.split("\r\n") {
        if physical.is_empty() || physical.len() > 75 || physical.contains(['\r', '\n']) {
            return None;
        }
        match physical.strip_prefix(' ') {
            Some(more) => lines.last_mut()?.push_str(more),
            None => lines.push(physical.to_owned()),
        }
    }
    let mut open: Vec<&str> = Vec::new();
    for line in &lines {
        let (name, value) = line_parts(line, names)?;
        match name {
            "BEGIN" => {
                let right = open.is_empty() == (value == outermost);
                if !right || !components.contains(&value) || open.len() > 2 {
                    return None;
                }
                open.push(value);
            }
            "END" if open.pop() == Some(value) => {}
            "END" => return None,
            _ if open.is_empty() => return None,
            "ACTION" if value != "DISPLAY" => return None,
            "ORGANIZER" | "ATTENDEE" => {
                let address = value.strip_prefix("mailto:")?;
                if address.contains([':', '\\', '?', '%']) || !address.contains('@') {
                    return None;
                }
            }
            _ => {}
        }
    }
    (open.is_empty() && !lines.is_empty()).then_some(())
}

/// Name and value of a line whose every parameter is known; no place on
/// another machine in any of them.
fn line_parts<'a>(line: &'a str, names: &[&str]) -> Option<(&'a str, &'a str)> {
    if line.to_ascii_lowercase().contains("file:") || line.contains("\\\\\\\\") {
        return None;
    }
    let end = line.find([';', ':'])?;
    let name = line.get(..end)?;
    if !names.contains(&name) {
        return None;
    }
    let mut rest = line.get(end..)?;
    while let Some(parameter) = rest.strip_prefix(';') {
        let (name, after) = parameter.split_once('=')?;
        if !PARAMETERS.contains(&name) {
            return None;
        }
        rest = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?.1,
            None => after.get(after.find([';', ':'])?..)?,
        };
    }
    let value = rest.strip_prefix(':')?;
    // Every backslash escapes a sign that needs it.
    let mut signs = value.chars();
    while let Some(c) = signs.next() {
        if c == '\\' && !matches!(signs.next(), Some('\\' | ',' | ';' | 'n')) {
            return None;
        }
    }
    Some((name, value))
}
