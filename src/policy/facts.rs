//! What is true around the configuration right now, as a value. A missing
//! fact makes the codes that need it "not checked here"; it never makes
//! anything pass that would be refused.

use jiff::Timestamp;

/// When the configuration is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Stage {
    /// Somebody edits it: `check`, `plan`, `apply`. Everything refuses.
    #[default]
    Edit,
    /// A role starts from a revision that was good once: what time or the
    /// machine changed since (E03, E19) warns, and an expired flow is left
    /// out of the policy.
    Boot,
}

/// An interface of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Name, as in `ip link`.
    pub name: String,
    /// The bridge or bond that it belongs to.
    pub master: Option<String>,
}

/// Live facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Why we ask.
    pub stage: Stage,
    /// The moment; turned into a local day by `[site] timezone` (E03, E24).
    pub now: Option<Timestamp>,
    /// Interfaces of this machine, without the loopback (E19).
    pub interfaces: Option<Vec<Interface>>,
}

impl Facts {
    /// For an editor at this moment; interfaces are not looked at.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            now: Some(now),
            ..Self::default()
        }
    }

    /// For a role that starts at this moment.
    #[must_use]
    pub fn boot(now: Timestamp) -> Self {
        Self {
            stage: Stage::Boot,
            now: Some(now),
            interfaces: None,
        }
    }

    /// Codes of segmentation.md section 1 that cannot be judged with these
    /// facts, or not by this version.
    #[must_use]
    pub fn not_checked(&self) -> Vec<&'static str> {
        let mut codes = vec!["E06", "E07", "E14", "E15", "E16"];
        if self.now.is_none() {
            codes.insert(0, "E03");
        }
        if self.interfaces.is_none() {
            codes.push("E19");
        }
        codes
    }
}
