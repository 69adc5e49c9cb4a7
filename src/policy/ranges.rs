//! A set of numbers as ascending, disjoint, never touching ranges: one form
//! for one set, and every operation in one pass.

use serde::Serialize;

/// Inclusive ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Ranges(Vec<(u128, u128)>);

impl Ranges {
    /// Every number.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![(0, u128::MAX)])
    }

    /// From one number to another, both in; empty where they are reversed.
    #[must_use]
    pub fn between(first: u128, last: u128) -> Self {
        Self::from_iter([(first, last)])
    }

    /// The ranges, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[(u128, u128)] {
        &self.0
    }

    /// The first and the last number.
    #[must_use]
    pub fn bounds(&self) -> Option<(u128, u128)> {
        Some((self.0.first()?.0, self.0.last()?.1))
    }

    /// No number at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What both hold.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let mut both = Vec::new();
        self.meet(other, |first, last| {
            both.push((first, last));
            true
        });
        Self(both)
    }

    /// The first number that both hold.
    #[must_use]
    pub fn first_common(&self, other: &Self) -> Option<u128> {
        let mut found = None;
        self.meet(other, |first, _| {
            found = Some(first);
            false
        });
        found
    }

    /// Is there a number in both?
    #[must_use]
    pub fn touches(&self, other: &Self) -> bool {
        self.first_common(other).is_some()
    }

    /// Is every number of `other` in this set?
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let mut mine = self.0.iter();
        let mut at = mine.next();
        other.0.iter().all(|(first, last)| {
            while at.is_some_and(|(_, end)| end < first) {
                at = mine.next();
            }
            at.is_some_and(|(start, end)| start <= first && last <= end)
        })
    }

    /// This set without every number of `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        let mut holes = other.0.iter().peekable();
        for &(first, last) in &self.0 {
            while holes.next_if(|(_, end)| *end < first).is_some() {}
            let mut start = Some(first);
            while let Some(&&(hole, end)) = holes.peek() {
                let Some(from) = start.filter(|_| hole <= last) else {
                    break;
                };
                if let Some(before) = hole.checked_sub(1).filter(|before| *before >= from) {
                    left.push((from, before));
                }
                start = end.checked_add(1).filter(|next| *next <= last);
                if end > last {
                    break; // it may reach into the next range too
                }
                holes.next();
            }
            if let Some(from) = start.filter(|from| *from <= last) {
                left.push((from, last));
            }
        }
        Self(left)
    }

    /// Calls `each` for every common stretch until it says no.
    fn meet(&self, other: &Self, mut each: impl FnMut(u128, u128) -> bool) {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(&&(a, b)), Some(&&(c, d))) = (mine.peek(), theirs.peek()) {
            let (first, last) = (a.max(c), b.min(d));
            if first <= last && !each(first, last) {
                return;
            }
            if b <= d {
                mine.next();
            } else {
                theirs.next();
            }
        }
    }
}

impl FromIterator<(u128, u128)> for Ranges {
    fn from_iter<I: IntoIterator<Item = (u128, u128)>>(ranges: I) -> Self {
        let mut ranges: Vec<_> = ranges
            .into_iter()
            .filter(|(first, last)| first <= last)
            .collect();
        ranges.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last);
                }
                Some(_) | None => joined.push((first, last)),
            }
        }
        Self(joined)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some() -> impl Strategy<Value = Ranges> {
        // The edges of the type are where arithmetic breaks.
        let number = prop_oneof![(0_u128..40), (u128::MAX - 8..=u128::MAX)];
        proptest::collection::vec((number, 0_u128..6), 0..6).prop_map(|list| {
            list.into_iter()
                .map(|(first, more)| (first, first.saturating_add(more)))
                .collect()
        })
    }

    fn holds(set: &Ranges, n: u128) -> bool {
        set.as_slice().iter().any(|(a, b)| (*a..=*b).contains(&n))
    }

    proptest! {
        #[test]
        fn every_operation_says_what_sets_say(one in some(), other in some()) {
            let numbers: Vec<u128> = (0..48).chain(u128::MAX - 16..=u128::MAX).collect();
            let (common, left) = (one.common(&other), one.without(&other));
            for n in &numbers {
                prop_assert_eq!(holds(&common, *n), holds(&one, *n) && holds(&other, *n));
                prop_assert_eq!(holds(&left, *n), holds(&one, *n) && !holds(&other, *n));
            }
            prop_assert_eq!(one.covers(&other), numbers.iter().all(|n| holds(&one, *n) || !holds(&other, *n)));
            prop_assert_eq!(one.touches(&other), !common.is_empty());
            prop_assert_eq!(one.first_common(&other), common.bounds().map(|(first, _)| first));
            // One set has one form.
            prop_assert_eq!(&common, &common.as_slice().iter().copied().collect::<Ranges>());
            prop_assert_eq!(&left, &left.as_slice().iter().copied().collect::<Ranges>());
        }
    }
}
