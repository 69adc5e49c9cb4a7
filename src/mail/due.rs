//! Mails that wait for a thread, now or later.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use crate::quarantine::MailId;

/// A queue ordered by the time from which a mail may be treated. A mail
/// stands in it once, however often it is put there.
#[derive(Debug, Default)]
pub struct Due {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    by_time: BTreeSet<(Instant, MailId)>,
    /// The same, so that ten thousand are put in without a search each.
    times: HashMap<MailId, Instant>,
    closed: bool,
}

impl Due {
    /// Puts `id` in, to be taken from `at` on; the earlier time counts.
    pub fn put(&self, id: MailId, at: Instant) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.times.get(&id).copied() {
            Some(time) if time <= at => return,
            Some(time) => {
                waiting.by_time.remove(&(time, id.clone()));
            }
            None => {}
        }
        waiting.times.insert(id.clone(), at);
        waiting.by_time.insert((at, id));
        self.changed.notify_one();
    }

    /// Waits for the next due mail; `None` once closed.
    pub fn take(&self) -> Option<MailId> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if waiting.closed {
                return None;
            }
            let now = Instant::now();
            let next = waiting.by_time.first().map(|(at, _)| *at);
            waiting = match next {
                Some(at) if at <= now => {
                    let (_, id) = waiting.by_time.pop_first()?;
                    waiting.times.remove(&id);
                    return Some(id);
                }
                Some(at) => {
                    let rest = at.saturating_duration_since(now);
                    let woken = self.changed.wait_timeout(waiting, rest);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self
                    .changed
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Lets everybody who waits go; what stands here stands on the disk too.
    pub fn close(&self) {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.changed.notify_all();
    }

    /// How many mails wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .by_time
            .len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_earliest_comes_first_and_each_once() {
        let due = Due::default();
        let now = Instant::now();
        let id = |text: &str| MailId::parse(text).unwrap();
        due.put(id("b"), now);
        due.put(id("a"), now + Duration::from_secs(3_600));
        due.put(id("a"), now);
        due.put(id("b"), now + Duration::from_secs(3_600));
        assert_eq!(due.len(), 2);
        assert_eq!((due.take(), due.take()), (Some(id("a")), Some(id("b"))));
        due.close();
        assert_eq!(due.take(), None);
    }
}
