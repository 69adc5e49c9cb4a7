//! What is true around the configuration right now, as a value. A missing
//! fact makes the codes that need it "not checked here"; it never makes
//! anything pass that would be refused.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

/// When and where the configuration is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Stage {
    /// Somebody changes the box: `plan`, `apply`. Everything refuses.
    #[default]
    Edit,
    /// Somebody looks at a file, perhaps on another machine: `check`. What
    /// only this machine says (E15, E19) warns.
    Desk,
    /// A role starts from a revision that was good once: what time or the
    /// machine changed since (E03, E10, E15, E16, E19) warns, and a flow that
    /// ended is left out of the policy.
    Boot,
}

/// An interface of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Name, as in `ip link`.
    pub name: String,
    /// The bridge or bond that it belongs to.
    pub master: Option<String>,
    /// Switched on.
    pub up: bool,
}

/// A route of this machine's main table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where to.
    pub to: IpNet,
    /// Out of which interface; none where packets are refused.
    pub interface: Option<String>,
    /// Of two to the same network, the lower one is used.
    pub metric: u32,
}

/// When each flow last let something pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    /// Since when it is watched: silence before says nothing.
    pub since: Timestamp,
    /// Last hit by flow id; a flow that is not here had none.
    pub last: BTreeMap<String, Timestamp>,
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
    /// Addresses of this machine by interface (E19).
    pub addresses: Option<BTreeMap<String, Vec<IpAddr>>>,
    /// Routes of this machine (E15).
    pub routes: Option<Vec<Route>>,
    /// What names resolve to; a name that is not here was not asked (E16).
    pub resolutions: Option<BTreeMap<String, Vec<IpAddr>>>,
    /// Traffic (E22).
    pub hits: Option<Hits>,
}

impl Facts {
    /// For an editor at this moment; the machine is not looked at.
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
            ..Self::at(now)
        }
    }

    /// Codes of segmentation.md section 1 that cannot be judged, or not
    /// wholly, with these facts.
    #[must_use]
    pub fn not_checked(&self) -> Vec<&'static str> {
        let missing = [
            ("E03", self.now.is_none()),
            ("E15", self.routes.is_none() || self.interfaces.is_none()),
            ("E16", self.resolutions.is_none()),
            ("E19", self.interfaces.is_none() || self.addresses.is_none()),
            ("E22", self.hits.is_none() || self.now.is_none()),
        ];
        let codes = missing.into_iter().filter(|(_, missing)| *missing);
        codes.map(|(code, _)| code).collect()
    }
}
