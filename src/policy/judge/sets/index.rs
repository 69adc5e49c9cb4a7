//! Who may touch whom: an R-tree over the bounds of every product, so that
//! ten thousand flows are not fifty million pairs.

use std::collections::BTreeMap;

use rstar::{AABB, RTree, RTreeObject};

use crate::policy::ranges::Ranges;

use super::extent::{DESTINATION, Extent, Product, SERVICE, SOURCE};

/// From, to, family.
type Way<'a> = (Option<&'a str>, Option<&'a str>, bool);

/// Way, sources, destinations, services; addresses by rank.
type Bounds = AABB<[i64; 4]>;

#[derive(Debug)]
struct Leaf {
    bounds: Bounds,
    extent: usize,
}

impl RTreeObject for Leaf {
    type Envelope = Bounds;
    fn envelope(&self) -> Bounds {
        self.bounds
    }
}

/// Finds extents by what they may share.
#[derive(Debug)]
pub(super) struct Index<'a> {
    ways: BTreeMap<Way<'a>, i64>,
    /// Every bound of an address set, ascending.
    addresses: Vec<u128>,
    tree: RTree<Leaf>,
}

impl<'a> Index<'a> {
    pub fn new(extents: &[Extent<'a>]) -> Self {
        let mut ways = BTreeMap::new();
        let mut addresses = Vec::new();
        for extent in extents {
            for (six, product) in &extent.products {
                let next = i64::try_from(ways.len()).unwrap_or(i64::MAX);
                ways.entry((extent.from, extent.to, *six)).or_insert(next);
                for axis in [SOURCE, DESTINATION] {
                    let bounds = product.0.get(axis).and_then(Ranges::bounds);
                    addresses.extend(
                        bounds
                            .map(|(first, last)| [first, last])
                            .into_iter()
                            .flatten(),
                    );
                }
            }
        }
        addresses.sort_unstable();
        addresses.dedup();
        let mut index = Self {
            ways,
            addresses,
            tree: RTree::new(),
        };
        let leaves = extents.iter().enumerate().flat_map(|(at, extent)| {
            let index = &index;
            let products = extent.products.iter();
            products.filter_map(move |(six, product)| {
                let way = (extent.from, extent.to, *six);
                let bounds = index.bounds(way, product, SOURCE, DESTINATION)?;
                Some(Leaf { bounds, extent: at })
            })
        });
        index.tree = RTree::bulk_load(leaves.collect());
        index
    }

    /// Extents that may share a packet with this one, itself included; each
    /// once, in the order in which they are written.
    pub fn near(&self, extent: &Extent<'a>) -> Vec<usize> {
        self.find(
            extent,
            (extent.from, extent.to),
            (SOURCE, DESTINATION),
            true,
        )
    }

    /// Extents that lead the other way between the same addresses, whatever
    /// their services.
    pub fn back(&self, extent: &Extent<'a>) -> Vec<usize> {
        self.find(
            extent,
            (extent.to, extent.from),
            (DESTINATION, SOURCE),
            false,
        )
    }

    fn find(
        &self,
        extent: &Extent<'a>,
        (from, to): (Option<&'a str>, Option<&'a str>),
        (source, destination): (usize, usize),
        same_service: bool,
    ) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for (six, product) in &extent.products {
            let Some(mut bounds) = self.bounds((from, to, *six), product, source, destination)
            else {
                continue;
            };
            if !same_service {
                let (
                    [way, first_source, first_destination, _],
                    [_, last_source, last_destination, _],
                ) = (bounds.lower(), bounds.upper());
                bounds = AABB::from_corners(
                    [way, first_source, first_destination, 0],
                    [way, last_source, last_destination, i64::from(u32::MAX)],
                );
            }
            let leaves = self.tree.locate_in_envelope_intersecting(bounds);
            found.extend(leaves.map(|leaf| leaf.extent));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn bounds(
        &self,
        way: Way<'a>,
        product: &Product,
        source: usize,
        destination: usize,
    ) -> Option<Bounds> {
        let way = *self.ways.get(&way)?;
        let rank = |n: u128| {
            let at = self.addresses.partition_point(|address| *address < n);
            i64::try_from(at).ok()
        };
        let ranked = |axis: usize| {
            let (first, last) = product.0.get(axis)?.bounds()?;
            Some((rank(first)?, rank(last)?))
        };
        let (sources, destinations) = (ranked(source)?, ranked(destination)?);
        let (first, last) = product.0.get(SERVICE)?.bounds()?;
        let service = |n: u128| i64::try_from(n).ok();
        Some(AABB::from_corners(
            [way, sources.0, destinations.0, service(first)?],
            [way, sources.1, destinations.1, service(last)?],
        ))
    }
}
