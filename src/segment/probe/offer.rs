//! What one test is, as a value. Pure.

use std::net::IpAddr;

use super::frames::{Stamp, ethernet, ip};

/// Where a packet is sent from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Station {
    /// A host beyond this interface of the gateway.
    Side(String),
    /// A program of this user on the gateway itself.
    Gateway(u32),
}

/// Where a packet is seen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Beyond an interface of this zone.
    Zone(String),
    /// By a program on the gateway.
    Gateway,
    /// The gateway answered its sender.
    Answer,
}

/// Whose hardware address a frame bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hardware {
    /// The gateway's.
    Gateway,
    /// Everybody's.
    Broadcast,
    /// A group's.
    Group,
    /// Some other machine's.
    Stranger,
}

/// What is sent, but for what only the world knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    /// To which hardware address.
    pub to: Hardware,
    /// VLAN tags, outermost first.
    pub tags: Vec<(u16, u16)>,
    /// Ethertype.
    pub kind: u16,
    /// What the frame carries.
    pub body: Vec<u8>,
}

/// Makes a shot anew for each firing.
pub type Build = Box<dyn Fn(&Stamp) -> Shot + Send + Sync>;

/// One packet of a probe.
pub struct Step {
    /// From where.
    pub from: Station,
    /// What.
    pub build: Build,
    /// Where it must be seen; none means nowhere.
    pub expect: Option<Place>,
    /// For a question of ARP: the address asked for, which answers it.
    pub asks: Option<IpAddr>,
}

/// How a probe that expects nothing shows that it could have seen something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// It expects to be seen: it is its own control.
    Itself,
    /// Without rules it arrives.
    Arrives,
    /// Without rules it arrives. With them the kernel first waits for a whole
    /// packet, which never comes, so that no rule sees or records it.
    Gathered,
    /// It reaches the gateway's interface and the kernel stops it by itself,
    /// also without rules; the reason in words, Japanese and English.
    Kernel(&'static str, &'static str),
}

/// What is in force when a probe is fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// All there is; and where nothing may be seen, once more with the
    /// kernel's own walls down and the one before tracking open, so that the
    /// rules behind it stand alone.
    Whole,
    /// All there is. A switch of the kernel has to hold it, not a rule.
    Switch,
    /// The kernel's switches alone: its packets bear a mark at which every
    /// wall of rules lets them pass.
    Kernel,
    /// One wall of rules alone: its packets bear a mark at which the others
    /// let them pass.
    Wall,
    /// Nothing is fired: what a chain counted is held against what it recorded.
    Counter(&'static str),
}

/// One test.
pub struct Probe {
    /// Number of its class, 1 to 40.
    pub class: u8,
    /// The flow it is about.
    pub flow: Option<String>,
    /// What is offered, in words that need no translation.
    pub offered: String,
    /// Why that is expected: the flow that allows it, or the cause of denial.
    pub because: String,
    /// In this order; one after the other.
    pub steps: Vec<Step>,
    /// How it could have been seen.
    pub control: Control,
    /// What is in force when it is fired.
    pub stage: Stage,
}

impl Shot {
    /// An IP packet to the gateway's hardware address.
    #[must_use]
    pub fn packet(body: Vec<u8>) -> Self {
        let kind = if body.first().is_some_and(|byte| byte >> 4 == 6) {
            0x86dd
        } else {
            0x0800
        };
        Self {
            to: Hardware::Gateway,
            tags: Vec::new(),
            kind,
            body,
        }
    }

    /// Its frame on a cable with these hardware addresses.
    #[must_use]
    pub fn frame(&self, near: [u8; 6], far: [u8; 6]) -> Vec<u8> {
        let to = match self.to {
            Hardware::Gateway => near,
            Hardware::Broadcast => [0xff; 6],
            Hardware::Group => [0x01, 0x00, 0x5e, 0, 0, 0x7b],
            Hardware::Stranger => [0x02, 0x5e, 0x4b, 0x7f, 0x7f, 0x7f],
        };
        ethernet(to, far, &self.tags, self.kind, &self.body)
    }
}

impl Step {
    /// Sends what `build` makes and expects it at `expect`.
    pub fn new(
        from: &Station,
        expect: Option<Place>,
        build: impl Fn(&Stamp) -> Shot + Send + Sync + 'static,
    ) -> Self {
        Self {
            from: from.clone(),
            build: Box::new(build),
            expect,
            asks: None,
        }
    }

    /// An IP packet of this protocol whose body `build` makes.
    pub fn ip(
        from: &Station,
        expect: Option<Place>,
        (source, target, protocol): (IpAddr, IpAddr, u8),
        build: impl Fn(&Stamp) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        Self::new(from, expect, move |stamp| {
            Shot::packet(ip(source, target, protocol, &build(stamp)))
        })
    }
}

impl Probe {
    /// Whether it expects its last packet to be seen nowhere.
    #[must_use]
    pub fn denies(&self) -> bool {
        self.steps.last().is_some_and(|step| step.expect.is_none())
    }
}
