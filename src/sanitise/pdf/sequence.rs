//! The pages in the order of the page tree. hayro leaves out a page that the tree
//! names a second time; readers show it again.

use std::collections::HashMap;

use hayro::hayro_syntax::Pdf as Source;
use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Name, ObjectIdentifier};

use super::outline::Bookmark;
use crate::sanitise::Refusal;

/// Nodes of the page tree that are looked at.
const MOST_NODES: usize = 100_000;

/// Places among the source's pages, in reading order.
#[derive(Debug)]
pub(super) struct Sequence(Vec<usize>);

impl Sequence {
    /// Of a file of at most so many pages; `OverBudget` for more. A tree that does
    /// not name all pages that hayro found is not followed.
    pub(super) fn of(source: &Source, most: usize) -> Result<Self, Refusal> {
        let pages = source.pages().iter().enumerate();
        let mut walk = Walk {
            source,
            known: pages
                .filter_map(|(at, page)| Some((page.raw().obj_id()?, at)))
                .collect(),
            path: Vec::new(),
            found: Vec::new(),
            left: MOST_NODES,
            most,
        };
        let root = source.xref().get::<Dict<'_>>(source.xref().root_id());
        if let Some(tree) = root.and_then(|root| root.get::<Dict<'_>>("Pages")) {
            walk.path.extend(tree.obj_id());
            walk.node(&tree);
        }
        if walk.found.len() > most {
            return Err(Refusal::OverBudget);
        }
        let mut firsts = 0;
        for at in &walk.found {
            if *at == firsts {
                firsts += 1;
            }
        }
        let count = source.pages().len();
        let followed = firsts == count && walk.found.iter().all(|at| *at < count);
        Ok(Self(if followed {
            walk.found
        } else {
            (0..count).collect()
        }))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Batches of so many.
    pub(super) fn batches(&self, size: usize) -> impl Iterator<Item = &[usize]> {
        self.0.chunks(size)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().copied()
    }

    /// Bookmarks lead to the first of the pages that they led to.
    pub(super) fn lead(&self, mut bookmarks: Vec<Bookmark>) -> Vec<Bookmark> {
        for bookmark in &mut bookmarks {
            let mut places = self.0.iter();
            bookmark.page = places.position(|at| *at == bookmark.page).unwrap_or(0);
        }
        bookmarks
    }
}

struct Walk<'a> {
    source: &'a Source,
    known: HashMap<ObjectIdentifier, usize>,
    /// Nodes above: one that stands in itself has no pages there.
    path: Vec<ObjectIdentifier>,
    found: Vec<usize>,
    left: usize,
    most: usize,
}

impl Walk<'_> {
    fn node(&mut self, tree: &Dict<'_>) {
        let Some(kids) = tree.get::<Array<'_>>("Kids") else {
            return;
        };
        for kid in kids.raw_iter() {
            if self.left == 0 || self.found.len() > self.most || self.path.len() > 100 {
                return;
            }
            self.left -= 1;
            let MaybeRef::Ref(reference) = kid else {
                continue;
            };
            let id = ObjectIdentifier::from(reference);
            if let Some(at) = self.known.get(&id) {
                self.found.push(*at);
                continue;
            }
            let Some(below) = self.source.xref().get::<Dict<'_>>(id) else {
                continue;
            };
            let is_tree =
                (below.get::<Name<'_>>("Type")).is_some_and(|kind| kind.as_str() == "Pages");
            if is_tree && !self.path.contains(&id) {
                self.path.push(id);
                self.node(&below);
                self.path.pop();
            }
        }
    }
}
