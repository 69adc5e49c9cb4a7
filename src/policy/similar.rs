//! "Did you mean …": the nearest of the names that exist.

use super::text::Text;

/// How many names a hint lists.
const LISTED: usize = 12;

/// The nearest name, else the names there are; `None` where there is none.
#[must_use]
pub fn suggest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<Text> {
    let names: Vec<&str> = names.into_iter().collect();
    let near = names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(written, name), *name))
        .filter(|(distance, name)| *distance <= (name.chars().count() / 3).clamp(1, 3))
        .min();
    if let Some((_, name)) = near {
        return Some(Text::new(
            format!("もしかして {name}"),
            format!("did you mean {name}?"),
        ));
    }
    if names.is_empty() {
        return None;
    }
    let mut list = names
        .iter()
        .take(LISTED)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > LISTED {
        list.push_str(", …");
    }
    Some(Text::new(
        format!("定義済み: {list}"),
        format!("defined: {list}"),
    ))
}
