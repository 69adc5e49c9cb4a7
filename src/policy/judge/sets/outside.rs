//! Names as numbers: every listed name is one, and everything below a name is
//! a stretch that follows it, so that names are sets like addresses.

use std::collections::BTreeSet;

use crate::policy::ranges::Ranges;
use crate::policy::source::Located;

/// Labels from the right, lower case: everything below a name sorts next to it.
type Key = Vec<String>;

/// Every name that any flow lists, in order.
#[derive(Debug)]
pub(super) struct Outside(Vec<Key>);

impl Outside {
    pub fn new<'a>(names: impl Iterator<Item = &'a Located<String>>) -> Self {
        // `*` itself stands for a name below that nobody listed: without it
        // the listed ones would seem to be all there are.
        let keys: BTreeSet<Key> = names.map(|name| key(&name.value)).collect();
        Self(keys.into_iter().collect())
    }

    /// The numbers of these names.
    pub fn of(&self, names: &[Located<String>]) -> Ranges {
        let number = |at: usize| u128::try_from(at).unwrap_or(u128::MAX);
        names
            .iter()
            .filter_map(|name| {
                let Some(base) = name.value.strip_prefix("*.") else {
                    let at = self.0.binary_search(&key(&name.value)).ok()?;
                    return Some((number(at), number(at)));
                };
                let base = key(base);
                let below = |other: &&Key| other.starts_with(&base) && other.len() > base.len();
                let first = self.0.iter().position(|other| below(&other))?;
                let count = self.0.iter().skip(first).take_while(below).count();
                Some((
                    number(first),
                    number(first.saturating_add(count).saturating_sub(1)),
                ))
            })
            .collect()
    }
}

fn key(name: &str) -> Key {
    let labels = name.trim_end_matches('.').rsplit('.');
    labels.map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::source::Span;

    fn names(list: &[&str]) -> Vec<Located<String>> {
        let located = |name: &&str| Located {
            value: (*name).to_owned(),
            span: Span {
                file: 0,
                range: 0..0,
            },
        };
        list.iter().map(located).collect()
    }

    #[test]
    fn a_wildcard_holds_what_is_below_it_and_more_than_what_is_listed() {
        let all = names(&[
            "*.example.jp",
            "www.example.jp",
            "a.b.example.jp",
            "example.jp",
            "www.example.com",
        ]);
        let outside = Outside::new(all.iter());
        let of = |list: &[&str]| outside.of(&names(list));
        let below = of(&["*.example.jp"]);
        assert!(below.covers(&of(&["www.example.jp", "a.b.example.jp"])));
        assert!(!below.touches(&of(&["example.jp", "www.example.com"])));
        assert!(!of(&["www.example.jp", "a.b.example.jp"]).covers(&below));
    }
}
