//! Which components, lines and parameters stay. What is not here is dropped.

use super::line::Line;
use crate::sanitise::What;

/// What a line's value may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Grammar {
    /// Words for reading.
    Words,
    /// A time, a rule, a number, a name from the standard.
    Sign,
    /// `mailto:` and an address.
    Mailbox,
    /// A telephone number, without a scheme.
    Telephone,
}

/// What happens to a line.
pub(super) enum Rule {
    Keep(Grammar),
    Drop(What),
}

/// Whether a component may stand inside another.
pub(super) fn component(name: &str, inside: &str, calendar: bool) -> bool {
    match (inside, name) {
        ("", "VCALENDAR") => calendar,
        ("", "VCARD") => !calendar,
        ("VCALENDAR", "VEVENT" | "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VTIMEZONE")
        | ("VTIMEZONE", "STANDARD" | "DAYLIGHT")
        | ("VEVENT" | "VTODO", "VALARM") => true,
        _ => false,
    }
}

pub(super) fn for_line(line: &Line, calendar: bool) -> Rule {
    match line.name.as_str() {
        "ATTACH" | "PHOTO" | "LOGO" | "SOUND" | "KEY" | "AGENT" | "IMAGE" => {
            Rule::Drop(of_attached(line))
        }
        // Gone whole, address and all: not a `Link`, of which words are left.
        "URL" | "SOURCE" | "CONFERENCE" | "IMPP" | "CALURI" | "FBURL" | "CALADRURI" | "TZURL"
        | "STRUCTURED-DATA" => Rule::Drop(What::ExternalLink),
        name if calendar => of_calendar(name),
        name => of_card(name),
    }
}

/// Inside the file, somewhere else, or (`SOUND` of old telephones is how a name is
/// read) neither.
fn of_attached(line: &Line) -> What {
    let says = |wanted: &str, value: &[&str]| {
        let mut named = line.parameters.iter().filter(|(name, _)| name == wanted);
        named.any(|(_, said)| value.iter().any(|value| value.eq_ignore_ascii_case(said)))
    };
    let inside = ["b", "base64"];
    let data = line.value.get(..5);
    let data = data.is_some_and(|head| head.eq_ignore_ascii_case("data:"));
    if says("ENCODING", &inside) || says("TYPE", &inside) || data {
        What::EmbeddedFile
    } else if says("VALUE", &["uri", "url"]) || line.value.contains(':') {
        What::AttachmentByReference
    } else {
        What::UnknownPart
    }
}

fn of_calendar(name: &str) -> Rule {
    match name {
        "SUMMARY" | "DESCRIPTION" | "LOCATION" | "COMMENT" | "CONTACT" | "CATEGORIES"
        | "RESOURCES" | "UID" | "RELATED-TO" | "TZID" | "TZNAME" | "X-WR-CALNAME"
        | "X-WR-TIMEZONE" => Rule::Keep(Grammar::Words),
        "DTSTAMP" | "DTSTART" | "DTEND" | "DUE" | "DURATION" | "COMPLETED" | "CREATED"
        | "LAST-MODIFIED" | "RRULE" | "RDATE" | "EXDATE" | "EXRULE" | "RECURRENCE-ID"
        | "FREEBUSY" | "TZOFFSETFROM" | "TZOFFSETTO" | "TRIGGER" | "REPEAT" | "ACTION"
        | "CALSCALE" | "METHOD" | "GEO" | "CLASS" | "STATUS" | "TRANSP" | "PRIORITY"
        | "SEQUENCE" | "PERCENT-COMPLETE" => Rule::Keep(Grammar::Sign),
        "ORGANIZER" | "ATTENDEE" => Rule::Keep(Grammar::Mailbox),
        _ => Rule::Drop(What::UnknownPart),
    }
}

fn of_card(name: &str) -> Rule {
    match name {
        "FN"
        | "N"
        | "NICKNAME"
        | "ADR"
        | "LABEL"
        | "TITLE"
        | "ROLE"
        | "ORG"
        | "CATEGORIES"
        | "NOTE"
        | "SORT-STRING"
        | "UID"
        | "EMAIL"
        | "X-PHONETIC-FIRST-NAME"
        | "X-PHONETIC-LAST-NAME"
        | "X-PHONETIC-ORG" => Rule::Keep(Grammar::Words),
        "BDAY" | "ANNIVERSARY" | "TZ" | "GEO" | "REV" | "CLASS" => Rule::Keep(Grammar::Sign),
        "TEL" => Rule::Keep(Grammar::Telephone),
        _ => Rule::Drop(What::UnknownPart),
    }
}

/// `None` to keep a parameter; otherwise what was dropped, if it is worth a
/// line in the report.
pub(super) fn parameter(name: &str) -> Option<Option<What>> {
    match name {
        "TZID" | "VALUE" | "CN" | "ROLE" | "PARTSTAT" | "RSVP" | "CUTYPE" | "LANGUAGE"
        | "FBTYPE" | "RELATED" | "RELTYPE" | "RANGE" | "TYPE" | "PREF" => None,
        // Read already: the value is plain UTF-8 now.
        "CHARSET" | "ENCODING" => Some(None),
        "ALTREP" | "DIR" | "SENT-BY" => Some(Some(What::ExternalLink)),
        _ => Some(Some(What::UnknownPart)),
    }
}
