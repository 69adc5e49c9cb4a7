//! What a flow allows, as a product of sets on six axes. Products stay
//! products when one is taken from another, so that a group of a hundred
//! hosts is one set and never a hundred boxes.

use crate::policy::judge::services_of;
use crate::policy::model::{LogMode, Protocol, Via};
use crate::policy::ranges::Ranges;
use crate::policy::read::{Written, WrittenEnd, WrittenFlow};
use crate::policy::source::Located;
use crate::policy::space::Space;

use super::moments::Moments;
use super::outside::Outside;

/// Sources, destinations, services, names, hours, days.
pub(super) const AXES: usize = 6;
pub(super) const SOURCE: usize = 0;
pub(super) const DESTINATION: usize = 1;
pub(super) const SERVICE: usize = 2;

/// One set on each axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Product(pub [Ranges; AXES]);

impl Product {
    /// Is there a packet at a moment that both hold?
    pub fn touches(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        pairs.into_iter().all(|(mine, theirs)| mine.touches(theirs))
    }

    /// What is left outside `other`, as disjoint products.
    pub fn without(&self, other: &Self) -> Vec<Self> {
        if !self.touches(other) {
            return vec![self.clone()];
        }
        let mut left = Vec::new();
        let mut rest = self.clone();
        for (axis, theirs) in other.0.iter().enumerate() {
            let Some(mine) = rest.0.get_mut(axis) else {
                continue;
            };
            let common = mine.common(theirs);
            let outside = mine.without(theirs);
            *mine = outside;
            if !mine.is_empty() {
                left.push(rest.clone());
            }
            if let Some(mine) = rest.0.get_mut(axis) {
                *mine = common;
            }
        }
        left
    }
}

/// A flow and what it allows.
#[derive(Debug)]
pub(super) struct Extent<'a> {
    pub flow: &'a WrittenFlow,
    pub id: &'a Located<String>,
    /// Zone of the source; none is the box.
    pub from: Option<&'a str>,
    /// Zone of the destination; none is the box.
    pub to: Option<&'a str>,
    pub sources: Space,
    pub destinations: Space,
    /// One product for each address family that has packets.
    pub products: Vec<(bool, Product)>,
}

impl Extent<'_> {
    pub fn via(&self) -> Option<Via> {
        self.flow.via.as_ref().map(|via| via.value)
    }

    /// Every connection of a trial is logged.
    pub fn log(&self) -> u8 {
        let least = u8::from(self.flow.bounds.trial.is_some());
        let said = match self.flow.log {
            LogMode::Denied => 0,
            LogMode::New => 1,
            LogMode::All => 2,
        };
        least.max(said)
    }

    pub fn class(&self) -> Option<&str> {
        self.flow.class.as_ref().map(|class| class.value.as_str())
    }

    /// The inclusive last day, a trial's end included.
    pub fn last_day(&self) -> Option<jiff::civil::Date> {
        let expires = self.flow.expires.as_ref()?.value;
        let trial = self.flow.bounds.trial.as_ref();
        let until = trial.and_then(|trial| Some(trial.until.as_ref()?.value));
        Some(until.map_or(expires, |until| until.min(expires)))
    }

    /// Do both share a packet at a moment?
    pub fn touches(&self, other: &Extent<'_>) -> bool {
        self.from == other.from
            && self.to == other.to
            && self.products.iter().any(|(six, mine)| {
                let theirs = other.products.iter().filter(|(other, _)| other == six);
                theirs.into_iter().any(|(_, theirs)| mine.touches(theirs))
            })
    }
}

/// Every flow that is complete enough to mean something, as written.
pub(super) fn extents(written: &Written) -> Vec<Extent<'_>> {
    let moments = Moments::new(
        written
            .flows
            .iter()
            .filter_map(|flow| flow.bounds.hours.as_ref()),
    );
    let outside = Outside::new(written.flows.iter().flat_map(|flow| &flow.names));
    let flows = written.flows.iter();
    flows
        .filter_map(|flow| extent(written, flow, &moments, &outside))
        .collect()
}

fn extent<'a>(
    written: &'a Written,
    flow: &'a WrittenFlow,
    moments: &Moments<'_>,
    outside: &Outside,
) -> Option<Extent<'a>> {
    let side = |end: &'a WrittenEnd| match end {
        // Whichever address of the box: one number, in both families.
        WrittenEnd::Gateway => (None, Space::of_box()),
        WrittenEnd::Zone(zone, words) => (Some(zone.as_str()), written.space_of(zone, words)),
    };
    let (from, sources) = side(&flow.from.as_ref()?.value);
    let (to, destinations) = side(&flow.to.as_ref()?.value);
    let services: Ranges = services_of(written, flow)
        .into_iter()
        .map(|range| {
            let protocol = match range.protocol {
                Protocol::Tcp => 0_u128,
                Protocol::Udp => 1,
                Protocol::Icmp => 2,
            };
            let number = |port: u16| (protocol << 16) | u128::from(port);
            (number(range.first), number(range.last))
        })
        .collect();
    let mut extent = Extent {
        flow,
        id: flow.id.as_ref()?,
        from,
        to,
        sources,
        destinations,
        products: Vec::new(),
    };
    let day = extent.last_day()?;
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    let days = epoch.until(day).ok()?.get_days();
    let days = Ranges::between(0, u128::try_from(days).ok()?);
    let names = match extent.via() {
        Some(Via::Proxy) => outside.of(&flow.names),
        Some(Via::Mail) | None => Ranges::all(),
    };
    let hours = moments.of(flow.bounds.hours.as_ref());
    for six in [false, true] {
        let family = |space: &Space| if six { space.v6() } else { space.v4() }.clone();
        let product = Product([
            family(&extent.sources),
            family(&extent.destinations),
            services.clone(),
            names.clone(),
            hours.clone(),
            days.clone(),
        ]);
        if product.0.iter().all(|axis| !axis.is_empty()) {
            extent.products.push((six, product));
        }
    }
    Some(extent).filter(|extent| !extent.products.is_empty())
}
