//! Counting by group with room for a bounded number of groups: nothing that
//! was counted is ever lost, at worst it is counted under "others". Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

/// What is known of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When it was seen first.
    pub first: Timestamp,
    /// When it was seen last.
    pub last: Timestamp,
    /// How often.
    pub count: u64,
}

impl Seen {
    /// Once, at this moment.
    #[must_use]
    pub fn once(at: Timestamp) -> Self {
        Self {
            first: at,
            last: at,
            count: 1,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            count: self.count.saturating_add(other.count),
        }
    }
}

/// Groups, and the count of those that found no room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally<K> {
    most: usize,
    groups: BTreeMap<K, Seen>,
    others: u64,
}

impl<K: Ord> Tally<K> {
    /// Keeps the `most` largest groups (and up to twice as many in between).
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            groups: BTreeMap::new(),
            others: 0,
        }
    }

    /// Counts `key`.
    pub fn add(&mut self, key: K, seen: Seen) {
        self.groups
            .entry(key)
            .and_modify(|known| *known = known.and(seen))
            .or_insert(seen);
        if self.groups.len() > self.most.saturating_mul(2) {
            self.shrink();
        }
    }

    /// Counts what has no group.
    pub fn add_others(&mut self, count: u64) {
        self.others = self.others.saturating_add(count);
    }

    /// The smallest groups go under "others", the latest of equals first.
    fn shrink(&mut self) {
        let all = std::mem::take(&mut self.groups);
        let mut ranked: Vec<(K, Seen)> = all.into_iter().collect();
        ranked.sort_by_key(|(_, seen)| rank(seen));
        let dropped = ranked.split_off(self.most.min(ranked.len()));
        for (_, seen) in dropped {
            self.add_others(seen.count);
        }
        self.groups = ranked.into_iter().collect();
    }

    /// At most `most` groups, the largest first, and the count of all others.
    #[must_use]
    pub fn ranked(&self, most: usize) -> (Vec<(&K, Seen)>, u64) {
        let mut ranked: Vec<(&K, Seen)> = self.groups.iter().map(|(k, seen)| (k, *seen)).collect();
        ranked.sort_by_key(|(_, seen)| rank(seen));
        let dropped = ranked.split_off(most.min(ranked.len()));
        let others = dropped
            .iter()
            .fold(self.others, |sum, (_, seen)| sum.saturating_add(seen.count));
        (ranked, others)
    }

    /// Forgets groups that were not seen since `limit`, and the others.
    pub fn forget_before(&mut self, limit: Timestamp) {
        self.groups.retain(|_, seen| seen.last >= limit);
        self.others = 0;
    }

    /// Everything that was counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.groups
            .values()
            .fold(self.others, |sum, seen| sum.saturating_add(seen.count))
    }

    /// Takes everything out.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new(self.most))
    }
}

fn rank(seen: &Seen) -> (Reverse<u64>, Timestamp) {
    (Reverse(seen.count), seen.first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_largest_groups_stay_and_the_rest_is_counted() {
        let mut tally = Tally::new(2);
        for second in 0..100 {
            tally.add("often", Seen::once(at(second)));
        }
        for port in 0..1_000_u32 {
            tally.add(
                Box::leak(port.to_string().into_boxed_str()),
                Seen::once(at(200)),
            );
        }
        let (groups, others) = tally.ranked(1);
        assert_eq!(groups[0].0, &"often");
        assert_eq!(groups[0].1.count, 100);
        assert_eq!((groups[0].1.first, groups[0].1.last), (at(0), at(99)));
        assert_eq!(others, 1_000);
        assert_eq!(tally.total(), 1_100);
        assert_eq!(tally.take().total(), 1_100);
        assert_eq!(tally.total(), 0);
    }

    proptest! {
        #[test]
        fn no_count_is_lost_and_the_room_is_bounded(
            keys in proptest::collection::vec(0_u8..60, 0..300), most in 1_usize..20,
        ) {
            let mut tally = Tally::new(most);
            for (second, key) in keys.iter().enumerate() {
                tally.add(*key, Seen::once(at(i64::try_from(second).unwrap())));
                prop_assert!(tally.groups.len() <= most * 2);
            }
            prop_assert_eq!(tally.total(), keys.len() as u64);
            let (groups, others) = tally.ranked(most);
            let sum: u64 = groups.iter().map(|(_, seen)| seen.count).sum();
            prop_assert_eq!(sum + others, keys.len() as u64);
        }
    }
}
