//! What the segment role does next. Pure: it is told what it holds, what it
//! sees and what time it is, and answers with one deed.
//!
//! | seen | deed |
//! |---|---|
//! | the last deed was a change | end the sessions that no flow covers |
//! | the disk could not be followed a moment ago | anything else |
//! | the cut was made or taken back | follow, at once |
//! | another revision holds, because a trial is over | follow, at once: it reverts |
//! | another revision holds, and no command is at work | follow |
//! | another deed failed a moment ago | rest |
//! | a window opens or closes, a flow ends, the clock was set | write the times anew |
//! | a zone's interface came, went, or was joined to others | the same, which sees it |
//! | somebody committed rules, or it is time for the slow look | compare, repair |
//! | a switch was changed | set it, alarm |

use jiff::Timestamp;

use crate::audit::Reversal;

/// What should hold, as the disk says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The revision; 0 for nothing at all.
    pub revision: u64,
    /// Internet and LGWAN are cut from each other.
    pub cut: bool,
}

/// How firmly the revision is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// The disk says so, and no end is set.
    Firm,
    /// The disk says so until a deadline.
    OnTrial,
    /// A command said so, and has not written it down yet.
    Told,
}

/// What the role holds in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// None: it could not be read, and the kernel's rules were left standing.
    pub revision: Option<u64>,
    /// Without what a cut takes away.
    pub cut: bool,
    /// How firmly.
    pub footing: Footing,
    /// When time changes it by itself.
    pub changes: Option<Timestamp>,
}

/// What the role sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The wall clock.
    pub now: Timestamp,
    /// What the disk says; none where it cannot be read.
    pub wanted: Option<Wanted>,
    /// A command is changing something at this moment.
    pub changing: bool,
    /// What the disk says could not be put in force a moment ago. Nothing
    /// else waits for that: a revision that nobody can read hides no drift.
    pub astray: bool,
    /// Another deed failed a moment ago.
    pub waits: bool,
    /// Sessions were not looked at since the last change.
    pub sessions: bool,
    /// Somebody set the clock.
    pub clock_was_set: bool,
    /// The zones' interfaces are not as they were.
    pub rewired: bool,
    /// Somebody else committed rules, or may have.
    pub touched: bool,
    /// A switch does not stand as it should.
    pub off_course: bool,
    /// The last full comparison is long ago.
    pub look_due: bool,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Put in force what the disk says.
    Follow {
        /// What.
        wanted: Wanted,
        /// It takes something back that was in force.
        reversal: Option<Reversal>,
    },
    /// End sessions that no flow covers.
    EndSessions,
    /// The same revision at this moment, times written anew.
    Retime,
    /// Compare everything, repair.
    Compare,
    /// Set the switches.
    SetSwitches,
    /// Wait.
    Rest,
}

/// Decides.
#[must_use]
pub fn next(held: &Held, seen: &Seen) -> Deed {
    if seen.sessions {
        return Deed::EndSessions;
    }
    if !seen.astray
        && let Some(wanted) = seen.wanted
        && let Some(reversal) = to_follow(held, seen, wanted)
    {
        return Deed::Follow { wanted, reversal };
    }
    if seen.waits {
        return Deed::Rest;
    }
    let time = held.changes.is_some_and(|at| seen.now >= at);
    if time || seen.clock_was_set || seen.rewired {
        Deed::Retime
    } else if seen.touched || seen.look_due {
        Deed::Compare
    } else if seen.off_course {
        Deed::SetSwitches
    } else {
        Deed::Rest
    }
}

/// Whether the disk is to be followed, and whether that takes something back.
fn to_follow(held: &Held, seen: &Seen, wanted: Wanted) -> Option<Option<Reversal>> {
    if held.revision == Some(wanted.revision) {
        return (held.cut != wanted.cut).then_some(None);
    }
    match held.footing {
        // Nothing, and no command that hangs, may keep a trial alive.
        Footing::OnTrial => Some(Some(Reversal::NotConfirmed)),
        _ if held.cut != wanted.cut => Some(None),
        _ if seen.changing => None,
        Footing::Told => Some(Some(Reversal::Abandoned)),
        Footing::Firm => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    const HELD: Held = Held {
        revision: Some(2),
        cut: false,
        footing: Footing::Firm,
        changes: None,
    };

    fn seen(revision: u64) -> Seen {
        Seen {
            now: at(1_000),
            wanted: Some(Wanted {
                revision,
                cut: false,
            }),
            changing: false,
            astray: false,
            waits: false,
            sessions: false,
            clock_was_set: false,
            rewired: false,
            touched: false,
            off_course: false,
            look_due: false,
        }
    }

    fn follow(revision: u64, reversal: Option<Reversal>) -> Deed {
        let wanted = Wanted {
            revision,
            cut: false,
        };
        Deed::Follow { wanted, reversal }
    }

    #[test]
    fn a_trial_that_is_over_goes_whatever_command_hangs() {
        let trial = Held {
            footing: Footing::OnTrial,
            ..HELD
        };
        assert_eq!(next(&trial, &seen(2)), Deed::Rest);
        let hangs = Seen {
            changing: true,
            ..seen(1)
        };
        assert_eq!(
            next(&trial, &hangs),
            follow(1, Some(Reversal::NotConfirmed))
        );
        // The first revision of all: what comes back is nothing.
        assert_eq!(
            next(&trial, &seen(0)),
            follow(0, Some(Reversal::NotConfirmed))
        );
    }

    #[test]
    fn a_command_at_work_is_waited_for_and_a_dead_one_is_taken_back() {
        let told = Held {
            footing: Footing::Told,
            ..HELD
        };
        let works = Seen {
            changing: true,
            ..seen(1)
        };
        assert_eq!(next(&told, &works), Deed::Rest);
        assert_eq!(next(&told, &seen(1)), follow(1, Some(Reversal::Abandoned)));
        assert_eq!(next(&HELD, &seen(1)), follow(1, None));
        assert_eq!(next(&HELD, &works), Deed::Rest);
    }

    #[test]
    fn a_cut_waits_for_nobody_and_an_unreadable_disk_changes_nothing() {
        let cut = Wanted {
            revision: 2,
            cut: true,
        };
        let seen_cut = Seen {
            wanted: Some(cut),
            changing: true,
            ..seen(2)
        };
        let deed = Deed::Follow {
            wanted: cut,
            reversal: None,
        };
        assert_eq!(next(&HELD, &seen_cut), deed);
        let blind = Seen {
            wanted: None,
            ..seen(2)
        };
        assert_eq!(next(&HELD, &blind), Deed::Rest);
        let unread = Held {
            revision: None,
            ..HELD
        };
        assert_eq!(next(&unread, &seen(2)), follow(2, None));
    }

    #[test]
    fn what_cannot_be_followed_hides_no_drift_and_what_cannot_be_repaired_no_reversal() {
        let unread = Held {
            revision: None,
            ..HELD
        };
        let astray = Seen {
            astray: true,
            ..seen(2)
        };
        assert_eq!(next(&unread, &astray), Deed::Rest);
        let touched = Seen {
            touched: true,
            ..astray
        };
        assert_eq!(next(&unread, &touched), Deed::Compare);
        let waits = Seen {
            touched: true,
            waits: true,
            ..seen(2)
        };
        assert_eq!(next(&HELD, &waits), Deed::Rest);
        assert_eq!(next(&unread, &waits), follow(2, None));
    }

    #[test]
    fn time_and_a_set_clock_come_before_comparing() {
        let closes = Held {
            changes: Some(at(1_000)),
            ..HELD
        };
        let early = Seen {
            now: at(999),
            touched: true,
            ..seen(2)
        };
        assert_eq!(next(&closes, &early), Deed::Compare);
        let touched = Seen {
            touched: true,
            ..seen(2)
        };
        assert_eq!(next(&closes, &touched), Deed::Retime);
        let set = Seen {
            clock_was_set: true,
            ..early
        };
        assert_eq!(next(&closes, &set), Deed::Retime);
        let rewired = Seen {
            rewired: true,
            ..early
        };
        assert_eq!(next(&closes, &rewired), Deed::Retime);
        let sessions = Seen {
            sessions: true,
            ..touched
        };
        assert_eq!(next(&closes, &sessions), Deed::EndSessions);
    }

    #[test]
    fn a_switch_is_set_and_a_slow_look_is_taken() {
        let off_course = Seen {
            off_course: true,
            ..seen(2)
        };
        assert_eq!(next(&HELD, &off_course), Deed::SetSwitches);
        let due = Seen {
            look_due: true,
            ..off_course
        };
        assert_eq!(next(&HELD, &due), Deed::Compare);
        assert_eq!(next(&HELD, &seen(2)), Deed::Rest);
    }
}
