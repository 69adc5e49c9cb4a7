//! For tests: an output with one name renamed.

use std::ops::Range;

use super::names::{Known, split};

/// An element or an attribute of a part.
#[derive(Clone, Debug)]
pub(in crate::sanitise) struct Place {
    is_element: bool,
    name: Range<usize>,
}

/// All names of a part as we write it, but those of the first line and of
/// namespaces.
pub(in crate::sanitise) fn places(text: &str) -> Vec<Place> {
    let end = |at: usize| {
        let rest = &text[at..];
        at + rest.find([' ', '/', '>', '=']).unwrap_or(rest.len())
    };
    let opens = text.match_indices('<').map(|(at, _)| (true, at + 1));
    let keys = text.match_indices("=\"").map(|(at, _)| {
        let before = text[..at].rfind(' ').map_or(0, |space| space + 1);
        (false, before)
    });
    let first = text.find('\n').unwrap_or(0);
    opens
        .chain(keys)
        .map(|(is_element, at)| Place {
            is_element,
            name: at..end(at),
        })
        .filter(|place| {
            let name = &text[place.name.clone()];
            place.name.start > first && !name.is_empty() && !name.starts_with("xmlns")
        })
        .collect()
}

/// The part with another name there, under the same prefix; `None` where some
/// list has it.
pub(in crate::sanitise) fn renamed(
    text: &str,
    place: &Place,
    local: &str,
    lists: &[Known],
) -> Option<String> {
    let old = &text[place.name.clone()];
    let (prefix, _) = split(old);
    let new = match prefix {
        "" => local.to_owned(),
        prefix => format!("{prefix}:{local}"),
    };
    // Without a prefix an attribute must be in the list of no element at all.
    let bare = !place.is_element && prefix.is_empty();
    let list = match place.is_element {
        true => 0,
        false => 1 + usize::from(!bare),
    };
    let mut lists = lists.iter().filter(|known| bare || known.prefix == prefix);
    if lists.any(|known| known.lists()[list].contains(&local)) {
        return None;
    }
    let mut text = text.to_owned();
    if place.is_element
        && let Some(end) = end_tag(&text, place.name.end, old)
    {
        text.replace_range(end, &format!("</{new}>"));
    }
    text.replace_range(place.name.clone(), &new);
    Some(text)
}

/// The end tag that goes with the start tag whose name ends at `from`.
fn end_tag(text: &str, from: usize, name: &str) -> Option<Range<usize>> {
    let first = from + text[from..].find('>')?;
    if text[..first].ends_with('/') {
        return None;
    }
    let (close, open) = (format!("</{name}>"), format!("<{name}"));
    let mut depth = 0;
    for (at, _) in text[first..].match_indices('<') {
        let rest = &text[first + at..];
        let tag = &rest[..=rest.find('>')?];
        if tag == close && depth == 0 {
            return Some(first + at..first + at + tag.len());
        }
        let behind = tag.strip_prefix(&open);
        if tag == close {
            depth -= 1;
        } else if behind.is_some_and(|behind| behind.starts_with([' ', '>']))
            && !tag.ends_with("/>")
        {
            depth += 1;
        }
    }
    None
}
