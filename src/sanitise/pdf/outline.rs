//! The outline of a PDF as bookmarks: titles and page numbers, nothing else.
//! Actions, named programs, other files and addresses behind an entry do not
//! cross; an entry that leads to no page of the file keeps its words and
//! leads to the page of the entry before it.

use std::collections::{HashMap, HashSet};

use hayro::hayro_syntax::Pdf as Source;
use hayro::hayro_syntax::object::{
    Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, String as Words,
};
use pdf_writer::{Chunk, Finish, Name as Key, Ref, Str};

use super::words;
use crate::policy::text::is_deceptive;

/// Entries kept, and objects looked at on the way.
const MOST_ENTRIES: usize = 2_000;
const MOST_OBJECTS: usize = 20_000;
/// Levels kept.
const DEEPEST: usize = 8;
/// Signs of a title.
const LONGEST_TITLE: usize = 200;

/// One entry, in reading order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bookmark {
    pub(super) title: String,
    /// From 0.
    pub(super) page: usize,
    /// From 0; at most one more than the entry before.
    pub(super) depth: usize,
}

/// Reads the outline of `source`; none where there is none to read.
pub(super) fn collect(source: &Source) -> Vec<Bookmark> {
    let Some(root) = source.xref().get::<Dict<'_>>(source.xref().root_id()) else {
        return Vec::new();
    };
    let Some(outlines) = root.get::<Dict<'_>>("Outlines") else {
        return Vec::new();
    };
    let pages = source.pages().iter().enumerate();
    let mut walk = Walk {
        pages: pages
            .filter_map(|(number, page)| Some((page.raw().obj_id()?, number)))
            .collect(),
        named: HashMap::new(),
        seen: HashSet::new(),
        left: MOST_OBJECTS,
        found: Vec::new(),
    };
    walk.names(&root);
    walk.level(&outlines, 0);
    walk.found
}

struct Walk {
    pages: HashMap<ObjectIdentifier, usize>,
    /// Named destinations.
    named: HashMap<Vec<u8>, usize>,
    seen: HashSet<ObjectIdentifier>,
    left: usize,
    found: Vec<Bookmark>,
}

impl Walk {
    /// The entries of one level, each followed by those below it.
    fn level(&mut self, above: &Dict<'_>, depth: usize) {
        let mut next = above.get::<Dict<'_>>("First");
        while let Some(entry) = next {
            let known = entry.obj_id().is_none_or(|id| !self.seen.insert(id));
            if known || self.found.len() >= MOST_ENTRIES || depth > DEEPEST {
                return;
            }
            if let Some(title) = title(&entry) {
                let before = self.found.last().map_or(0, |bookmark| bookmark.page);
                let deepest = self.found.last().map_or(0, |bookmark| bookmark.depth + 1);
                self.found.push(Bookmark {
                    title,
                    page: self.target(&entry).unwrap_or(before),
                    depth: depth.min(deepest),
                });
            }
            self.level(&entry, depth + 1);
            next = entry.get::<Dict<'_>>("Next");
        }
    }

    fn target(&self, entry: &Dict<'_>) -> Option<usize> {
        if let Some(place) = entry.get::<Object<'_>>("Dest") {
            return self.page(place);
        }
        let action = entry.get::<Dict<'_>>("A")?;
        let inner = action.get::<Name<'_>>("S")?.as_str() == "GoTo";
        let place = action.get::<Object<'_>>("D").filter(|_| inner)?;
        self.page(place)
    }

    /// The page that a destination (ISO 32000-1 section 12.3.2) names.
    fn page(&self, place: Object<'_>) -> Option<usize> {
        match place {
            Object::Array(array) => self.of_array(&array),
            Object::Dict(dict) => self.of_array(&dict.get::<Array<'_>>("D")?),
            Object::Name(name) => self.named.get(name.as_str().as_bytes()).copied(),
            Object::String(name) => self.named.get(name.as_bytes()).copied(),
            Object::Null(_) | Object::Boolean(_) | Object::Number(_) | Object::Stream(_) => None,
        }
    }

    fn of_array(&self, array: &Array<'_>) -> Option<usize> {
        match array.raw_iter().next()? {
            MaybeRef::Ref(page) => self.pages.get(&page.into()).copied(),
            MaybeRef::NotRef(Object::Number(number)) => {
                let number = usize::try_from(number.as_i64()).ok()?;
                (number < self.pages.len()).then_some(number)
            }
            MaybeRef::NotRef(_) => None,
        }
    }

    /// Named destinations of both kinds: a dictionary, and a tree of names.
    fn names(&mut self, root: &Dict<'_>) {
        if let Some(places) = root.get::<Dict<'_>>("Dests") {
            for (name, _) in places.entries().take(MOST_OBJECTS) {
                if let Some(place) = places.get::<Object<'_>>(name.as_str())
                    && let Some(page) = self.page(place)
                {
                    self.named.insert(name.as_str().as_bytes().to_vec(), page);
                }
            }
        }
        let tree = root.get::<Dict<'_>>("Names");
        if let Some(tree) = tree.and_then(|names| names.get::<Dict<'_>>("Dests")) {
            self.tree(&tree, 0);
        }
    }

    fn tree(&mut self, node: &Dict<'_>, depth: usize) {
        if depth > DEEPEST || self.left == 0 {
            return;
        }
        self.left -= 1;
        if let Some(pairs) = node.get::<Array<'_>>("Names") {
            let mut pairs = pairs.iter::<Object<'_>>();
            while let (Some(Object::String(name)), Some(place)) = (pairs.next(), pairs.next()) {
                if self.named.len() >= MOST_OBJECTS {
                    return;
                }
                if let Some(page) = self.page(place) {
                    self.named.insert(name.as_bytes().to_vec(), page);
                }
            }
        }
        if let Some(kids) = node.get::<Array<'_>>("Kids") {
            for kid in kids.iter::<Dict<'_>>() {
                self.tree(&kid, depth + 1);
            }
        }
    }
}

/// Of a text string what can be shown on one line.
fn title(entry: &Dict<'_>) -> Option<String> {
    let words = entry.get::<Words<'_>>("Title")?;
    let title: String = words::decoded(words.as_bytes())
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_deceptive(*c))
        .take(LONGEST_TITLE)
        .collect();
    (!title.trim().is_empty()).then_some(title)
}

/// Writes the outline as objects `first` (its root) and following.
pub(super) fn write(
    file: &mut Chunk,
    bookmarks: &[Bookmark],
    first: i32,
    page: impl Fn(usize) -> Ref,
) {
    let id = |at: usize| {
        Ref::new(
            first
                .saturating_add(1)
                .saturating_add_unsigned(u32::try_from(at).unwrap_or(u32::MAX)),
        )
    };
    // Of each entry: the one above, and its neighbours on the same level.
    let above = |at: usize| {
        let depth = bookmarks.get(at)?.depth;
        bookmarks
            .get(..at)?
            .iter()
            .rposition(|other| other.depth < depth)
    };
    let mut children: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for at in 0..bookmarks.len() {
        children.entry(above(at)).or_default().push(at);
    }
    let top = children.get(&None).cloned().unwrap_or_default();
    let mut outline = file.outline(Ref::new(first));
    if let (Some(start), Some(end)) = (top.first(), top.last()) {
        outline.first(id(*start)).last(id(*end));
    }
    outline.count(i32::try_from(top.len()).unwrap_or(i32::MAX));
    outline.finish();
    for (at, bookmark) in bookmarks.iter().enumerate() {
        let parent = above(at);
        let level = children.get(&parent).map_or(&[][..], Vec::as_slice);
        let place = level.iter().position(|other| *other == at).unwrap_or(0);
        let mut title = vec![0xFE, 0xFF];
        title.extend(bookmark.title.encode_utf16().flat_map(u16::to_be_bytes));
        let mut item = file.outline_item(id(at));
        item.pair(Key(b"Title"), Str(&title));
        item.parent(parent.map_or(Ref::new(first), id));
        if let Some(previous) = place.checked_sub(1).and_then(|before| level.get(before)) {
            item.prev(id(*previous));
        }
        if let Some(next) = level.get(place + 1) {
            item.next(id(*next));
        }
        let below = children.get(&Some(at)).map_or(&[][..], Vec::as_slice);
        if let (Some(start), Some(end)) = (below.first(), below.last()) {
            item.first(id(*start)).last(id(*end));
            // Negative: shown closed.
            item.count(-i32::try_from(below.len()).unwrap_or(i32::MAX));
        }
        item.dest().page(page(bookmark.page)).fit();
        item.finish();
    }
}
