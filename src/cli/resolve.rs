//! What names resolve to right now, asked of this machine's own resolver by
//! `check --live`. Bounded: a slow resolver delays, it does not hang.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::{Mutex, PoisonError};

/// How many questions at once.
const AT_ONCE: usize = 16;
/// Most names that are asked: more would take minutes where nobody answers.
const NAMES: usize = 1_000;

/// The answers of every name that could be asked. A name without an answer
/// has none here: it leads nowhere, and so nowhere inside.
#[must_use]
pub fn resolve(names: BTreeSet<String>) -> BTreeMap<String, Vec<IpAddr>> {
    let waiting = Mutex::new(names.into_iter().take(NAMES).collect::<Vec<_>>());
    let answers = Mutex::new(BTreeMap::new());
    let next = || {
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.pop()
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(name) = next() {
                    let Ok(found) = (name.as_str(), 443).to_socket_addrs() else {
                        continue;
                    };
                    let found = found.map(|socket| socket.ip()).collect();
                    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                    answers.insert(name, found);
                }
            });
        }
    });
    answers.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_hosts_file_is_answered_and_nonsense_is_not() {
        let names = ["localhost", "no such name"].map(str::to_owned);
        let answers = resolve(names.into_iter().collect());
        assert!(answers["localhost"].iter().all(IpAddr::is_loopback));
        assert_eq!(answers.len(), 1);
    }
}
