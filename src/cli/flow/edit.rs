//! Changes to a configuration file as text. Every change is a splice: what
//! it does not name stays byte for byte, comments, blanks and line ends
//! included. Pure; whether the result is right is for `check` to say.
//!
//! A comment belongs to what follows it without a blank line, else to what it
//! follows without one. Adding and then removing gives the file as it was.

use std::ops::Range;

use toml_edit::{Document, Item, Key, Table, Value};

use crate::policy::text::Text;

/// Why a file cannot be changed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// No TOML; `check` says where.
    NotToml,
    /// Written as a list in braces, which has no place for a block.
    Inline(&'static str),
    /// The id is written more than once.
    Twice,
}

impl Unfit {
    /// What, and what to do.
    #[must_use]
    pub fn text(&self, file: &str) -> Text {
        match self {
            Self::NotToml => Text::new(
                format!(
                    "{file} は TOML として読めません。sekimori check で誤りの場所を確かめてください"
                ),
                format!("{file} is not TOML; sekimori check shows where"),
            ),
            Self::Inline(key) => Text::new(
                format!(
                    "{file} の {key} は一行の書き方 ({key} = …) なので、自動では変更できません。手で編集してください"
                ),
                format!(
                    "{file} writes {key} as a value ({key} = …), which cannot be changed here; edit it by hand"
                ),
            ),
            Self::Twice => Text::new(
                format!(
                    "{file} に同じ id が二度あります。どちらを消すか選べないので、手で編集してください"
                ),
                format!("{file} has this id twice; edit it by hand"),
            ),
        }
    }
}

/// `text` with `block` after its last flow. `block` is lines with `\n`,
/// the last one too.
///
/// # Errors
/// The file cannot be changed here.
pub fn with_flow(text: &str, block: &str) -> Result<String, Unfit> {
    let places = places(text)?;
    let at = match places.last() {
        Some(last) => extent(text, &places, last).end,
        None => text.len(),
    };
    Ok(insert(text, at, block, true))
}

/// `text` without the flow `id`, with a note in its place where one is given;
/// none where no flow has this id.
///
/// # Errors
/// The file cannot be changed here.
pub fn without_flow(text: &str, id: &str, note: Option<&str>) -> Result<Option<String>, Unfit> {
    let places = places(text)?;
    let mut found = places
        .iter()
        .filter(|place| place.id.as_deref() == Some(id));
    let (Some(place), None) = (found.next(), found.next()) else {
        return match places.iter().any(|place| place.id.as_deref() == Some(id)) {
            true => Err(Unfit::Twice),
            false => Ok(None),
        };
    };
    let extent = extent(text, &places, place);
    if let Some(note) = note {
        let end = line_end(text);
        let (before, after) = around(text, &extent);
        return Ok(Some(format!("{before}# {note}{end}{after}")));
    }
    let (before, after) = around(text, &without_blank(text, extent));
    Ok(Some(format!("{before}{after}")))
}

/// `text` with a host in `[hosts]`.
///
/// # Errors
/// The file cannot be changed here.
pub fn with_host(text: &str, name: &str, zone: &str, address: &str) -> Result<String, Unfit> {
    let document = Document::parse(text).map_err(|_| Unfit::NotToml)?;
    let (zone, address) = (Value::from(zone), Value::from(address));
    let name = Key::new(name).display_repr().into_owned();
    let line = format!("{name} = {{ zone = {zone}, address = {address} }}\n");
    match document.as_table().get("hosts") {
        None => Ok(insert(text, text.len(), &format!("[hosts]\n{line}"), true)),
        Some(Item::Table(hosts)) if hosts.is_implicit() || hosts.is_dotted() => {
            Err(Unfit::Inline("hosts"))
        }
        Some(Item::Table(hosts)) => {
            let header = hosts.span().map_or(0, |span| span.end);
            // Sub-tables ([hosts.x]) come later in the file and end the list.
            let own = hosts.iter().filter(|(_, item)| !item.is_table());
            let last = own
                .filter_map(|(_, item)| item.span())
                .map(|span| span.end)
                .max();
            let at = after_line(text, last.unwrap_or(header).max(header));
            Ok(insert(text, at, &line, false))
        }
        Some(Item::None | Item::Value(_) | Item::ArrayOfTables(_)) => Err(Unfit::Inline("hosts")),
    }
}

/// The ids of a file's flows, as they are written.
///
/// # Errors
/// The file cannot be read as flows.
pub fn ids(text: &str) -> Result<Vec<String>, Unfit> {
    Ok(places(text)?
        .into_iter()
        .filter_map(|place| place.id)
        .collect())
}

/// A flow as it stands: its id, and the bytes from its header to its last value.
struct Place {
    id: Option<String>,
    range: Range<usize>,
}

/// All flows, in the order of the file.
fn places(text: &str) -> Result<Vec<Place>, Unfit> {
    let document = Document::parse(text).map_err(|_| Unfit::NotToml)?;
    let mut places = match document.as_table().get("flow") {
        None => Vec::new(),
        Some(Item::ArrayOfTables(flows)) => flows
            .iter()
            .filter_map(|flow| {
                let header = flow.span()?;
                let id = flow.get("id").and_then(Item::as_str).map(str::to_owned);
                let range = header.start..last_byte(flow).max(header.end);
                Some(Place { id, range })
            })
            .collect(),
        Some(Item::None | Item::Value(_) | Item::Table(_)) => return Err(Unfit::Inline("flow")),
    };
    places.sort_by_key(|place| place.range.start);
    Ok(places)
}

/// The end of the last thing written in a table, sub-tables included.
fn last_byte(table: &Table) -> usize {
    let ends = table.iter().map(|(_, item)| match item {
        Item::Table(inner) => last_byte(inner).max(inner.span().map_or(0, |span| span.end)),
        Item::ArrayOfTables(inner) => inner
            .iter()
            .map(|table| last_byte(table).max(table.span().map_or(0, |span| span.end)))
            .max()
            .unwrap_or(0),
        Item::None | Item::Value(_) => item.span().map_or(0, |span| span.end),
    });
    ends.max().unwrap_or(0)
}

/// Whole lines of a flow with the comments that belong to it.
fn extent(text: &str, places: &[Place], place: &Place) -> Range<usize> {
    let mut start = line_start(text, place.range.start);
    while let Some(above) = line_above(text, start) {
        if !is_comment(slice(text, &above))
            || places
                .iter()
                .any(|other| other.range.contains(&above.start))
        {
            break;
        }
        start = above.start;
    }
    let end = after_line(text, place.range.end);
    let mut below = end;
    while below < text.len() && is_comment(slice(text, &(below..after_line(text, below)))) {
        below = after_line(text, below);
    }
    // Comments right above a header are that header's.
    let next = slice(text, &(below..after_line(text, below)));
    let end = if next.trim_start().starts_with('[') {
        end
    } else {
        below
    };
    start..end
}

/// Takes with it the blank line that set it off; at the file's end also the
/// line end that the file did not have before.
fn without_blank(text: &str, extent: Range<usize>) -> Range<usize> {
    let Some(above) =
        line_above(text, extent.start).filter(|above| slice(text, above).trim().is_empty())
    else {
        return extent;
    };
    let unended = extent.end == text.len() && !slice(text, &extent).ends_with('\n');
    let before = slice(text, &(0..above.start));
    let start = match (unended, before.strip_suffix('\n')) {
        (true, Some(bare)) => bare.strip_suffix('\r').unwrap_or(bare).len(),
        _ => above.start,
    };
    start..extent.end
}

/// Puts lines at a line's beginning, with a blank line before them where they
/// are a block. A file without a line end at its end gets none.
fn insert(text: &str, at: usize, lines: &str, block: bool) -> String {
    let end = line_end(text);
    let lines = lines.replace('\n', end);
    let (before, after) = around(text, &(at..at));
    let blank = if block && !before.is_empty() { end } else { "" };
    if after.is_empty() && !before.is_empty() && !before.ends_with('\n') {
        let lines = lines.strip_suffix(end).unwrap_or(&lines);
        return format!("{before}{end}{blank}{lines}");
    }
    format!("{before}{blank}{lines}{after}")
}

fn around<'a>(text: &'a str, range: &Range<usize>) -> (&'a str, &'a str) {
    (
        slice(text, &(0..range.start)),
        slice(text, &(range.end..text.len())),
    )
}

fn slice<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    text.get(range.clone()).unwrap_or_default()
}

fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn line_start(text: &str, at: usize) -> usize {
    let before = slice(text, &(0..at));
    before
        .rfind('\n')
        .map_or(0, |newline| newline.saturating_add(1))
}

/// The byte after the end of the line that holds `at`.
fn after_line(text: &str, at: usize) -> usize {
    let rest = slice(text, &(at..text.len()));
    rest.find('\n').map_or(text.len(), |newline| {
        at.saturating_add(newline).saturating_add(1)
    })
}

/// The line above the one that begins at `start`.
fn line_above(text: &str, start: usize) -> Option<Range<usize>> {
    let end = start.checked_sub(1)?;
    Some(line_start(text, end)..start)
}

fn is_comment(line: &str) -> bool {
    line.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('#')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NEW: &str = "[[flow]]\nid   = \"new\"\nfrom = \"a\"\n";

    fn sample() -> String {
        "# head\n\n# of one\n[[flow]] # x\nid = \"one\" # tail\ntext = \"\"\"\n[[flow]]\nid = 'no'\n\"\"\"\n# after one\n\n\
         # of two\n[[flow]]\nid = 'two'\n[flow.approved]\nby = \"x\"\n\n# of the question\n[[expect]]\nv = 1\n"
            .to_owned()
    }

    #[test]
    fn what_belongs_to_a_flow_goes_with_it_and_nothing_else() {
        let one = without_flow(&sample(), "one", None).unwrap().unwrap();
        assert_eq!(
            one,
            "# head\n\n# of two\n[[flow]]\nid = 'two'\n[flow.approved]\nby = \"x\"\n\n# of the question\n[[expect]]\nv = 1\n"
        );
        let two = without_flow(&one, "two", Some("gone")).unwrap().unwrap();
        assert_eq!(
            two,
            "# head\n\n# gone\n\n# of the question\n[[expect]]\nv = 1\n"
        );
        assert_eq!(without_flow(&sample(), "no", None), Ok(None));
        let twice = format!("{}{NEW}{NEW}", sample());
        assert_eq!(without_flow(&twice, "new", None), Err(Unfit::Twice));
    }

    #[test]
    fn a_new_flow_stands_after_the_others_and_before_the_questions() {
        let added = with_flow(&sample(), NEW).unwrap();
        assert!(
            added.contains(
                "by = \"x\"\n\n[[flow]]\nid   = \"new\"\nfrom = \"a\"\n\n# of the question"
            ),
            "{added}"
        );
        assert_eq!(with_flow("", NEW).unwrap(), NEW);
        assert_eq!(
            with_flow("flow = [{ id = 'a' }]", NEW),
            Err(Unfit::Inline("flow"))
        );
        assert_eq!(with_flow("flow = ", NEW), Err(Unfit::NotToml));
    }

    #[test]
    fn a_new_host_stands_after_the_others() {
        let text =
            "[hosts]\na = { zone = 'x', address = '1.1.1.1' } # a\n# rest\n[hosts.b]\nzone = 'x'\n";
        let added = with_host(text, "c", "office", "192.0.2.1").unwrap();
        assert_eq!(
            added,
            text.replace(
                "# a\n",
                "# a\nc = { zone = \"office\", address = \"192.0.2.1\" }\n"
            )
        );
        assert_eq!(
            with_host("hosts = {}", "c", "z", "a"),
            Err(Unfit::Inline("hosts"))
        );
        let none = with_host("schema = 1", "c", "z", "a").unwrap();
        assert_eq!(
            none,
            "schema = 1\n\n[hosts]\nc = { zone = \"z\", address = \"a\" }"
        );
    }

    /// Pieces of a file; joined in any order they are TOML.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("# a comment\n".to_owned()),
            Just("\n".to_owned()),
            Just("  \t\n".to_owned()),
            Just("[[expect]]\nverdict = \"deny\"\n".to_owned()),
            Just("# [[flow]]\n#id = \"new\"\n".to_owned()),
            (0..1_000_u32).prop_map(|n| format!(
                "[[flow]]\nid = \"f{n}\" # 目的\nt = '''\n\n[[flow]]\n# no comment\n'''\n"
            )),
            (0..1_000_u32)
                .prop_map(|n| format!("[[flow]]\nid = 'g{n}'\n[flow.approved]\nby = \"x\"\n")),
        ];
        (
            prop::collection::vec(piece, 0..12),
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
        )
            .prop_map(|(pieces, crlf, unended, mark)| {
                let mut text = pieces.concat();
                if unended && text.ends_with('\n') {
                    text.pop();
                }
                if crlf {
                    text = text.replace('\n', "\r\n");
                }
                if mark {
                    format!("\u{feff}{text}")
                } else {
                    text
                }
            })
    }

    proptest! {
        #[test]
        fn adding_and_removing_gives_the_file_back(text in pieces()) {
            let added = with_flow(&text, NEW).unwrap();
            prop_assert!(Document::parse(added.as_str()).is_ok(), "{}", added);
            let removed = without_flow(&added, "new", None).unwrap().unwrap();
            prop_assert_eq!(removed, text);
        }

        #[test]
        fn removing_takes_one_flow_and_leaves_the_others_as_they_are(text in pieces(), pick in any::<prop::sample::Index>()) {
            let before = places(&text).unwrap();
            let ids: Vec<&str> = before.iter().filter_map(|place| place.id.as_deref()).collect();
            prop_assume!(!ids.is_empty());
            let id = ids[pick.index(ids.len())];
            prop_assume!(ids.iter().filter(|other| **other == id).count() == 1);
            let after = without_flow(&text, id, None).unwrap().unwrap();
            let left = places(&after).unwrap();
            prop_assert_eq!(left.len(), before.len() - 1);
            let others = before.iter().filter(|place| place.id.as_deref() != Some(id));
            for (was, is) in others.zip(&left) {
                prop_assert_eq!(slice(&text, &was.range), slice(&after, &is.range));
            }
            prop_assert_eq!(text.matches("[[expect]]").count(), after.matches("[[expect]]").count());
        }
    }
}
