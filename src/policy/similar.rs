//! "Did you mean …": the nearest of the names that exist.

use super::text::{Text, bounded, escape_hostile};

/// How many names a hint lists.
const LISTED: usize = 12;

/// Names of tables are whatever somebody typed as a key.
fn shown(name: &str) -> String {
    escape_hostile(&bounded(name, 60))
}

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
        let name = shown(name);
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
        .map(|name| shown(name))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_hides_something_is_shown_as_code() {
        let hint = suggest("a", ["a\u{202e}"]).unwrap();
        assert_eq!(hint.en, "did you mean a\\u{202e}?");
        let hint = suggest("quite-another", ["a\u{202e}"]).unwrap();
        assert_eq!(hint.ja, "定義済み: a\\u{202e}");
    }
}
